// Two models side by side: the verdict on them, what carries their likeness, and which habits they share.

const chosenPair = () => {
  const first = state.first ?? wholeTree.order[0];
  return [first, state.second ?? nearestTo(first)[0]];
};

function showPair() {
  const [i, j] = chosenPair();
  byId("pair-first").value = i;
  byId("pair-second").value = j;
  fill(byId("pair-title"), isolated(shortName(i)), " and ", isolated(shortName(j)));
  showEvidence(i, j);
  showPairFacts(i, j);
  showShared(i, j);
}

function showPairFacts(i, j) {
  const ranks = [[i, j], [j, i]].map(([a, b]) => nearestTo(a).indexOf(b) + 1);
  const nearer = distances.filter(value => value < distance(i, j)).length;
  const fact = (term, value, ...small) => make("div", {}, make("dt", {}, term), make("dd", {}, value, ...small.map(text => make("small", {}, isolated(text)))));
  const one = uncertaintyOf(i, j);
  const other = uncertaintyOf(j, i);
  const known = (key, text) => [[one, i], [other, j]].filter(([row]) => isNumber(row[key])).map(([row, k]) => text(row, shortName(k)));
  const supports = known("support", (row, name) => `${percent(row.support)} for ${name}`);
  const floors = known("floor", (row, name) => `${fixed(3)(row.floor)} for ${name}`);
  const low = one.low ?? other.low;
  fill(byId("pair-facts"), make("dl", { class: "facts" },
    fact("Distance", fixed(3)(distance(i, j)), isNumber(low) ? `95 % interval ${fixed(3)(low)} to ${fixed(3)(one.high ?? other.high)}` : "no interval was computed"),
    fact("Nearer pairs", integer(nearer), `of ${integer(distances.length)}`),
    fact("Neighbour number", `${ranks[0]} and ${ranks[1]}`, `${shortName(j)} is number ${ranks[0]} from ${shortName(i)}`, `${shortName(i)} is number ${ranks[1]} from ${shortName(j)}`),
    fact("They join at", fixed(3)(joined(i, j)), "in the tree"),
    supports.length ? fact("Support as nearest", supports[0], ...supports.slice(1), "share of the re-drawn sets of prompts in which it is the nearest", ...(seemsSure(i, j) || seemsSure(j, i) ? ["a verdict asks for more: that it holds on either half of the prompts by itself"] : [])) : null,
    floors.length ? fact("Distance from itself", floors[0], ...floors.slice(1), "one half of a model's prompts from the other half: a model and its copy would be as far apart") : null,
  ));
}

/** The distance at which the tree joins two models. */
function joined(i, j) {
  const { parents, heights } = wholeTree;
  const above = new Set();
  for (let node = i; node >= 0; node = parents[node]) above.add(node);
  let node = j;
  while (!above.has(node)) node = parents[node];
  return 2 * heights[node];
}

// ---- the evidence ----

/** The evidence of a pair, of each direction that was weighed, or how to get it. */
function showEvidence(i, j) {
  const found = [evidenceFor(i, j), evidenceFor(j, i)].filter(item => item);
  if (!found.length) fill(byId("pair-evidence"), ...noEvidence([models[i].label, models[j].label]));
  else fill(byId("pair-evidence"), make("div", { class: "two" }, ...found.map(direction)), ...groupsOf(found[0], innerWidth < 600), make("div", { class: "two" }, ...found.map(item => make("div", {}, ...(item.tables || []).map(table => tableOf(table))))));
}

function direction(item) {
  const [i, j] = [indexOf.get(item.a), indexOf.get(item.b)];
  const reason = wordsOf(item);
  return make("div", { class: `card ${called(item.verdict, item.group).replace(/ /g, "-")}` },
    make("p", { class: "lead" }, "Is ", isolated(shortName(j)), " the nearest of ", isolated(shortName(i)), "? ", chipOf(i, j)),
    reason ? make("p", { class: "reason" }, isolated(reason)) : null,
    ...(item.summary || []).map(text => make("p", { class: "muted" }, isolated(shown(text)))),
    caveatsOf(item));
}

const tableOf = (table, bare = false) => {
  const place = make("div", { class: "evidence" });
  const number = title => value => (/^p\b/.test(title) ? pValue(value) : Number.isInteger(value) ? integer(value) : significant(value)) + (isNumber(value) && /^(Times|×)/.test(title) ? "×" : "");
  const columns = table.columns.map((title, k) => ({ key: title, title, kind: table.rows.some(row => typeof row[k] === "string") ? "text" : "number", format: number(title) }));
  makeTable(place, columns, { short: true, bare, caption: shown(table.title), name: () => fileName(table.title) })(
    table.rows.map(row => Object.fromEntries(table.columns.map((title, k) => [title, row[k]]))));
  return place;
};

const BRIEF_COLUMNS = ["Feature", "Times the mean, first", "Times the mean, second"];

/** What carries a likeness, in groups, each with its share of it; `brief` leaves the counts out. */
function groupsOf(item, brief) {
  if (!(item.groups || []).length) return [];
  const [a, b] = [item.a, item.b].map(label => shortName(indexOf.get(label)));
  const isBelow = item.groups.some(group => group.columns.some((title, k) => title.startsWith("Times") && group.rows.some(row => row[k] < 1)));
  return [
    make("h3", {}, "What carries the likeness"),
    make("p", { class: "muted prose" }, "Habits that both have to excess, in three groups, each with its share of what makes the two alike, and how many times as often as the mean of all models. First is ", isolated(a), ", second ", isolated(b), ".",
      isBelow ? " A number below 1 is no mistake: the fingerprint takes roots of rates, and discounts what usually goes together." : ""),
    make("div", { class: brief ? "three" : "stack" }, ...item.groups.map(group => {
      const kept = brief ? BRIEF_COLUMNS.map(title => group.columns.indexOf(title)).filter(k => k >= 0) : group.columns.map((_, k) => k);
      const bar = make("i");
      bar.style.width = `${group.share}%`;
      const title = shown(group.title || group.name);
      const shorter = text => (brief ? text.replace("Times the mean, ", "× mean, ") : text);
      return make("div", { class: "group" },
        make("h4", {}, title.split(":")[0], " ", make("b", {}, `${fixed(0)(group.share)} %`), make("small", { class: "muted" }, title.includes(":") ? title.slice(title.indexOf(":") + 1) : "")),
        make("div", { class: "share", role: "img", "aria-label": `${fixed(0)(group.share)} % of the likeness` }, bar),
        group.rows.length ? tableOf({ title: `${title.split(":")[0]} in both`, columns: kept.map(k => shorter(group.columns[k])), rows: group.rows.map(row => kept.map(k => row[k])) }, brief) : make("p", { class: "muted" }, "None."));
    })),
  ];
}

function noEvidence(labels) {
  const quote = label => `'${shown(label).replace(/'/g, "'\\''")}'`;
  const command = `fastslop explain PROFILES ${labels.some(label => label.startsWith("-")) ? "-- " : ""}${labels.map(quote).join(" ")}`;
  if (data.no_evidence) return [make("p", { class: "muted" }, `No evidence was weighed: ${shown(data.no_evidence)}.`)];
  return [make("p", {}, chip(NOT_WEIGHED)), make("p", { class: "muted" }, "Neither is the nearest of the other, and evidence was weighed of each model and its nearest. Of this pair it is weighed by ", make("code", {}, command))];
}

// ---- what both overuse ----

// In how many models' lists each feature stands: what all overuse says nothing of two.
const spread = new Map();
function countSpread() {
  data.profiles.forEach(profile => Object.entries(profile).forEach(([key, columns]) => columns.feature.forEach(feature => {
    const name = `${key}\u0000${feature}`;
    spread.set(name, (spread.get(name) || 0) + 1);
  })));
}

function sharedBy(i, j) {
  return data.tables.flatMap(({ key, title }) => {
    const others = new Map(featuresOf(j, key).map(row => [row.feature, row]));
    return featuresOf(i, key).filter(row => others.has(row.feature)).map(row => {
      const other = others.get(row.feature);
      const sure = given => given.log_ratio_low ?? given.core_log_ratio_low ?? 0;
      return {
        feature: row.feature, kind: title, models: spread.get(`${key}\u0000${row.feature}`),
        n_first: row.n, n_second: other.n, ratio_first: row.ratio, ratio_second: other.ratio,
        least: Math.min(sure(row), sure(other)),
      };
    });
  }).sort((a, b) => a.models - b.models || b.least - a.least);
}

function showShared(i, j) {
  if (!spread.size) countSpread();
  const rows = sharedBy(i, j);
  const alone = rows.filter(row => row.models === 2).length;
  byId("shared-caption").textContent = `Features in both lists: ${integer(rows.length)}, of which ${integer(alone)} in no other model's list. The rarest come first. Only the first features of each list are on this page.`;
  const ratio = value => (isNumber(value) ? `${significant(value)}×` : "");
  makeTable(byId("shared-table"), [
    { key: "feature", title: "Feature", kind: "text" },
    { key: "kind", title: "Kind", kind: "text" },
    { key: "models", title: "Models", kind: "number", help: "Models on this page that have it in their lists, these two included" },
    { key: "n_first", title: "Count, first", kind: "number" },
    { key: "n_second", title: "Count, second", kind: "number" },
    { key: "ratio_first", title: "Ratio, first", kind: "number", format: ratio, help: "How many times as often as the baseline; of a phrase see the model's profile" },
    { key: "ratio_second", title: "Ratio, second", kind: "number", format: ratio, help: "How many times as often as the baseline; of a phrase see the model's profile" },
  ], { caption: `${shortName(i)} and ${shortName(j)}`, name: () => fileName("shared", models[i].label, models[j].label), shown: innerWidth < 600 ? 8 : 25 })(rows);
}
