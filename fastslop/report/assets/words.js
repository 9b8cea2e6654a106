// Words of a text and where a list stands in it, as `fastslop filter` finds it. Scripts without spaces are not cut into
// words here, which takes a dictionary: their entries are found wherever their characters stand, as by `regex.txt`.

const WORDS = (() => {
  const apostrophe = "['’ʼ]";
  const unspaced = "(?:[々〇〻ー]|(?=\\p{L})[\\p{sc=Han}\\p{sc=Hira}\\p{sc=Kana}\\p{sc=Thai}\\p{sc=Laoo}\\p{sc=Khmr}\\p{sc=Mymr}])";
  const selector = "[\\u180b-\\u180d\\u180f\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}]";
  const ignored = `(?:(?!\\u200b)\\p{Cf}|${selector})`;
  const letter = `(?:(?!${unspaced}|${apostrophe})\\p{L})`;
  const combining = `(?:(?!${selector})\\p{M})`;
  const word = `(?:${letter}|${combining})(?:${letter}|${combining}|${ignored}|${apostrophe}(?=${letter}))*`;
  const end = "[\\p{N}\\p{STerm}…\\n\\v\\f\\r\\x85\\u2028\\u2029]|(?![\\t\\x85])\\p{Cc}|\\p{Co}|\\p{Cn}";
  return { ignored: new RegExp(ignored, "gu"), tokens: new RegExp(`(?<word>${word})|(?<unspaced>${unspaced})|(?<end>${end})`, "gu") };
})();

/** The normal form in which texts are counted: NFKC, but for the ellipsis, which would become three full stops. */
const normalForm = text => text.split("…").map(part => part.normalize("NFKC")).join("…").replace(/İ/g, "i\u0307");

/** The words of a text in normal form, each with its place, null for the end of a sentence; and its characters uncut. */
function tokensOf(text) {
  const words = [];
  let unspaced = 0;
  for (const { 0: found, index, groups } of text.matchAll(WORDS.tokens)) {
    if (groups.unspaced) unspaced += 1;
    if (groups.word) words.push({ text: Array.from(found.replace(WORDS.ignored, ""), c => c.toLowerCase()).join("").replace(/[’ʼ]/g, "'"), start: index, end: index + found.length });
    else words.push(null);
  }
  return { words, n: words.filter(word => word).length, unspaced };
}

/** A list as a search: a tree of words, and an expression for what is written without spaces. */
function searchOf({ spaced, spaceless }) {
  const root = new Map();
  for (const entry of spaced) {
    let node = root;
    for (const { text } of tokensOf(normalForm(entry)).words.filter(word => word)) {
      if (!node.has(text)) node.set(text, new Map());
      node = node.get(text);
    }
    if (node !== root) node.entry ??= entry;
  }
  const escaped = entry => normalForm(entry).replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&").replace(/['’]/g, "['’]").replace(/\s+/g, "\\s+");
  const longestFirst = spaceless.slice().sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  return { root, expression: longestFirst.length ? new RegExp(longestFirst.map(escaped).join("|"), "giu") : null, of: new Map(spaceless.map(entry => [normalForm(entry).toLowerCase(), entry])) };
}

/** Where the longest entry stands at each place, without overlap: its start and end in the text, and the entry. */
function hitsIn(text, words, search) {
  const found = [];
  for (let at = 0; at < words.length; at += 1) {
    let [node, last, behind] = [search.root, null, at];
    for (let k = at; k < words.length && words[k] && node.has(words[k].text); k += 1) {
      node = node.get(words[k].text);
      if (node.entry !== undefined) [last, behind] = [{ start: words[at].start, end: words[k].end, entry: node.entry }, k];
    }
    if (last) found.push(last);
    at = behind;
  }
  if (!search.expression) return found;
  for (const { 0: own, index } of text.matchAll(search.expression)) found.push({ start: index, end: index + own.length, entry: search.of.get(own.toLowerCase()) ?? own });
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  let end = 0;
  return found.filter(hit => (hit.start >= end ? (end = hit.end, true) : false));
}

/** The 95 % interval of a count of things that fall by chance (Byar's approximation to Poisson's limits). */
function chanceInterval(n) {
  const limit = (k, z) => k * (1 - 1 / (9 * k) + z / (3 * Math.sqrt(k))) ** 3;
  return [n ? limit(n, -1.96) : 0, limit(n + 1, 1.96)];
}
