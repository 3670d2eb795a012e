// Whether a table can be predicted: its columns against the model's, and every cell.

const POINT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const COMMA = /^[+-]?(?:\d+,?\d*|,\d+)(?:e[+-]?\d+)?$/i;

// A table has one decimal mark: the comma if it is between digits anywhere and parts no cells.
const hasCommas = ({ rows, delimiter }) =>
  delimiter !== "," && rows.slice(1).some((row) => row.some((cell) => cell.includes(",") && COMMA.test(cell)));

// A number, or the sentence that says why it is none.
function numberOf(cell, decimalComma) {
  if (cell === "") return "is empty; expected a number";
  if (!(decimalComma ? COMMA : POINT).test(cell)) {
    if (decimalComma && POINT.test(cell)) return "has a point; others here have a decimal comma";
    if (!decimalComma && COMMA.test(cell)) return "has a comma; expected a decimal point";
    return "expected a finite number";
  }
  const number = Number(decimalComma ? cell.replace(",", ".") : cell);
  return Number.isFinite(number) ? number : "is too large; expected a finite number";
}

// The model's column that a name means, in any letter case where that is clear; -1 if there is none.
function placeOf(name, columns) {
  const exact = columns.findIndex((column) => column.name === name);
  if (exact >= 0) return exact;
  const same = (column) => column.name.toLowerCase() === name.toLowerCase();
  return columns.filter(same).length === 1 ? columns.findIndex(same) : -1;
}

// What each column of the table is: `place` in the model, or `ignored`, or what is wrong with it.
function readHead(names, model) {
  const seen = new Map();
  const head = names.map((name) => {
    const place = placeOf(name, model.columns);
    const lower = name.toLowerCase();
    if (place >= 0 && seen.has(place)) return { name, error: `is here twice, also as ${seen.get(place)}` };
    if (place >= 0) { seen.set(place, name); return { name, place }; }
    if (lower === "month") return { name, ignored: "the month is shown with its prediction" };
    if (lower === model.target.toLowerCase()) return { name, ignored: "it is what is predicted" };
    return { name, error: name === "" ? "has no name" : "is no column of this model" };
  });
  const missing = model.columns.filter((_, place) => !seen.has(place)).map((column) => column.name);
  return { head, missing };
}

// Returns numbers in the model's order, one list a row, and everything that is wrong.
function checkTable(parsed, model) {
  const [names, ...cells] = parsed.rows;
  const { head, missing } = readHead(names, model);
  const commas = hasCommas(parsed);
  const errors = new Map();
  const note = (row, column, sentence) => {
    if (!errors.has(row)) errors.set(row, new Map());
    errors.get(row).set(column, sentence);
  };
  const numbers = cells.map((row, index) => {
    const values = new Array(model.columns.length);
    head.forEach(({ place }, column) => {
      if (place === undefined) return;
      const read = row[column] === undefined ? "is missing; the row is too short" : numberOf(row[column], commas);
      if (typeof read === "string") note(index, column, read);
      else values[place] = read;
    });
    if (row.length > head.length) note(index, head.length, "is one too many; the header has no name for it");
    return values;
  });
  const month = head.findIndex((column) => column.ignored && column.name.toLowerCase() === "month");
  const months = month < 0 ? null : cells.map((row) => row[month] ?? "");
  return { head, missing, cells, numbers, errors, months };
}

const isSound = ({ head, missing, errors }) =>
  missing.length === 0 && errors.size === 0 && head.every((column) => !column.error);

// The values outside the range that was learnt from, of one row.
const straysOf = (values, columns) => columns
  .map((column, place) => ({ ...column, place, value: values[place] }))
  .filter(({ value, minimum, maximum }) => value < minimum || value > maximum);
