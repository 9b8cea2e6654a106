// The page: the answer first, the rest as soon as it has been painted.

function showHead() {
  if (data.title) byId("title").textContent = document.title = shown(data.title);
  const sum = key => models.reduce((total, model) => total + model[key], 0);
  byId("size").textContent = `${plural(models.length, "model")}, ${plural(sum("n_docs"), "generation")}, ${plural(sum("n_words"), "word")}`;
  byId("made").textContent = `Made by fastslop ${shown(data.version)}. The page works offline and asks no host for anything.`;
  if (!tree) {
    for (const part of document.querySelectorAll(".needs-pairs")) part.hidden = true;
    return;
  }
  const pairs = [];
  for (let i = 0; i < models.length; i += 1) for (let j = i + 1; j < models.length; j += 1) pairs.push([distance(i, j), i, j]);
  const nearest = pairs.sort((a, b) => a[0] - b[0]).slice(0, 3);
  const link = ([apart, i, j], k) => [k ? "; " : "", make("button", { type: "button", class: "plain", onclick: () => choosePair(i, j) }, isolated(shortName(i)), " and ", isolated(shortName(j))), ` (${fixed(2)(apart)})`];
  fill(byId("answer"), models.length > 2 ? "Most alike: " : "", ...nearest.flatMap(link), ".");
  byId("support-reading").textContent = data.tree.support
    ? "A number beside a group says in how many of a hundred re-drawn sets of prompts the same group came out; below 70 take the group as unresolved."
    : "How sure the groups are was not computed here, so take small differences as unresolved.";
  byId("distances-caption").textContent = `${shown(data.comparison.metric[0].toUpperCase() + data.comparison.metric.slice(1))}; ${shown(data.comparison.caption)}. The order is that of the tree. Point at a cell for its number, click it to see the pair.`;
}

function showFamilies() {
  fill(byId("families"), ...(tree ? tree.order : []).map(i => {
    const input = make("input", { value: families[i], "aria-label": `Family of ${nameOf(i)}`, autocomplete: "off", spellcheck: "false" });
    input.addEventListener("change", () => {
      families[i] = input.value.trim() || models[i].family;
      input.value = families[i];
      showLegend();
      announce();
    });
    return make("label", { title: nameOf(i) }, make("span", {}, isolated(nameOf(i))), input);
  }));
}

function showRead() {
  const read = data.read || {};
  const parts = [];
  const list = items => make("ul", {}, ...items.map(item => make("li", {}, isolated(shown(item)))));
  if (data.notes.length) parts.push(make("h3", {}, "To know before you read"), list(data.notes));
  const skipped = Object.entries(read.skipped || {});
  if (read.skipped) {
    const places = read.skipped_first || {};
    parts.push(make("h3", {}, "Skipped"), skipped.length
      ? list(skipped.map(([reason, n]) => `${integer(n)}: ${reason}${places[reason] ? ` (${places[reason].join(", ")}${n > places[reason].length ? ", …" : ""})` : ""}`))
      : make("p", {}, "Nothing: every record was read."));
  }
  parts.push(make("h3", {}, "Guarded against"));
  if (read.guarded) parts.push(list(suspects(read)));
  parts.push(make("p", {}, guarded()));
  fill(byId("read"), ...parts);
  if ((read.inputs || []).length) {
    const place = make("div");
    byId("read").append(place);
    makeTable(place, [
      { key: "name", title: "Input", kind: "text" },
      { key: "n_bytes", title: "Bytes", kind: "number", help: "As stored" },
      { key: "digest", title: "Digest", kind: "text", help: "Of its content" },
    ], { caption: "Inputs", name: () => "inputs" })(read.inputs);
  }
  const settings = Object.entries({ ...(read.versions || {}), ...(read.parameters || {}) }).filter(([, value]) => value !== null);
  if (settings.length) {
    const place = make("div");
    byId("read").append(place);
    const rows = settings.map(([name, value]) => ({ name, value: typeof value === "object" ? JSON.stringify(value) : String(value) }));
    rows.forEach(row => { if (row.value.length > 400) row.value = `${row.value.slice(0, 400)}…`; });
    makeTable(place, [{ key: "name", title: "Setting", kind: "text" }, { key: "value", title: "Value", kind: "text" }], { caption: "Versions and settings", name: () => "settings" })(rows);
  }
}

/** What each rule found: how many generations, of which models, and what became of them. */
function suspects(read) {
  const isAside = String(read.guards).startsWith("set-aside");
  const said = {
    looping: `looping: more than half of the text repeats what it has said before; ${isAside ? "set aside" : "counted all the same"}`,
    refused: `refused: a short text that opens as refusals do; ${isAside ? "set aside" : "counted all the same"}`,
    truncated: "truncated: the text ends in the middle of a sentence; counted all the same",
    duplicate: "duplicate: a copy of another generation of the model; counted all the same",
  };
  return Object.entries(said).map(([name, what]) => {
    const found = Object.entries(read.guarded).map(([label, counts]) => [counts[name] || 0, label]).filter(([n]) => n).sort((a, b) => b[0] - a[0]);
    const total = found.reduce((sum, [n]) => sum + n, 0);
    return `${integer(total)} ${what}${total ? ` (${found.map(([n, label]) => `${label} ${integer(n)}`).join(", ")})` : ""}`;
  });
}

/** Features that owe half of their count or more to one prompt: loops, mostly. */
function guarded() {
  const found = [];
  data.profiles.forEach((profile, i) => Object.values(profile).forEach(columns => columns.feature.forEach((feature, k) => {
    if (columns.n_winsorised && columns.n_winsorised[k] * 2 <= columns.n[k]) found.push([columns.n[k] - columns.n_winsorised[k], i, feature]);
  })));
  const rule = "A prompt with more occurrences of a feature than any other counts like the one with the second most, so that no text that repeats itself can rule.";
  if (!found.length) return `${rule} Of the features shown, none owes half of its count to one prompt.`;
  const [, i, feature] = found.sort((a, b) => b[0] - a[0])[0];
  return `${rule} Of the features shown, ${integer(found.length)} owe half of their count or more to one prompt, most of all “${shown(feature)}” of ${nameOf(i)}; their guarded counts are far below their counts.`;
}

function fillSelects() {
  const byName = models.map((_, i) => i).sort((a, b) => nameOf(a).localeCompare(nameOf(b), "en"));
  for (const id of ["profile-model", "pair-first", "pair-second"]) fill(byId(id), ...byName.map(i => make("option", { value: i }, shortName(i))));
  byId("profile-model").addEventListener("change", event => choosePair(Number(event.target.value), null));
  for (const id of ["pair-first", "pair-second"])
    byId(id).addEventListener("change", () => choosePair(Number(byId("pair-first").value), Number(byId("pair-second").value)));
}

function listen() {
  byId("rectangular").addEventListener("click", () => { state.circular = false; showTree(); });
  byId("circular").addEventListener("click", () => { state.circular = true; showTree(); });
  byId("find").addEventListener("input", markFound);
  byId("find").addEventListener("keydown", event => {
    const first = byId("tree-picture").querySelector(".leaf:not(.dim)");
    if (event.key === "Enter" && first) walkTo(Number(first.dataset.leaf));
  });
  byId("tree-svg").addEventListener("click", () => download("tree.svg", treeFile(), "image/svg+xml"));
  byId("tree-png").addEventListener("click", saveTreePng);
  byId("tree-newick").addEventListener("click", () => download("tree.nwk", data.tree.newick, "text/plain;charset=utf-8"));
  listenToHeat();
}

function showPictures() {
  showTree();
  showLegend();
  showHeat();
  if (tree) showHeatLegend();
  showScores();
}

function start() {
  showHead();
  if (tree) {
    showTree();
    showLegend();
    showChosen();
    listen();
  }
  fillSelects();
  performance.mark("first-view");
  requestAnimationFrame(() => setTimeout(() => {
    countSpread();
    if (tree) {
      showHeat();
      showHeatLegend();
    }
    showScores();
    showModels();
    showProfile();
    showPair();
    showFamilies();
    showRead();
    whenChosen(() => { if (tree) { showTree(); showHeat(); showChosen(); } showScores(); showProfile(); showPair(); });
    performance.mark("whole-view");
    document.documentElement.dataset.ready = "";
  }));
  let pending = 0;
  let lastWidth = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === lastWidth) return;
    lastWidth = innerWidth;
    cancelAnimationFrame(pending);
    pending = requestAnimationFrame(showPictures);
  });
  darkScheme.addEventListener("change", showPictures);
  addEventListener("beforeprint", () => { printing = true; showPictures(); });
  addEventListener("afterprint", () => { printing = false; showPictures(); });
  addEventListener("keydown", event => { if (event.key === "Escape") hideTip(); });
}

start();
