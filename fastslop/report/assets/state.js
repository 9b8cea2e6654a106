// What is looked at: a view, two models at most, a family. The address holds it, so it can be kept, sent and gone back to.

const state = { view: "overview", first: null, second: null, family: null, circular: false, glance: false, table: data.tables.length ? data.tables[0].key : null };
const NEEDS_PAIRS = ["tree", "distances", "pair"];
const isThere = view => (view === "map" ? hasMap() : view === "text" ? hasList : data.tree || !NEEDS_PAIRS.includes(view));
const hasMap = () => Boolean(data.map && data.map.x && data.map.x.length === models.length);
const indexOf = new Map(models.map((model, i) => [model.label, i]));

// ---- the address ----

const coded = text => encodeURIComponent(text.replace(LONE, "\ufffd"));
const byCode = new Map(models.map((model, i) => [coded(model.label), i]));

/** The part of an address after the number sign: `#pair=a,b`, `#view=tree&model=a&family=f`. */
function addressOf({ view, first, second, family, circular }) {
  const chosen = [first, second].filter(i => i !== null);
  const usual = ["overview", "model", "pair"][chosen.length];
  const parts = [
    view === usual ? null : `view=${view}`,
    chosen.length ? `${["model", "pair"][chosen.length - 1]}=${chosen.map(i => coded(models[i].label)).join(",")}` : null,
    family === null ? null : `family=${coded(family)}`,
    circular ? "shape=circular" : null,
  ];
  return `#${parts.filter(part => part !== null).join("&")}`;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What an address asks for; what it names that is not on this page counts for nothing. */
function readAddress(address) {
  const wanted = { view: null, first: null, second: null, family: null, circular: false };
  for (const part of address.replace(/^#/, "").split("&")) {
    const [key, value] = part.includes("=") ? [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)] : ["view", part];
    const found = value.split(",").map(text => byCode.get(coded(decoded(text)))).filter(i => i !== undefined);
    if (key === "view" && document.querySelector(`#views [data-view="${CSS.escape(value)}"]`) && isThere(value)) wanted.view = value;
    if (key === "model" || key === "pair") [wanted.first, wanted.second] = [found[0] ?? null, found[1] !== found[0] && key === "pair" ? found[1] ?? null : null];
    if (key === "family" && families.includes(decoded(value))) wanted.family = decoded(value);
    if (key === "shape") wanted.circular = value === "circular";
  }
  wanted.view ??= wanted.first === null ? "overview" : wanted.second === null || !data.tree ? "model" : "pair";
  return wanted;
}

/** Look at something else, and let the browser's Back lead here again. */
function go(change) {
  const before = state.view;
  Object.assign(state, change);
  const address = addressOf(state);
  if (address !== (location.hash || "#")) history.pushState(null, "", address);
  render();
  if (state.view !== before) scrollTo(0, 0);
}

const openModel = i => { go({ view: "model", first: i, second: null }); scrollTo(0, 0); };
const openPair = (i, j) => { go({ view: "pair", first: i, second: j }); scrollTo(0, 0); };

/** Choose a model where one is: it becomes the first, and what was first the second. Choosing it again takes it back. */
function choose(i) {
  if (i === state.first) go({ first: state.second, second: null });
  else if (i === state.second) go({ second: null });
  else go({ first: i, second: state.first });
}

const choosePair = (i, j) => go({ first: i, second: i === j ? null : j });

// ---- the models that are shown: all, or a family ----

const isShown = i => state.family === null || families[i] === state.family;
const membersShown = () => models.map((_, i) => i).filter(isShown);
