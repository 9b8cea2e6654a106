// One model: whether its nearest is the nearest, what the likeness rests on, and what the model overuses.

const profiled = () => state.first ?? (tree ? wholeTree.order[0] : 0);

function showModel() {
  const i = profiled();
  fill(byId("model-title"), isolated(nameOf(i)), ownMark(i));
  byId("profile-model").value = i;
  for (const id of ["model-verdict", "model-evidence", "model-near"]) byId(id).hidden = !tree;
  if (tree) {
    const item = evidenceFor(i, nearestTo(i)[0]);
    showVerdict(i, item);
    fill(byId("model-evidence"), ...(item ? groupsOf(item, true) : []));
    showNear(byId("model-near"), i);
  }
  showProfile();
}

function showVerdict(i, item) {
  const near = nearestTo(i)[0];
  const { support } = uncertaintyOf(i, near);
  fill(byId("model-verdict"),
    make("div", { class: `card ${verdictOf(i).replace(/ /g, "-")}` },
      make("p", { class: "lead" }, "Nearest: ", ...nearestNamed(i), " ", chipOfNearest(i)),
      item ? make("p", {}, isolated(wordsOf(item))) : make("p", { class: "muted" }, data.no_evidence ? `No evidence was weighed: ${shown(data.no_evidence)}.` : "Of this model no evidence was weighed."),
      make("p", { class: "muted" }, `Distance ${fixed(3)(distance(i, near))}`, isNumber(support) ? `; the nearest in ${percent(support)} of the re-drawn sets of prompts` : "", ". ", scoreInWords(i), `; ${plural(models[i].n_docs, "generation")}, ${plural(models[i].n_words, "word")}. `,
        make("button", { type: "button", class: "plain", onclick: () => openPair(i, near) }, "The pair in full")),
      seemsSure(i, near) ? make("p", { class: "muted" }, VERDICT_ASKS_FOR_MORE) : null,
      item ? caveatsOf(item) : null));
}

/** What the evidence cannot show, folded, at the verdict. */
const caveatsOf = item => make("details", {}, make("summary", {}, "What this cannot show"), make("ul", {}, ...(item.cannot_show || GENERAL_LIMITS).map(text => make("li", {}, isolated(shown(text))))));

/** All other models, the nearest first. */
function showNear(place, i) {
  const rows = nearestTo(i).map((j, k) => ({ ...uncertaintyOf(i, j), rank: k + 1, distance: distance(i, j), j, neighbour: models[j].label, family: families[j] }));
  const known = key => rows.some(row => isNumber(row[key]));
  makeTable(place, [
    { key: "rank", title: "Rank", kind: "number" },
    { key: "neighbour", title: "Nearest", kind: "text", cell: row => make("button", { type: "button", class: "plain", title: nameOf(row.j), onclick: () => openPair(i, row.j) }, isolated(shortName(row.j)), ownMark(row.j)) },
    { key: "distance", title: "Distance", kind: "number", format: fixed(3) },
    known("low") ? { key: "low", title: "from", kind: "number", format: fixed(3), help: "95 % interval" } : null,
    known("high") ? { key: "high", title: "to", kind: "number", format: fixed(3), help: "95 % interval" } : null,
    known("support") ? { key: "support", title: "Support", kind: "number", format: value => (isNumber(value) ? percent(value) : ""), help: "Share of the re-drawn sets of prompts in which it is the nearest" } : null,
    { key: "family", title: "Family", kind: "text" },
  ].filter(column => column !== null), { caption: `Nearest to ${shortName(i)}; a name leads to the pair`, name: () => fileName("nearest", models[i].label), shown: 5 })(rows);
}

// ---- the slop profile ----

/** A feature, and below it the passage that has it, with the feature marked. */
function withQuote(feature, quote) {
  if (!quote) return isolated(shown(feature));
  const [before, own, after] = quote.map(shown);
  return make("div", { class: "quoted" }, isolated(shown(feature)), make("bdi", { class: "quote" }, before, own ? make("mark", {}, own) : null, after));
}

/** A table as rows, whether it came as rows or as columns. */
function rowsOf(table) {
  if (!table || Array.isArray(table)) return table || [];
  const names = Object.keys(table);
  return names.length ? table[names[0]].map((_, k) => Object.fromEntries(names.map(name => [name, table[name][k]]))) : [];
}

/** The features of a model in one table, as rows. */
function featuresOf(i, key) {
  return rowsOf(data.profiles[i][key]).map(row => {
    row.ratio = isNumber(row.log_ratio) ? 2 ** row.log_ratio : null;
    row.core_ratio = isNumber(row.core_log_ratio) ? 2 ** row.core_log_ratio : null;
    row.quote = row.example ?? null; // before the feature, the feature, after it
    row.example = row.quote && row.quote.join("");
    return row;
  });
}

const FEATURE_COLUMNS = [
  { key: "feature", title: "Feature", kind: "text", cell: row => withQuote(row.feature, row.quote) },
  { key: "n", title: "Count", kind: "number", help: "Occurrences" },
  { key: "n_winsorised", title: "Guarded", kind: "number", help: "Occurrences, the prompt with the most counted like the one with the second most" },
  { key: "n_docs", title: "Generations", kind: "number", help: "Generations that have it" },
  { key: "n_prompts", title: "Prompts", kind: "number", help: "Prompts that have it" },
  { key: "rate_per_million", title: "Per million", kind: "number", format: significant, help: "Occurrences in a million words of the model" },
  { key: "baseline_per_million", title: "Baseline", kind: "number", format: significant, help: "Occurrences in a million words of what it is measured against" },
  { key: "ratio", title: "Ratio", kind: "number", format: value => (isNumber(value) ? `${significant(value)}×` : ""), help: "How many times as often as the baseline" },
  { key: "log_ratio_low", title: "ratio at least", kind: "number", format: times, help: "Lower end of the 95 % interval of the ratio" },
  { key: "log_ratio_high", title: "ratio at most", kind: "number", format: times, help: "Upper end of the 95 % interval of the ratio" },
  { key: "core_ratio", title: "Ratio of its core", kind: "number", format: value => (isNumber(value) ? `${significant(value)}×` : ""), help: "Of the n-gram without common words that the phrase was grown from: how many times as often as in the other models" },
  { key: "core_log_ratio_low", title: "core at least", kind: "number", format: times, help: "Lower end of the 95 % interval of the ratio of its core" },
  { key: "q_value", title: "q", kind: "number", format: value => (isNumber(value) && value >= 1e-99 ? value.toExponential(0) : pValue(value)), help: "False discovery rate" },
  { key: "echo", title: "Echo", kind: "number", format: value => (isNumber(value) ? `${value} %` : ""), help: "Share of its occurrences in answers to prompts that hold it" },
  { key: "name", title: "Name", kind: "text", help: "Whether it holds a word that is mostly written with a capital inside sentences" },
  { key: "example", title: "As it stands in a text", kind: "text", hidden: true },
];

function showProfile() {
  const i = profiled();
  const here = data.tables.filter(table => table.key in data.profiles[i]);
  if (!here.some(table => table.key === state.table)) state.table = here.length ? here[0].key : null;
  showPatterns(i);
  fill(byId("profile-tabs"), ...here.map(table => make("button", {
    type: "button", "aria-pressed": table.key === state.table, onclick: () => { state.table = table.key; showProfile(); byId("profile-tabs").querySelector("[aria-pressed=true]").focus(); },
  }, table.title)));
  if (state.table === null) {
    byId("profile-caption").textContent = "Nothing is over-represented for sure in this model.";
    fill(byId("profile-table"));
    return;
  }
  const rows = featuresOf(i, state.table);
  const columns = FEATURE_COLUMNS.filter(column => rows.some(row => row[column.key] !== null && row[column.key] !== undefined));
  const baseline = data.baselines[state.table];
  const against = baseline === undefined ? "" : baseline === "panel" ? ", measured against the other models" : `, measured against ${shown(baseline)}`;
  const ofPhrases = state.table === "phrase" ? " A phrase was grown from an n-gram without common words, its core; the ratio is that of the core." : "";
  const first = rows.some(row => row.quote) && rows.length > data.quoted ? ` Of each list the first ${integer(data.quoted)} are quoted.` : "";
  byId("profile-caption").textContent = `What ${shortName(i)} uses more often than is usual${against}; first what is both large and sure, without topics, which the prompts explain.${ofPhrases}${first}${data.no_texts ? ` ${data.no_texts}.` : ""}`;
  makeTable(byId("profile-table"), columns, { caption: tables.get(state.table), name: () => fileName(models[i].label, tables.get(state.table)), shown: innerWidth < 600 ? 8 : 15 })(rows);
}

/** Ways of putting things that no n-gram shows, such as "not X, but Y". */
function showPatterns(i) {
  const rows = rowsOf(data.patterns).filter(row => row.label === models[i].label);
  byId("patterns").hidden = !rows.length;
  if (!rows.length) return;
  const two = fixed(2);
  makeTable(byId("patterns-table"), [
    { key: "pattern", title: "Pattern", kind: "text", cell: row => withQuote(row.pattern, row.example ? ["", "", row.example] : null) },
    { key: "n", title: "Count", kind: "number" },
    { key: "n_prompts", title: "Prompts", kind: "number", help: "Prompts that have it" },
    { key: "per_1000_words", title: "In 1,000 words", kind: "number", format: two },
    { key: "low", title: "from", kind: "number", format: two, help: "95 % interval, by prompts" },
    { key: "high", title: "to", kind: "number", format: two, help: "95 % interval, by prompts" },
    { key: "echo", title: "Echo", kind: "number", format: value => (isNumber(value) ? `${value} %` : ""), help: "Share of its occurrences in answers to prompts that hold it" },
    { key: "example", title: "As it stands in a text", kind: "text", hidden: true },
  ].filter(column => column.key in rows[0]), { caption: `Patterns of ${shortName(i)}`, name: () => fileName(models[i].label, "patterns") })(rows);
}
