// A prediction of the newest row, whose values can be changed.

const SLIDERS = 5;
let scenario = null;

// The newest rows of the training data that have no gap, the newest first.
async function newestRows(model) {
  const text = await (await ask(`rows/${encodeURIComponent(model.name)}`)).text();
  const { numbers, errors, months } = checkTable(parseCsv(text), model);
  const rows = numbers.map((values, at) => ({ values, month: months?.[at] ?? "the newest row", isSound: !errors.has(at) }));
  const sound = rows.filter((row) => row.isSound).reverse();
  if (!sound.length) throw new Error(`The newest rows of ${model.name} have gaps; predict rows of your own, below.`);
  return sound;
}

const scenarioOf = (model, [newest], changes, effects = null) =>
  ({ model, month: newest.month, start: newest.values, changes, effects });

const valuesOf = ({ model, start, changes }) =>
  model.columns.map(({ name }, place) => changes.get(name) ?? start[place]);

const wrongColumns = (one) => {
  const values = valuesOf(one);
  return one.model.columns.filter((_, place) => Number.isNaN(values[place]));
};

// Predictions of the newest row as it was and as it was changed.
const predictScenario = async (one) => predictAll([one.start, valuesOf(one)], one.model);

// How much each column moves a prediction: its mean absolute contribution to these rows.
async function effectsOf(model, rows) {
  const sums = new Array(model.columns.length).fill(0);
  for await (const { contributions } of answersTo(rows.map((row) => row.values), model, "explain")) {
    for (const one of contributions) model.columns.forEach(({ name }, place) => { sums[place] += Math.abs(one[name]); });
  }
  return sums.map((sum) => sum / rows.length);
}

function clearWhatIf() {
  scenario = null;
  byId("what-if-part").hidden = true;
  for (const id of ["what-if-note", "what-if-result", "what-if-range", "what-if-csv", "sliders", "others"]) byId(id).replaceChildren();
}

async function showWhatIf(model, changes) {
  if (!model.hasRows) {
    byId("what-if-note").textContent = `${model.name} was published without its newest rows; predict rows of your own, below.`;
    return;
  }
  byId("what-if-note").textContent = "Reading the newest rows …";
  const isWanted = () => model === chosen;
  const rows = await whileWanted(isWanted, newestRows(model));
  const effects = rows && await whileWanted(isWanted, effectsOf(model, rows));
  if (!effects) return;
  const known = [...changes].filter(([name]) => model.columns.some((column) => column.name === name));
  scenario = scenarioOf(model, rows, new Map(known), effects);
  showControls(scenario);
  byId("what-if-part").hidden = false;
  byId("what-if-error").textContent = heldOutText(model);
  byId("what-if-note").textContent = `From the newest row with all columns, ${scenario.month}. Effect: a column's mean absolute contribution in ${plural(rows.length, "row")}, ${model.unit}.${lagNote(model)}`;
  await updateScenario();
}

// What the ends of the columns' names mean.
function lagNote({ columns }) {
  const ends = { _lag_1: "the month before", _mean_3: "the mean of the three before", _lag_12: "a year before" };
  const present = Object.entries(ends).filter(([end]) => columns.some(({ name }) => name.endsWith(end)));
  return present.length ? ` Ends of names: ${present.map(([end, meaning]) => `${end} ${meaning}`).join(", ")}.` : "";
}

// The columns with the largest effects have sliders, the others are folded away.
function showControls(one) {
  const { effects } = one;
  const places = effects.map((_, place) => place).sort((a, b) => effects[b] - effects[a]);
  const largest = places.slice(0, SLIDERS).filter((place, order) => effects[place] > 0 || order === 0);
  const others = places.filter((place) => !largest.includes(place));
  const without = others.filter((place) => effects[place] === 0).length;
  const control = (place) => controlOf(one, place, largest.includes(place));
  byId("sliders").replaceChildren(...largest.map(control));
  byId("others").hidden = !others.length;
  byId("others").replaceChildren(
    element("summary", {}, `${plural(others.length, "other column")}${without ? `, ${without} without effect` : ""}`),
    ...others.map(control),
  );
}

// A number cell and, if asked for, a slider over the training range.
function controlOf(one, place, hasSlider) {
  const { name, unit, minimum, maximum } = one.model.columns[place];
  const [id, messageId] = [`value-${place}`, `message-${place}`];
  const value = one.changes.get(name) ?? one.start[place];
  const number = element("input", { type: "number", id, step: "any", inputmode: "decimal", value: short(value), required: "", "aria-describedby": messageId });
  const range = hasSlider && maximum > minimum
    ? element("input", { type: "range", min: minimum, max: maximum, step: "any", value, "aria-label": `${name}, slider`, "aria-describedby": messageId })
    : null;
  const row = element(
    "div",
    { class: "control", "data-column": name },
    element("label", { for: id }, name, " ", element("small", {}, `${unit}; effect ${short(Number(one.effects[place].toPrecision(3)))}`)),
    range,
    number,
    element("span", { class: "message", id: messageId }),
  );
  const set = (changed) => {
    if (changed === one.start[place]) one.changes.delete(name);
    else one.changes.set(name, changed);
    markControl(row, changed, one.model.columns[place]);
    updateScenario();
    writeLinkSoon();
  };
  number.addEventListener("input", () => {
    if (number.value !== "" && range) range.value = number.value;
    set(number.value === "" ? NaN : number.valueAsNumber);
  });
  range?.addEventListener("input", () => {
    const rounded = roundTo(range.valueAsNumber, minimum, maximum);
    number.value = short(rounded);
    set(rounded);
  });
  markControl(row, value, one.model.columns[place]);
  return row;
}

// As many digits as a hundredth of the range has, and never outside of it.
function roundTo(value, minimum, maximum) {
  const decimals = Math.min(100, Math.max(0, -Math.floor(Math.log10((maximum - minimum) / 100))));
  return Math.min(maximum, Math.max(minimum, Number(value.toFixed(decimals))));
}

function markControl(row, value, { minimum, maximum, unit }) {
  const isOdd = value < minimum || value > maximum;
  const isMissing = Number.isNaN(value);
  row.classList.toggle("odd", isOdd);
  row.querySelector("[type=number]").setAttribute("aria-invalid", isMissing);
  row.querySelector("[type=range]")?.setAttribute("aria-valuetext", `${short(value)} ${unit}`);
  row.querySelector(".message").textContent = isMissing ? "expected a number" : isOdd ? `outside the training range, ${short(minimum)} to ${short(maximum)}` : "";
}

// One request at a time: while one is on its way, only the newest values wait.
async function updateScenario() {
  const one = scenario;
  one.isDue = true;
  if (one.isAsking) return;
  one.isAsking = true;
  try {
    while (one.isDue && one === scenario) {
      one.isDue = false;
      await showErrors("what-if-result", showScenario, updateScenario)(one);
      await showErrors("comparison-note", showComparison, updateScenario)();
    }
  } finally {
    one.isAsking = false;
  }
}

async function showScenario(one) {
  for (const id of ["what-if-csv", "what-if-range"]) byId(id).replaceChildren();
  const wrong = wrongColumns(one).map(({ name }) => name);
  if (wrong.length) throw new Error(`Not predicted: ${wrong.join(", ")} has no number.`);
  const values = valuesOf(one);
  const predicted = await whileWanted(() => one === scenario, predictScenario(one));
  if (!predicted) return;
  const [before, now] = predicted;
  const money = priceFormat(shownForecast);
  const actual = priceOf(shownForecast, one.month);
  const past = actual === undefined ? "" : `; the price of ${one.month} was ${money(actual)}`;
  byId("what-if-result").replaceChildren(
    element("p", { id: "what-if-price" }, element("strong", {}, money(now)), ` ${one.model.unit}`),
    element("p", {}, one.changes.size
      ? `${signed(now - before, money)} from ${money(before)}, the newest row${past}.`
      : `The newest row${past}.`),
  );
  showRange(straysOf(values, one.model.columns), one);
  const head = ["month", ...one.model.columns.map(({ name }) => name), "prediction"];
  const csv = toCsv([head, [one.month, ...values, now]]);
  byId("what-if-csv").replaceChildren(csvLink("what-if-download", `${one.model.name}-what-if.csv`, csv, "This row as CSV"));
}

// Whether the model has seen such values. Those without effect cannot mislead it.
function showRange(strays, { effects }) {
  const effectOf = ({ place }) => effects[place];
  const misleading = strays.filter(effectOf).sort((one, other) => effectOf(other) - effectOf(one));
  const others = strays.length - misleading.length;
  const rest = others ? ` ${plural(others, "column")} without effect ${others === 1 ? "is" : "are"} outside it.` : "";
  byId("what-if-range").classList.toggle("odd", misleading.length > 0);
  byId("what-if-range").textContent = misleading.length
    ? `Outside the training range: ${strayText(misleading)}. The model has not seen such values.${rest}`
    : `Within the training range.${rest}`;
}

// How good predictions of rows were, beside the baselines on the same months.
function heldOutText({ scores, unit }) {
  const { model, ...baselines } = scores;
  if (!model) return "";
  const others = Object.entries(baselines).filter(([name, score]) => score.months === model.months && !name.startsWith("forecast"));
  const errors = others.map(([name, score]) => `, ${name} ${short(Number(score.mae.toPrecision(3)))}`).join("");
  const isWorse = others.some(([, score]) => score.mae < model.mae);
  const advice = isWorse ? " A baseline was better: for the price to come, see the forecast." : "";
  return `Mean absolute error of row predictions on ${plural(model.months, "held-out month")}, ${unit}: ${short(Number(model.mae.toPrecision(3)))}${errors}.${advice}`;
}

function resetScenario() {
  if (!scenario) return;
  scenario.changes.clear();
  showControls(scenario);
  updateScenario();
  writeLink();
}
