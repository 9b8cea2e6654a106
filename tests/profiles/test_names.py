"""Names are told by capitals inside sentences, over all labels whose language has such capitals for names alone."""

from __future__ import annotations

import polars as pl
import pytest

import fastslop as fs
from fastslop.profiles.names import Names
from fastslop.profiles.origins import read_origins
from fastslop.profiles.profile_set import ProfileSet


def counted(**texts: str) -> ProfileSet:
    """A label of each text."""
    return fs.count([{"model": label, "prompt": "p", "text": text} for label, text in texts.items()])


def names_in(**texts: str) -> frozenset[str] | None:
    return read_origins(counted(**texts).members).names.words


SMALL = "the small grey cat and the dog slept while rain fell on the roof of the old house by the river. " * 3


def test_names__are_mostly_written_with_a_capital_inside_sentences() -> None:
    text = SMALL + "then Mira met the earl, and Mira knew that Mira and the Earl had met. "
    assert names_in(a=text) == {"mira"}


def test_names__take_three_capitals_over_all_labels() -> None:
    two = SMALL + "then Mira met her, and Mira left. "
    assert names_in(a=two) == frozenset()
    assert names_in(a=two, b=SMALL + "so Mira came. ") == {"mira"}


@pytest.mark.parametrize(
    "text",
    [
        "Nobody saw it. Nobody heard it. Nobody came. ",
        "“Nobody saw,” she said. “Nobody heard,” she said, “Nobody came.” ",
        "- Nobody saw it\n- Nobody heard it\n- Nobody came\n",
        "note: Nobody saw it; note: Nobody heard it; note: Nobody came. ",
        "The Old Lighthouse\n\nThe Old Lighthouse\n\n# The Old Lighthouse of the Sea\n\n",
    ],
)
def test_names__are_not_told_by_beginnings_and_headings(text: str) -> None:
    assert names_in(a=SMALL + text) == frozenset()


def test_names__are_no_stopwords_and_no_single_letters() -> None:
    text = SMALL + "then I saw that I was late, and I'm sorry that I'm late, so I'm told. plan B and plan B or plan B. "
    assert names_in(a=text) == frozenset()


def test_names__are_not_told_by_languages_that_write_nouns_with_capitals() -> None:
    german = "als der Regen auf das Dach fiel, schlief die Katze im Haus, und der Hund lag bei der Tür am Ofen. " * 3
    names = read_origins(counted(a=german).members).names
    assert names.words is None
    assert names.notes == ("names are not told by a: more than 15% of the words have a capital, as German nouns do",)
    assert read_origins(counted(a=german, b=SMALL + "so Mira met Mira and Mira. ").members).names.words == {"mira"}


def test_names__are_not_told_by_scripts_without_capitals() -> None:
    names = read_origins(counted(a="使用符号记谱法编写一段民歌风格的旋律，可以参考以下示例。" * 3).members).names
    assert names == Names(None, (("a", "written without capitals"),))


def test_names__are_not_told_by_profiles_that_know_no_sentences() -> None:
    profiles = fs.count([{"model": "a", "prompt": "p", "text": "then Mira met Mira"}], spec="slop-forensics")
    assert read_origins(profiles.members).names.notes == (
        "names are not told by a: the specification sees no sentences",
    )


def test_are_in__says_which_n_grams_hold_a_name() -> None:
    ngrams = pl.Series(["mira", "a mirage", "met mira", "the old sea"])
    assert Names(frozenset({"mira"})).are_in(ngrams).to_list() == [True, False, True, False]
    assert Names(frozenset({"mira"})).are_in(ngrams.clear()).to_list() == []
    assert Names(None).are_in(ngrams).to_list() == [None] * 4
