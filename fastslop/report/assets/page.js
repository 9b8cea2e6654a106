// The page: the view that the address asks for, in front of the data of all.

const VIEWS = { overview: showOverview, tree: showTree, map: showMap, distances: showHeat, scores: showScores, model: showModel, pair: showPair, text: showText, about: () => {} };

function render() {
  hideTip();
  if (data.tree) {
    if (!models.some((_, i) => isShown(i))) state.family = null;
    tree = state.family === null ? wholeTree : makeShape(isShown);
  }
  showFamilyFilter();
  showLegend();
  for (const section of byId("content").children) section.hidden = section.id !== state.view;
  for (const link of byId("views").children) {
    const view = link.dataset.view;
    link.hidden = !isThere(view);
    link.href = addressOf({ ...state, view });
    if (view === state.view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  showPanel();
  VIEWS[state.view]();
}

function showHead() {
  if (data.title) byId("title").textContent = document.title = shown(data.title);
  const sum = key => models.reduce((total, model) => total + model[key], 0);
  byId("size").textContent = `${plural(models.length, "model")}, ${plural(sum("n_docs"), "generation")}, ${plural(sum("n_words"), "word")}`;
  byId("made").textContent = `Made by fastslop ${shown(data.version)}. The page works offline and asks no host for anything.`;
  for (const part of document.querySelectorAll(".needs-pairs")) part.hidden = !tree;
}

function fillSelects() {
  const byName = models.map((_, i) => i).sort((a, b) => nameOf(a).localeCompare(nameOf(b), "en"));
  for (const id of ["profile-model", "pair-first", "pair-second"]) fill(byId(id), ...byName.map(i => make("option", { value: i }, shortName(i))));
  byId("profile-model").addEventListener("change", event => openModel(Number(event.target.value)));
  for (const id of ["pair-first", "pair-second"])
    byId(id).addEventListener("change", () => choosePair(Number(byId("pair-first").value), Number(byId("pair-second").value)));
}

function listen() {
  for (const link of byId("views").children) link.addEventListener("click", event => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go({ view: link.dataset.view });
  });
  addEventListener("popstate", () => { Object.assign(state, readAddress(location.hash)); render(); });
  addEventListener("keydown", event => { if (event.key === "Escape") hideTip(); });
  listenToFind();
  listenToText();
  saveable("scores", () => drawScores(900, true));
  if (!tree) return;
  listenToZooms();
  listenToTree();
  listenToHeat();
  if (hasMap()) saveable("map", () => drawMap(1000, 1000, true));
}

/** Pictures follow the width of the window, the colours of the page, and paper. */
function listenToLook() {
  let pending = 0;
  let lastWidth = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === lastWidth) return;
    lastWidth = innerWidth;
    cancelAnimationFrame(pending);
    pending = requestAnimationFrame(render);
  });
  darkScheme.addEventListener("change", render);
  addEventListener("beforeprint", () => { printing = true; render(); });
  addEventListener("afterprint", () => { printing = false; render(); });
}

function start() {
  showHead();
  fillSelects();
  showMarks();
  Object.assign(state, readAddress(location.hash));
  listen();
  listenToLook();
  render();
  performance.mark("first-view");
  requestAnimationFrame(() => setTimeout(() => {
    if (tree) showFamilies();
    showRead();
    performance.mark("whole-view");
    document.documentElement.dataset.ready = "";
  }));
}

start();
