// The part of the page that predicts rows.

let file = null;

const say = (sentence) => { byId("status").textContent = sentence; };

function clearResults() {
  for (const id of ["problems", "results", "sent"]) byId(id).replaceChildren();
  say("");
}

// What is wrong, in a sentence; the places are marked in the table.
function summaryOf({ head, missing, errors }) {
  const parts = [];
  const wrong = head.filter((column) => column.error).map((column) => column.name || "(no name)");
  if (missing.length) parts.push(`columns are missing: ${missing.join(", ")}`);
  if (wrong.length) parts.push(`columns cannot be used: ${wrong.join(", ")}`);
  const cells = [...errors.values()].reduce((sum, row) => sum + row.size, 0);
  if (cells) parts.push(`${plural(cells, "cell")} in ${plural(errors.size, "row")} cannot be read`);
  return `Nothing was predicted: ${parts.join("; ")}. Each is marked below.`;
}

function showSent(checked, model) {
  byId("sent").replaceChildren(sentTable(checked, model.columns));
  const first = byId("sent").querySelector("[aria-invalid]");
  if (first) first.scrollIntoView({ block: "nearest", inline: "center" });
}

// Rows in parts that the server takes: so many rows and so many bytes at once.
function* partsOf(numbers, { maxRows, maxBytes }) {
  let [part, size, from] = [[], 0, 0];
  for (const row of numbers) {
    const written = JSON.stringify(row);
    if (part.length && (part.length >= maxRows || size + written.length > maxBytes - 100)) {
      yield { from, body: `{"instances":[${part.join(",")}]}` };
      [part, size, from] = [[], 0, from + part.length];
    }
    part.push(written);
    size += written.length + 1;
  }
  if (part.length) yield { from, body: `{"instances":[${part.join(",")}]}` };
}

// The answers to rows that are asked in parts; an error names its row among all of them. What the page
// shows of a version, its ranges and its newest row, is not true of another one.
async function* answersTo(numbers, model, verb) {
  for (const { from, body } of partsOf(numbers, LIMITS)) {
    const path = `v1/models/${encodeURIComponent(model.name)}:${verb}`;
    const options = { method: "POST", headers: { "content-type": "application/json" }, body };
    const response = await ask(path, options).catch((error) => {
      if (error.row !== undefined) error.row += from;
      throw error;
    });
    const answer = await response.json();
    if (answer.model_version !== model.version) {
      throw new Error(`${model.name} serves version ${answer.model_version} now; load this page again.`);
    }
    yield answer;
  }
}

async function predictAll(numbers, model, onProgress = () => {}) {
  let predictions = [];
  for await (const answer of answersTo(numbers, model, "predict")) {
    predictions = predictions.concat(answer.predictions);
    onProgress(predictions.length);
  }
  return predictions;
}

// An answer that names a cell or a row is told there.
function markAnswer(error, checked, model) {
  const place = model.columns.findIndex((column) => column.name === error.column);
  const column = checked.head.findIndex((one) => (place < 0 ? one.place !== undefined : one.place === place));
  if (error.row !== undefined && column >= 0) checked.errors.set(error.row, new Map([[column, error.message]]));
  byId("problems").replaceChildren(failure(`Nothing was predicted: ${error.message}`));
  showSent(checked, model);
}

function showResults(predictions, checked, model) {
  const csv = resultCsv(predictions, checked, model);
  const link = csvLink("download", `${model.name}-predictions.csv`, csv, "Download as CSV");
  byId("results").replaceChildren(
    resultTable(predictions, checked, model),
    element("p", {}, heldOutText(model)),
    element("p", {}, link),
  );
}

function tellNotes(checked) {
  const ignored = checked.head.filter((column) => column.ignored);
  return ignored.map((column) => ` Column ${column.name} was not used: ${column.ignored}.`).join("");
}

async function predictRows(model) {
  clearResults();
  const parsed = parseCsv(file ? await textOf(file) : byId("text").value);
  if (parsed.rows.length < 2) {
    byId("problems").replaceChildren(failure("There are no rows: expected a line of names and at least one of numbers."));
    return;
  }
  const checked = checkTable(parsed, model);
  if (!isSound(checked)) {
    byId("problems").replaceChildren(failure(summaryOf(checked)));
    showSent(checked, model);
    return;
  }
  let predictions;
  try {
    const all = plural(checked.numbers.length, "row");
    predictions = await predictAll(checked.numbers, model, (done) => say(`Predicted ${done} of ${all}.`));
  } catch (error) {
    say("");
    markAnswer(error, checked, model);
    return;
  }
  showResults(predictions, checked, model);
  showSent(checked, model);
  say(`Predicted ${plural(predictions.length, "row")}.${tellNotes(checked)}`);
}

async function fillExample(model) {
  const answer = await ask(`rows/${encodeURIComponent(model.name)}`);
  byId("form").reset();
  byId("text").value = await answer.text();
  say("The newest rows that the model has learnt from are filled in.");
}

function showColumns(model) {
  const rows = model.columns.map(({ name, unit, minimum, maximum }) =>
    [rowHeading(name), element("td", {}, unit), numeric(short(minimum)), numeric(short(maximum))]);
  const head = [heading("Column"), heading("Unit"), heading("Training minimum", "number"), heading("Maximum", "number")];
  byId("columns").hidden = false;
  byId("columns").replaceChildren(
    element("summary", {}, `The ${plural(model.columns.length, "column")} of ${model.name}`),
    tableOf("Columns that must be there", head, rows),
  );
}
