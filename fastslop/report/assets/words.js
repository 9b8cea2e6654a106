// Words of a text and where a list stands in it, as `fastslop filter` finds it. Scripts without spaces are not cut into
// words here, which takes a dictionary: each character is a word, so that entries are found wherever theirs stand.

const WORDS = (() => {
  const apostrophe = "['’ʼ]";
  const unspaced = "(?:[々〇〻ー]|(?=\\p{L})[\\p{sc=Han}\\p{sc=Hira}\\p{sc=Kana}\\p{sc=Thai}\\p{sc=Laoo}\\p{sc=Khmr}\\p{sc=Mymr}])";
  const selector = "[\\u180b-\\u180d\\u180f\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}]";
  const ignored = `(?:(?!\\u200b)\\p{Cf}|${selector})`;
  const letter = `(?:(?!${unspaced}|${apostrophe})\\p{L})`;
  const combining = `(?:(?!${selector})\\p{M})`;
  const word = `(?:${letter}|${combining})(?:${letter}|${combining}|${ignored}|${apostrophe}(?=${letter}))*`;
  const end = "[\\p{N}\\p{STerm}…\\n\\v\\f\\r\\x85\\u2028\\u2029]|(?![\\t\\x85])\\p{Cc}|\\p{Co}|\\p{Cn}";
  const character = `${unspaced}(?:${combining}|${ignored})*`;
  return { ignored: new RegExp(ignored, "gu"), tokens: new RegExp(`(?<word>${word})|(?<unspaced>${character})|(?<end>${end})`, "gu") };
})();

/** The normal form in which texts are counted: NFKC, but for the ellipsis and letters of Thai and Lao that would come apart. */
const normalForm = text => text.split(/([…\u0e33\u0eb3\u0edc\u0edd])/).map((part, i) => i % 2 ? part : part.normalize("NFKC")).join("").replace(/İ/g, "i\u0307");

/** The words of a text in normal form, and its characters uncut, each with its place; null for the end of a sentence. */
function tokensOf(text) {
  const words = [];
  let [n, unspaced] = [0, 0];
  for (const { 0: found, index, groups } of text.matchAll(WORDS.tokens)) {
    if (groups.end) {
      words.push(null);
      continue;
    }
    if (groups.word) n += 1;
    else unspaced += 1;
    words.push({ text: Array.from(found.replace(WORDS.ignored, ""), c => c.toLowerCase()).join("").replace(/[’ʼ]/g, "'"), start: index, end: index + found.length, isSpaced: Boolean(groups.word) });
  }
  return { words, n, unspaced };
}

/** A list as a search: a tree of words. */
function searchOf(entries) {
  const root = new Map();
  for (const entry of entries) {
    let node = root;
    for (const { text } of tokensOf(normalForm(entry)).words.filter(word => word)) {
      if (!node.has(text)) node.set(text, new Map());
      node = node.get(text);
    }
    if (node !== root) node.entry ??= entry;
  }
  return root;
}

/** Where the longest entry stands at each place, without overlap: its start and end in the text, and the entry. */
function hitsIn(words, root) {
  const found = [];
  for (let at = 0; at < words.length; at += 1) {
    let [node, last, behind] = [root, null, at];
    for (let k = at; k < words.length && words[k] && node.has(words[k].text); k += 1) {
      node = node.get(words[k].text);
      if (node.entry !== undefined) [last, behind] = [{ start: words[at].start, end: words[k].end, entry: node.entry }, k];
    }
    if (last) found.push(last);
    at = behind;
  }
  return found;
}

/** The 95 % interval of a count of things that fall by chance (Byar's approximation to Poisson's limits). */
function chanceInterval(n) {
  const limit = (k, z) => k * (1 - 1 / (9 * k) + z / (3 * Math.sqrt(k))) ** 3;
  return [n ? limit(n, -1.96) : 0, limit(n + 1, 1.96)];
}
