"""wordfreq: how often a language uses each of its words (Robyn Speer)."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from fastslop.base.errors import UsageError
from fastslop.base.languages import BY_SCRIPT

_NAME = "wordfreq:"
WORDFREQ_WORDS = 1e8
"""Words in which wordfreq's frequencies are taken to be counted: it gives no counts, and lists words down to about 1 in
10^8. The rarest listed word then has one occurrence; one that is not listed has none and is smoothed to a half."""


@cache
def wordfreq_frequencies(language: str) -> Mapping[str, float]:
    """wordfreq's frequencies of a language's words (Robyn Speer, CC BY-SA 4.0).

    Raises
    ------
    UsageError
        If wordfreq has no list of that language. (By itself, wordfreq would take the nearest language it has.)
    """
    import wordfreq

    if language not in languages():
        raise UsageError(f"wordfreq knows no language {language!r}; it knows {', '.join(languages())}")
    frequencies: Mapping[str, float] = wordfreq.get_frequency_dict(language, wordlist="best")
    return frequencies


MOST_FREQUENT = 100
"""Words of a language by which it is recognised: half of what is written in it, roughly, are these."""
LEAST_SHARE, TIMES_AS_MANY = 0.25, 2.0
"""Share of a text's words that these are, from which on it is in that language; and times that share in another, from
which on it is in that one instead."""
LEAST_WORDS = 50
"""Words in which a language can be recognised."""
_JOINER = "\u200c"
_SEGMENTED = ("zh", "ja", "ko")
"""Languages that wordfreq cuts into words by other programs."""


def frequencies_of(words: Iterable[str], language: str) -> list[float]:
    """wordfreq's frequency of each word as fastslop spells it, 0.0 where it is not listed.

    wordfreq spells words otherwise: with ``ss`` for ``ß``, ``i`` for the ``i̇`` that is left of ``İ``, with joiners in
    words of Persian, and ``l'eau`` as two words, whose frequency it combines.

    Raises
    ------
    UsageError
        If wordfreq has no list of that language.
    """
    listed = _without_joiners(language)
    return [_frequency(word, listed, language) for word in words]


def _frequency(word: str, listed: Mapping[str, float], language: str) -> float:
    spelled = word if word.isascii() else word.replace("ß", "ss").replace("i\u0307", "i")
    found = listed.get(spelled)
    if found is None and spelled != word:
        found = listed.get(word)
    if found is None and "'" in spelled and language not in _SEGMENTED:
        import wordfreq

        found = wordfreq.word_frequency(spelled, language, wordlist="best")
    return found or 0.0


@cache
def _without_joiners(language: str) -> Mapping[str, float]:
    """The frequencies with those of words that only a joiner parts added up."""
    listed = wordfreq_frequencies(language)
    joined = [(word.replace(_JOINER, ""), frequency) for word, frequency in listed.items() if _JOINER in word]
    if not joined:
        return listed
    summed = dict(listed)
    for word, frequency in joined:
        summed[word] = summed.get(word, 0.0) + frequency
    return summed


def listed_language(baseline: object) -> str | None:
    """The language of a baseline that is wordfreq's list, ``wordfreq:LANG``; None for any other."""
    is_list = isinstance(baseline, str) and baseline.startswith(_NAME)
    return str(baseline).removeprefix(_NAME) if is_list else None


def language_of(counts: Mapping[str, int], expected: str = "en", n_words: int = 0) -> str | None:
    """The language that words, with how often each occurs, are in; None if that cannot be told.

    Languages are told by their most frequent words, and by their script those of which wordfreq has no list; it is the
    ``expected`` one unless another is much likelier. ``counts`` are all words, or the most frequent ones of
    ``n_words``.
    """
    n = max(n_words, sum(counts.values()))
    if n < LEAST_WORDS:
        return None
    if share_of(counts, expected, n) >= LEAST_SHARE:
        return expected
    for language, (first, last) in BY_SCRIPT.items():
        if sum(own for word, own in counts.items() if first <= word[:1] <= last) >= LEAST_SHARE * n:
            return language
    shares = {language: share_of(counts, language, n) for language in languages()}
    best = max(shares, key=lambda language: shares[language])
    return best if shares[best] >= TIMES_AS_MANY * max(shares.get(expected, 0.0), 0.5 / n) else None


def languages() -> list[str]:
    """The languages that wordfreq has a list of."""
    return sorted(_small_lists())


@cache
def _small_lists() -> dict[str, Path]:
    """wordfreq's file for each language, of the words that occur more than once in a million.

    They are found without importing wordfreq, which takes longer than counting 5 MB.
    """
    package = find_spec("wordfreq")
    folders = package.submodule_search_locations if package else None
    files = (path for folder in folders or () for path in Path(folder, "data").glob("small_*.msgpack.gz"))
    return {path.name.removesuffix(".msgpack.gz").partition("_")[2]: path for path in files}


def most_frequent(language: str) -> frozenset[str]:
    """The most frequent words of a language."""
    return _most_frequent(language)


def share_of(counts: Mapping[str, int], language: str, n_words: int) -> float:
    """The share of ``n_words`` that are among the most frequent of a language."""
    most_frequent = _most_frequent(language)
    return sum(n for word, n in counts.items() if word in most_frequent) / n_words


@cache
def _most_frequent(language: str) -> frozenset[str]:
    words = (word.replace(_JOINER, "") for word in _by_frequency(language) if not any(map(str.isdigit, word)))
    return frozenset(islice(words, MOST_FREQUENT))


def _by_frequency(language: str) -> Iterator[str]:
    """Words of a language, the most frequent first, unpacked no further than they are asked for.

    wordfreq's own function unpacks a whole list, which takes 40 times as long: of all 42, a third of a second.
    """
    import msgpack

    with gzip.open(_small_lists()[language]) as file:
        unpacker = msgpack.Unpacker(file, raw=False, read_size=1 << 12)
        n = unpacker.read_array_header()
        unpacker.skip()  # what kind of list it is
        for _ in range(1, n):
            yield from unpacker.unpack()
