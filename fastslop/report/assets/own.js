// One's own models among those that stand beside them: marked wherever they stand, and what is like them, said first.

const hasBeside = models.some(model => model.beside);
const isOwn = i => hasBeside && !models[i].beside;
const OWN_SIGN = "★ ";
const OWN_NAMED = 12;
const NEAR_NAMED = 3;

/** The mark of one's own model beside its name in text. */
const ownMark = i => (isOwn(i) ? make("span", { class: "own" }, "yours") : null);

/** For each of one's own models the nearest of those that stand beside it, and how sure that is. */
function ownAnswers() {
  if (!hasBeside || !tree) return [];
  const own = membersShown().filter(isOwn);
  if (!own.length) return [];
  const rest = own.length - OWN_NAMED;
  return [
    make("h3", { class: "first" }, own.length === 1 ? "Who is like yours" : "Who is like each of yours"),
    make("ul", { class: "answers" }, ...own.slice(0, OWN_NAMED).map(i => make("li", {}, ...nearestBeside(i)))),
    data.caveat ? make("p", { class: "muted" }, isolated(asSentence(shown(data.caveat)))) : null,
    rest > 0 ? make("p", { class: "muted" }, `${plural(rest, "more model")} of yours in the table below.`) : null,
  ].filter(part => part !== null);
}

/** The sentence on one model. That of one's own models another is nearer still is said behind it. */
function nearestBeside(i) {
  const order = nearestTo(i);
  const [j, ...others] = order.filter(k => !isOwn(k)).slice(0, NEAR_NAMED);
  const own = order[0] === j ? null : order[0];
  const link = k => make("button", { type: "button", class: "plain", title: nameOf(k), onclick: () => openPair(i, k) }, isolated(shortName(k)));
  return [
    make("b", {}, nameButton(i)), ": nearest ", link(j), " ", howNear(i, j, "distance "), " ", chipOf(i, j),
    ...others.flatMap((k, at) => [at ? ", " : "; then ", link(k), " ", howNear(i, k)]), ".",
    ...(own === null ? [] : [" Nearer still is your own ", link(own), " ", howNear(i, own), " ", chipOf(i, own)]),
  ];
}

const asSentence = text => `${text[0].toUpperCase()}${text.slice(1)}.`;

function howNear(i, j, what = "") {
  const { support } = uncertaintyOf(i, j);
  return make("span", { class: "together" }, `(${what}${fixed(3)(distance(i, j))}${isNumber(support) ? `, support ${percent(support)}` : ""})`);
}
