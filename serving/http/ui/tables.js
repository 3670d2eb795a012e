// The table that was sent, wrong cells marked where they are, and the table of predictions.

const SHOWN_SENT = 30;
const SHOWN_INVALID = 50;
const SHOWN_RESULTS = 200;
const SHOWN_STRAYS = 3;

const message = (id, sentence) => element("span", { class: "message", id }, sentence);

const invalidHeading = (id, name, sentence) =>
  element("th", { scope: "col", "aria-invalid": "true", "aria-describedby": id }, name, message(id, sentence));

function headCells({ head, missing }) {
  const cells = head.map((column, place) => {
    if (column.error) return invalidHeading(`error-h-${place}`, column.name || "(no name)", column.error);
    if (column.ignored) return element("th", { scope: "col", class: "ignored" }, `${column.name} (not used)`);
    return heading(column.name, "number");
  });
  const lacking = missing.map((name, place) => invalidHeading(`error-m-${place}`, name, "is missing"));
  return [element("th", { scope: "col" }, "Row"), ...cells, ...lacking];
}

function sentCell(text, row, column, checked, columns) {
  const sentence = checked.errors.get(row)?.get(column);
  if (sentence) {
    const id = `error-${row}-${column}`;
    return element("td", { "aria-invalid": "true", "aria-describedby": id }, text, message(id, sentence));
  }
  const { place, ignored } = checked.head[column] ?? {};
  if (ignored) return element("td", { class: "ignored whole" }, text);
  const known = place === undefined ? null : columns[place];
  const value = place === undefined ? undefined : checked.numbers[row][place];
  if (known && (value < known.minimum || value > known.maximum)) {
    const range = `outside ${short(known.minimum)} to ${short(known.maximum)}`;
    return element("td", { class: "number odd" }, text, message(null, range));
  }
  return numeric(text);
}

function sentRow(row, checked, columns) {
  const cells = checked.cells[row];
  const wrong = [...(checked.errors.get(row)?.keys() ?? [])];
  const width = Math.max(cells.length, checked.head.length, ...wrong.map((column) => column + 1));
  const places = Array.from({ length: width }, (_, column) => column);
  return [
    rowHeading(row + 1),
    ...places.map((column) => sentCell(cells[column] ?? "", row, column, checked, columns)),
    ...checked.missing.map(() => element("td", {})),
  ];
}

// The first rows, and with them all that are wrong, as far as a page can show them.
function sentTable(checked, columns) {
  const wrong = [...checked.errors.keys()].slice(0, SHOWN_INVALID);
  const first = checked.cells.slice(0, SHOWN_SENT).map((_, row) => row);
  const rows = [...new Set([...first, ...wrong])].sort((one, other) => one - other);
  const all = checked.cells.length;
  const caption = rows.length === all ? `Your rows (${all})` : `Your rows, ${rows.length} of ${all} shown`;
  return tableOf(caption, headCells(checked), rows.map((row) => sentRow(row, checked, columns)), { id: "sent-table" });
}

// The first of them; all are marked among the rows that were sent.
function strayText(strays) {
  const named = strays.slice(0, SHOWN_STRAYS).map(({ name, value, minimum, maximum }) =>
    `${name} ${short(value)} (${short(minimum)} to ${short(maximum)})`);
  const more = strays.length - named.length;
  return named.join(", ") + (more ? ` and ${more} more` : "");
}

// Predictions: number of the row, its month if there is one, the prediction, what is unusual in it.
function resultTable(predictions, checked, model) {
  const isOdd = checked.numbers.some((values) => straysOf(values, model.columns).length > 0);
  const head = [
    heading("Row"),
    ...(checked.months ? [heading("Month")] : []),
    heading(`Prediction, ${model.unit}`, "number"),
    ...(isOdd ? [heading("Outside the training range")] : []),
  ];
  const money = priceFormat(shownForecast);
  const rows = predictions.slice(0, SHOWN_RESULTS).map((prediction, row) => {
    const strays = straysOf(checked.numbers[row], model.columns);
    return [
      rowHeading(row + 1),
      ...(checked.months ? [element("td", { class: "whole" }, checked.months[row])] : []),
      numeric(money(prediction), "strong"),
      ...(isOdd ? [element("td", { class: strays.length ? "words odd" : null }, strayText(strays))] : []),
    ];
  });
  const all = predictions.length;
  const caption = all > SHOWN_RESULTS
    ? `Predictions, the first ${SHOWN_RESULTS} of ${all}; the file has all`
    : `Predictions (${all})`;
  return tableOf(caption, head, rows, { id: "result-table" });
}

function resultCsv(predictions, checked, model) {
  const months = checked.months;
  const rows = predictions.map((prediction, row) => [
    row + 1,
    ...(months ? [months[row]] : []),
    prediction,
    straysOf(checked.numbers[row], model.columns).map((stray) => stray.name).join(" "),
  ]);
  return toCsv([["row", ...(months ? ["month"] : []), "prediction", "out_of_range"], ...rows]);
}
