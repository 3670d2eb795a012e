// Two models side by side: their forecasts, their errors, and the same changes to their newest rows.

let comparison = null;

function clearComparison() {
  const hasOverlay = comparison !== null;
  comparison = null;
  byId("comparison").hidden = true;
  for (const id of ["comparison-note", "comparison-part"]) byId(id).replaceChildren();
  if (hasOverlay) drawForecast();
}

async function compareWith(name) {
  clearComparison();
  if (!name || !chosen) return;
  byId("comparison").hidden = false;
  if (name === chosen.name) throw new Error(`${name} is the model itself; choose another one to compare with.`);
  const own = chosen;
  const other = await whileWanted(() => chosen === own && byId("compare").value === name, readModel(name));
  if (!other) return;
  comparison = other;
  drawForecast();
  await showComparison();
}

async function readModel(name) {
  const model = await modelNamed(name);
  return { model, forecast: await forecastOf(model), rows: model.hasRows ? await newestRows(model) : null };
}

// The forecast to draw into the chart of another one: a price in another unit has no place there.
const overlayOf = (forecast) =>
  (comparison?.forecast && comparison.forecast.unit === forecast.unit ? comparison.forecast : null);

async function showComparison() {
  if (!comparison) return;
  const other = comparison;
  const scenarios = [scenario, other.rows && scenarioOf(other.model, other.rows, scenario?.changes ?? new Map())];
  const asked = Promise.all(scenarios.map((one) => one && !wrongColumns(one).length && predictScenario(one)));
  const predictions = await whileWanted(() => other === comparison && scenarios[0] === scenario, asked).catch((error) => {
    byId("comparison-part").replaceChildren();
    throw error;
  });
  if (!predictions) return;
  const sides = [{ model: chosen, forecast: shownForecast }, other].map((side, place) => ({
    ...side,
    month: scenarios[place]?.month,
    row: predictions[place]?.[1],
    money: priceFormat(side.forecast),
  }));
  const head = (first) => [heading(first), ...sides.map(({ model }) => heading(model.name, "number")), heading("Difference", "number")];
  byId("comparison-part").replaceChildren(
    tableOf("Forecast, errors and the row above", head("Model"), factRows(sides), { id: "comparison-table" }),
    ...(sides.every(({ forecast }) => forecast) ? [tableOf("Forecasts by month", head("Month"), monthRows(sides), { id: "comparison-months" })] : []),
  );
  byId("comparison-note").textContent = comparisonNote(sides, scenarios);
}

// A row of one number each; the difference is of numbers in one unit only.
function pairRow(label, sides, numbers, texts = []) {
  const isOneUnit = sides[0].model.unit === sides[1].model.unit;
  const isWhole = numbers.every((number) => number !== undefined);
  const { money } = sides[0];
  return [
    rowHeading(label),
    ...sides.map((side, place) => numeric(numbers[place] === undefined ? "–" : `${texts[place] ?? ""}${side.money(numbers[place])}`)),
    numeric(isOneUnit && isWhole ? signed(numbers[1] - numbers[0], money) : ""),
  ];
}

function factRows(sides) {
  const next = sides.map(({ forecast }) => forecast?.ahead[0]);
  const horizon = nearestHorizon(sides[0].forecast ?? sides[1].forecast);
  const interval = (name) => sides.map(({ forecast, money }, place) => numeric(forecast ? rangeOf(next[place][name], money) : "–"));
  const text = (label, written, kind) => [rowHeading(label), ...sides.map((side) => numeric(written(side), kind)), element("td", {})];
  return [
    text("Version", ({ model }) => model.version, "version"),
    text("Prices to", ({ forecast }) => forecast?.origin ?? "–"),
    pairRow("Next month", sides, next.map((one) => one?.price), next.map((one) => one && `${one.month}: `)),
    [rowHeading("80 % interval"), ...interval("likely"), element("td", {})],
    [rowHeading("95 % interval"), ...interval("wide"), element("td", {})],
    ...(Number.isFinite(horizon) ? errorRows(sides, horizon) : []),
    pairRow("What if, as set above", sides, sides.map(({ row }) => row), sides.map(({ month }) => month && `${month}: `)),
    pairRow("Mean absolute error of row predictions", sides, sides.map(({ model }) => model.scores.model?.mae)),
  ];
}

function errorRows(sides, horizon) {
  const errors = sides.map(({ forecast }) => errorsOf(forecast, horizon));
  return [
    pairRow(`Mean absolute error, ${plural(horizon, "month")} ahead`, sides, errors.map(({ own }) => own?.accuracy.mae)),
    pairRow("Best baseline, the same", sides, errors.map(({ baseline }) => baseline?.accuracy.mae)),
  ];
}

function monthRows(sides) {
  const months = sides.map(({ forecast }) => new Map(forecast.ahead.map((one) => [one.month, one.price])));
  const all = [...new Set(months.flatMap((one) => [...one.keys()]))].sort();
  return all.map((month) => pairRow(month, sides, months.map((one) => one.get(month))));
}

// What keeps the two from being compared like with like.
function comparisonNote([one, other], [own, others]) {
  const notes = [`Differences are ${other.model.name} less ${one.model.name}.`];
  if (one.model.unit !== other.model.unit) notes.push(`The units differ: ${one.model.unit} and ${other.model.unit}.`);
  const names = new Set(other.model.columns.map(({ name }) => name));
  const lacking = [...(own && others ? own.changes.keys() : [])].filter((name) => !names.has(name));
  if (lacking.length) notes.push(`${other.model.name} has no column ${lacking.join(", ")}.`);
  return notes.join(" ");
}
