// The overview: how many models have a nearest one for sure, which pairs these are, and all models in a table.

const PAIRS_ANNOUNCED = 4;

function showOverview() {
  showAnswer();
  showModels();
}

function showAnswer() {
  if (!tree) {
    fill(byId("answer"), make("p", {}, "One model has nothing to be compared with; its scores and what it overuses are here."));
    return;
  }
  if (!hasVerdicts) {
    fill(byId("answer"), ...ownAnswers(), make("p", {}, `How sure it is that a model's nearest is the nearest was not weighed${data.no_evidence ? `: ${shown(data.no_evidence)}` : ""}. Every model has a nearest; that alone says little.`));
    return;
  }
  const counts = new Map(RANKS.map(verdict => [verdict, models.filter((_, i) => verdictOf(i) === verdict).length]));
  const pairs = surePairs();
  const button = ([i, j]) => make("button", { type: "button", class: "plain", onclick: () => openPair(i, j) }, isolated(shortName(i)), " and ", isolated(shortName(j)));
  const told = pairs.slice(0, PAIRS_ANNOUNCED).flatMap((pair, k) => [k ? "; " : null, button(pair), ` (${fixed(2)(distance(...pair))})`]);
  const rest = pairs.length - PAIRS_ANNOUNCED;
  fill(byId("answer"),
    ...ownAnswers(),
    make("p", { class: "counts" }, "How sure is each model's nearest? ", ...RANKS.filter(verdict => counts.get(verdict)).flatMap(verdict => [make("span", { class: "count" }, make("b", {}, integer(counts.get(verdict))), chip(verdict)), " "])),
    pairs.length
      ? make("p", {}, "Nearest to each other, and supported: ", ...told, rest > 0 ? `; and ${plural(rest, "more pair")} below.` : ".")
      : make("p", {}, "No two models are nearest to each other with the support of the evidence."));
}

/** Pairs of which every direction that was weighed is supported, the nearest first. */
function surePairs() {
  const pairs = [];
  models.forEach((_, i) => {
    const j = nearestTo(i)[0];
    const isSure = (a, b) => evidenceFor(a, b) && called(evidenceFor(a, b).verdict, evidenceFor(a, b).group) === "supported";
    if (i < j && nearestTo(j)[0] === i && isSure(i, j) && isSure(j, i)) pairs.push([i, j]);
  });
  return pairs.sort((a, b) => distance(...a) - distance(...b));
}

function showModels() {
  const rows = membersShown().map(i => {
    const near = tree ? nearestTo(i)[0] : null;
    const verdict = verdictOf(i);
    const far = near === null ? null : distance(i, near);
    return {
      ...models[i], i, family: families[i], verdict, words: undefined, group: (models[i].group || []).join("; "),
      nearest: near === null ? null : models[near].label, said: near === null ? null : nearestAsText(i), distance: far,
      support: near === null ? null : uncertaintyOf(i, near).support ?? null, order: (isOwn(i) ? -10000 : 0) + RANKS.indexOf(verdict) * 1000 + (far ?? 0),
    };
  }).sort((a, b) => a.order - b.order);
  byId("models-caption").textContent = tree && rows.some(row => seemsSure(row.i, nearestTo(row.i)[0])) ? VERDICT_ASKS_FOR_MORE : "";
  const hasSupport = rows.some(row => isNumber(row.support));
  const columns = [
    { key: "label", title: "Model", kind: "text", cell: row => nameButton(row.i) },
    hasBeside ? { key: "beside", title: "Beside yours", kind: "text", hidden: true } : null,
    tree && hasVerdicts ? { key: "verdict", title: "Verdict", kind: "text", sortBy: "order", cell: row => chipOfNearest(row.i), help: "Whether the evidence supports that this is its nearest" } : null,
    tree ? { key: "nearest", title: "Nearest", kind: "text", cell: row => make("span", {}, ...nearestNamed(row.i)) } : null,
    tree ? { key: "distance", title: "Distance", kind: "number", format: fixed(3), help: "0 for the same habits, 1 for unrelated ones" } : null,
    hasSupport ? { key: "support", title: "Support", kind: "number", format: value => (isNumber(value) ? percent(value) : ""), help: "Share of the re-drawn sets of prompts in which it is the nearest" } : null,
    { key: "slop_score", title: "Slop score", kind: "number", format: fixed(1), help: "Of a thousand words, how many are common slop" },
    { key: "family", title: "Family", kind: "text", help: "Guessed from the name" },
    { key: "group", title: "Group", kind: "text", hidden: true },
  ].filter(column => column !== null);
  makeTable(byId("models-table"), columns, {
    caption: state.family === null ? "Models" : `Models of the family ${shown(state.family)}`, name: () => "models", chosen: row => row.i === state.first || row.i === state.second, all: rows.length <= 60 && innerWidth >= 600,
  })(rows);
}
