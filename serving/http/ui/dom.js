// Elements. Whatever comes from a model, a file or an answer becomes text, never markup.

const SVG = "http://www.w3.org/2000/svg";
const BASE = location.origin + location.pathname.replace(/[^/]*$/, "");

const byId = (id) => document.getElementById(id);

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null).map(
    (child) => (child instanceof Node ? child : String(child)),
  ));
  return node;
}

const element = (tag, attributes = {}, ...children) =>
  fill(document.createElement(tag), attributes, children);

const svg = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);

function failure(sentence, retry = null) {
  const button = retry && element("button", { type: "button" }, "Try again");
  button?.addEventListener("click", retry);
  return element("p", { class: "failure" }, sentence, button && " ", button);
}

// A table that scrolls by itself, by keyboard too.
function tableOf(caption, head, rows, attributes = {}) {
  const table = element(
    "table",
    attributes,
    element("caption", {}, element("span", {}, caption)),
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...rows.map((cells) => element("tr", {}, ...cells))),
  );
  return element("div", { class: "wide", role: "region", tabindex: "0", "aria-label": caption }, table);
}

const heading = (text, kind = null) => element("th", { scope: "col", class: kind }, text);
const rowHeading = (text) => element("th", { scope: "row" }, text);
const numeric = (text, kind = "") => element("td", { class: `number ${kind}`.trim() }, text);
// As many digits as a person reads.
const short = (number) => String(Number(number.toPrecision(6)));

// Decimals to show of prices: `places` if they are in the hundreds, more below, fewer above. It is
// price_decimals of milkprice/text.py.
function decimalsOf(prices, places) {
  const newest = prices.slice(-12).sort((one, other) => one - other);
  const power = Math.floor(Math.log10(newest[Math.floor(newest.length / 2)]));
  return Math.max(0, places + 2 - power);
}

// How a row's prediction is written beside a forecast of the same price, or without one.
const priceFormat = (forecast) => (forecast ? moneyOf(forecast, 2) : (number) => number.toFixed(2));

// How prices and errors of a forecast are written; one in the hundreds with so many decimals.
function moneyOf({ prices }, places = 1) {
  const decimals = decimalsOf(prices, places);
  return (number) => number.toFixed(decimals);
}

const MINUS = "\u2212";
const signed = (number, written) => `${number < 0 ? MINUS : "+"}${written(Math.abs(number))}`;
const plural = (count, one) => `${count} ${one}${count === 1 ? "" : "s"}`;

// What was asked for, or null when nobody wants it any more: then its failure is not told either.
async function whileWanted(isWanted, asked) {
  try {
    const answer = await asked;
    return isWanted() ? answer : null;
  } catch (error) {
    if (isWanted()) throw error;
    return null;
  }
}

// What a predictor or a proxy before it answers while it cannot, but will.
const UNAVAILABLE = new Set([429, 502, 503, 504]);

// Ask this server; an answer that is none becomes an error with its sentence and its place.
async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(BASE + path, options);
  } catch (error) {
    throw Object.assign(new Error("The server cannot be reached; try again."), { cause: error, isTransient: true });
  }
  if (answer.ok) return answer;
  const body = await answer.json().catch(() => ({}));
  const sentence = body.error ?? `The server answered ${answer.status}.`;
  throw Object.assign(new Error(sentence), { row: body.row, column: body.column, isTransient: UNAVAILABLE.has(answer.status) });
}
