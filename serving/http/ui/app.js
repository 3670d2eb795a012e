// Ties the parts together: one model is chosen, each part shows what it has of it.

const LIMITS = { maxRows: Number(document.body.dataset.maxRows), maxBytes: Number(document.body.dataset.maxBytes) };

const MILK = {
  title: "Milk price",
  page: "Milk price in Chile",
  lead: "What a litre brings at the farm gate, month by month",
};

let chosen = null;

// What people read of a price: the name of a column that is not milk's is its own title.
const titlesOf = (target) => (target === document.body.dataset.milk
  ? MILK
  : { title: target, page: target, lead: `${target}, month by month` });

const modelNamed = async (name) => modelOf(await (await ask(`v2/models/${encodeURIComponent(name)}`)).json());

function modelOf(metadata) {
  const { name, versions, properties, inputs } = metadata;
  return {
    name,
    version: versions[0],
    target: properties.target,
    ...titlesOf(properties.target),
    unit: properties.unit,
    created: properties.created,
    hasForecasts: "forecasts_at" in properties,
    hasReport: "report_at" in properties,
    hasRows: "rows_at" in properties,
    scores: JSON.parse(properties.metrics),
    columns: inputs.map((input) => ({ name: input.name, ...input.parameters })),
  };
}

function showReport(model) {
  const place = byId("report-part");
  if (!model.hasReport) {
    place.replaceChildren(element("p", {}, `${model.name} was published without a report.`));
    return;
  }
  const address = `${BASE}report/${encodeURIComponent(model.name)}`;
  const details = element("details", {}, element("summary", {}, "Read it here"));
  details.addEventListener("toggle", () => {
    if (details.querySelector("iframe")) return;
    details.append(element("iframe", { src: address, sandbox: "allow-scripts", title: `Report of ${model.name}` }));
  });
  const link = element("a", { id: "report-link", href: address }, `How ${model.name} was trained, and how good it is`);
  place.replaceChildren(element("p", {}, link), details);
}

// Shows what went wrong instead of leaving it to the console; what may pass has a button to try again.
const showErrors = (place, action, again = null) => async function run(...given) {
  try {
    await action(...given);
  } catch (error) {
    const retry = error.isTransient ? () => (again ?? run)(...given) : null;
    byId(place).replaceChildren(failure(error.message, retry));
  }
};

// Whatever is shown of a model, so that nothing of one stands under the name of another.
function clearModel() {
  clearForecast();
  clearWhatIf();
  clearComparison();
  clearResults();
  for (const id of ["columns", "report-part", "link-status"]) byId(id).replaceChildren();
  for (const id of ["columns", "example", "template"]) byId(id).hidden = true;
}

async function choose(name, link) {
  chosen = null;
  clearModel();
  byId("facts").textContent = `Reading ${name} …`;
  const model = await whileWanted(() => byId("model").value === name, modelNamed(name));
  if (!model) return;
  chosen = model;
  document.title = model.page;
  byId("title").textContent = model.page;
  byId("lead").textContent = model.lead;
  byId("facts").textContent = `Version ${model.version}, trained ${model.created.slice(0, 10)}; predicts ${[...new Set([model.target, model.unit])].join(" in ")}.`;
  byId("example").hidden = byId("template").hidden = !model.hasRows;
  fill(byId("template"), { href: `${BASE}rows/${encodeURIComponent(name)}`, download: `${name}-rows.csv` }, []);
  showColumns(model);
  showReport(model);
  byId("link-status").textContent = linkNotes(link, model).join(" ");
  await showErrors("forecast-note", showForecast)(model);
  if (model === chosen) await showErrors("what-if-note", showWhatIf)(model, link.changes);
  if (model === chosen) await compareNow();
}

const compareNow = showErrors("comparison-note", async () => compareWith(byId("compare")?.value));

async function chooseNamed(link) {
  const name = byId("model").value;
  if (!name) throw new Error("No model is loaded yet; open this page again in a moment.");
  await choose(name, link);
}

// A list has only what serves; into a field anything can be typed.
function setIfServed(field, name) {
  const before = field.value;
  field.value = name;
  if (field.value !== name) field.value = before;
}

function openLink() {
  const link = readLink();
  if (link.model) setIfServed(byId("model"), link.model);
  if (link.other && byId("compare")) setIfServed(byId("compare"), link.other);
  return showErrors("facts", chooseNamed)(link);
}

const NO_LINK = { model: null, version: null, other: null, changes: new Map(), notes: [] };

const changeModel = showErrors("facts", async () => {
  await chooseNamed(NO_LINK);
  writeLink();
});

async function changeComparison() {
  await compareNow();
  writeLink();
}

async function submit(event) {
  event.preventDefault();
  if (!chosen) return;
  const button = byId("form").querySelector("[type=submit]");
  button.disabled = true;
  try {
    await predictRows(chosen);
  } finally {
    button.disabled = false;
  }
}

byId("model").addEventListener("change", changeModel);
byId("compare")?.addEventListener("change", changeComparison);
byId("reset").addEventListener("click", resetScenario);
byId("copy").hidden = !navigator.clipboard;
byId("copy").addEventListener("click", showErrors("link-status", copyLink));
byId("form").addEventListener("submit", showErrors("problems", submit));
byId("form").addEventListener("reset", () => { file = null; clearResults(); });
byId("text").addEventListener("input", () => { file = null; byId("file").value = ""; });
byId("file").addEventListener("change", () => {
  file = byId("file").files[0] ?? null;
  if (file) byId("text").value = "";
  clearResults();
  if (file) say(`${file.name} is chosen; press Predict.`);
});
byId("example").addEventListener("click", showErrors("problems", () => fillExample(chosen)));
window.addEventListener("resize", drawForecast);
// Going back among the page's sections leaves what is shown as it is, and so the address.
window.addEventListener("popstate", () => { if (isLinked) writeLink(); });
openLink();
