// The tree as numbers: who stands where, before anything is drawn.

const wholeTree = data.tree && makeShape(() => true);
let tree = wholeTree;

/**
 * Nodes 0 to n - 1 are the models, then the inner nodes; children stand before their parents.
 *
 * Of a part of the models it is the tree that joins these: an inner node is left out unless there are some of them on
 * both of its sides. `inner` are the nodes that are left, `sizes` how many of them each has.
 */
function makeShape(isMember) {
  const leaves = models.map((_, i) => (isMember(i) ? i : null));
  const standsFor = leaves.concat(Array(data.tree.children.length).fill(null));
  const children = Array(standsFor.length).fill(null);
  const sizes = standsFor.map(node => (node === null ? 0 : 1));
  const inner = [];
  data.tree.children.forEach((pair, k) => {
    const node = models.length + k;
    const below = pair.map(child => standsFor[child]).filter(child => child !== null);
    standsFor[node] = below.length === 2 ? node : below[0] ?? null;
    if (below.length < 2) return;
    children[node] = below;
    sizes[node] = sizes[below[0]] + sizes[below[1]];
    inner.push(node);
  });
  const root = standsFor[standsFor.length - 1];
  const heights = models.map(() => 0).concat(data.tree.distances.map(distance => distance / 2));
  const parents = Array(standsFor.length).fill(-1);
  inner.forEach(parent => children[parent].forEach(child => { parents[child] = parent; }));
  const order = [];
  const pending = [root];
  while (pending.length) {
    const node = pending.pop();
    if (children[node]) pending.push(children[node][1], children[node][0]);
    else order.push(node);
  }
  const rows = Array(standsFor.length).fill(0);
  order.forEach((leaf, row) => { rows[leaf] = row; });
  inner.forEach(node => { rows[node] = (rows[children[node][0]] + rows[children[node][1]]) / 2; });
  return { n: order.length, root, children, parents, heights, order, rows, sizes, inner };
}

/** Whether the support of an inner node is known; the root's says nothing. */
const supportOf = node => (data.tree.support && node !== wholeTree.root ? data.tree.support[node - models.length] : null);

/** The colour of each node: that which all leaves under it share, or grey. */
function nodeColours(dark) {
  const colours = familyColours();
  const grey = data.colours.grey[dark ? 1 : 0];
  const out = models.map((_, i) => colourOf(i, dark, colours));
  for (const node of tree.inner) {
    const [left, right] = tree.children[node];
    out[node] = out[left] === out[right] ? out[left] : grey;
  }
  return out;
}

const ROOM_OF_MARK = hasVerdicts ? 14 : 0;

/** What is written of each model that is shown, by its number. */
function namesOfLeaves(size, width) {
  const names = [];
  for (const i of tree.order) names[i] = fittedName(i, size, width);
  return names;
}

/**
 * Root left, names right. Each shape gives: width, height, size of the names, `at(node)` and `label(leaf)` as points,
 * `branch(node)`, the path of a node to its parent, `bar(node)`, the path that joins its children.
 */
function rectangularShape(width) {
  const { n, root, heights, rows, parents, children } = tree;
  const size = n > 120 ? 11 : 13;
  const row = n > 120 ? 15 : n > 60 ? 17 : 22;
  const names = namesOfLeaves(size, Math.min(width * 0.5, 330));
  const labelWidth = Math.max(...tree.order.map(i => textWidth(names[i], size, true))) + ROOM_OF_MARK + 4;
  const left = 14;
  const right = width - labelWidth - 16;
  const tallest = heights[root] || 1; // of a single model there is no height
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
  const names = namesOfLeaves(size, width < 600 ? 105 : 230);
  const labelWidth = Math.max(...tree.order.map(i => textWidth(names[i], size, true))) + ROOM_OF_MARK + 12;
  const needed = Math.max((n * (size + 3)) / (2 * Math.PI), 70);
  const radius = Math.max(needed, Math.min(width, 860) / 2 - labelWidth - 6);
  const side = 2 * (radius + labelWidth + 6);
  const centre = side / 2;
  const tallest = heights[root] || 1; // of a single model there is no height
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
