// The chosen models beside a picture; on a narrow screen, at its foot.

function showPanel() {
  const panel = byId("selected");
  const beside = ["tree", "map", "distances"].includes(state.view) && Boolean(tree);
  panel.hidden = !beside;
  document.body.classList.toggle("beside", beside);
  panel.classList.toggle("empty", state.first === null);
  if (!beside) return;
  if (state.first === null) {
    fill(panel, make("h3", {}, "Choose a model"), make("p", {}, state.view === "distances"
      ? "Click a cell to see what two models have in common, or a name for one model."
      : "Click a name, or walk through the names with the arrow keys and press Enter. A second one makes a pair."));
    return;
  }
  const both = [state.first, state.second].filter(i => i !== null);
  fill(panel,
    make("button", { type: "button", class: "close", "aria-label": "Choose none", title: "Choose none", onclick: () => choosePair(null, null) }, "×"),
    ...(both.length === 2 ? pairInPanel(...both) : []),
    ...both.flatMap((i, k) => [k || both.length === 2 ? make("hr") : null, ...modelInPanel(i, both.length === 2)]));
}

function pairInPanel(i, j) {
  const directions = [[i, j], [j, i]].filter(([a, b]) => evidenceFor(a, b));
  return [
    make("p", {}, "Their distance is ", make("b", {}, fixed(3)(distance(i, j))), "."),
    ...(directions.length
      ? directions.map(([a, b]) => make("p", {}, isolated(shortName(b)), " as the nearest of ", isolated(shortName(a)), ": ", chipOf(a, b)))
      : [make("p", {}, "Neither is the nearest of the other. ", chip(NOT_WEIGHED))]),
    make("p", {}, make("button", { type: "button", onclick: () => openPair(i, j) }, "What they share")),
  ];
}

const chooser = i => make("button", { type: "button", class: "plain", title: nameOf(i), onclick: () => choose(i) }, isolated(shortName(i)), ownMark(i));

function modelInPanel(i, isShort) {
  const words = (data.profiles[i]["word 1"] || { feature: [] }).feature.slice(0, 8).map(shown).join(", ");
  const near = nearestTo(i).slice(0, 5);
  return [
    make("h3", {}, isolated(shortName(i)), ownMark(i)),
    make("p", {}, "Nearest: ", ...nearestNamed(i, chooser)),
    make("p", {}, chipOfNearest(i)),
    models[i].words && !isShort ? make("p", { class: "muted" }, isolated(shown(models[i].words))) : null,
    isShort ? null : make("ol", {}, ...near.map(j => make("li", {}, chooser(j), ` ${fixed(3)(distance(i, j))}`))),
    make("p", { class: "muted" }, scoreInWords(i), words ? "; overused words: " : null, words ? isolated(words) : null),
    make("p", {}, make("button", { type: "button", onclick: () => openModel(i) }, "Evidence and profile")),
  ].filter(part => part !== null);
}

function scoreInWords(i) {
  const interval = isNumber(models[i].slop_low) ? ` (${fixed(1)(models[i].slop_low)} to ${fixed(1)(models[i].slop_high)})` : "";
  return `Slop score ${fixed(1)(models[i].slop_score)}${interval}`;
}
