// What all parts share: the data, the choice of models, numbers as text, elements, downloads.
// Labels and n-grams are untrusted: they reach the page through textContent and attributes that run nothing.

const data = JSON.parse(document.getElementById("data").textContent);
const models = data.models;
const tables = new Map(data.tables.map(table => [table.key, table.title]));
const byId = id => document.getElementById(id);
const darkScheme = matchMedia("(prefers-color-scheme: dark)");
const PICTURE_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Noto Sans', sans-serif";
const SVG = "http://www.w3.org/2000/svg";

// What moves or reverses the text around it is shown as U+FFFD; line ends as \n.
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g;
const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const shown = text => String(text).replace(UNSAFE, "\ufffd").replace(LONE, "\ufffd").replace(/\n/g, "\\n");
const nameOf = i => shown(models[i].label) || "(no name)";

// ---- distances ----

const distances = data.comparison ? data.comparison.distances : [];
const uncertain = new Map((data.comparison ? data.comparison.neighbours : []).map(row => [row.label * models.length + row.neighbour, row]));

/** The distance of two models; stored is the upper triangle, row by row. */
function distance(i, j) {
  if (i === j) return 0;
  const [a, b] = i < j ? [i, j] : [j, i];
  return distances[a * models.length - (a * (a + 1)) / 2 + b - a - 1];
}

// Distances are rounded: of two that are equal, the one that was weighed as the nearest is.
const weighed = new Set(data.evidence.map(item => `${item.a}\u0000${item.b}`));
const neighbours = new Map();
function nearestTo(i) {
  const isWeighed = j => weighed.has(`${models[i].label}\u0000${models[j].label}`);
  if (!neighbours.has(i)) neighbours.set(i, models.map((_, j) => j).filter(j => j !== i).sort((a, b) => distance(i, a) - distance(i, b) || isWeighed(b) - isWeighed(a) || a - b));
  return neighbours.get(i);
}
const uncertaintyOf = (i, j) => uncertain.get(i * models.length + j) || {};

// ---- numbers ----

const isNumber = value => typeof value === "number" && Number.isFinite(value);
const integer = value => (isNumber(value) ? value.toLocaleString("en") : "");
const fixed = digits => value => (isNumber(value) ? value.toFixed(digits) : "");
const significant = value => (!isNumber(value) ? "" : value && Math.abs(value) < 1e-3 ? value.toExponential(1) : Number(value.toPrecision(3)).toLocaleString("en", { maximumSignificantDigits: 3 }));
const pValue = value => (isNumber(value) && value < 1e-99 ? "<1e-99" : significant(value));
const percent = share => `${Math.floor(100 * share + 1e-9)} %`;
const times = log2 => (isNumber(log2) ? `${significant(2 ** log2)}×` : "");
const plural = (n, noun) => `${integer(n)} ${noun}${n === 1 ? "" : "s"}`;

// ---- elements ----

/** An element with properties, listeners (`onclick`) and children; text is only ever text. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

function draw(tag, attributes = {}, text = null) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(name, value);
  if (text !== null) element.textContent = text;
  return element;
}

/** A name in its own direction: right-to-left ones do not turn what stands around them. */
const isolated = text => make("bdi", {}, text);

/** A model's name that leads to what is known of it. */
const nameButton = i => make("button", { type: "button", class: "plain", title: nameOf(i), onclick: () => openModel(i) }, isolated(shortName(i)), ownMark(i));

function fill(element, ...children) {
  element.replaceChildren(...children.filter(child => child !== null && child !== undefined));
}

// ---- the tip beside the pointer ----

function showTip(x, y, heading, lines) {
  const tip = byId("tip");
  fill(tip, make("b", {}, isolated(heading)), ...lines.map(line => make("div", {}, line)));
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(4, x + 14 + box.width > innerWidth ? x - 14 - box.width : x + 14)}px`;
  tip.style.top = `${Math.max(4, y + 14 + box.height > innerHeight ? y - 14 - box.height : y + 14)}px`;
}

const hideTip = () => { byId("tip").hidden = true; };

// ---- downloads ----

function download(name, content, type) {
  const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const link = make("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

/** RFC 4180: quoted where it must be, the values as they are, not as they are shown. A text that a spreadsheet would
 * compute has an apostrophe before it, as in `base/csv_cells.py`. */
function toCsv(header, rows) {
  const inert = value => typeof value === "string" && /^'*[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  const cell = value => {
    const text = value === null || value === undefined ? "" : inert(value);
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  return [header, ...rows].map(row => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

const downloadCsv = (name, header, rows) => download(`${name}.csv`, toCsv(header, rows), "text/csv;charset=utf-8");
