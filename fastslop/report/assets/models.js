// All models in a table, and the slop profile of one of them.

function showModels() {
  const rows = models.map((model, i) => {
    const near = tree ? nearestTo(i)[0] : null;
    return { ...model, family: families[i], nearest: near === null ? null : models[near].label, distance: near === null ? null : distance(i, near), i, near };
  });
  const hasInterval = models.some(model => isNumber(model.slop_low));
  const severalPanels = new Set(models.map(model => model.panel)).size > 1;
  const columns = [
    { key: "label", title: "Model", kind: "text", cell: row => nameButton(row.i) },
    { key: "family", title: "Family", kind: "text", help: "Guessed from the name" },
    severalPanels ? { key: "panel", title: "Panel", kind: "text", help: "Models that answered the same prompts" } : null,
    { key: "slop_score", title: "Slop score", kind: "number", format: fixed(1), help: "Of a thousand words, how many are common slop" },
    hasInterval ? { key: "slop_low", title: "from", kind: "number", format: fixed(1), help: "95 % interval, by prompts" } : null,
    hasInterval ? { key: "slop_high", title: "to", kind: "number", format: fixed(1), help: "95 % interval, by prompts" } : null,
    tree ? { key: "nearest", title: "Nearest", kind: "text", cell: row => nameButton(row.near) } : null,
    tree ? { key: "distance", title: "Distance", kind: "number", format: fixed(3) } : null,
    { key: "n_docs", title: "Generations", kind: "number" },
    { key: "n_prompts", title: "Prompts", kind: "number" },
    { key: "n_words", title: "Words", kind: "number" },
  ].filter(column => column !== null);
  const set = makeTable(byId("models-table"), columns, {
    caption: "Models", name: () => "models", sort: ["slop_score", true], chosen: row => row.i === state.first || row.i === state.second,
  });
  set(rows);
  whenChosen(() => set(rows));
  byId("models-caption").textContent = "The slop score: of a thousand words, how many are among those that half of these models overuse at least eightfold. Lines are 95 % intervals, by prompts; models whose lines overlap may be unresolved.";
  fill(byId("human-caption"), data.human ? isolated(humanText(data.human)) : null);
}

function humanText({ name, slop_score: score, slop_low: low, slop_high: high, note }) {
  const interval = isNumber(low) ? ` (${fixed(1)(low)} to ${fixed(1)(high)})` : "";
  return `Human writing, by ${shown(name)}: ${fixed(1)(score)}${interval}. ${shown(note)}`;
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
  { key: "log_ratio_low", title: "at least", kind: "number", format: times, help: "Lower end of the 95 % interval of the ratio" },
  { key: "log_ratio_high", title: "at most", kind: "number", format: times, help: "Upper end of the 95 % interval of the ratio" },
  { key: "q_value", title: "q", kind: "number", format: value => (isNumber(value) ? (value < 1e-99 ? "<1e-99" : value.toExponential(0)) : ""), help: "False discovery rate" },
  { key: "echo", title: "Echo", kind: "number", format: value => (isNumber(value) ? `${value} %` : ""), help: "Share of its occurrences in answers to prompts that hold it" },
  { key: "name", title: "Name", kind: "text", help: "Whether it holds a word that is mostly written with a capital inside sentences" },
  { key: "example", title: "As it stands in a text", kind: "text", hidden: true },
];

const profiled = () => state.first ?? (tree ? tree.order[0] : 0);

function showProfile() {
  const i = profiled();
  const here = data.tables.filter(table => table.key in data.profiles[i]);
  if (!here.some(table => table.key === state.table)) state.table = here.length ? here[0].key : null;
  byId("profile-model").value = i;
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
  const ofPhrases = state.table === "phrase" ? " A phrase was grown from an n-gram without common words; its ratio is that n-gram's." : "";
  const first = rows.some(row => row.quote) && rows.length > data.quoted ? ` Of each list the first ${integer(data.quoted)} are quoted.` : "";
  byId("profile-caption").textContent = `What ${shortName(i)} uses more often than is usual${against}; first what is both large and sure.${ofPhrases}${first}${data.no_texts ? ` ${data.no_texts}.` : ""}`;
  makeTable(byId("profile-table"), columns, { caption: tables.get(state.table), name: () => `${models[i].label} ${tables.get(state.table)}`.replace(/[^\w.-]+/g, "_") })(rows);
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
  { key: "name", title: "Name", kind: "text", help: "Whether it holds a word that is mostly written with a capital inside sentences" },
  { key: "example", title: "As it stands in a text", kind: "text", hidden: true },
  ].filter(column => column.key in rows[0]), { caption: `Patterns of ${shortName(i)}`, name: () => `${models[i].label} patterns`.replace(/[^\w.-]+/g, "_") })(rows);
}
