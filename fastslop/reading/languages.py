"""The language of texts: declared, or told from how often the labels use each language's commonest words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import chain, islice
from threading import Lock

import numpy as np

from fastslop._kernels.machine.constants import IS_WORD
from fastslop.base.arrays import Bytes, Counts, Ids, Keys
from fastslop.base.errors import UsageError
from fastslop.base.hashing import hash_strings
from fastslop.base.languages import BY_SCRIPT, NAMED, NAMES
from fastslop.base.spec import CountSpec
from fastslop.base.stopwords import ENGLISH
from fastslop.base.wordfreq import LEAST_SHARE, LEAST_WORDS, MOST_FREQUENT, TIMES_AS_MANY, languages, most_frequent
from fastslop.reading.batches import READ_BYTES, Batch
from fastslop.reading.chunks import Filling
from fastslop.reading.documents import Documents
from fastslop.tokens.dictionaries import LANGUAGES as CUT_LANGUAGES
from fastslop.tokens.dictionaries import OF_HAN, commonest_words, dictionary_name
from fastslop.tokens.tokeniser import Tokeniser, TokenStream

AUTO = "auto"
_NONE = np.empty(0, np.int64)
FIRST_TEXTS = 100
"""Texts of each label in each input that tell the language before anything is counted."""
FEW_TEXTS = 10
"""Texts of each label that tell it of what streams by: they are read once more than others."""
LEAST_CUT_WORDS = 10
"""Words in which languages without spaces are told from each other and from English, which the script alone nearly
does."""
LABELS_NAMED = 5
"""Most labels named in one note."""
EXPECTED = "en"
"""The language that texts are taken to be in unless their words say otherwise."""


def in_language(spec: CountSpec, language: str) -> CountSpec:
    """The specification for texts in a language: with its commonest words as stopwords, in place of English ones.

    Published lists of stopwords were weighed and not taken: that of stopwords-iso for Chinese has 794 words, among them
    those that models overuse (此外, 总之, 综上所述).
    """
    if language == spec.language or spec.stopwords != ENGLISH:
        return replace(spec, language=language)
    return replace(spec, language=language, stopwords=tuple(commonest(language)))


def commonest(language: str) -> Collection[str]:
    """The commonest words of a language; none, if it is not known how often its words are used."""
    return commonest_words(language, MOST_FREQUENT) if language in BY_SCRIPT else most_frequent(language)


def declared(spec: CountSpec, language: str) -> CountSpec:
    """The specification for texts of a declared language; by that of Chinese or Japanese all Han is cut.

    Raises
    ------
    UsageError
        If there is no list of words of that language.
    """
    if language not in (known := sorted([*languages(), *BY_SCRIPT])):
        raise UsageError(f"unknown language {language!r}; there are {AUTO}, {', '.join(known)}")
    own = in_language(spec, language)
    return own.cut_by(f"{dictionary_name()}/{language}") if language in OF_HAN else own


def spec_in(spec: CountSpec, language: str) -> CountSpec:
    """The specification for a declared language; for ``auto`` it is left as it is, until the language is found."""
    return spec if language == AUTO else declared(spec, language)


class LanguageEvidence:
    """How often each label uses the commonest words of each language, and which labels have text that a dictionary cut.

    A count of all words for each label would take more memory than the tokens that wait.
    """

    def __init__(self) -> None:
        self._uses: dict[str, Counts] = {}
        self._n_words: Counter[str] = Counter()
        self._has_cut: set[str] = set()
        self._known: dict[Tokeniser, _CommonTokens] = {}
        self._lock = Lock()

    def add(self, label: str, tokeniser: Tokeniser, tokens: Ids) -> None:
        """Add tokens of a label. Threads may do so at once, each with a tokeniser of its own."""
        n = tokeniser.count(tokens, _NONE)
        common = self._known.setdefault(tokeniser, _CommonTokens())
        common.know(tokeniser)
        self._add(
            label, common.places, n[common.tokens], int(n[tokeniser.is_word].sum()), has_cut=bool(tokeniser.cut_by)
        )

    def add_first(self, documents: Documents, stream: TokenStream) -> None:
        """Add the first texts of each label of a batch, with the tokens of ``stream``. Threads may do so at once."""
        words, places = telling_among(stream.vocabulary.keys, stream.vocabulary.text, stream.vocabulary.starts)
        begins = np.concatenate(([0], stream.doc_ends))
        for label, docs in documents.by_label():
            own = [stream.tokens[begins[doc] : begins[doc + 1]] for doc in docs[:FIRST_TEXTS].tolist()]
            tokens = np.concatenate(own) if own else np.empty(0, np.uint32)
            tokens = tokens[stream.flags[tokens] & IS_WORD != 0]
            n = np.bincount(stream.rank[tokens], minlength=len(stream.vocabulary.keys))
            self._add(label, places, n[words], len(tokens), has_cut=stream.has_cut)

    def _add(self, label: str, places: Counts, n: Counts, n_words: int, *, has_cut: bool) -> None:
        with self._lock:
            uses = self._uses.setdefault(label, no_uses())
            np.add.at(uses, places, n)
            self._n_words[label] += n_words
            if has_cut:
                self._has_cut.add(label)

    def by_label(self) -> dict[str, tuple[str | None, int]]:
        """The language of each label, None if it cannot be told, and its words."""
        return {label: self._language_of(label) for label in sorted(self._uses)}

    def _language_of(self, label: str) -> tuple[str | None, int]:
        n_words = self._n_words[label]
        return told(self._uses[label], n_words, has_cut=label in self._has_cut), n_words


class _CommonTokens:
    """The ``tokens`` of a tokeniser that tell of a language, and their ``places``: see `telling_among`."""

    def __init__(self) -> None:
        self.n_known, self.tokens, self.places = 0, _NONE, _NONE

    def know(self, tokeniser: Tokeniser) -> None:
        """Look for those that are new among all tokens."""
        known, keys = self.n_known, tokeniser.keys
        starts = np.concatenate(([0], tokeniser.lexicon.ends[: len(keys) - 1]))
        tokens, places = telling_among(keys[known:], tokeniser.lexicon.arena, starts[known:])
        self.tokens = np.concatenate((self.tokens, tokens + known))
        self.places = np.concatenate((self.places, places))
        self.n_known = len(keys)


def telling_among(keys: Keys, text: Bytes, starts: Counts) -> tuple[Counts, Counts]:
    """Which tokens tell of a language, i64, and their places: among the commonest words of all languages by their
    ``keys`` u64; behind these, one place for each language that is told `BY_SCRIPT`, by where their ``text`` starts."""
    common = commonest_of_all()
    places = np.minimum(np.searchsorted(common, keys), len(common) - 1)
    places[common[places] != keys] = -1
    first = text[np.minimum(starts[:, None] + np.arange(3), len(text) - 1)].astype(np.int64)  # three bytes, in each
    points = np.where(first[:, 0] >> 4 == 0xE, (first[:, 0] & 0x0F) << 12 | (first[:, 1] & 0x3F) << 6, 0)
    for i, (least, most) in enumerate(BY_SCRIPT.values()):
        places[(points >= ord(least)) & (points <= ord(most))] = len(common) + i
    found = np.flatnonzero(places >= 0)
    return found, places[found]


def no_uses() -> Counts:
    """No use of any of the words that tell of languages, i64: see `telling_among`."""
    return np.zeros(len(commonest_of_all()) + len(BY_SCRIPT), np.int64)


@cache
def commonest_of_all() -> Keys:
    """The keys u64 of the commonest words of all languages, ascending."""
    return np.unique(hash_strings(sorted(set().union(*map(most_frequent, languages())))))


@cache
def _places_of(language: str) -> Counts:
    """The places i64 of the words that tell of a language: see `telling_among`."""
    if language in BY_SCRIPT:
        return np.array([len(commonest_of_all()) + [*BY_SCRIPT].index(language)])
    return np.searchsorted(commonest_of_all(), hash_strings(sorted(most_frequent(language))))


class FirstTexts:
    """The language that the first texts of each label in each input tell, before all are counted."""

    def __init__(self, spec: CountSpec, most: int = FIRST_TEXTS) -> None:
        self._tokeniser, self._evidence, self._most = Tokeniser(spec), LanguageEvidence(), most

    def add(self, batch: Batch) -> None:
        """Add the first texts of each label, of the first batch of an input."""
        filling = Filling(READ_BYTES)
        for label, docs in batch.documents.by_label():
            for chunk in (*filling.add(label, batch.documents, docs[: self._most]), *filling.rest()):
                self._evidence.add(label, self._tokeniser, self._tokeniser.tokenise(chunk)[0])

    @property
    def language(self) -> str:
        """The language of most of them."""
        return language_of_all(self._evidence.by_label())


def with_first_texts(batches: Iterator[Batch], spec: CountSpec) -> tuple[Iterator[Batch], str]:
    """Batches, and the language that the first texts of the first one are in."""
    found, first = FirstTexts(spec, FEW_TEXTS), list(islice(batches, 1))
    for batch in first:
        found.add(batch)
    return chain(first, batches), found.language


def notes_on_languages(verb: str, language: str, by_label: Mapping[str, str | None]) -> Iterator[str]:
    """What texts were counted or scored as (``verb``), if not as English, and the other languages of labels."""
    done = f"{verb.removesuffix('e')}ed"
    if language != EXPECTED:
        unknown = f"; refusals and contrasts are known in {NAMED} only" if language not in NAMES else ""
        of_stopwords = "its most frequent words are the stopwords"
        if not commonest(language):
            of_stopwords = "it has no stopwords, since it is not known how often its words are used"
        yield f"{done} as {language!r}: {of_stopwords}{unknown}"
    labels: dict[str, list[str]] = {}
    for label, own in by_label.items():
        if own not in (None, language):
            labels.setdefault(str(own), []).append(label)
    for own, named in labels.items():
        shown = f"{', '.join(named[:LABELS_NAMED])}{' and others' if len(named) > LABELS_NAMED else ''}"
        yield f"{shown}: written in {own!r}, but {done} as {language!r}; {verb} languages apart"


def told(uses: Counts, n_words: int, *, has_cut: bool) -> str | None:
    """The language that uses of words tell (see `telling_among`), None if they tell of none."""
    if n_words < (LEAST_CUT_WORDS if has_cut else LEAST_WORDS):
        return None

    def share(language: str) -> float:
        found = int(uses[_places_of(language)].sum()) / n_words
        return 0.0 if language in BY_SCRIPT and found < LEAST_SHARE else found

    expected = share(EXPECTED)
    if has_cut:  # of texts about programs, a half may be code, whatever language they are in
        best = max(sorted(CUT_LANGUAGES), key=share)
        if share(best) >= TIMES_AS_MANY * max(expected, 0.5 / n_words):
            return best
        if n_words < LEAST_WORDS:
            return None
    if expected >= LEAST_SHARE:
        return EXPECTED
    best = max(languages(), key=share)
    return best if share(best) >= TIMES_AS_MANY * max(expected, 0.5 / n_words) else None


def language_of_all(found: dict[str, tuple[str | None, int]]) -> str:
    """The language that most words of all labels are in: `EXPECTED`, where none can be told."""
    n_words: Counter[str] = Counter()
    for language, n in found.values():
        n_words[language or EXPECTED] += n
    return min(n_words, key=lambda language: (-n_words[language], language), default=EXPECTED)
