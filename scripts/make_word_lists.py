"""Write ``fastslop/tokens/words``: the words by which Thai, Lao, Khmer and Burmese are cut.

``python scripts/make_word_lists.py ICU_DATA PYTHAINLP``: ICU's data (``icudt78l.dat`` of its source, or the library
``libicudata.so.78`` that holds the same), and the folder ``pythainlp/corpus`` of the package. A change of words is a
new version of `fastslop.tokens.dictionaries.LISTS`; their licences are in ``LICENSES.txt`` beside them.
"""

from __future__ import annotations

import gzip
import math
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import regex

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fastslop.tokens import dictionaries
from fastslop.tokens.unicode import normal_form

ICU = {"lo": "laodict", "km": "khmerdict", "my": "burmesedict"}
SCRIPTS = {"th": "Thai", "lo": "Lao", "km": "Khmer", "my": "Myanmar"}
UNSEEN = 0.5
"""Occurrences of a word that the corpus does not list."""
UNSEEN_CHARACTERS = dict.fromkeys(map(ord, "\u200b\u200c\u200d"))
TWO_LETTERS = str.maketrans({"ໜ": "ຫນ", "ໝ": "ຫມ"})
"""Another spelling of Lao."""
OFFSET = 0x1FFFFF


class BytesTrie:
    """The words of one of ICU's dictionaries, which are in a ``BytesTrie`` (icu/source/common/unicode/bytestrie.h)."""

    def __init__(self, data: bytes) -> None:
        (header,) = struct.unpack_from("<H", data)
        indexes = struct.unpack_from("<8i", data, header)
        self.trie = data[header + indexes[0] : header + indexes[3]]
        self.offset = indexes[5] & OFFSET  # of the first letter of the script, whose byte is 0

    def words(self) -> Iterator[str]:
        """All words."""
        todo = [(0, b"")]
        while todo:
            at, prefix = todo.pop()
            lead = self.trie[at]
            if lead < 0x10:  # a branch
                n, at = (lead, at + 1) if lead else (self.trie[at + 1], at + 2)
                yield from self._branch(at, n + 1, prefix, todo)
            elif lead < 0x20:  # a row of bytes
                end = at + lead - 0x10 + 2
                todo.append((end, prefix + self.trie[at + 1 : end]))
            else:
                yield self._text(prefix)
                if not lead & 1:
                    todo.append((self._value(at)[1], prefix))

    def _branch(self, at: int, n: int, prefix: bytes, todo: list[tuple[int, bytes]]) -> Iterator[str]:
        while n > 5:  # halves
            to, at = self._jump(at + 1)
            yield from self._branch(to, n // 2, prefix, todo)
            n -= n // 2
        for _ in range(n - 1):
            word = prefix + self.trie[at : at + 1]
            is_final = self.trie[at + 1] & 1
            value, at = self._value(at + 1)
            if is_final:
                yield self._text(word)
            else:
                todo.append((at + value, word))
        todo.append((at + 1, prefix + self.trie[at : at + 1]))

    def _value(self, at: int) -> tuple[int, int]:
        """The value at a place, and the place behind it."""
        return self._number(self.trie[at] >> 1, at + 1, (0x10, 0x51, 0x6C, 0x7E, 0x7F))

    def _jump(self, at: int) -> tuple[int, int]:
        """The place that a jump leads to, and the place behind the jump."""
        delta, behind = self._number(self.trie[at], at + 1, (0, 0xC0, 0xF0, 0xFE, 0xFF))
        return behind + delta, behind

    def _number(self, lead: int, at: int, leads: tuple[int, ...]) -> tuple[int, int]:
        n = sum(lead >= least for least in leads[1:])
        high = lead - leads[n] if n < 3 else 0
        return high << 8 * n | int.from_bytes(self.trie[at : at + n], "big"), at + n

    def _text(self, word: bytes) -> str:
        return "".join({0xFE: "\u200c", 0xFF: "\u200d"}.get(byte) or chr(self.offset + byte) for byte in word)


def icu_words(path: Path) -> dict[str, list[str]]:
    """The words of each language's dictionary in ICU's data."""
    data = path.read_bytes()
    at = data.index(b"CmnD") - 12
    base = at + struct.unpack_from("<H", data, at)[0]
    (n,) = struct.unpack_from("<I", data, base)
    places = [struct.unpack_from("<2I", data, base + 4 + 8 * i) for i in range(n)]
    names = {data[base + name : data.index(b"\0", base + name)].decode().rpartition("/")[2]: to for name, to in places}
    return {code: [*BytesTrie(data[base + names[f"{name}.dict"] :]).words()] for code, name in ICU.items()}


def written(words: Iterable[str], language: str) -> list[str]:
    """The words that are written in the script of a language, as text is when it is cut."""
    is_written = regex.compile(rf"(?=\p{{L}})[[\p{{L}}\p{{M}}]&&\p{{{SCRIPTS[language]}}}]+", regex.V1).fullmatch
    plain = {normal_form(word).translate(UNSEEN_CHARACTERS) for word in words}
    return sorted(filter(is_written, plain | {word.translate(TWO_LETTERS) for word in plain}))


def thai_costs(corpus: Path) -> dict[str, int]:
    """Words of Thai with their costs, in hundredths of the decimal logarithm of one over a word's frequency."""
    words = written((corpus / "words_th.txt").read_text(encoding="utf-8").splitlines(), "th")
    rows = (line.split("\t") for line in (corpus / "tnc_freq.txt").read_text(encoding="utf-8").splitlines())
    n_of = {normal_form(word): int(n) for word, n in rows}
    total = sum(n_of.values())
    return {word: round(-100 * math.log10(n_of.get(word, UNSEEN) / total)) for word in words}


def without_dearer(costs: Mapping[str, int]) -> dict[str, int]:
    """The words that cost less than all words together that they consist of; no others are ever cut."""
    kept = {}
    for word, cost in costs.items():
        best = [0] + [10**9] * len(word)
        for end in range(1, len(word) + 1):
            for begin in range(end):
                part = costs.get(word[begin:end])
                if part is not None and end - begin < len(word):
                    best[end] = min(best[end], best[begin] + part)
        if cost <= best[-1]:
            kept[word] = cost
    return kept


def write(language: str, lines: Iterable[str]) -> None:
    """Write the list of a language."""
    text = "".join(f"{line}\n" for line in lines).encode()
    path = dictionaries.list_of(language)
    path.write_bytes(gzip.compress(text, 9, mtime=0))
    print(f"{path.name}: {text.count(10):,} words, {path.stat().st_size:,} bytes")


def main() -> None:
    """Read the sources and write the lists."""
    icu, pythainlp = map(Path, sys.argv[1:])
    for language, words in icu_words(icu).items():
        write(language, written(words, language))
    costs = without_dearer(thai_costs(pythainlp))
    write("th", (f"{word}\t{cost}" for word, cost in costs.items()))


if __name__ == "__main__":
    main()
