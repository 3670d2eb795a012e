// The chart of a forecast: the last years of prices, then the months to come with their intervals.

const SHOWN_MONTHS = { wide: 60, narrow: 36 };
const NARROW = 480; // pixels
const MARGIN = { top: 14, right: 14, bottom: 26, left: 44 };
const DIGIT = 7; // pixels

const monthNumber = (month) => Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1;
const monthName = (number) => `${String(Math.floor(number / 12)).padStart(4, "0")}-${String((number % 12) + 1).padStart(2, "0")}`;

function seriesOf(forecast, shown) {
  const start = monthNumber(forecast.start);
  const all = forecast.prices.map((price, place) => ({ at: start + place, price }));
  const ahead = forecast.ahead.map((one) => ({ ...one, at: monthNumber(one.month) }));
  const origin = monthNumber(forecast.origin);
  const from = all.find((one) => one.at === origin) ?? all[all.length - 1];
  return { history: all.slice(-shown), ahead, from };
}

// Steps of 1, 2 or 5 times a power of ten, about five of them.
function ticksOf(low, high) {
  const rough = (high - low) / 5 || high / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough);
  const first = Math.floor(low / step);
  const last = Math.max(Math.ceil(high / step), first + 1);
  const decimals = Math.max(0, -Math.floor(Math.log10(step)));
  return Array.from({ length: last - first + 1 }, (_, place) => ((first + place) * step).toFixed(decimals));
}

function scalesOf({ history, ahead }, others, width, height) {
  const values = [...[...history, ...others].map((one) => one.price), ...ahead.flatMap((one) => [one.wide.low, one.wide.high])];
  const ticks = ticksOf(Math.min(...values), Math.max(...values));
  const [low, high] = [Number(ticks[0]), Number(ticks[ticks.length - 1])];
  const left = Math.max(MARGIN.left, 16 + DIGIT * Math.max(...ticks.map((tick) => tick.length)));
  const [first, last] = [history[0].at, ahead[ahead.length - 1].at];
  const inner = { width: width - left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
  return {
    ticks,
    left,
    first,
    last,
    x: (at) => left + (inner.width * (at - first)) / (last - first),
    y: (price) => MARGIN.top + inner.height * (1 - (price - low) / (high - low)),
    monthAt: (x) => Math.round(first + ((x - left) / inner.width) * (last - first)),
  };
}

const pointsOf = (pairs, { x, y }) =>
  pairs.map(([at, price]) => `${x(at).toFixed(1)},${y(price).toFixed(1)}`).join(" ");

function gridOf(scales, width, height) {
  const lines = scales.ticks.map((tick) => svg(
    "g",
    {},
    svg("line", { class: "grid", x1: scales.left, x2: width - MARGIN.right, y1: scales.y(tick), y2: scales.y(tick) }),
    svg("text", { x: scales.left - 8, y: scales.y(tick) + 4, "text-anchor": "end" }, tick),
  ));
  const years = [];
  for (let year = Math.ceil(scales.first / 12); year * 12 <= scales.last; year += 1) {
    const x = scales.x(year * 12);
    years.push(
      svg("line", { class: "grid", x1: x, x2: x, y1: MARGIN.top, y2: height - MARGIN.bottom }),
      svg("text", { x, y: height - 8, "text-anchor": "middle" }, year),
    );
  }
  return [...lines, ...years];
}

// A band begins at the last known price, where nothing is uncertain.
function bandOf(ahead, from, name, kind, scales) {
  const up = ahead.map((one) => [one.at, one[name].high]);
  const down = ahead.map((one) => [one.at, one[name].low]).reverse();
  return svg("polygon", { class: kind, points: pointsOf([[from.at, from.price], ...up, ...down], scales) });
}

function dotsOf(ahead, scales, read) {
  return ahead.map((one) => svg(
    "circle",
    { class: "dot", cx: scales.x(one.at), cy: scales.y(one.price), r: 3 },
    svg("title", {}, read(one)),
  ));
}

const readingOf = (unit, money) => (one) => (one.likely
  ? `${one.month}: ${money(one.price)} ${unit}, 80 % within ${money(one.likely.low)} to ${money(one.likely.high)}`
  : `${monthName(one.at)}: ${money(one.price)} ${unit}`);

function describe({ history, ahead, from }, unit, money) {
  const [first, last] = [ahead[0], ahead[ahead.length - 1]];
  return `Prices from ${monthName(history[0].at)} to ${monthName(history[history.length - 1].at)}; that of `
    + `${monthName(from.at)} is ${money(from.price)} ${unit}. The forecast is ${money(first.price)} for ${first.month} and `
    + `${money(last.price)} for ${last.month}, there with 80 % between ${money(last.likely.low)} and `
    + `${money(last.likely.high)}. The table below has every month.`;
}

function chartOf(forecast, width, onReading, overlay = null) {
  const height = Math.max(220, Math.min(340, width * 0.5));
  const shown = width < NARROW ? SHOWN_MONTHS.narrow : SHOWN_MONTHS.wide;
  const series = seriesOf(forecast, shown);
  const money = moneyOf(forecast);
  const read = readingOf(forecast.unit, money);
  const { history, ahead, from } = series;
  const others = overlay ? seriesOf(overlay, shown).ahead.filter((one) => one.at >= history[0].at && one.at <= ahead[ahead.length - 1].at) : [];
  const scales = scalesOf(series, others, width, height);
  const line = (pairs, kind) => svg("polyline", { class: kind, points: pointsOf(pairs, scales) });
  const origin = scales.x(from.at);
  const cursor = svg("line", { class: "cursor", y1: MARGIN.top, y2: height - MARGIN.bottom, visibility: "hidden" });
  const chart = svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-labelledby": "chart-title", "aria-describedby": "chart-desc" },
    svg("title", { id: "chart-title" }, `${forecast.title} and its forecast to ${forecast.ahead[forecast.ahead.length - 1].month}`),
    svg("desc", { id: "chart-desc" }, describe(series, forecast.unit, money)),
    ...gridOf(scales, width, height),
    svg("line", { class: "origin", x1: origin, x2: origin, y1: MARGIN.top, y2: height - MARGIN.bottom }),
    bandOf(ahead, from, "wide", "wide-band", scales),
    bandOf(ahead, from, "likely", "likely", scales),
    line(history.map((one) => [one.at, one.price]), "history"),
    line([[from.at, from.price], ...ahead.map((one) => [one.at, one.price])], "ahead"),
    ...(others.length ? [line(others.map((one) => [one.at, one.price]), "overlay")] : []),
    ...dotsOf(ahead, scales, read),
    cursor,
  );
  follow(chart, series, scales, cursor, (one) => onReading(read(one)));
  return chart;
}

// Says what the month under the pointer has.
function follow(chart, { history, ahead }, scales, cursor, onReading) {
  const months = new Map([...history, ...ahead].map((one) => [one.at, one]));
  const point = (event) => {
    const one = months.get(scales.monthAt(event.clientX - chart.getBoundingClientRect().left));
    cursor.setAttribute("visibility", one ? "visible" : "hidden");
    if (!one) return;
    cursor.setAttribute("x1", scales.x(one.at));
    cursor.setAttribute("x2", scales.x(one.at));
    onReading(one);
  };
  chart.addEventListener("pointermove", point);
  chart.addEventListener("pointerdown", point);
}
