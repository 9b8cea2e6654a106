// All distances at once, in the order of the tree: the nearer, the stronger the colour.

const NEAR_AND_FAR = { light: [[8, 48, 107], [66, 146, 198], [239, 244, 250]], dark: [[255, 236, 160], [74, 137, 190], [27, 35, 46]] };
const SHADES = 64;
const LEAST_NAMED = 12; // pixels of a cell whose row has a name
const heat = { cursor: null, body: null };

function heatColour(share, dark) {
  const stops = dark ? NEAR_AND_FAR.dark : NEAR_AND_FAR.light;
  const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const k = Math.min(Math.floor(place), stops.length - 2);
  const mixed = stops[k].map((value, channel) => Math.round(value + (stops[k + 1][channel] - value) * (place - k)));
  return `rgb(${mixed.join(" ")})`;
}

function heatRange() {
  let [low, high] = [Infinity, -Infinity];
  for (const value of distances) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return [low, high];
}

/** How large cells and names are in a place of some width; without names the whole fits into it. */
function measureHeat(width, isWhole) {
  const { n, order } = tree;
  const room = width < 600 ? width * 0.36 : width * 0.28;
  const widest = size => Math.min(Math.max(...order.map(i => textWidth(nameOf(i), size, true))), room, 260) + 18;
  if (isWhole) return { n, names: null, left: 14, top: 14, size: 0, cell: Math.min(30, (width - 18) / n) };
  const wide = widest(12);
  const tall = Math.max(20, (innerHeight - 280 - Math.min(wide, 200)) / n); // so that the whole is seen at once, if it can be
  const cell = Math.min(30, tall, Math.max(LEAST_NAMED, (width - wide - 4) / n));
  const size = cell < 14 ? 10 : 12;
  const left = widest(size);
  const top = Math.min(left, 200);
  return { n, left, top, size, cell, names: order.map(i => [fittedName(i, size, left - 18), fittedName(i, size, top - 18)]) };
}

/** The cells, one path for each shade; the diagonal, where a model meets itself, is crossed. */
function drawCells({ n, cell }, still) {
  const dark = isDark(still);
  const [low, high] = heatRange();
  const gap = cell > 7 ? 1 : 0;
  const paths = Array.from({ length: SHADES }, () => []);
  const side = (cell - gap).toFixed(2);
  tree.order.forEach((i, row) => tree.order.forEach((j, column) => {
    if (i === j) return;
    const shade = Math.min(SHADES - 1, Math.floor((SHADES * (distance(i, j) - low)) / (high - low || 1)));
    paths[shade].push(`M${(column * cell).toFixed(2)} ${(row * cell).toFixed(2)}h${side}v${side}h-${side}z`);
  }));
  const group = draw("g", { "shape-rendering": gap ? null : "crispEdges" });
  paths.forEach((path, shade) => { if (path.length) group.append(draw("path", { d: path.join(""), fill: heatColour((shade + 0.5) / SHADES, dark) })); });
  const { line, soft } = themeOf(still);
  const places = tree.order.map((_, k) => (k * cell).toFixed(2));
  group.append(
    draw("path", { d: places.map(at => `M${at} ${at}h${side}v${side}h-${side}z`).join(""), fill: soft }),
    draw("path", { d: places.map(at => `M${at} ${at}l${side} ${side}`).join(""), stroke: line, "stroke-width": 1.5, class: "same" }),
  );
  return group;
}

/** Names and family colours at the side (`is left`) or above, where they are read upwards. */
function drawHeatNames({ n, left, top, size, cell, names }, still, isLeft) {
  const dark = isDark(still);
  const colours = familyColours();
  const group = draw("g");
  tree.order.forEach((i, k) => {
    const at = k * cell;
    const fill_ = colourOf(i, dark, colours);
    const thick = (cell - (cell > 7 ? 1 : 0)).toFixed(2);
    group.append(draw("rect", isLeft ? { x: left - 8, y: at.toFixed(2), width: 5, height: thick, fill: fill_ } : { x: at.toFixed(2), y: top - 8, width: thick, height: 5, fill: fill_ }));
    if (!names) return;
    const middle = at + cell / 2;
    const chosen = !still && (i === state.first || i === state.second);
    const place = isLeft ? { x: left - 12, y: (middle + 0.35 * size).toFixed(1), "text-anchor": "end" } : { transform: `translate(${(middle + 0.35 * size).toFixed(1)} ${top - 12}) rotate(-90)` };
    const text = draw("text", { ...place, "font-size": size, fill: fill_, "font-weight": chosen || isOwn(i) ? "bold" : null, "data-model": i }, names[k][isLeft ? 0 : 1]);
    text.append(draw("title", {}, nameOf(i)));
    group.append(text);
  });
  return group;
}

/** What the colours mean. */
function drawHeatScale(still) {
  const { ink, line, soft } = themeOf(still);
  const dark = isDark(still);
  const [low, high] = heatRange();
  const group = draw("g", { "font-size": 12, fill: ink });
  if (low === high) return group; // two models have one distance, and nothing to compare it with
  for (let k = 0; k < 40; k += 1) group.append(draw("rect", { x: 70 + 4 * k, y: 4, width: 4.5, height: 12, fill: heatColour(k / 39, dark) }));
  group.append(draw("text", { x: 64, y: 14, "text-anchor": "end" }, `near ${fixed(2)(low)}`), draw("text", { x: 238, y: 14 }, `${fixed(2)(high)} far`));
  group.append(draw("rect", { x: 310, y: 4, width: 12, height: 12, fill: soft, stroke: line }), draw("path", { d: "M310 4l12 12", stroke: line, "stroke-width": 1.5 }), draw("text", { x: 328, y: 14 }, "same"));
  return group;
}

function stillHeat() {
  const size = measureHeat(Math.max(900, tree.n * LEAST_NAMED + 260), false);
  const svg = newPicture(size.left + size.n * size.cell + 8, size.top + size.n * size.cell + 34, `Distances of ${plural(size.n, "model")}`, true);
  const moved = (x, y, group) => { group.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`); svg.append(group); };
  moved(size.left, size.top, drawCells(size, true));
  moved(0, size.top, drawHeatNames(size, true, true));
  moved(size.left, 0, drawHeatNames(size, true, false));
  moved(8, size.top + size.n * size.cell + 8, drawHeatScale(true));
  return svg;
}

// ---- the live matrix: names stay in sight while the cells are scrolled ----

function showHeat() {
  const place = byId("heat");
  const size = measureHeat(printing ? 700 : Math.max(place.clientWidth - 2, 260), state.glance);
  Object.assign(heat, size);
  const side = Math.ceil(size.n * size.cell);
  const [scrollLeft, scrollTop] = [place.scrollLeft, place.scrollTop];
  const part = (name, width, height, group) => {
    const svg = draw("svg", { width: Math.ceil(width), height: Math.ceil(height), "font-family": PICTURE_FONT, class: name });
    svg.append(group);
    return svg;
  };
  const cells = part("cells", side, side, drawCells(size, false));
  cells.append(draw("g", { class: "frames" }));
  const grid = make("div", { class: "matrix" }, part("corner", size.left, size.top, draw("g")), part("above", side, size.top, drawHeatNames(size, false, false)),
    part("left", size.left, side, drawHeatNames(size, false, true)), cells);
  grid.style.gridTemplateColumns = `${Math.ceil(size.left)}px ${side}px`;
  fill(place, grid);
  [place.scrollLeft, place.scrollTop] = [scrollLeft, scrollTop];
  frameCells();
  const tooMany = size.cell === LEAST_NAMED;
  place.classList.toggle("many", tooMany);
  byId("heat-sizes").hidden = !tooMany && !state.glance;
  byId("heat-named").setAttribute("aria-pressed", !state.glance);
  byId("heat-whole").setAttribute("aria-pressed", state.glance);
  const legend = draw("svg", { width: 370, height: 22, "font-family": PICTURE_FONT, class: "ramp", role: "img", "aria-label": "Strong colours are near, pale ones far" });
  legend.append(drawHeatScale(false));
  const caption = data.comparison;
  fill(byId("distances-caption"), `${shown(caption.metric[0].toUpperCase() + caption.metric.slice(1))}; ${shown(caption.caption)}. The order is that of the tree. Point at a cell for its number, click it to see the pair.`, legend);
}

/** Frame the cell under the cursor and those of the chosen pair. */
function frameCells() {
  const { ink } = themeOf(false);
  const frames = [];
  if (state.first !== null && state.second !== null && isShown(state.first) && isShown(state.second)) {
    const [a, b] = [tree.rows[state.first], tree.rows[state.second]];
    frames.push([a, b], [b, a]);
  }
  if (heat.cursor && heat.cursor.every(k => k < tree.n)) frames.push(heat.cursor);
  fill(byId("heat").querySelector(".frames"), ...frames.map(([row, column]) => draw("rect", {
    x: column * heat.cell, y: row * heat.cell, width: Math.max(heat.cell - 1, 3), height: Math.max(heat.cell - 1, 3), fill: "none", stroke: ink, "stroke-width": 2,
  })));
}

const cellAt = event => {
  const cells = byId("heat").querySelector(".cells");
  if (!cells) return null;
  const box = cells.getBoundingClientRect();
  const [column, row] = [(event.clientX - box.left) / heat.cell, (event.clientY - box.top) / heat.cell].map(Math.floor);
  return row >= 0 && column >= 0 && row < heat.n && column < heat.n ? [row, column] : null;
};

const sayCell = ([row, column]) => {
  const [i, j] = [tree.order[row], tree.order[column]];
  return i === j ? [nameOf(i), ["the same model"]] : [`${nameOf(i)} and ${nameOf(j)}`, [`distance ${fixed(3)(distance(i, j))}`, ...uncertaintyLines(i, j)]];
};

function uncertaintyLines(i, j) {
  const { support, low, high } = uncertaintyOf(i, j);
  const item = evidenceFor(i, j);
  return [
    isNumber(low) ? `95 % interval ${fixed(3)(low)} to ${fixed(3)(high)}` : null,
    isNumber(support) ? `the nearest in ${percent(support)} of the re-drawn sets of prompts` : null,
    item ? `as the nearest: ${called(item.verdict, item.group)}` : null,
  ].filter(line => line !== null);
}

function listenToHeat() {
  const place = byId("heat");
  const onName = event => event.target.closest && event.target.closest("text[data-model]");
  place.addEventListener("pointermove", event => {
    const cell = event.target.closest(".cells") && cellAt(event);
    if (cell) showTip(event.clientX, event.clientY, ...sayCell(cell));
    else hideTip();
  });
  place.addEventListener("pointerleave", hideTip);
  place.addEventListener("click", event => {
    const name = onName(event);
    if (name) choosePair(Number(name.dataset.model), null);
    const cell = event.target.closest(".cells") && cellAt(event);
    if (cell) choosePair(tree.order[cell[0]], tree.order[cell[1]]);
  });
  place.addEventListener("keydown", event => {
    const step = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[event.key];
    if (event.key === "Enter" && heat.cursor) choosePair(...heat.cursor.map(k => tree.order[k]));
    else if (step) heat.cursor = heat.cursor ? heat.cursor.map((k, axis) => (k + step[axis] + heat.n) % heat.n) : [0, 1 % heat.n];
    else return;
    event.preventDefault();
    frameCells();
    scrollToCell(heat.cursor);
    const [heading, lines] = sayCell(heat.cursor);
    byId("heat-said").textContent = [heading, ...lines].join("; ");
  });
  place.addEventListener("blur", () => { heat.cursor = null; if (state.view === "distances") frameCells(); });
  byId("heat-named").addEventListener("click", () => { state.glance = false; showHeat(); });
  byId("heat-whole").addEventListener("click", () => { state.glance = true; showHeat(); });
  saveable("distances", stillHeat);
  byId("distances-csv").addEventListener("click", () =>
    downloadCsv("distances", ["label", ...tree.order.map(j => models[j].label)], tree.order.map(i => [models[i].label, ...tree.order.map(j => distance(i, j))])));
}

/** Scroll so that a cell is in sight, right of the names and below them; or in the middle. */
function scrollToCell([row, column], isCentred = false) {
  const place = byId("heat");
  if (isCentred) {
    place.scrollLeft = (column + 0.5) * heat.cell - (place.clientWidth - heat.left) / 2;
    place.scrollTop = (row + 0.5) * heat.cell - (place.clientHeight - heat.top) / 2;
    return;
  }
  const inSight = (at, scroll, room, names) => (at < scroll ? at : at + heat.cell + names > scroll + room ? at + heat.cell + names - room : scroll);
  place.scrollLeft = inSight(column * heat.cell, place.scrollLeft, place.clientWidth, heat.left);
  place.scrollTop = inSight(row * heat.cell, place.scrollTop, place.clientHeight, heat.top);
}
