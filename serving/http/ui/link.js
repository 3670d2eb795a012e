// The address holds what is shown: the model, the one beside it, and the values that were changed.

const LINK_DELAY = 200; // milliseconds; browsers refuse an address that changes with every pixel
let linkTimer = null;
let isLinked = location.search !== "";

// What the address asks for, and a sentence for each part of it that cannot be read.
function readLink() {
  const query = new URLSearchParams(location.search);
  const link = { model: query.get("model"), version: query.get("version"), other: query.get("compare"), changes: new Map(), notes: [] };
  for (const one of query.getAll("set")) {
    const [, name, text] = one.match(/^(.*):(.*)$/s) ?? [one, one, ""];
    const value = numberOf(text, false);
    if (typeof value === "number") link.changes.set(name, value);
    else link.notes.push(`The value ${JSON.stringify(text)} of ${name} in the link: ${value}.`);
  }
  return link;
}

// Names the version too once values differ from its newest row; another version has another row.
function writeLink() {
  clearTimeout(linkTimer);
  if (!chosen) return;
  const changes = scenario?.changes ?? new Map();
  const query = new URLSearchParams({ model: chosen.name });
  if (changes.size) query.set("version", chosen.version);
  if (byId("compare")?.value) query.set("compare", byId("compare").value);
  for (const [name, value] of changes) if (!Number.isNaN(value)) query.append("set", `${name}:${value}`);
  isLinked = true;
  history.replaceState(null, "", `?${query}${location.hash}`);
}

function writeLinkSoon() {
  clearTimeout(linkTimer);
  linkTimer = setTimeout(writeLink, LINK_DELAY);
}

// The address without what the browser may have logged in with.
async function copyLink() {
  writeLink();
  await navigator.clipboard.writeText(`${location.origin}${location.pathname}${location.search}${location.hash}`);
  byId("link-status").textContent = "Link copied.";
}

// What of the link is not as it was when it was made.
function linkNotes({ model, version, other, changes, notes }, shown) {
  const unknown = [...changes.keys()].filter((name) => !shown.columns.some((column) => column.name === name));
  return [
    ...notes,
    ...(model && model !== shown.name ? [`Model ${model} of the link is not served; this is ${shown.name}.`] : []),
    ...(version && model === shown.name && version !== shown.version ? [`The link was made with version ${version}; ${shown.version} serves now.`] : []),
    ...(other && byId("compare")?.value !== other ? [`Model ${other} of the link is not served.`] : []),
    ...unknown.map((name) => `Column ${name} of the link is no column of ${shown.name}.`),
  ];
}
