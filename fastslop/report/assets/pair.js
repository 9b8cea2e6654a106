// Two models side by side: how far apart, how sure, and which habits they share.

const chosenPair = () => {
  const first = state.first ?? tree.order[0];
  return [first, state.second ?? nearestTo(first)[0]];
};

function showPair() {
  if (!tree) return;
  const [i, j] = chosenPair();
  byId("pair-first").value = i;
  byId("pair-second").value = j;
  showPairFacts(i, j);
  showEvidence(i, j);
  showShared(i, j);
  showNear(byId("near-first"), i, j);
  showNear(byId("near-second"), j, i);
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
    supports.length ? fact("Support as nearest", supports[0], ...supports.slice(1)) : null,
    floors.length ? fact("Distance from itself", floors[0], ...floors.slice(1), "two halves of one model's prompts: no pair can be told to be nearer") : null,
  ));
}

/** The distance at which the tree joins two models. */
function joined(i, j) {
  const above = new Set();
  for (let node = i; node >= 0; node = tree.parents[node]) above.add(node);
  let node = j;
  while (!above.has(node)) node = tree.parents[node];
  return 2 * tree.heights[node];
}

/** The evidence of a pair, of each direction that was weighed, or how to get it. */
function showEvidence(i, j) {
  const labels = [models[i].label, models[j].label];
  const found = data.evidence.filter(item => labels.includes(item.a) && labels.includes(item.b) && item.a !== item.b);
  fill(byId("pair-evidence"), ...(found.length ? found.flatMap(evidenceOf) : noEvidence(labels)));
}

function evidenceOf(item) {
  const [a, b] = [item.a, item.b].map(label => shortName(models.findIndex(model => model.label === label)));
  return [
    make("h3", {}, "Is ", isolated(b), " the nearest of ", isolated(a), "? ", item.verdict ? make("span", { class: `verdict ${item.verdict.replace(/\W+/g, "-")}` }, shown(item.verdict)) : null),
    ...(item.summary || []).map(text => make("p", {}, isolated(shown(text)))),
    ...(item.tables || []).map(table => {
      const place = make("div");
      const columns = table.columns.map((title, k) => ({ key: title, title, kind: table.rows.some(row => typeof row[k] === "string") ? "text" : "number", format: value => (Number.isInteger(value) ? integer(value) : significant(value)) }));
      makeTable(place, columns, { short: true, caption: shown(table.title), name: () => table.title.replace(/[^\w.-]+/g, "_") })(
        table.rows.map(row => Object.fromEntries(table.columns.map((title, k) => [title, row[k]]))));
      return place;
    }),
  ];
}

function noEvidence(labels) {
  const quote = label => `'${shown(label).replace(/'/g, "'\\''")}'`;
  const command = `fastslop explain PROFILES ${labels.some(label => label.startsWith("-")) ? "-- " : ""}${labels.map(quote).join(" ")}`;
  if (data.no_evidence) return [make("p", { class: "muted" }, `No evidence was weighed: ${shown(data.no_evidence)}.`)];
  return [make("p", { class: "muted" }, "Evidence was weighed of each model and its nearest. Of this pair there is what stands above; more gives ", make("code", {}, command))];
}

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
      return {
        feature: row.feature, kind: title, models: spread.get(`${key}\u0000${row.feature}`),
        n_first: row.n, n_second: other.n, ratio_first: row.ratio, ratio_second: other.ratio,
        least: Math.min(row.log_ratio_low ?? 0, other.log_ratio_low ?? 0),
      };
    });
  }).sort((a, b) => a.models - b.models || b.least - a.least);
}

function showShared(i, j) {
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
    { key: "ratio_first", title: "Ratio, first", kind: "number", format: ratio },
    { key: "ratio_second", title: "Ratio, second", kind: "number", format: ratio },
  ], { caption: `${shortName(i)} and ${shortName(j)}`, name: () => `shared_${models[i].label}_${models[j].label}`.replace(/[^\w.-]+/g, "_") })(rows);
}

function showNear(place, i, other) {
  const rows = nearestTo(i).map((j, k) => ({ rank: k + 1, distance: distance(i, j), ...uncertaintyOf(i, j), neighbour_index: j }))
    .map(row => ({ ...row, neighbour: models[row.neighbour_index].label })); // the data's own neighbour is a number
  const known = key => rows.some(row => isNumber(row[key]));
  makeTable(place, [
    { key: "rank", title: "Rank", kind: "number" },
    { key: "neighbour", title: "Neighbour", kind: "text", cell: row => make("button", { type: "button", class: "plain", onclick: () => choosePair(i, row.neighbour_index) }, isolated(shortName(row.neighbour_index))) },
    { key: "distance", title: "Distance", kind: "number", format: fixed(3) },
    known("low") ? { key: "low", title: "from", kind: "number", format: fixed(3), help: "95 % interval" } : null,
    known("high") ? { key: "high", title: "to", kind: "number", format: fixed(3), help: "95 % interval" } : null,
    known("support") ? { key: "support", title: "Support", kind: "number", format: value => (isNumber(value) ? percent(value) : ""), help: "Share of the re-drawn sets of prompts in which it is the nearest" } : null,
    known("floor") ? { key: "floor", title: "Floor", kind: "number", format: fixed(3), help: "Distance of the model from itself" } : null,
  ].filter(column => column !== null), { caption: `Nearest to ${shortName(i)}`, name: () => `nearest_${models[i].label}`.replace(/[^\w.-]+/g, "_"), chosen: row => row.neighbour_index === other })(rows);
}
