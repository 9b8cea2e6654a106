// Names where room is short: a name can spare what it has in common with others, not what tells it from them.

const characters = models.map((_, i) => Array.from(nameOf(i)));

/** How many characters each text has in common, at its head, with the one that is most like it there. */
function sharedHeads(texts) {
  const order = texts.map((_, i) => i).sort((a, b) => (texts[a].join("") < texts[b].join("") ? -1 : 1));
  const shared = Array(texts.length).fill(0);
  for (let k = 1; k < order.length; k += 1) {
    const [one, other] = [texts[order[k - 1]], texts[order[k]]];
    let same = 0;
    while (same < one.length && same < other.length && one[same] === other[same]) same += 1;
    for (const i of [order[k - 1], order[k]]) shared[i] = Math.max(shared[i], same);
  }
  return shared;
}

const heads = sharedHeads(characters);
const tails = sharedHeads(characters.map(text => text.slice().reverse()));

/** The name with so many characters: without the middle of what it shares with another name, at its head, its end, or both. */
function cutName(i, kept) {
  const all = characters[i];
  const rooms = [[3, heads[i] - 1], [Math.max(all.length - tails[i], heads[i]) + 1, all.length - 2]];
  for (const places of [[rooms[0]], [rooms[1]], rooms]) {
    let gap = all.length - kept + places.length; // as many characters go, and an ellipsis comes for each place
    const gaps = places.map(([from, to]) => {
      const size = Math.min(gap, Math.max(to - from, 0));
      gap -= size;
      return [from + Math.floor((to - from - size) / 2), size];
    });
    if (gap > 0 || gaps.some(([, size]) => size < 2)) continue;
    return gaps.reduceRight((text, [start, size]) => [...text.slice(0, start), "…", ...text.slice(start + size)], all).join("");
  }
  return cutMiddle(all, kept);
}

function cutMiddle(all, kept) {
  const tail = Math.floor(kept * 0.4);
  return all.slice(0, kept - tail).join("") + "…" + (tail ? all.slice(-tail).join("") : "");
}

/** A name for running text and tables. */
const shortName = i => (characters[i].length > 60 ? cutName(i, 48) : nameOf(i));

const pencil = document.createElement("canvas").getContext("2d");

function textWidth(text, size, bold = false) {
  pencil.font = `${bold ? "bold " : ""}${size}px ${PICTURE_FONT}`;
  return pencil.measureText(text).width;
}

/** The text, or as much of it as fits; `cut` shortens it to a number of characters. */
function elided(text, size, width, cut = kept => cutMiddle(Array.from(text), kept)) {
  if (textWidth(text, size, true) <= width) return text;
  let [low, high] = [1, Math.min(Array.from(text).length - 1, 400)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (textWidth(cut(middle), size, true) <= width) low = middle;
    else high = middle - 1;
  }
  return cut(low);
}

/** A model's name in a picture, with a sign before one's own. */
function fittedName(i, size, width) {
  const sign = isOwn(i) ? OWN_SIGN : "";
  return sign + elided(nameOf(i), size, width - (sign && textWidth(sign, size, true)), kept => cutName(i, kept));
}
