// Families: colours, a filter of every view, and words that the reader may change.

const families = models.map(model => model.family);

/** Light and dark colour of each family: those of two models or more, largest first, as far as the palette goes. */
function familyColours() {
  return new Map((hasBeside ? [] : sharedFamilies()).slice(0, data.colours.palette.length).map(([family], k) => [family, data.colours.palette[k]]));
}

/** Families of two models or more, the largest first, each with its size. */
function sharedFamilies() {
  const sizes = new Map();
  families.forEach(family => sizes.set(family, (sizes.get(family) || 0) + 1));
  return [...sizes].filter(([, size]) => size > 1).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

/** Where models stand beside one's own, these have the one colour and those are grey. */
const colourOf = (i, dark, colours) => (isOwn(i) ? data.colours.palette[0] : colours.get(families[i]) || data.colours.grey)[dark ? 1 : 0];

function showFamilyFilter() {
  const shared = sharedFamilies();
  if (state.family !== null && !shared.some(([family]) => family === state.family)) state.family = null;
  const select = byId("family");
  fill(select, make("option", { value: "" }, "All families"), ...shared.map(([family, size], k) => make("option", { value: k + 1 }, `${shown(family)} (${integer(size)})`)));
  select.value = state.family === null ? "" : shared.findIndex(([family]) => family === state.family) + 1;
  select.parentElement.hidden = !tree || !shared.length;
  select.onchange = () => go({ family: select.value ? shared[select.value - 1][0] : null });
}

/** The families with their colours; a click shows one alone. */
function showLegend() {
  const colours = familyColours();
  const dark = isDark(false);
  const grey = models.some((_, i) => !colours.has(families[i]));
  const item = (colour, content) => {
    const spot = make("i");
    spot.style.background = colour[dark ? 1 : 0];
    return make("li", {}, spot, content);
  };
  for (const list of document.querySelectorAll(".legend.families")) fill(list, ...(hasBeside ? [item(data.colours.palette[0], `${OWN_SIGN}yours`), item(data.colours.grey, "beside yours")] : []), ...[...colours].map(([family, colour]) => item(colour, make("button", {
    type: "button", class: "plain", "aria-pressed": family === state.family, title: "Show this family alone", onclick: () => go({ family: family === state.family ? null : family }),
  }, isolated(shown(family))))), grey && colours.size ? item(data.colours.grey, "others") : null);
}

function showFamilies() {
  fill(byId("families"), ...wholeTree.order.map(i => {
    const input = make("input", { value: families[i], "aria-label": `Family of ${nameOf(i)}`, autocomplete: "off", spellcheck: "false" });
    input.addEventListener("change", () => {
      families[i] = input.value.trim() || models[i].family;
      input.value = families[i];
      render();
    });
    return make("label", { title: nameOf(i) }, make("span", {}, isolated(shortName(i))), input);
  }));
}
