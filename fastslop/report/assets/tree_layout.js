// The tree as numbers: who stands where, before anything is drawn.

const tree = data.tree && makeShape();

/** Nodes 0 to n - 1 are the models, then the inner nodes; children stand before their parents. */
function makeShape() {
  const n = models.length;
  const children = Array(n).fill(null).concat(data.tree.children);
  const root = children.length - 1;
  const heights = Array(n).fill(0).concat(data.tree.distances.map(distance => distance / 2));
  const parents = Array(root + 1).fill(-1);
  children.forEach((pair, parent) => pair && pair.forEach(child => { parents[child] = parent; }));
  const order = [];
  const pending = [root];
  while (pending.length) {
    const node = pending.pop();
    if (node < n) order.push(node);
    else pending.push(children[node][1], children[node][0]);
  }
  const rows = Array(root + 1).fill(0);
  const sizes = Array(root + 1).fill(1);
  order.forEach((leaf, row) => { rows[leaf] = row; });
  for (let node = n; node <= root; node += 1) {
    const [left, right] = children[node];
    rows[node] = (rows[left] + rows[right]) / 2;
    sizes[node] = sizes[left] + sizes[right];
  }
  return { n, root, children, parents, heights, order, rows, sizes };
}

/** Whether the support of an inner node is known; the root's says nothing. */
const supportOf = node => (data.tree.support && node !== tree.root ? data.tree.support[node - tree.n] : null);

/** The colour of each node: that which all leaves under it share, or grey. */
function nodeColours(dark) {
  const colours = familyColours();
  const grey = data.colours.grey[dark ? 1 : 0];
  const out = models.map((_, i) => colourOf(i, dark, colours));
  for (let node = tree.n; node <= tree.root; node += 1) {
    const [left, right] = tree.children[node];
    out.push(out[left] === out[right] ? out[left] : grey);
  }
  return out;
}

const pencil = document.createElement("canvas").getContext("2d");

function textWidth(text, size, bold = false) {
  pencil.font = `${bold ? "bold " : ""}${size}px ${PICTURE_FONT}`;
  return pencil.measureText(text).width;
}

/** The text, or as much of its two ends as fits: names of one family differ at the end. */
function elided(text, size, width) {
  if (textWidth(text, size, true) <= width) return text;
  const characters = Array.from(text);
  const cut = kept => {
    const tail = Math.floor(kept * 0.4);
    return characters.slice(0, kept - tail).join("") + "…" + (tail ? characters.slice(-tail).join("") : "");
  };
  let [low, high] = [1, Math.min(characters.length - 1, 400)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (textWidth(cut(middle), size, true) <= width) low = middle;
    else high = middle - 1;
  }
  return cut(low);
}

/**
 * Root left, names right. Each shape gives: width, height, size of the names, `at(node)` and `label(leaf)` as points,
 * `branch(node)`, the path of a node to its parent, `bar(node)`, the path that joins its children.
 */
function rectangularShape(width) {
  const { n, root, heights, rows, parents, children } = tree;
  const size = n > 120 ? 11 : 13;
  const row = n > 120 ? 14 : n > 60 ? 17 : 22;
  const names = models.map((_, i) => elided(nameOf(i), size, Math.min(width * 0.5, 330)));
  const labelWidth = Math.max(...names.map(name => textWidth(name, size, true))) + 4;
  const left = 14;
  const right = width - labelWidth - 16;
  const tallest = heights[root] || 1;
  const x = node => right - ((right - left) * heights[node]) / tallest;
  const y = node => 10 + row * (rows[node] + 0.5);
  return {
    width, size, names, row, left, unit: (right - left) / tallest,
    height: 20 + row * n,
    at: node => [x(node), y(node)],
    label: leaf => ({ x: right + 8, y: y(leaf), angle: 0, anchor: "start", width: labelWidth }),
    branch: node => `M${x(parents[node]).toFixed(1)} ${y(node).toFixed(1)}H${x(node).toFixed(1)}`,
    bar: node => `M${x(node).toFixed(1)} ${y(children[node][0]).toFixed(1)}V${y(children[node][1]).toFixed(1)}`,
    stem: `M${left - 8} ${y(root).toFixed(1)}H${x(root).toFixed(1)}`,
  };
}

/** Root in the middle, names around it. No smaller than the names need. */
function circularShape(width) {
  const { n, root, heights, rows, parents, children } = tree;
  const size = n > 120 ? 11 : 13;
  const names = models.map((_, i) => elided(nameOf(i), size, width < 600 ? 105 : 230));
  const labelWidth = Math.max(...names.map(name => textWidth(name, size, true))) + 12;
  const needed = Math.max((n * (size + 3)) / (2 * Math.PI), 70);
  const radius = Math.max(needed, Math.min(width, 860) / 2 - labelWidth - 6);
  const side = 2 * (radius + labelWidth + 6);
  const centre = side / 2;
  const tallest = heights[root] || 1;
  const turn = (2 * Math.PI) / n; // a full circle: the gap between last and first is that between neighbours
  const angle = node => turn * (rows[node] + 0.5) - Math.PI / 2;
  const reach = node => radius * (1 - heights[node] / tallest);
  const point = (r, a) => [centre + r * Math.cos(a), centre + r * Math.sin(a)];
  const text = ([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  return {
    circle: true, width: side, height: side, size, names, row: size + 3, left: 8, unit: radius / tallest,
    at: node => point(reach(node), angle(node)),
    label: leaf => {
      const a = angle(leaf);
      const turned = Math.cos(a) < 0;
      const [x, y] = point(radius + 8, a);
      return { x, y, angle: (a * 180) / Math.PI + (turned ? 180 : 0), anchor: turned ? "end" : "start", width: labelWidth - 8 };
    },
    branch: node => `M${text(point(reach(parents[node]), angle(node)))}L${text(point(reach(node), angle(node)))}`,
    bar: node => {
      const [a, b] = children[node].map(angle);
      const r = reach(node);
      return `M${text(point(r, a))}A${r.toFixed(1)} ${r.toFixed(1)} 0 ${b - a > Math.PI ? 1 : 0} 1 ${text(point(r, b))}`;
    },
    stem: "",
  };
}

/** The largest of 1, 2 or 5 times a power of ten that is not above the value. */
function roundBelow(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [5, 2, 1].map(digit => digit * power).find(candidate => candidate <= value) || power / 2;
}
