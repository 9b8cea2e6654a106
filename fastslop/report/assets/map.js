// The map: models as points, near ones beside each other, as far as a plane allows.

const MAP_EDGE = 26;

/** Points of a picture of some width, at one scale for both axes. */
function mapPoints(width, tallest) {
  const { x, y } = data.map;
  const [left, right, bottom, top] = [Math.min(...x), Math.max(...x), Math.min(...y), Math.max(...y)];
  const narrow = width < 600;
  const edge = narrow ? 16 : MAP_EDGE;
  const sides = narrow ? 30 : 90; // room for the names at the sides
  const scale = Math.min((width - 2 * sides) / (right - left || 1), (Math.min(narrow ? 1.3 * width : 0.62 * width, tallest) - 2 * edge) / (top - bottom || 1));
  const height = (top - bottom) * scale + 2 * edge;
  const middle = (width - (right - left) * scale) / 2;
  return { height, at: i => [middle + (x[i] - left) * scale, edge + (top - y[i]) * scale] };
}

function drawMap(width, tallest, still) {
  const { height, at } = mapPoints(width, tallest);
  const { ink, muted, band, paper } = themeOf(still);
  const svg = newPicture(width, height, `Map of ${plural(membersShown().length, "model")}`, still);
  const colours = familyColours();
  const dark = isDark(still);
  const members = membersShown();
  for (const i of members) svg.append(drawLink(i, at, muted));
  const size = members.length > 120 ? 11 : 12.5;
  const chosen = i => !still && (i === state.first || i === state.second);
  const names = placeNames(members.slice().sort((a, b) => chosen(b) - chosen(a) || isOwn(b) - isOwn(a)), at, size, width, height);
  for (const i of members.slice().sort((a, b) => isOwn(a) - isOwn(b))) {
    const [x, y] = at(i);
    const colour = colourOf(i, dark, colours);
    const group = draw("g", { class: "leaf", "data-leaf": i, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` });
    if (!still) group.append(draw("circle", { r: 11, class: "hit", fill: chosen(i) ? band : "transparent" }));
    const mark = draw("g");
    mark.append(draw("circle", { r: 5, fill: paper }), verdictOf(i) === NOT_WEIGHED ? draw("circle", { r: 4, fill: colour }) : drawMark(verdictOf(i), colour, 4.5));
    group.append(mark);
    if (names.has(i)) {
      const { text, dx, dy, anchor, isWhole } = names.get(i);
      group.append(draw("text", { class: isWhole ? "name" : null, x: dx, y: dy, "text-anchor": anchor, "font-size": size, fill: chosen(i) ? ink : colour, "font-weight": chosen(i) || isOwn(i) ? "bold" : null, stroke: paper, "stroke-width": 3, "paint-order": "stroke" }, text));
    }
    if (!still) makeLive(group, i);
    svg.append(group);
  }
  return svg;
}

/** A line from a model to its nearest, if the link is supported; thin and broken to each of a group. */
function drawLink(i, at, muted) {
  const verdict = verdictOf(i);
  const ends = verdict === "supported" ? [nearestTo(i)[0]] : verdict === FOR_A_GROUP ? groupOf(i) : [];
  const group = draw("g");
  for (const j of ends.filter(isShown)) {
    const [[x1, y1], [x2, y2]] = [at(i), at(j)].map(point => point.map(value => value.toFixed(1)));
    group.append(draw("line", { x1, y1, x2, y2, stroke: muted, "stroke-width": verdict === "supported" ? 1.5 : 1, "stroke-dasharray": verdict === "supported" ? null : "4 4", class: "link" }));
  }
  return group;
}

/** Names where they touch no other name and no point: right of a point, left, below or above; the others go unnamed,
 * or have the sign of one's own models alone. */
function placeNames(members, at, size, width, height) {
  const taken = members.map(i => { const [x, y] = at(i); return [x - 6, y - 6, x + 6, y + 6]; });
  const names = new Map();
  members.forEach(i => {
    const [x, y] = at(i);
    const name = fittedName(i, size, width < 600 ? 130 : 240);
    const sides = [["start", 9, 0.35 * size], ["end", -9, 0.35 * size], ["middle", 0, size + 8], ["middle", 0, -10]];
    const texts = isOwn(i) ? [name, OWN_SIGN.trim()] : [name]; // where the name has no room, the sign may have
    for (const [text, [anchor, dx, dy]] of texts.flatMap(text => sides.map(side => [text, side]))) {
      const long = textWidth(text, size, true);
      const from = x + dx - (anchor === "start" ? 0 : anchor === "end" ? long : long / 2);
      const box = [from, y + dy - size, from + long, y + dy + 3];
      if (box[0] < 2 || box[2] > width - 2 || box[1] < 2 || box[3] > height - 2) continue;
      if (taken.some(other => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) continue;
      taken.push(box);
      names.set(i, { text, dx, dy: dy.toFixed(1), anchor, isWhole: text === name });
      return;
    }
  });
  return names;
}

function showMap() {
  const place = byId("map-picture");
  const room = printing ? 700 : Math.max(place.clientWidth, 260);
  const had = document.activeElement && document.activeElement.closest && document.activeElement.closest(".leaf");
  const svg = drawMap(room * zoomOf("map"), Math.max(innerHeight - 310, 420) * zoomOf("map"), false); // a larger map has room for more names, not larger ones
  fill(place, svg);
  const again = had && place.querySelector(`[data-leaf="${had.dataset.leaf}"]`);
  if (again) again.focus();
  const unnamed = membersShown().length - place.querySelectorAll(".leaf .name").length;
  const { words, stress } = data.map;
  byId("map-caption").textContent = [
    "Near each other are models that write alike, as far as a plane can show it.",
    shown(words || "") || (isNumber(stress) ? `Stress ${fixed(2)(stress)}: 0 would be a map that holds all distances exactly.` : ""),
    hasVerdicts ? "A line leads from a model to its nearest where that is supported; broken ones lead to the members of a group." : "",
    unnamed ? `${plural(unnamed, "name")} left out where there is no room: make the map larger, or point at a spot.` : "",
  ].filter(Boolean).join(" ");
  dimOthers();
}
