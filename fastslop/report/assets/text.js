// A text of the reader's, scored by the list of this page. It stays in the page: nothing is sent, and nothing is kept.

const MARKED = 100_000; // characters that are shown with their hits marked
const READ = 2_000_000; // characters that are read: about a second
const MAX_UNCUT = 0.05; // characters without spaces, to a word, up to which a text is one of words
const hasList = Boolean(data.list && data.list.entries.length);
let search = null;

const nameOfList = () => (data.list.label === null ? "the pooled list" : `the list of ${nameOf(indexOf.get(data.list.label))}`);

/** What is found in a text: words, hits of the list, and words that slop scores count. */
function scoreText(raw) {
  search ??= searchOf(data.list.entries);
  const text = normalForm(raw.slice(0, READ));
  const { words, n, unspaced } = tokensOf(text);
  const slop = new Set(data.list.slop_words);
  return { text, n, unspaced, isCut: raw.length > READ, isUncut: unspaced > MAX_UNCUT * n, hits: hitsIn(words, search), slop: words.filter(word => word && word.isSpaced && slop.has(word.text)).length };
}

function showText() {
  byId("text-caption").textContent = `It is held against ${nameOfList()}: ${integer(data.list.entries.length)} words and phrases that are overused. The text stays in this page; nothing is sent, and nothing is kept.`;
  showScored();
}

function showScored() {
  const raw = byId("pasted").value;
  const isEmpty = raw.trim() === "";
  byId("text-found").hidden = isEmpty;
  if (isEmpty) {
    fill(byId("text-said"));
    return;
  }
  const found = scoreText(raw);
  fill(byId("text-said"), ...saidOfHits(found), ...saidOfScore(found));
  showEntries(found);
  showMarked(found);
}

const per1000 = (n, words) => (1000 * n) / words;
const rateOf = (n, words) => `${fixed(1)(per1000(n, words))} in 1,000 words (95 %: ${chanceInterval(n).map(limit => fixed(1)(per1000(limit, words))).join(" to ")})`;

function saidOfHits({ n, unspaced, isUncut, hits, isCut }) {
  const cut = isCut ? ` Only the first ${integer(READ)} characters were read.` : "";
  if (isUncut) return [make("p", {}, make("b", {}, plural(hits.length, "hit")), `. How many words a text without spaces has is not told here, and so no rate: fastslop filter tells it.${cut}`)];
  return [make("p", {}, make("b", {}, plural(hits.length, "hit")), ` in ${plural(n, "word")}${unspaced ? ` (${plural(unspaced, "character")} of text without spaces left aside)` : ""}`, n ? `: ${rateOf(hits.length, n)}` : "", `.${cut}`)];
}

/** The slop score of the text beside those of the models and of human writing; unresolved where the interval has both. */
function saidOfScore({ n, isUncut, slop }) {
  if (isUncut || !n || !data.list.slop_words.length) return [];
  const [low, high] = chanceInterval(slop).map(limit => per1000(limit, n));
  const scores = models.map(model => model.slop_score);
  const own = models.map((_, i) => i).filter(isOwn);
  const range = values => (values.length === 1 ? fixed(1)(values[0]) : `${fixed(1)(Math.min(...values))} to ${fixed(1)(Math.max(...values))}`);
  const beside = [
    own.length ? `yours ${range(own.map(i => scores[i]))}` : null,
    `${own.length ? "all models" : "the models of this page"} ${range(scores)}`,
    data.human ? `human writing ${fixed(1)(data.human.slop_score)}` : null,
  ].filter(part => part !== null).join(", ");
  return [
    make("p", {}, "Slop score, by the words of this page's slop scores: ", make("b", {}, fixed(1)(per1000(slop, n))), ` (95 %: ${fixed(1)(low)} to ${fixed(1)(high)}); ${beside}. `, data.human ? make("b", { id: "text-verdict" }, verdictOnText(low, high)) : null),
    make("p", { class: "muted" }, data.human ? isolated(`${humanText(data.human)} `) : null, "The intervals take hits for independent of each other; in a text they come in clusters, so the true ones are wider."),
  ];
}

function verdictOnText(low, high) {
  const { slop_score: score, slop_low, slop_high } = data.human;
  if (low > (slop_high ?? score)) return "Above human writing.";
  if (high < (slop_low ?? score)) return "Below human writing.";
  return "Unresolved beside human writing.";
}

function showEntries({ hits }) {
  const counts = new Map();
  for (const { entry } of hits) counts.set(entry, (counts.get(entry) || 0) + 1);
  const rows = [...counts].map(([entry, n]) => ({ entry, n })).sort((a, b) => b.n - a.n || (a.entry < b.entry ? -1 : 1));
  byId("text-table").hidden = !rows.length;
  makeTable(byId("text-table"), [
    { key: "entry", title: "Entry", kind: "text" },
    { key: "n", title: "Hits", kind: "number" },
  ], { caption: "Entries that were found", name: () => "hits", shown: 12 })(rows);
}

function showMarked({ text, hits }) {
  const parts = [];
  let at = 0;
  for (const { start, end, entry } of hits.filter(hit => hit.end <= MARKED)) {
    parts.push(text.slice(at, start), make("mark", { title: shown(entry) }, text.slice(start, end)));
    at = end;
  }
  parts.push(text.slice(at, MARKED), text.length > MARKED ? "…" : "");
  fill(byId("text-marked"), ...parts);
}

function listenToText() {
  if (!hasList) return;
  let pending = 0;
  byId("pasted").addEventListener("input", () => {
    clearTimeout(pending);
    pending = setTimeout(showScored, 150);
  });
  byId("text-clear").addEventListener("click", () => {
    byId("pasted").value = "";
    showScored();
    byId("pasted").focus();
  });
}
