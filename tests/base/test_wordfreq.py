"""wordfreq is asked for words as it spells them, and languages are told by their most frequent words."""

from __future__ import annotations

from collections import Counter

import pytest
import wordfreq

import fastslop as fs
from fastslop.base.wordfreq import frequencies_of, language_of, languages, most_frequent, wordfreq_frequencies


@pytest.mark.parametrize(
    ("word", "language", "as_listed"),
    [("straße", "de", "strasse"), ("weiß", "de", "weiss"), ("i\u0307stanbul", "en", "istanbul"), ("the", "en", "the")],
)
def test_frequencies_of__are_those_of_the_spelling_that_is_listed(word: str, language: str, as_listed: str) -> None:
    assert frequencies_of([word], language) == [wordfreq_frequencies(language)[as_listed]]


def test_frequencies_of__words_with_joiners_are_those_of_both_spellings() -> None:
    listed = wordfreq_frequencies("fa")
    joined = next(word for word in listed if "\u200c" in word and word.replace("\u200c", "") in listed)
    apart = joined.replace("\u200c", "")
    assert frequencies_of([apart], "fa") == [listed[joined] + listed[apart]]


def test_frequencies_of__elisions_are_what_wordfreq_makes_of_them() -> None:
    words = ["l'eau", "qu'il", "aujourd'hui", "n'est"]
    assert frequencies_of(words, "fr") == pytest.approx(
        [wordfreq.word_frequency(word, "fr", wordlist="best") for word in words], rel=0.01
    )
    assert min(frequencies_of(words, "fr")) > 1e-5


def test_frequencies_of__words_that_nobody_lists_are_zero() -> None:
    assert frequencies_of(["zzxqj", "zzx'qjj", "zzxß"], "de") == [0.0] * 3


def test_languages__are_those_that_wordfreq_says_it_has() -> None:
    assert languages() == sorted(wordfreq.available_languages())


@pytest.mark.parametrize("language", ["en", "fa", "zh"])
def test_most_frequent__are_the_first_words_without_digits_of_wordfreqs_list(language: str) -> None:
    listed = wordfreq.get_frequency_dict(language, wordlist="small")
    words = [word.replace("\u200c", "") for word in listed if not any(char.isdigit() for char in word)]
    assert most_frequent(language) == frozenset(words[:100])


TEXTS = {
    "en": "It was the best of them all, and he said that she would not have to go there with him again. " * 4,
    "de": "Er sagte, dass sie nicht mit ihm auf die Straße gehen wollte, und das war auch gut so für alle. " * 4,
    "fr": "Il y a dans la maison des gens qui ne sont pas contents de ce que vous avez dit sur eux hier. " * 4,
    "zh": "我的朋友说他在那里看到了一个很大的人，我们都不知道这是不是真的，也没有去问他。" * 4,
    "ja": "私はその人のことをよく知っていますが、今日は家にいないと思います。" * 4,
}


@pytest.mark.parametrize("language", TEXTS)
def test_language_of__is_told_whatever_is_expected(language: str) -> None:
    words = Counter(fs.tokenise(TEXTS[language]))
    assert [language_of(words, expected) for expected in TEXTS] == [language] * len(TEXTS)
    assert language_of(Counter(dict.fromkeys(list(words)[:10], 1)), "en") is None, "too few to tell"


def test_score__of_another_language_than_the_baselines_is_said() -> None:
    texts = [{"model": "a", "prompt": str(i), "text": TEXTS["de"]} for i in range(4)]
    profiles = fs.count(texts)
    (note,) = (note for note in fs.score(profiles, baseline="wordfreq:en").notes if "written in" in note)
    assert "--baseline wordfreq:de" in note
    assert not any("written in" in note for note in fs.score(profiles).notes)
