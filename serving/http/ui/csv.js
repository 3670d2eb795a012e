// CSV as it comes from spreadsheets: quotes, any line ends, a byte order mark, semicolons or tabs.

const DELIMITERS = [";", "\t", ","];

// The delimiter is the one that the header has most of, outside quotes.
function delimiterOf(text) {
  const head = text.split(/\r\n|\n|\r/, 1)[0].replace(/"[^"]*"/g, "");
  const count = (delimiter) => head.split(delimiter).length;
  return DELIMITERS.reduce((best, one) => (count(one) > count(best) ? one : best));
}

// Returns the cells of each line that is not empty, and the delimiter.
function parseCsv(source) {
  const text = source.replace(/^\uFEFF/, "").replace(/^(?:[ \t]*(?:\r\n|\n|\r))+/, "");
  const delimiter = delimiterOf(text);
  const rows = [];
  let row = [];
  let cell = "";
  let quoted = false;
  const endCell = () => { row.push(cell.trim()); cell = ""; };
  const endRow = () => {
    endCell();
    if (row.some((one) => one !== "")) rows.push(row);
    row = [];
  };
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (text[at + 1] === '"') { cell += '"'; at += 1; } else quoted = false;
    } else if (letter === '"' && cell.trim() === "") { quoted = true; cell = ""; }
    else if (letter === delimiter) endCell();
    else if (letter === "\n" || letter === "\r") endRow();
    else cell += letter;
  }
  endRow();
  return { rows, delimiter };
}

const csvCell = (value) => {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

const toCsv = (rows) => rows.map((row) => `${row.map(csvCell).join(",")}\n`).join("");

// A link to a table of this page as a file; the one before it under the same id is let go.
function csvLink(id, name, csv, text) {
  const before = byId(id);
  if (before) URL.revokeObjectURL(before.href);
  return element("a", { id, download: name, href: URL.createObjectURL(new Blob([csv], { type: "text/csv" })) }, text);
}

// What a file holds; what is no UTF-8 was most likely saved by an older spreadsheet.
async function textOf(file) {
  const bytes = await file.arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
