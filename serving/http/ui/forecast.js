// The forecast's part of the page.

let shownForecast = null;

// The forecasts of a model by month, or null if it was published without.
async function forecastOf(model) {
  if (!model.hasForecasts) return null;
  const forecast = await (await ask(`forecast/${encodeURIComponent(model.name)}`)).json();
  return { ...forecast, title: model.title };
}

function clearForecast() {
  shownForecast = null;
  byId("figure").hidden = true;
  for (const id of ["forecast-note", "key-figures", "chart", "forecast-table", "forecast-files", "accuracy"]) byId(id).replaceChildren();
}

async function showForecast(model) {
  if (!model.hasForecasts) {
    byId("forecast-note").textContent =
      `${model.name} was published without forecasts by month; it predicts rows, below.`;
    return;
  }
  byId("forecast-note").textContent = "Reading the forecast …";
  const forecast = await whileWanted(() => model === chosen, forecastOf(model));
  if (!forecast) return;
  shownForecast = forecast;
  const { prices, ...others } = forecast.known;
  const known = Object.entries({ prices, ...others }).map(([source, month]) => `${source} to ${month}`);
  byId("forecast-note").textContent = `By ${forecast.forecaster}, from ${known.join(", ")}.${pastNote(forecast, currentMonth())}`;
  byId("figure").hidden = false;
  byId("reading").textContent = "";
  drawForecast();
  byId("key-figures").replaceChildren(...keyFigures(forecast));
  byId("forecast-table").replaceChildren(forecastTable(forecast));
  byId("forecast-files").replaceChildren(
    csvLink("forecast-csv", `${model.name}-forecast.csv`, forecastCsv(forecast), "Forecast as CSV"),
    element("a", { id: "forecast-json", href: `${BASE}forecast/${encodeURIComponent(model.name)}` }, "as JSON, with the backtest"),
  );
  if (forecast.standings.length) byId("accuracy").replaceChildren(accuracyOf(forecast));
}

function currentMonth() {
  const now = new Date();
  return now.getFullYear() * 12 + now.getMonth();
}

// Whether months that were to come when they were forecast are over.
function pastNote({ ahead }, now) {
  const past = ahead.filter(({ month }) => monthNumber(month) < now).length;
  if (!past) return "";
  if (past < ahead.length) return ` Months that are over by now: ${past} of ${ahead.length}.`;
  return " All its months are over by now: train on newer prices for those to come.";
}

function drawForecast() {
  if (!shownForecast) return;
  const place = byId("chart");
  const width = Math.floor(place.clientWidth);
  if (width) place.replaceChildren(chartOf(shownForecast, width, (text) => { byId("reading").textContent = text; }, overlayOf(shownForecast)));
  byId("overlay-key").hidden = !overlayOf(shownForecast);
  byId("overlay-key").textContent = comparison ? comparison.model.name : "";
}

// The price of a month, if it is known.
const priceOf = (forecast, month) => forecast?.prices[monthNumber(month) - monthNumber(forecast.start)];

const nearestHorizon = (forecast) => Math.min(...(forecast?.standings ?? []).map(({ horizon }) => horizon));

// How good such forecasts were so many months ahead, and the best baseline.
function errorsOf(forecast, horizon) {
  const rows = (forecast?.standings ?? []).filter((row) => row.horizon === horizon);
  const own = rows.find((row) => row.forecaster === forecast.forecaster);
  return { own, baseline: own && rows.find((row) => row.forecaster === own.baseline) };
}

// The four answers that a reader looks for first.
function keyFigures(forecast) {
  const money = moneyOf(forecast);
  const [next] = forecast.ahead;
  const last = priceOf(forecast, forecast.origin);
  const baselines = Object.entries(next.baselines).map(([name, price]) => `${name} ${money(price)}`);
  return [
    keyFigure(`Forecast for ${next.month}`, money(next.price), forecast.unit),
    keyFigure("80 % interval", rangeOf(next.likely, money), `95 %: ${rangeOf(next.wide, money)}${coverageText(forecast, next.horizon)}`),
    keyFigure(`Change from ${forecast.origin}`, signed(next.price - last, money), `from ${money(last)}; baselines: ${baselines.join(", ")}`),
    errorFigure(forecast),
  ];
}

const keyFigure = (name, value, note) =>
  element("div", {}, element("dt", {}, name), element("dd", {}, element("strong", {}, value), " ", note));

function coverageText({ coverage }, horizon) {
  const row = coverage.find((one) => one.horizon === horizon && one.level === 0.8);
  return row ? `; of ${plural(row.months, "past month")} ${Number((row.share * 100).toFixed(1))} % were within 80 %` : "";
}

function errorFigure(forecast) {
  const horizon = nearestHorizon(forecast);
  const { own, baseline } = errorsOf(forecast, horizon);
  if (!own) return keyFigure("Mean absolute error", "–", "not measured");
  const exact = moneyOf(forecast, 2);
  const beside = !baseline || own === baseline ? "itself the best baseline" : `${baseline.forecaster}: ${exact(baseline.accuracy.mae)}`;
  const gain = own.against ? `; gain ${signed(own.against.gain, exact)}, 95 % CI ${rangeOf(own.against, (bound) => signed(bound, exact))}` : "";
  return keyFigure(`Mean absolute error, ${plural(horizon, "month")} ahead`, exact(own.accuracy.mae), `${beside}, ${plural(own.accuracy.months, "past month")}${gain}`);
}

function forecastCsv(forecast) {
  const baselines = Object.keys(forecast.ahead[0].baselines);
  const head = ["month", "price", "low_80", "high_80", "low_95", "high_95", ...baselines];
  const rows = forecast.ahead.map((one) => [
    ...[one.month, one.price, one.likely.low, one.likely.high, one.wide.low, one.wide.high],
    ...baselines.map((name) => one.baselines[name] ?? ""),
  ]);
  return toCsv([head, ...rows]);
}

const rangeOf = ({ low, high }, money) => `${money(low)} to ${money(high)}`;

function forecastTable(forecast) {
  const baselines = Object.keys(forecast.ahead[0].baselines);
  const money = moneyOf(forecast);
  const head = [
    heading("Month"),
    heading("Forecast", "number"),
    heading("80 % interval", "number"),
    heading("95 % interval", "number"),
    ...baselines.map((name) => heading(`Baseline: ${name}`, "number")),
  ];
  const rows = forecast.ahead.map((one) => [
    rowHeading(one.month),
    numeric(money(one.price), "strong"),
    numeric(rangeOf(one.likely, money)),
    numeric(rangeOf(one.wide, money)),
    ...baselines.map((name) => numeric(one.baselines[name] === undefined ? "" : money(one.baselines[name]))),
  ]);
  return tableOf(`Forecasts in ${forecast.unit}, made at the end of ${forecast.origin}`, head, rows, { id: "forecasts" });
}

function accuracyOf(forecast) {
  const exact = moneyOf(forecast, 2);
  const head = [
    heading("Months ahead", "number"),
    heading("Who"),
    heading(`Mean error, ${forecast.unit}`, "number"),
    heading("Mean error, %", "number"),
    heading("Months tried", "number"),
    heading(`Better than the best baseline by, ${forecast.unit}`),
  ];
  const rows = forecast.standings.map(({ horizon, forecaster, accuracy, baseline, against }) => [
    numeric(horizon),
    element("td", { class: forecaster === forecast.forecaster ? "whole strong" : "whole" }, forecaster),
    numeric(exact(accuracy.mae)),
    numeric((accuracy.mape * 100).toFixed(2)),
    numeric(accuracy.months),
    element("td", { class: "words" }, against
      ? `${exact(against.gain)} (${exact(against.low)} to ${exact(against.high)}) over ${baseline}; p ${against.p_value < 0.001 ? "< 0.001" : `= ${against.p_value.toFixed(3)}`}`
      : "it is the best baseline"),
  ]);
  const caption = "Errors on past months, each forecast from what was known before it";
  return element("details", {}, element("summary", {}, "How good were such forecasts?"), tableOf(caption, head, rows));
}
