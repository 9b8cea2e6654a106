// Verdicts: what each is called, its mark, what it means, and what no verdict can show, one click from each of them.

const FOR_A_GROUP = "supported for a group";
const NOT_WEIGHED = "not weighed";
const VERDICTS = {
  supported: "The other model is nearer to it than every rival, on prompts that did not choose it, and nearer than two models of this page usually are.",
  [FOR_A_GROUP]: "Several models that are like each other are nearer to it than all the rest, and the prompts do not settle which of them is the nearest. The likeness to the group is supported, that to one of its members is not.",
  unresolved: "Another model may be as near, or the likeness is within what unrelated models reach. The nearest is named, and other prompts may name another.",
  "not supported": "A rival is nearer, or the two are no more alike than models of this page usually are.",
  [NOT_WEIGHED]: "There is a nearest model, as there always is, and no evidence was gathered on it.",
};
const GENERAL_LIMITS = [
  "which of the two learnt from the other, or whether both learnt from a third",
  "a source that is not among these models",
];
const RANKS = Object.keys(VERDICTS);

const called = (verdict, group) => (!verdict ? NOT_WEIGHED : verdict === "unresolved" && group && group.length ? FOR_A_GROUP : verdict in VERDICTS ? verdict : NOT_WEIGHED);
const verdictOf = i => called(models[i].verdict, models[i].group);
const hasVerdicts = models.some(model => model.verdict);
const evidenceOf = new Map(data.evidence.map(item => [`${indexOf.get(item.a)} ${indexOf.get(item.b)}`, item]));
const evidenceFor = (i, j) => evidenceOf.get(`${i} ${j}`) || null;
const groupOf = i => (models[i].group || []).map(label => indexOf.get(label)).filter(j => j !== undefined);

/** The mark of a verdict about the point 0, 0: full, half, hollow, or crossed out; nothing for what was not weighed. */
function drawMark(verdict, colour, r = 4) {
  const group = draw("g", { class: "mark", "data-verdict": verdict });
  if (verdict === NOT_WEIGHED) return group;
  group.append(draw("circle", { r, fill: verdict === "supported" ? colour : "none", stroke: colour, "stroke-width": 1.5 }));
  if (verdict === FOR_A_GROUP) group.append(draw("path", { d: `M0 ${-r}A${r} ${r} 0 0 0 0 ${r}Z`, fill: colour }));
  const c = (0.5 * r).toFixed(1);
  if (verdict === "not supported") group.append(draw("path", { d: `M-${c} -${c}L${c} ${c}M-${c} ${c}L${c} -${c}`, stroke: colour, "stroke-width": 1.5 }));
  return group;
}

function markInText(verdict) {
  const svg = draw("svg", { width: 12, height: 12, viewBox: "-6 -6 12 12", "aria-hidden": "true", class: "mark-in-text" });
  svg.append(drawMark(verdict, "currentColor"));
  return svg;
}

/** The verdict in a word; a click says what it means and what it cannot show. */
function chip(verdict, caveats = {}) {
  return make("button", {
    type: "button", class: `verdict ${verdict.replace(/ /g, "-")}`, "aria-haspopup": "dialog", title: "What this means, and what it cannot show",
    onclick: event => { event.stopPropagation(); showCaveats(verdict, caveats); },
  }, markInText(verdict), verdict);
}

/** The verdict on the link of one model to another. */
function chipOf(i, j) {
  const item = evidenceFor(i, j);
  return chip(called(item && item.verdict, item && item.group), { i, item });
}

/** The verdict on a model's nearest. */
const chipOfNearest = i => chip(verdictOf(i), { i, item: evidenceFor(i, nearestTo(i)[0]) });

function showCaveats(verdict, { i = null, item = null }) {
  const dialog = byId("caveats");
  const close = make("button", { type: "button", autofocus: "", onclick: () => dialog.close() }, "Close");
  const words = item === null ? null : wordsOf(item);
  fill(dialog,
    make("h2", { id: "caveats-title" }, verdict[0].toUpperCase() + verdict.slice(1)),
    words ? make("p", {}, isolated(words)) : null,
    make("p", {}, make("b", {}, "What it means. "), VERDICTS[verdict]),
    verdict === NOT_WEIGHED && data.no_evidence ? make("p", {}, `Why: ${shown(data.no_evidence)}.`) : null,
    make("p", {}, make("b", {}, "What no verdict can show:")),
    make("ul", {}, ...(item ? item.cannot_show || GENERAL_LIMITS : GENERAL_LIMITS).map(text => make("li", {}, isolated(shown(text))))),
    make("p", { class: "tools" }, item && i !== null && tree ? make("button", { type: "button", onclick: () => { dialog.close(); openPair(i, indexOf.get(item.b)); } }, "The evidence") : null,
      make("button", { type: "button", onclick: () => { dialog.close(); go({ view: "about" }); byId("method").scrollIntoView(); } }, "Method and limits"), close));
  dialog.showModal();
}

/** The verdict on a link as a sentence. */
function wordsOf(item) {
  const i = indexOf.get(item.a);
  const own = i !== undefined && tree && nearestTo(i)[0] === indexOf.get(item.b) ? models[i].words : null;
  return shown(own || item.reason || "");
}

/** Whether a link is the nearest in nearly all re-drawn sets of prompts and yet not supported. */
const seemsSure = (i, j) => uncertaintyOf(i, j).support >= 0.95 && verdictOf(i) !== "supported" && verdictOf(i) !== NOT_WEIGHED;
const VERDICT_ASKS_FOR_MORE = "Support says how often it is the nearest when prompts are drawn anew from all of them. A verdict asks for more: that it is nearer than every rival on either half of the prompts by itself.";

/** A group by its family, if it is one: "the kimi family". */
function groupName(members) {
  const names = new Set(members.map(j => families[j]));
  return names.size === 1 && members.length > 1 ? `the ${shown([...names][0])} family` : null;
}

/** The nearest of a model, or the group that its link is supported to: a name and buttons. */
function nearestNamed(i, button = nameButton) {
  const group = groupOf(i);
  if (verdictOf(i) !== FOR_A_GROUP || group.length < 2) return [button(nearestTo(i)[0])];
  const name = groupName(group);
  const few = group.length > 4 ? group.slice(0, 3) : group;
  const members = few.flatMap((j, k) => [k === 0 ? null : k === group.length - 1 ? " or " : ", ", button(j)]);
  if (few.length < group.length) members.push(` or one of ${integer(group.length - few.length)} more`);
  return name ? [isolated(name), " (", ...members, ")"] : members;
}

const nearestAsText = i => {
  const group = groupOf(i);
  if (verdictOf(i) !== FOR_A_GROUP || group.length < 2) return nameOf(nearestTo(i)[0]);
  return groupName(group) || `${group.slice(0, 3).map(nameOf).join(" or ")}${group.length > 3 ? " or another" : ""}`;
};

/** The marks with their names, as buttons: beside every picture that has marks. */
function showMarks() {
  const used = RANKS.filter(verdict => verdict !== NOT_WEIGHED && models.some((_, i) => verdictOf(i) === verdict));
  for (const list of document.querySelectorAll(".legend.marks")) {
    list.hidden = !used.length;
    fill(list, make("li", { class: "muted" }, "Its nearest is"), ...used.map(verdict => make("li", {}, chip(verdict))));
  }
}
