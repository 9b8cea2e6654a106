// The slop score of every model with its interval, the highest first, and human writing as a line.

function showScores() {
  const many = models.length > 120;
  const width = printing ? 700 : Math.min(byId("scores-picture").clientWidth, 1000);
  const [size, row, top] = many ? [11, 14, 40] : [13, 21, 40];
  const names = models.map((_, i) => elided(nameOf(i), size, Math.min(width * 0.4, 300)));
  const left = Math.max(...names.map(name => textWidth(name, size))) + 12;
  const right = width - 46;
  const widest = Math.max(1e-9, ...models.map(model => model.slop_high ?? model.slop_score), data.human ? data.human.slop_high ?? data.human.slop_score : 0);
  const x = value => left + ((right - left) * value) / widest;
  const order = models.map((_, i) => i).sort((a, b) => models[b].slop_score - models[a].slop_score || a - b);
  const bottom = top + row * order.length;
  const svg = draw("svg", { width, height: bottom + 6, viewBox: `0 0 ${width} ${bottom + 6}`, role: "img", "aria-label": "Slop scores; the table below has the numbers" });
  svg.style.fontFamily = PICTURE_FONT;
  const line = (attributes, colour, strokeWidth) => {
    const drawn = draw("line", attributes);
    drawn.style.stroke = `var(--${colour})`;
    drawn.style.strokeWidth = strokeWidth;
    svg.append(drawn);
    return drawn;
  };
  const text = (attributes, content, colour) => {
    const drawn = draw("text", { "font-size": size, ...attributes }, content);
    drawn.style.fill = `var(--${colour})`;
    svg.append(drawn);
  };
  const step = roundBelow(widest / (width < 600 ? 3 : 6)) || 1;
  for (let value = 0; value <= widest; value += step) {
    line({ x1: x(value), x2: x(value), y1: top - 4, y2: bottom }, "line", 1);
    text({ x: x(value), y: top - 9, "text-anchor": "middle", "font-size": 11 }, significant(value), "muted");
  }
  const dark = darkScheme.matches && !printing;
  const colours = familyColours();
  order.forEach((i, k) => svg.append(scoreRow(i, names[i], { x, y: top + row * (k + 0.5), row, size, left, width, colour: colourOf(i, dark, colours) })));
  if (data.human) {
    const at = x(data.human.slop_score);
    if (isNumber(data.human.slop_low)) line({ x1: at, x2: at, y1: top - 4, y2: bottom, opacity: 0.2 }, "accent", Math.max(x(data.human.slop_high) - x(data.human.slop_low), 1));
    line({ x1: at, x2: at, y1: 18, y2: bottom, "stroke-dasharray": "5 4", class: "human" }, "accent", 1.5);
    const end = at > (left + right) / 2;
    text({ x: at, y: 13, "text-anchor": end ? "end" : "start" }, `human writing ${fixed(1)(data.human.slop_score)}`, "accent");
  }
  fill(byId("scores-picture"), svg);
}

/** A model's name, its interval, its score as a dot, and the number; a click chooses the model. */
function scoreRow(i, name, { x, y, row, size, left, width, colour }) {
  const model = models[i];
  const chosen = i === state.first || i === state.second;
  const group = draw("g", { class: "score" });
  const background = draw("rect", { x: 0, y: y - row / 2, width, height: row, class: chosen ? "row chosen" : "row" });
  const label = draw("text", { x: left - 10, y: y + size * 0.35, "text-anchor": "end", "font-size": size, fill: colour, "font-weight": chosen ? "bold" : null }, name);
  const dot = draw("circle", { cx: x(model.slop_score), cy: y, r: Math.min(row / 4, 4.5), fill: colour });
  const value = draw("text", { x: x(model.slop_high ?? model.slop_score) + 8, y: y + size * 0.35, "font-size": size }, fixed(1)(model.slop_score));
  value.style.fill = "var(--muted)";
  group.append(background, label);
  if (isNumber(model.slop_low)) group.append(draw("line", { x1: x(model.slop_low), x2: x(model.slop_high), y1: y, y2: y, stroke: colour, "stroke-width": 2, "stroke-linecap": "round", class: "interval" }));
  group.append(dot, value);
  group.addEventListener("click", () => choose(i));
  return group;
}
