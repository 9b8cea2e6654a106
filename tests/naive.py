"""The slow truth: what fastslop counts, in plain Python on strings, with ``Counter``, from the words of the contract.

It shares nothing with the package: no table, no hash, no spec object. Characters are judged by ``unicodedata``;
characters that Unicode 14.0 did not know are recognised by ``KNOWN``, which a test compares with Python 3.11's.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise

from tests import naive_words

SENTENCE_ENDS = set("!.?։؝؞؟۔܀܁܂߹࠷࠹࠽࠾।॥၊။።፧፨᙮᜵᜶᠃᠉᥄᥅᪨᪩᪪᪫᭚᭛᭞᭟᭽᭾᰻᰼᱾᱿‽⸮⸼⹓⹔。꓿꘎꘏꛳꛷꡶꡷꣎꣏꤯꧈꧉꩝꩞꩟꫰꫱꯫…")
UNSPACED = "CJK UNIFIED|CJK COMPATIBILITY IDEOGRAPH|HIRAGANA|KATAKANA|THAI |LAO |KHMER |MYANMAR ".split("|")
NEWLINES = "\n\x0b\x0c\r\x85\u2028\u2029"


def fnv1a(text: str) -> int:
    """FNV-1a 64 as its authors describe it (draft-eastlake-fnv)."""
    key = 0xCBF29CE484222325
    for byte in text.encode():
        key = (key ^ byte) * 0x100000001B3 % 2**64
    return key


def block_of(prompt: str) -> int:
    """The block of a prompt: the six leading bits of its key times the golden ratio."""
    return fnv1a(prompt) * 0x9E3779B97F4A7C15 % 2**64 >> 58


def klass(c: str, known: set[int] | None) -> str:
    """What a character in normal form is: one letter for each class."""
    category = unicodedata.category(c)
    if category == "Cn" or (known is not None and ord(c) not in known):
        return "break"
    if c in "'’ʼ":
        return "apostrophe"
    if c in NEWLINES:
        return "newline"
    if category[0] == "Z" or c in "\t\u200b":
        return "space"
    if category == "Cf" or unicodedata.name(c, "").startswith("VARIATION SELECTOR"):
        return "ignore"
    if category[0] == "C":
        return "break"
    if c in SENTENCE_ENDS:
        return "stop"
    if category[0] == "M":
        return "combining"
    if c in "々〇〻ー" or (category[0] == "L" and unicodedata.name(c, "").startswith(tuple(UNSPACED))):
        return "base"
    return {"L": "letter", "N": "digit", "P": "mark", "S": "mark"}[category[0]]


def normal(text: str, known: set[int] | None) -> list[str]:
    """The characters of the text's normal form; None stands for what Unicode 14.0 did not know."""
    replaced = "".join("\0" if klass(c, known) == "break" else c for c in text)
    kept = "…\u0e33\u0eb3\u0edc\u0edd"  # the ellipsis, and letters of Thai and Lao
    pieces = [
        piece if piece in kept else unicodedata.normalize("NFKC", piece) for piece in re.split(f"([{kept}])", replaced)
    ]
    return list("".join(pieces).replace("İ", "i\u0307"))


def tokens(text: str, known: set[int] | None = None, fold: Callable[[str], str] = str.lower) -> list[tuple[str, str]]:
    """(kind, text) of each token; kinds are word, mark, end (a mark that breaks n-grams) and break (no token)."""
    chars = normal(text, known)
    kinds = [klass(c, known) for c in chars]
    language = naive_words.language_of("".join(chars))
    out: list[tuple[str, str]] = []
    i = 0
    while i < len(chars):
        kind, j = kinds[i], i + 1
        if kind in ("letter", "combining"):
            word = ""
            j = i
            while j < len(chars):
                if kinds[j] in ("letter", "combining"):
                    word += fold(chars[j])
                elif kinds[j] == "apostrophe" and kinds[j + 1 : j + 2] == ["letter"]:
                    word += "'"
                elif kinds[j] != "ignore":
                    break
                j += 1
            out.append(("word", word))
        elif kind == "base":
            units: list[str] = []
            j = i
            script = naive_words.script_of(chars[i])
            while j < len(chars) and (kinds[j] == "base" or (units and kinds[j] in ("combining", "ignore"))):
                if kinds[j] == "base" and naive_words.script_of(chars[j]) != script:
                    break
                if kinds[j] == "base":
                    units.append(chars[j].lower())
                elif kinds[j] == "combining":
                    units[-1] += chars[j].lower()
                j += 1
            out += [("word", "".join(word)) for word in naive_words.cut(units, script or language)]
        elif kind == "digit":
            while j < len(chars) and kinds[j] == "digit":
                j += 1
            out.append(("end", "0"))
        elif kind == "newline":
            while j < len(chars) and kinds[j] in ("newline", "space"):
                j += 1
            inner = "".join(chars[i:j]).replace("\r\n", "\n")
            n = sum(c in NEWLINES for c in inner)
            if out and j < len(chars):
                out.append(("end", "\n" * min(n, 2)))
        elif kind in ("mark", "stop", "apostrophe"):
            while j < len(chars) and chars[j] == chars[i]:
                j += 1
            out.append(("end" if kind == "stop" else "mark", chars[i].lower() * min(j - i, 4)))
        elif kind == "break" and out and out[-1][0] != "break":
            out.append(("break", ""))
        i = j
    return out


def capitals(text: str, known: set[int] | None = None) -> Counter[tuple[str, bool]]:
    """How often each word stands behind another one or a comma in a stretch, with a capital there and without."""
    cased = tokens(text, known, fold=str)
    stretches: list[list[tuple[str, bool]]] = [[]]
    for (kind, word), (_, written) in zip(tokens(text, known), cased, strict=True):
        if kind == "word":
            is_capital = unicodedata.category(written[0]) in ("Lu", "Lt")
            stretches[-1].append((word, is_capital))
        elif word != "," or not stretches[-1]:
            stretches.append([])
    found: Counter[tuple[str, bool]] = Counter()
    for stretch in stretches:
        n_small = sum(not is_capital for _, is_capital in stretch)
        inside = stretch[1:]
        if sum(is_capital for _, is_capital in inside) <= n_small:
            found.update(inside)
    return found


def letters(text: str, known: set[int] | None = None) -> list[tuple[str, str]]:
    """slop-forensics' tokens: runs of letters and combining marks, lower-cased, and nothing else."""
    kept = ""
    for c in normal(text, known):
        is_letter = unicodedata.category(c)[0] in "LM" and klass(c, known) not in ("break", "ignore")
        kept += c.lower() if is_letter else " "
    return [("word", word) for word in kept.split(" ") if word]


def ngrams(stream: list[tuple[str, str]], order: int, kind: str, stopwords: set[str], min_chars: int) -> list[str]:
    """The document's n-grams of one kind and order, joined by spaces."""
    if (kind, order) == ("mark", 2):
        return [
            f"{a} {b}" for (ka, a), (kb, b) in pairwise(stream) if "break" not in (ka, kb) and not (ka == kb == "word")
        ]
    if kind == "mark":
        return [token for k, token in stream if k in ("mark", "end")]
    out: list[str] = []
    window: list[str] = []
    for k, token in stream:
        if k == "word":
            if kind == "content" and token in stopwords:
                continue
            if order == 1 and len(token) < min_chars:
                continue
            window.append(token)
            if len(window) >= order:
                out.append(" ".join(window[-order:]))
        elif k in ("end", "break"):
            window = []
    return out


def count(
    documents: Iterable[tuple[str, str]],
    tables: Iterable[tuple[str, int]],
    *,
    stopwords: set[str],
    min_chars: int = 1,
    letters_only: bool = False,
    known: set[int] | None = None,
) -> dict[tuple[str, int], dict[str, tuple[int, int, dict[str, int]]]]:
    """For (prompt, text) documents: per table and n-gram its occurrences, documents, and occurrences by prompt."""
    n: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    n_docs: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    by_prompt: dict[tuple[str, int], dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    tables = list(tables)
    for prompt, text in documents:
        stream = letters(text, known) if letters_only else tokens(text, known)
        for table in tables:
            found = Counter(ngrams(stream, table[1], table[0], stopwords, min_chars))
            n[table].update(found)
            n_docs[table].update(found.keys())
            for ngram, times in found.items():
                by_prompt[table][ngram][prompt] += times
    return {
        table: {g: (n[table][g], n_docs[table][g], dict(by_prompt[table][g])) for g in n[table]} for table in tables
    }
