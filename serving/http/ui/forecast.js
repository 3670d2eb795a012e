// The forecast's part of the page.

let shownForecast = null;

async function showForecast(model) {
  shownForecast = null;
  byId("figure").hidden = true;
  byId("forecast-table").replaceChildren();
  byId("accuracy").replaceChildren();
  if (!model.hasForecasts) {
    byId("forecast-note").textContent =
      `${model.name} was published without forecasts by month; it predicts rows, below.`;
    return;
  }
  const forecast = await (await ask(`forecast/${encodeURIComponent(model.name)}`)).json();
  if (model !== chosen) return;
  shownForecast = { ...forecast, title: model.title };
  const { prices, ...others } = forecast.known;
  const known = Object.entries({ prices, ...others }).map(([source, month]) => `${source} to ${month}`);
  byId("forecast-note").textContent = `By ${forecast.forecaster}, from ${known.join(", ")}.`;
  byId("figure").hidden = false;
  byId("reading").textContent = "";
  drawForecast();
  byId("forecast-table").replaceChildren(forecastTable(forecast));
  if (forecast.standings.length) byId("accuracy").replaceChildren(accuracyOf(forecast));
}

function drawForecast() {
  if (!shownForecast) return;
  const place = byId("chart");
  const width = Math.floor(place.clientWidth);
  if (width) place.replaceChildren(chartOf(shownForecast, width, (text) => { byId("reading").textContent = text; }));
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
      ? `${exact(against.gain)} (${exact(against.low)} to ${exact(against.high)}) over ${baseline}; p = ${against.p_value.toFixed(3)}`
      : "it is the best baseline"),
  ]);
  const caption = "Errors on past months, each forecast from what was known before it";
  return element("details", {}, element("summary", {}, "How good were such forecasts?"), tableOf(caption, head, rows));
}
