// The tree as a picture that can be pointed at, walked through with the keyboard, and saved.

const HEIGHT_OF_FOOT = 46;

/** Draw the tree. With `still` nothing in it reacts: the drawing that is saved. */
function drawTree(width, still) {
  const shape = state.circular ? circularShape(width) : rectangularShape(width);
  const theme = themeOf(still);
  const colours = nodeColours(isDark(still));
  const svg = newPicture(shape.width, shape.height + HEIGHT_OF_FOOT, `Tree of ${plural(tree.n, "model")}`, still);
  svg.append(drawBranches(shape, colours), drawInner(shape, theme, still));
  for (const leaf of tree.order) svg.append(drawLeaf(shape, leaf, colours[leaf], theme, still));
  svg.append(drawFoot(shape, theme));
  return svg;
}

function drawBranches(shape, colours) {
  const group = draw("g", { fill: "none", "stroke-width": 1.5, "stroke-linecap": "square" });
  const paths = new Map();
  const add = (colour, path) => paths.set(colour, (paths.get(colour) || "") + path);
  if (shape.stem) add(colours[tree.root], shape.stem);
  for (const node of [...tree.order, ...tree.inner]) if (node !== tree.root) add(colours[node], shape.branch(node));
  for (const node of tree.inner) add(colours[node], shape.bar(node));
  for (const [colour, path] of paths) group.append(draw("path", { stroke: colour, d: path }));
  return group;
}

/** A place to point at for each group, and its support where it is known. */
function drawInner(shape, { muted, paper }, still) {
  const group = draw("g");
  const taken = [];
  const isFree = ([x, y]) => taken.every(([left, top]) => Math.abs(x - left) > 19 || Math.abs(y - top) > 9);
  for (const node of tree.inner) {
    const [x, y] = shape.at(node);
    const support = supportOf(node);
    if (support !== null && isFree([x, y])) { // near the middle of a circle, and on a narrow page, there is no room
      taken.push([x, y]);
      const text = draw("text", {
        x: (x + 4).toFixed(1), y: (y + 3).toFixed(1), "font-size": 9.5, fill: muted, stroke: paper, "stroke-width": 3, "paint-order": "stroke", class: "support",
      }, Math.floor(100 * support + 1e-9));
      group.append(text);
    }
    if (still) continue;
    const spot = draw("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: 6, class: "node" });
    spot.addEventListener("pointermove", event => showTip(event.clientX, event.clientY, `${plural(tree.sizes[node], "model")} join here`, linesOfGroup(node)));
    spot.addEventListener("pointerleave", hideTip);
    group.append(spot);
  }
  return group;
}

function linesOfGroup(node) {
  const support = supportOf(node);
  return [
    `distance at which they join: ${fixed(3)(data.tree.distances[node - models.length])}`,
    support === null ? "support: not known" : `support: ${percent(support)} of the re-drawn sets of prompts`,
  ];
}

function drawLeaf(shape, leaf, colour, { band }, still) {
  const { x, y, angle, anchor, width } = shape.label(leaf);
  const chosen = !still && (leaf === state.first || leaf === state.second);
  const group = draw("g", { class: "leaf", "data-leaf": leaf, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})${angle ? ` rotate(${angle.toFixed(2)})` : ""}` });
  const half = shape.row / 2;
  const side = anchor === "start" ? 1 : -1;
  const own = shape.circle ? textWidth(shape.names[leaf], shape.size, true) + ROOM_OF_MARK : width;
  const hit = draw("rect", { class: "hit", x: side > 0 ? -4 : -own - 4, y: -half, width: own + 8, height: 2 * half, rx: 4, fill: chosen ? band : "transparent" });
  const text = draw("text", { "font-size": shape.size, fill: colour, "text-anchor": anchor, x: side * ROOM_OF_MARK, y: (0.35 * shape.size).toFixed(1), "font-weight": chosen || isOwn(leaf) ? "bold" : null }, shape.names[leaf]);
  if (!still) group.append(hit);
  const mark = draw("g", { transform: `translate(${side * 4} 0)` });
  mark.append(drawMark(verdictOf(leaf), colour, shape.size / 3.4));
  group.append(mark, text);
  if (still && shape.names[leaf] !== nameOf(leaf)) text.prepend(draw("title", {}, nameOf(leaf)));
  if (!still) makeLive(group, leaf);
  return group;
}

function makeLive(group, leaf) {
  group.setAttribute("role", "button");
  group.setAttribute("aria-pressed", leaf === state.first || leaf === state.second);
  group.setAttribute("aria-label", `${nameOf(leaf)}: ${linesOfModel(leaf).join("; ")}`);
  group.setAttribute("tabindex", leaf === focused() ? 0 : -1);
  group.addEventListener("pointermove", event => showTip(event.clientX, event.clientY, nameOf(leaf), linesOfModel(leaf)));
  group.addEventListener("pointerleave", hideTip);
  group.addEventListener("click", () => { walked = leaf; choose(leaf); });
  group.addEventListener("keydown", event => onKey(event, leaf));
  group.addEventListener("focus", () => {
    const box = group.getBoundingClientRect();
    if (group.matches(":focus-visible")) showTip(box.left + Math.min(box.width, 60), box.bottom - 8, nameOf(leaf), linesOfModel(leaf));
  });
  group.addEventListener("blur", hideTip);
}

function linesOfModel(i) {
  const model = models[i];
  return [
    ...(isOwn(i) ? ["one of yours"] : []),
    `nearest: ${nearestAsText(i)}, distance ${fixed(3)(distance(i, nearestTo(i)[0]))}: ${verdictOf(i)}`,
    `family ${shown(families[i])}; slop score ${fixed(1)(model.slop_score)}`,
    `${plural(model.n_docs, "generation")} of ${plural(model.n_prompts, "prompt")}, ${plural(model.n_words, "word")}`,
  ];
}

// One stop of the Tab key for the whole tree; the arrow keys walk from name to name.
let walked = null;
const focused = () => [walked, state.first].find(i => i !== null && isShown(i)) ?? tree.order[0];

function onKey(event, leaf) {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  const row = tree.rows[leaf];
  if (event.key === "Enter" || event.key === " ") choose(leaf);
  else if (step) walkTo(tree.order[(row + step + tree.n) % tree.n]);
  else if (event.key === "Home") walkTo(tree.order[0]);
  else if (event.key === "End") walkTo(tree.order[tree.n - 1]);
  else return;
  event.preventDefault();
}

function walkTo(leaf) {
  walked = leaf;
  for (const group of byId("tree-picture").querySelectorAll(".leaf")) group.setAttribute("tabindex", Number(group.dataset.leaf) === leaf ? 0 : -1);
  byId("tree-picture").querySelector(`[data-leaf="${leaf}"]`).focus();
}

function drawFoot(shape, { ink, muted }) {
  const group = draw("g", { "font-size": 11 });
  const tallest = tree.heights[tree.root];
  const y = shape.height + 12;
  if (tallest > 0) {
    const length = roundBelow(tallest / 3);
    const [from, to] = [shape.left, shape.left + length * shape.unit];
    group.append(
      draw("path", { fill: "none", stroke: muted, "stroke-width": 1.5, d: `M${from} ${y - 4}V${y + 4}M${from} ${y}H${to.toFixed(1)}M${to.toFixed(1)} ${y - 4}V${y + 4}` }),
      draw("text", { x: (to + 7).toFixed(1), y: y + 4, fill: ink }, `${Number(length.toPrecision(3))}`),
    );
  }
  group.append(draw("text", { x: shape.left, y: y + 22, fill: muted }, elided(`${data.tree.method} linkage; ${shown(data.tree.metric)}`, 11, shape.width - 24)));
  return group;
}

// ---- the live picture ----

function showTree() {
  const place = byId("tree-picture");
  const had = document.activeElement && document.activeElement.closest && document.activeElement.closest(".leaf");
  const width = printing ? 700 : Math.max(place.clientWidth, 260);
  const svg = drawTree(width, false);
  fitPicture(svg, "tree", width);
  fill(place, svg);
  const again = had && place.querySelector(`[data-leaf="${had.dataset.leaf}"]`);
  if (again) again.focus();
  for (const id of ["rectangular", "circular"]) byId(id).setAttribute("aria-pressed", (id === "circular") === state.circular);
  byId("tree-likeness").textContent = data.tree.likeness ? shown(data.tree.likeness.words) : "";
  byId("support-reading").textContent = tree.n < 3 ? "" : data.tree.support
    ? "A number beside a group says in how many of a hundred re-drawn sets of prompts the same group came out; below 70 take the group as unresolved."
    : "How sure the groups are was not computed here, so take small differences as unresolved.";
  dimOthers();
}

function listenToTree() {
  byId("rectangular").addEventListener("click", () => go({ circular: false }));
  byId("circular").addEventListener("click", () => go({ circular: true }));
  saveable("tree", () => drawTree(1000, true));
  byId("tree-newick").addEventListener("click", () => download("tree.nwk", data.tree.newick, "text/plain;charset=utf-8"));
}
