// The tree as a picture that can be pointed at, walked through with the keyboard, and saved.

const HEIGHT_OF_FOOT = 46;

/** Draw the tree. With `still` nothing in it reacts: the drawing that is saved. */
function drawTree({ width, circular, dark, still }) {
  const shape = circular ? circularShape(width) : rectangularShape(width);
  const style = getComputedStyle(document.documentElement);
  const [paper, ink, muted, band] = still
    ? ["#ffffff", "#1f2933", "#5c6670", "#fff0b8"]
    : ["--paper", "--ink", "--muted", "--band"].map(name => style.getPropertyValue(name).trim());
  const colours = nodeColours(dark);
  const height = shape.height + HEIGHT_OF_FOOT;
  const svg = draw("svg", {
    xmlns: SVG, width: Math.ceil(shape.width), height: Math.ceil(height), viewBox: `0 0 ${Math.ceil(shape.width)} ${Math.ceil(height)}`,
    "font-family": PICTURE_FONT, role: still ? "img" : "group", "aria-label": `Tree of ${plural(models.length, "model")}`,
  });
  if (still) svg.append(draw("rect", { width: Math.ceil(shape.width), height: Math.ceil(height), fill: paper }));
  svg.append(drawBranches(shape, colours), drawInner(shape, muted, paper, still));
  for (const leaf of tree.order) svg.append(drawLeaf(shape, leaf, colours[leaf], band, still));
  svg.append(drawFoot(shape, ink, muted));
  return svg;
}

function drawBranches(shape, colours) {
  const group = draw("g", { fill: "none", "stroke-width": 1.5, "stroke-linecap": "square" });
  const paths = new Map();
  const add = (colour, path) => paths.set(colour, (paths.get(colour) || "") + path);
  if (shape.stem) add(colours[tree.root], shape.stem);
  for (let node = 0; node < tree.root; node += 1) add(colours[node], shape.branch(node));
  for (let node = tree.n; node <= tree.root; node += 1) add(colours[node], shape.bar(node));
  for (const [colour, path] of paths) group.append(draw("path", { stroke: colour, d: path }));
  return group;
}

/** A place to point at for each group, and its support where it is known. */
function drawInner(shape, muted, paper, still) {
  const group = draw("g");
  for (let node = tree.n; node <= tree.root; node += 1) {
    const [x, y] = shape.at(node);
    const support = supportOf(node);
    if (support !== null) {
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
    `distance at which they join: ${fixed(3)(data.tree.distances[node - tree.n])}`,
    support === null ? "support: not known" : `support: ${percent(support)} of the re-drawn sets of prompts`,
  ];
}

function drawLeaf(shape, leaf, colour, band, still) {
  const { x, y, angle, anchor, width } = shape.label(leaf);
  const chosen = !still && (leaf === state.first || leaf === state.second);
  const group = draw("g", { class: "leaf", "data-leaf": leaf, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})${angle ? ` rotate(${angle.toFixed(2)})` : ""}` });
  const half = shape.row / 2;
  const own = shape.circle ? textWidth(shape.names[leaf], shape.size, true) : width;
  const hit = draw("rect", { class: "hit", x: anchor === "start" ? -4 : -own - 4, y: -half, width: own + 8, height: 2 * half, rx: 4, fill: chosen ? band : "transparent" });
  const text = draw("text", { "font-size": shape.size, fill: colour, "text-anchor": anchor, y: (0.35 * shape.size).toFixed(1), "font-weight": chosen ? "bold" : null }, shape.names[leaf]);
  if (!still) group.append(hit);
  group.append(text);
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
  const near = nearestTo(i)[0];
  return [
    `family ${shown(families[i])}`,
    `${plural(model.n_docs, "generation")} of ${plural(model.n_prompts, "prompt")}, ${plural(model.n_words, "word")}`,
    `slop score ${fixed(1)(model.slop_score)}`,
    `nearest: ${nameOf(near)}, distance ${fixed(3)(distance(i, near))}`,
  ];
}

// One stop of the Tab key for the whole tree; the arrow keys walk from name to name.
let walked = null;
const focused = () => walked ?? state.first ?? tree.order[0];

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

function drawFoot(shape, ink, muted) {
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

let printing = false;

function showTree() {
  if (!tree) return;
  const place = byId("tree-picture");
  const had = document.activeElement && document.activeElement.closest && document.activeElement.closest(".leaf");
  const width = printing ? 700 : Math.max(place.clientWidth, 260);
  fill(place, drawTree({ width, circular: state.circular, dark: darkScheme.matches && !printing, still: false }));
  if (had) byId("tree-picture").querySelector(`[data-leaf="${had.dataset.leaf}"]`).focus();
  markFound();
  for (const id of ["rectangular", "circular"]) byId(id).setAttribute("aria-pressed", (id === "circular") === state.circular);
}

/** Dim the names that do not hold what is sought. */
function markFound() {
  const wanted = byId("find").value.trim().toLocaleLowerCase();
  for (const group of byId("tree-picture").querySelectorAll(".leaf"))
    group.classList.toggle("dim", wanted !== "" && !nameOf(Number(group.dataset.leaf)).toLocaleLowerCase().includes(wanted));
}

function showLegend() {
  const colours = familyColours();
  const dark = darkScheme.matches && !printing;
  const grey = models.some((_, i) => !colours.has(families[i]));
  const item = (colour, text) => {
    const spot = make("i");
    spot.style.background = colour[dark ? 1 : 0];
    return make("li", {}, spot, isolated(text));
  };
  fill(byId("legend"), ...[...colours].map(([family, colour]) => item(colour, shown(family))), grey ? item(data.colours.grey, "others") : null);
}

const stillTree = () => drawTree({ width: 1000, circular: state.circular, dark: false, still: true });
const treeFile = () => `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(stillTree())}\n`;

/** Two pixels for one, less where the browser's canvas could not hold them. */
function saveTreePng() {
  const svg = stillTree();
  const [width, height] = [svg.getAttribute("width"), svg.getAttribute("height")].map(Number);
  const scale = Math.min(2, 16000 / Math.max(width, height));
  const image = new Image();
  image.onload = () => {
    const canvas = make("canvas", { width: Math.round(width * scale), height: Math.round(height * scale) });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(image.src);
    canvas.toBlob(blob => download("tree.png", blob, "image/png"), "image/png");
  };
  image.src = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(svg)], { type: "image/svg+xml" }));
}

// ---- the chosen models beside it ----

function showChosen() {
  if (state.first === null) {
    fill(byId("selected"), make("h3", {}, "Choose a model"), make("p", {}, "Click a name in the tree, or walk through the names with the arrow keys and press Enter. A second one makes a pair."));
    return;
  }
  const parts = [state.first, state.second].filter(i => i !== null).flatMap((i, k) => [k ? make("hr") : null, ...factsOf(i)]);
  if (state.second !== null) {
    const apart = fixed(3)(distance(state.first, state.second));
    parts.push(make("hr"), make("p", {}, `Their distance is ${apart}. `, make("a", { href: "#pair" }, "What they share")));
  }
  fill(byId("selected"), ...parts, make("p", {}, make("button", { type: "button", onclick: () => choosePair(null, null) }, "Clear")));
}

function factsOf(i) {
  const words = (data.profiles[i]["word 1"] || { feature: [] }).feature.slice(0, 8).map(shown).join(", ");
  const near = nearestTo(i).slice(0, 5);
  const interval = isNumber(models[i].slop_low) ? ` (${fixed(1)(models[i].slop_low)} to ${fixed(1)(models[i].slop_high)})` : "";
  return [
    make("h3", {}, isolated(shortName(i))),
    make("p", { class: "muted" }, `${plural(models[i].n_docs, "generation")}, slop score ${fixed(1)(models[i].slop_score)}${interval}`),
    make("div", {}, "Nearest:"),
    make("ol", {}, ...near.map(j => make("li", {}, nameButton(j), ` ${fixed(3)(distance(i, j))}`))),
    words ? make("p", {}, "Overused words: ", isolated(words)) : null,
    make("p", {}, make("a", { href: "#profile" }, "Its slop profile")),
  ];
}
