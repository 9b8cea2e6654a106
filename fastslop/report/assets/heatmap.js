// All distances at once, in the order of the tree, on a canvas: the nearer, the stronger the colour.

const heat = { cell: 0, left: 0, top: 0, cursor: null };
const NEAR_AND_FAR = { light: [[8, 48, 107], [66, 146, 198], [239, 244, 250]], dark: [[255, 236, 160], [74, 137, 190], [27, 35, 46]] };

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
  return [low, high > low ? high : low + 1];
}

/** How large the cells are, and what room the names have. Columns are named where their cells are wide enough. */
function measureHeat() {
  const n = models.length;
  const width = printing ? 700 : byId("heat").parentElement.clientWidth;
  const size = 12;
  const longest = Math.max(...models.map((_, i) => textWidth(nameOf(i), size)));
  let left = Math.min(longest, width * (width < 600 ? 0.34 : 0.28)) + 16;
  let cell = Math.min(30, (width - left - 4) / n);
  if (cell < 9) {
    left = 14;
    cell = Math.max(2, Math.floor((Math.min(width, 1000) - left - 4) / n));
  }
  const named = cell >= 9;
  const top = named ? Math.min(longest, 170) + 16 : 14;
  return Object.assign(heat, { n, width: Math.ceil(left + n * cell + 4), cell, left, top, named, size: Math.min(size, Math.floor(cell) - 1), height: Math.ceil(top + n * cell + 4) });
}

function showHeat() {
  if (!tree) return;
  const { n, width, height, cell, left, top, named } = measureHeat();
  const canvas = byId("heat");
  const scale = Math.min(devicePixelRatio || 1, 3);
  const dark = darkScheme.matches && !printing;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  const [low, high] = heatRange();
  const gap = cell > 7 ? 1 : 0;
  const colours = familyColours();
  tree.order.forEach((i, row) => {
    tree.order.forEach((j, column) => {
      if (i === j) return;
      pen.fillStyle = heatColour((distance(i, j) - low) / (high - low), dark);
      pen.fillRect(left + column * cell, top + row * cell, cell - gap, cell - gap);
    });
    pen.fillStyle = colourOf(i, dark, colours);
    pen.fillRect(left - 8, top + row * cell, 5, cell - gap);
    pen.fillRect(left + row * cell, top - 8, cell - gap, 5);
  });
  if (named) nameHeat(pen, dark, colours);
  markPair(pen, n);
}

function nameHeat(pen, dark, colours) {
  const { cell, left, top, size } = heat;
  pen.textBaseline = "middle";
  tree.order.forEach((i, row) => {
    const chosen = i === state.first || i === state.second;
    pen.font = `${chosen ? "bold " : ""}${size}px ${PICTURE_FONT}`;
    pen.fillStyle = colourOf(i, dark, colours);
    pen.textAlign = "right";
    pen.fillText(elided(nameOf(i), size, left - 14), left - 12, top + (row + 0.5) * cell);
    pen.save();
    pen.translate(left + (row + 0.5) * cell, top - 12);
    pen.rotate(-Math.PI / 2);
    pen.textAlign = "left";
    pen.fillText(elided(nameOf(i), size, top - 14), 0, 0);
    pen.restore();
  });
}

/** Frame the cell under the cursor and those of the chosen pair. */
function markPair(pen) {
  const ink = getComputedStyle(document.documentElement).getPropertyValue("--ink").trim();
  const { cell, left, top, cursor } = heat;
  const frame = (row, column) => {
    pen.strokeStyle = ink;
    pen.lineWidth = 2;
    pen.strokeRect(left + column * cell - 1, top + row * cell - 1, cell + 1, cell + 1);
  };
  if (state.first !== null && state.second !== null) {
    const [a, b] = [tree.rows[state.first], tree.rows[state.second]];
    frame(a, b);
    frame(b, a);
  }
  if (cursor) frame(...cursor);
}

const cellAt = event => {
  const box = byId("heat").getBoundingClientRect();
  const [column, row] = [(event.clientX - box.left - heat.left) / heat.cell, (event.clientY - box.top - heat.top) / heat.cell].map(Math.floor);
  return row >= 0 && column >= 0 && row < heat.n && column < heat.n ? [row, column] : null;
};

const sayCell = ([row, column]) => {
  const [i, j] = [tree.order[row], tree.order[column]];
  return i === j ? [nameOf(i), ["the model itself"]] : [`${nameOf(i)} and ${nameOf(j)}`, [`distance ${fixed(3)(distance(i, j))}`, ...uncertaintyLines(i, j)]];
};

function uncertaintyLines(i, j) {
  const { support, floor, low, high } = uncertaintyOf(i, j);
  return [
    isNumber(low) ? `95 % interval ${fixed(3)(low)} to ${fixed(3)(high)}` : null,
    isNumber(support) ? `nearest in ${percent(support)} of the re-drawn sets of prompts` : null,
    isNumber(floor) ? `distance of the model from itself ${fixed(3)(floor)}` : null,
  ].filter(line => line !== null);
}

function listenToHeat() {
  const canvas = byId("heat");
  canvas.addEventListener("pointermove", event => {
    const cell = cellAt(event);
    if (cell) showTip(event.clientX, event.clientY, ...sayCell(cell));
    else hideTip();
  });
  canvas.addEventListener("pointerleave", hideTip);
  canvas.addEventListener("click", event => {
    const cell = cellAt(event);
    if (cell) choosePair(tree.order[cell[0]], tree.order[cell[1]]);
  });
  canvas.addEventListener("keydown", event => {
    const step = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[event.key];
    if (event.key === "Enter" && heat.cursor) choosePair(...heat.cursor.map(k => tree.order[k]));
    else if (step) heat.cursor = heat.cursor ? heat.cursor.map((k, axis) => (k + step[axis] + heat.n) % heat.n) : [0, 1];
    else return;
    event.preventDefault();
    showHeat();
    const [heading, lines] = sayCell(heat.cursor);
    byId("heat-said").textContent = [heading, ...lines].join("; ");
  });
  canvas.addEventListener("blur", () => { heat.cursor = null; showHeat(); });
  byId("distances-csv").addEventListener("click", () =>
    downloadCsv("distances", ["label", ...tree.order.map(j => models[j].label)], tree.order.map(i => [models[i].label, ...tree.order.map(j => distance(i, j))])));
}

function showHeatLegend() {
  const ramp = make("canvas", { width: 160, height: 12 });
  const pen = ramp.getContext("2d");
  const dark = darkScheme.matches && !printing;
  for (let x = 0; x < 160; x += 1) {
    pen.fillStyle = heatColour(x / 159, dark);
    pen.fillRect(x, 0, 1, 12);
  }
  const [low, high] = heatRange();
  fill(byId("heat-legend"), `near ${fixed(2)(low)}`, ramp, `${fixed(2)(high)} far`);
}
