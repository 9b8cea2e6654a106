"""Dictionaries by which text without spaces is cut into words, compiled from lists of words when they are needed.

Those of Chinese and Japanese are wordfreq's. Their words are cut as text then is, so that a baseline of wordfreq knows
every word that comes out: its Chinese list was made with jieba, its Japanese one with MeCab and IPADIC. A cost is a
frequency in hundredths of its decimal logarithm, the whole numbers that wordfreq stores. Characters in no word of a
list are words by themselves.

Thai, Lao, Khmer and Burmese, of which wordfreq has no lists, are cut by lists in the package (see ``words``, which
``scripts/make_word_lists.py`` makes). Those of Thai have frequencies. Of the others none are known: all words cost the
same, and a cluster that is no word half as much again, so that the fewest words are the most probable.

Compiling takes as long as counting 50 MB of Chinese, so the dictionary is kept where the kernels' machine code is. In
the package it would be the largest file by far.

Traditional characters have the codes of their simplified forms, by wordfreq's table: both spellings of a word are cut
alike, and each word keeps the characters that it is written in.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from hashlib import sha256
from heapq import nsmallest
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from zipfile import BadZipFile

import numpy as np
import regex

from fastslop._kernels.machine.jit import SOURCE_STAMP, folder_of_kept
from fastslop._kernels.tokens.spaceless import (
    BURMESE,
    CHINESE,
    JAPANESE,
    KHMER,
    LAO,
    MOST_UNITS,
    THAI,
    Units,
    Words,
)
from fastslop._kernels.tokens.tries import NODE, Dictionary, build_trie
from fastslop.base.arrays import Shorts
from fastslop.base.errors import IncompatibleProfilesError
from fastslop.system.atomic import write_atomically

LANGUAGES = {"zh": CHINESE, "ja": JAPANESE, "th": THAI, "lo": LAO, "km": KHMER, "my": BURMESE}
"""Languages that there are dictionaries of, and the number of each."""
OF_HAN = ("zh", "ja")
"""Those that are told from each other by a document's kana, unless one is declared; the others by the script."""
_WRITTEN = {"zh": regex.compile(r"[\p{Han}〇]+"), "ja": regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}〇々ー]+")}
"""What words of a language are written in; wordfreq also lists numbers, foreign words and mistakes."""
LISTS = "south-east-asian-1"
"""The version of the lists in the package, which changes with any of their words."""
SAME_COST = 2
"""The cost of each word of a list without frequencies."""
CHARACTERS = "characters"
"""The dictionary that has no words: each character is a token by itself, with its combining marks."""
_PLANE = 1 << 16
"""Code points of the Basic Multilingual Plane; a word with one beyond it is not entered."""
_LOCK = Lock()


@cache
def dictionary_name(cut_by: int = 1 << CHINESE) -> str:
    """The versions of dictionaries, as specifications record them; ``cut_by`` has a bit for the number of each."""
    of_han = sum(1 << LANGUAGES[language] for language in OF_HAN)
    names = (LISTS, cut_by & ~of_han), (f"wordfreq-{version('wordfreq')}", cut_by & of_han)
    return "+".join(name for name, used in names if used)


def no_words(dictionary: str) -> Words:
    """No dictionary yet, for a tokeniser whose specification says ``dictionary``; or the one without words.

    Raises
    ------
    IncompatibleProfilesError
        If that is of another version of wordfreq than the one that is installed, or of other lists than are here.
    """
    if dictionary == CHARACTERS:
        nothing = _no_dictionary()
        return Words((nothing,) * len(LANGUAGES), np.full(1, CHINESE, np.int8))
    language = ""
    for one in filter(None, dictionary.split("+")):
        name, _, declared = one.partition("/")
        language = language or declared
        if name not in (LISTS, dictionary_name()):
            raise IncompatibleProfilesError(
                f"text is to be cut into words by {name}, and {dictionary_name()} and {LISTS} are here; install that "
                "version of wordfreq, or of fastslop, or count all texts anew"
            )
    none = Dictionary(np.empty(0, np.uint16), np.empty(0, np.int32), np.zeros(1, np.int32))
    return Words((none,) * len(LANGUAGES), np.full(1, LANGUAGES.get(language, -1), np.int8))


@cache
def _no_dictionary() -> Dictionary:
    """A dictionary without words, by which a path costs the less the more words it has: katakana are cut as well."""
    return Dictionary(np.zeros(_PLANE, np.uint16), np.zeros(NODE, np.int32), np.full(1, -1, np.int32))


def with_dictionary(words: Words, number: int) -> Words:
    """The same dictionaries with the one of this number, which is compiled if no other thread has done so."""
    with _LOCK:
        loaded = _dictionary(number)
    before, after = words.dictionaries[:number], words.dictionaries[number + 1 :]
    return words._replace(dictionaries=(*before, loaded, *after))


def new_units() -> Units:
    """Room of the kernel for the units of a run."""
    n = MOST_UNITS + 1
    firsts, costs, lengths = np.empty((3, n), np.int32)
    is_first, is_katakana = np.empty((2, n), np.bool_)
    return Units(np.empty(n, np.int64), np.empty(n, np.uint16), is_first, is_katakana, firsts, costs, lengths)


@cache
def _dictionary(number: int) -> Dictionary:
    language = next(name for name, own in LANGUAGES.items() if own == number)
    folder = folder_of_kept(build_trie)
    path = None if folder is None else folder / f"{language}.{dictionary_name(1 << number)}.{_stamp()}.npz"
    with suppress(OSError, ValueError, KeyError, BadZipFile):  # it is not there, or only a part of it
        if path is not None:
            with np.load(path) as kept:
                return Dictionary(*(kept[name] for name in Dictionary._fields))
    costs = costs_of_words(language)
    made = compiled(costs, simplified_forms() if language == "zh" else {})
    if language not in OF_HAN:
        made.unknown[0] += 1
    if path is not None:
        with suppress(OSError):
            write_atomically(path, lambda beside: _save(beside, made), force=True)
    return made


def _save(path: Path, made: Dictionary) -> None:
    with path.open("wb") as file:
        np.savez(file, **made._asdict())


def _stamp() -> str:
    """Digest of the source of what compiles dictionaries; a file of another one is not used."""
    return sha256(Path(__file__).read_bytes()).hexdigest()[:8] + SOURCE_STAMP[:8]


def costs_of_words(language: str) -> dict[str, int]:
    """The words of a language that are written in its script, each with its cost."""
    if language not in OF_HAN:
        lines = gzip.decompress(list_of(language).read_bytes()).decode().splitlines()
        return {word: int(cost or SAME_COST) for word, _, cost in (line.partition("\t") for line in lines)}
    from wordfreq import get_frequency_list

    listed, is_written = get_frequency_list(language, wordlist="best"), _WRITTEN[language].fullmatch
    return {word: cost for cost, words in enumerate(listed) for word in words if is_written(word)}


def list_of(language: str) -> Path:
    """The file in the package with the words of a language, a line each, with their costs where these are known."""
    return Path(__file__).with_name("words") / f"{language}.txt.gz"


def commonest_words(language: str, n: int) -> list[str]:
    """The most frequent words of a list in the package; none, if it has no frequencies."""
    costs = costs_of_words(language)
    dearest = max(costs.values())
    return nsmallest(n, (word for word, cost in costs.items() if cost < dearest), key=lambda word: costs[word])


@cache
def simplified_forms() -> Mapping[str, str]:
    """The simplified form of each traditional character that has one, by wordfreq.

    wordfreq's own module for Chinese has the same table, but cannot be imported without jieba.
    """
    import msgpack
    from wordfreq.util import data_path

    with gzip.open(data_path("_chinese_mapping.msgpack.gz")) as file:
        forms = msgpack.load(file, raw=False, strict_map_key=False)
    return {chr(traditional): form for traditional, form in forms.items() if len(form) == 1}


def compiled(costs: Mapping[str, int], forms: Mapping[str, str]) -> Dictionary:
    """The dictionary of words with their costs, above 0; characters have the codes of their ``forms``.

    What is no word costs as much as the rarest word.
    """
    text = np.array([word for word in costs if max(word) < chr(_PLANE)])
    characters = text.view(np.uint32).reshape(len(text), -1)
    table = _codes(characters, forms)
    codes = table[characters]  # no character, behind the end of a word, has the code 0
    order = np.lexsort(codes.T[::-1])
    codes = codes[order]
    begins = np.append(0, np.cumsum((codes != 0).sum(axis=1)))
    n_letters, n_codes = int(table.max()) + 1, int(begins[-1])
    nodes = np.zeros(NODE * 2 * (n_codes + n_letters), np.int32)
    used = build_trie(
        codes[codes != 0],
        begins,
        np.array([costs[word] for word in text[order].tolist()], np.int32),
        nodes,
        np.arange(len(nodes) // NODE + 1, dtype=np.int32),
        np.empty((n_codes + 1, 4), np.int64),
        np.empty(n_letters, np.uint16),
        np.empty(n_letters, np.int64),
    )
    if not used:
        raise MemoryError("a trie of twice as many nodes as characters of words has no room for them")
    return Dictionary(table, nodes[: NODE * used].copy(), np.array([max(costs.values())], np.int32))


def _codes(characters: np.ndarray, forms: Mapping[str, str]) -> Shorts:
    """The code u16 of each code point: the more words a character is in, the smaller, so that small gaps between nodes
    can be filled; 0 if it is in no word, nor its form."""
    n_uses = np.bincount(characters.ravel(), minlength=_PLANE)
    n_uses[0] = 0
    table = np.zeros(_PLANE, np.uint16)
    by_uses = np.argsort(-n_uses, kind="stable")[: np.count_nonzero(n_uses)]
    table[by_uses] = np.arange(1, len(by_uses) + 1)
    of_form = {ord(c): table[ord(form)] for c, form in forms.items() if max(c, form) < chr(_PLANE)}
    of_form = {c: code for c, code in of_form.items() if table[c] == 0}
    table[list(of_form)] = list(of_form.values())
    return table
