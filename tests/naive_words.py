"""The slow truth of text without spaces: the most probable cut into words, over all words that begin at each place."""

from __future__ import annotations

import gzip
import unicodedata
from functools import cache
from pathlib import Path

import msgpack
import regex
import wordfreq
from wordfreq.util import data_path

LISTS = Path(__file__).parent.parent / "fastslop" / "tokens" / "words"
SCRIPTS = {"zh": regex.compile(r"[\p{Han}〇]+"), "ja": regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}〇々ー]+")}


SOUTH_EAST_ASIA = {"THAI": "th", "LAO": "lo", "KHMER": "km", "MYANMAR": "my"}
FOLLOWING, LEADING = "ะาำๅະາຳຽ", "เแโใไເແໂໃໄ"
SILENCED = regex.compile("[\u0e34\u0e38\u1037]?[\u0e4c\u0ecc\u1039\u103a\u17cd]")
STACKING = "\u1039\u17d2"


def script_of(character: str) -> str | None:
    """The language by whose list a character of South-East Asia is cut."""
    return SOUTH_EAST_ASIA.get(unicodedata.name(character).split(" ")[0])


def clusters(units: list[str]) -> list[str]:
    """Units joined where no word ends between them: vowels with their consonants, and consonants that are stacked or
    have no vowel with what stands before."""
    joined = units[:1]
    for unit in units[1:]:
        is_joined = unit[0] in FOLLOWING or joined[-1][-1] in LEADING + STACKING or is_silenced(unit[1:])
        joined[-1:] = [joined[-1] + unit] if is_joined else [joined[-1], unit]
    return joined


def is_silenced(marks: str) -> bool:
    """Whether marks take the vowel from their consonant."""
    begin = SILENCED.search(marks)
    return begin is not None and (begin.start() == 0 or begin.end() - begin.start() == 2)


def language_of(text: str) -> str:
    """Japanese if one of ten of its Han and kana is kana."""
    n_kana = sum("\u3040" <= c <= "\u30ff" for c in text)
    n_han = sum("\u3400" <= c <= "\u9fff" for c in text)
    return "ja" if n_kana and 10 * n_kana >= n_kana + n_han else "zh"


@cache
def costs(language: str) -> dict[str, int]:
    """Hundredths of the decimal logarithm of one over each word's frequency; 2, where that is not known."""
    found: dict[str, int] = {}
    if language not in SCRIPTS:
        text = gzip.decompress((LISTS / f"{language}.txt.gz").read_bytes()).decode()
        return {word: int(cost or 2) for word, _, cost in (line.partition("\t") for line in text.splitlines())}
    for cost, words in enumerate(wordfreq.get_frequency_list(language, wordlist="best")):
        found |= {w: cost for w in words if SCRIPTS[language].fullmatch(w) and max(w) < "\U00010000"}
    return found


@cache
def dearest(language: str) -> int:
    """The cost of what is no word: that of the rarest word, and one more in South-East Asia."""
    return max(costs(language).values()) + (language not in SCRIPTS)


@cache
def simplified(language: str) -> dict[int, str]:
    """The simplified form of each character that is in no word itself."""
    if language == "ja":
        return {}
    with gzip.open(data_path("_chinese_mapping.msgpack.gz")) as file:
        forms = msgpack.load(file, raw=False, strict_map_key=False)
    used = set("".join(costs("zh")))
    return {c: form for c, form in forms.items() if chr(c) not in used and c < 0x10000 and form in used}


def cut(units: list[str], language: str) -> list[list[str]]:
    """The words of a run of units, each a base character with its combining marks."""
    known = costs(language)
    if language not in SCRIPTS:
        units = plain = clusters(units)
    else:
        plain = [unit.translate(simplified(language)) if len(unit) == 1 else "\0" for unit in units]
    unknown = dearest(language)
    is_katakana = [len(u) == 1 and "\u30a1" <= u <= "\u30fe" for u in units]
    best: list[tuple[int, int]] = [(0, 0)] + [(10**9, 0)] * len(units)  # cost, and where the last word begins
    for begin in range(len(units)):
        ends_katakana = begin
        while ends_katakana < len(units) and is_katakana[ends_katakana]:
            ends_katakana += 1
        for end in range(begin + 1, min(len(units), begin + 40) + 1):
            word_costs = [known.get("".join(plain[begin:end]))]
            if end == begin + 1 and word_costs == [None]:
                word_costs.append(unknown)
            if end == ends_katakana and (begin == 0 or not is_katakana[begin - 1]):
                word_costs.append(unknown)
            for cost in word_costs:
                if cost is not None and best[begin][0] + cost < best[end][0]:
                    best[end] = (best[begin][0] + cost, begin)
    words: list[list[str]] = []
    end = len(units)
    while end:
        words.append(units[best[end][1] : end])
        end = best[end][1]
    return words[::-1]
