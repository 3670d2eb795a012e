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
  const link = element("a", { id: "report-link", href: address }, `The report of ${model.name}`);
  place.replaceChildren(element("p", {}, link, ": how it was trained, and how good it is."), details);
}

// Shows what went wrong instead of leaving it to the console.
const showErrors = (place, action) => async (...given) => {
  try {
    await action(...given);
  } catch (error) {
    byId(place).replaceChildren(failure(error.message));
  }
};

async function choose(name) {
  chosen = null;
  clearResults();
  byId("facts").textContent = "";
  const model = modelOf(await (await ask(`v2/models/${encodeURIComponent(name)}`)).json());
  if (byId("model").value !== name) return;
  chosen = model;
  document.title = model.page;
  byId("title").textContent = model.page;
  byId("lead").textContent = model.lead;
  byId("facts").textContent = `Version ${model.version}, trained ${model.created}; predicts ${[...new Set([model.target, model.unit])].join(" in ")}.`;
  byId("example").hidden = !model.hasRows;
  showColumns(model);
  showReport(model);
  await showErrors("forecast-note", showForecast)(model);
}

const chooseNow = showErrors("facts", async () => {
  const name = byId("model").value;
  if (!name) throw new Error("No model is loaded yet; open this page again in a moment.");
  await choose(name);
});

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

byId("model").addEventListener("change", chooseNow);
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
chooseNow();
