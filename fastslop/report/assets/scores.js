// The slop score of every model with its interval, the highest first, and human writing as a line.

function drawScores(width, still) {
  const members = membersShown().sort((a, b) => models[b].slop_score - models[a].slop_score || a - b);
  const many = members.length > 120;
  const [size, row, top] = many ? [11, 15, 40] : [13, 21, 40];
  const names = new Map(members.map(i => [i, fittedName(i, size, Math.min(width * 0.4, 300))]));
  const left = Math.max(...members.map(i => textWidth(names.get(i), size, true))) + 12;
  const right = width - 46;
  const widest = Math.max(1e-9, ...models.map(model => model.slop_high ?? model.slop_score), data.human ? data.human.slop_high ?? data.human.slop_score : 0);
  const x = value => left + ((right - left) * value) / widest;
  const bottom = top + row * members.length;
  const theme = themeOf(still);
  const svg = newPicture(width, bottom + 6, "Slop scores; the table below has the numbers", still);
  const line = attributes => svg.append(draw("line", attributes));
  const step = roundBelow(widest / (width < 600 ? 3 : 6)) || 1;
  for (let value = 0; value <= widest; value += step) {
    line({ x1: x(value), x2: x(value), y1: top - 4, y2: bottom, stroke: theme.line });
    svg.append(draw("text", { x: x(value), y: top - 9, "text-anchor": "middle", "font-size": 11, fill: theme.muted }, significant(value)));
  }
  const colours = familyColours();
  members.forEach((i, k) => svg.append(scoreRow(i, names.get(i), { x, y: top + row * (k + 0.5), row, size, left, width, colour: colourOf(i, isDark(still), colours), theme, still })));
  if (data.human) {
    const at = x(data.human.slop_score);
    if (isNumber(data.human.slop_low)) line({ x1: at, x2: at, y1: top - 4, y2: bottom, opacity: 0.2, stroke: theme.accent, "stroke-width": Math.max(x(data.human.slop_high) - x(data.human.slop_low), 1) });
    line({ x1: at, x2: at, y1: 18, y2: bottom, "stroke-dasharray": "5 4", class: "human", stroke: theme.accent, "stroke-width": 1.5 });
    const end = at > (left + right) / 2;
    svg.append(draw("text", { x: at, y: 13, "text-anchor": end ? "end" : "start", "font-size": size, fill: theme.accent }, `human writing ${fixed(1)(data.human.slop_score)}`));
  }
  return svg;
}

/** A model's name, its interval, its score as a dot, and the number; a click leads to the model. */
function scoreRow(i, name, { x, y, row, size, left, width, colour, theme, still }) {
  const model = models[i];
  const chosen = !still && (i === state.first || i === state.second);
  const group = draw("g", { class: "score", "data-leaf": i });
  const background = draw("rect", { x: 0, y: y - row / 2, width, height: row, class: chosen ? "row chosen" : "row", fill: chosen ? theme.band : "transparent" });
  const label = draw("text", { x: left - 10, y: y + size * 0.35, "text-anchor": "end", "font-size": size, fill: colour, "font-weight": chosen || isOwn(i) ? "bold" : null }, name);
  label.append(draw("title", {}, nameOf(i)));
  const value = draw("text", { x: x(model.slop_high ?? model.slop_score) + 8, y: y + size * 0.35, "font-size": size, fill: theme.muted }, fixed(1)(model.slop_score));
  group.append(background, label);
  if (isNumber(model.slop_low)) group.append(draw("line", { x1: x(model.slop_low), x2: x(model.slop_high), y1: y, y2: y, stroke: colour, "stroke-width": 2, "stroke-linecap": "round", class: "interval" }));
  group.append(draw("circle", { cx: x(model.slop_score), cy: y, r: Math.min(row / 4, 4.5), fill: colour }), value);
  if (!still) {
    group.setAttribute("role", "link");
    group.setAttribute("tabindex", 0);
    group.setAttribute("aria-label", `${nameOf(i)}: ${scoreInWords(i)}`);
    group.addEventListener("click", () => openModel(i));
    group.addEventListener("keydown", event => { if (event.key === "Enter") openModel(i); });
  }
  return group;
}

function showScores() {
  const place = byId("scores-picture");
  fill(place, drawScores(printing ? 700 : Math.min(place.clientWidth, 1000), false));
  byId("scores-caption").textContent = "Of a thousand words, how many are among those that half of these models overuse at least eightfold. Lines are 95 % intervals, by prompts; models whose lines overlap may be unresolved.";
  fill(byId("human-caption"), data.human ? isolated(humanText(data.human)) : null);
  const hasInterval = models.some(model => isNumber(model.slop_low));
  const severalPanels = new Set(models.map(model => model.panel)).size > 1;
  makeTable(byId("scores-table"), [
    { key: "label", title: "Model", kind: "text", cell: row => nameButton(row.i) },
    { key: "slop_score", title: "Slop score", kind: "number", format: fixed(1), help: "Of a thousand words, how many are common slop" },
    hasInterval ? { key: "slop_low", title: "from", kind: "number", format: fixed(1), help: "95 % interval, by prompts" } : null,
    hasInterval ? { key: "slop_high", title: "to", kind: "number", format: fixed(1), help: "95 % interval, by prompts" } : null,
    severalPanels ? { key: "panel", title: "Panel", kind: "text", help: "Models that answered the same prompts" } : null,
    { key: "n_docs", title: "Generations", kind: "number" },
    { key: "n_prompts", title: "Prompts", kind: "number" },
    { key: "n_words", title: "Words", kind: "number" },
  ].filter(column => column !== null), {
    caption: "Scores and what was read", name: () => "scores", sort: ["slop_score", true], chosen: row => row.i === state.first || row.i === state.second,
  })(membersShown().map(i => ({ ...models[i], i })));
  dimOthers();
}

function humanText({ name, slop_score: score, slop_low: low, slop_high: high, note }) {
  const interval = isNumber(low) ? ` (${fixed(1)(low)} to ${fixed(1)(high)})` : "";
  return `Human writing, by ${shown(name)}: ${fixed(1)(score)}${interval}. ${shown(note)}`;
}
