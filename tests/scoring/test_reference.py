"""What a reference says of a feature is what its source says: wordfreq, a profile of human writing, or the panel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import wordfreq
from hypothesis import given
from hypothesis import strategies as st

from fastslop.base.errors import BadInputError, IncompatibleProfilesError, UsageError
from fastslop.base.spec import PRESETS, CountSpec, Table
from fastslop.base.wordfreq import wordfreq_frequencies
from fastslop.counting.one_label import count_documents
from fastslop.profiles.files import write_profile
from fastslop.profiles.origins import read_origins
from fastslop.profiles.packed import pack
from fastslop.profiles.profile import Profile
from fastslop.profiles.profile_set import Member
from fastslop.profiles.rows import ngram_texts, texts_of
from fastslop.scoring.candidates import read_candidates
from fastslop.scoring.dispersion import Spread
from fastslop.scoring.reference import (
    Reference,
    baseline_of_profile,
    baseline_of_wordfreq,
    open_baseline,
    panel_reference,
)
from fastslop.system.progress import silent
from tests.profile_checks import index_of
from tests.strategies import chunk

SPEC = CountSpec(orders=(1, 2), content_orders=(), mark_orders=(1,))


def labels_of(*words: str) -> list[Member]:
    """Labels that have only these words (``words`` of each label in one string), each in three prompts."""
    members = []
    for i, of_label in enumerate(words):
        profile = count_documents(chunk([(f"p{j}", of_label) for j in range(3)], f"m{i}"), SPEC)
        members.append(Member(f"m{i}", f"m{i}", "panel", pack(profile), SPEC, profile.prompts))
    return members


def wordfreq_of(language: str, *words: str) -> dict[str, Reference]:
    """What wordfreq says of each word of these labels: see ``labels_of``."""
    members = labels_of(*words)
    candidates, index = read_candidates(members, SPEC, read_origins(members), silent)
    baseline = baseline_of_wordfreq(language, candidates, index)
    found = {}
    for own in candidates:
        names = ngram_texts(own.vocabulary.tokens, own.rows["word", 1].ids)
        reference = baseline.at(("word", 1), own.numbers["word", 1])
        for i, word in enumerate(names):
            found[word] = reference.at(np.array([i]))
    return found


def rate(reference: Reference) -> float:
    """The rate of a reference of one feature."""
    return float(reference.spread.n.item() / reference.n_words)


# wordfreq


@pytest.mark.parametrize("labels", [["the testament elara qqxzelara"], ["the elara", "qqxzelara testament the"]])
def test_wordfreq__says_how_often_a_word_is_and_nothing_of_one_it_does_not_know(labels) -> None:
    found = wordfreq_of("en", *labels)
    assert {reference.name for reference in found.values()} == {"wordfreq:en"}
    assert set(found) == {"the", "testament", "elara", "qqxzelara"}
    rates = {word: rate(reference) for word, reference in found.items()}
    expected = {word: wordfreq.word_frequency(word, "en") for word in found}
    assert rates == pytest.approx(expected, rel=0.005)  # it rounds to three digits
    assert 0.03 < rates["the"] < 0.1
    assert expected["qqxzelara"] == rates["qqxzelara"] == 0


def test_wordfreq__counts_the_rarest_word_it_lists_about_once() -> None:
    frequencies = wordfreq_frequencies("en")
    rarest = min(filter(str.isalpha, frequencies), key=lambda word: (frequencies[word], word))
    assert frequencies[rarest] == min(frequencies.values())
    assert wordfreq_of("en", rarest)[rarest].spread.n.tolist() == pytest.approx([1], abs=0.1)


def test_wordfreq__takes_its_counts_for_random() -> None:
    for reference in wordfreq_of("en", "the testament").values():
        assert reference.spread.variance.tolist() == reference.spread.n.tolist() != [0]


def test_wordfreq__knows_other_languages_and_names_them_all_where_it_does_not() -> None:
    assert open_baseline("wordfreq:de", SPEC) == ("wordfreq:de", None)
    assert wordfreq_of("de", "und")["und"].spread.n > 1e6
    with pytest.raises(UsageError, match=r"no language 'xx'; it knows ar, bg, .*, en, .*, zh"):
        open_baseline("wordfreq:xx", SPEC)


@pytest.mark.parametrize("language", ["english", "", "e n"])
def test_wordfreq__refuses_what_is_no_code_of_a_language(language) -> None:
    with pytest.raises(UsageError, match="knows no language"):
        open_baseline(f"wordfreq:{language}", SPEC)


def test_wordfreq__does_not_take_another_language_for_the_one_that_was_asked_for() -> None:
    with pytest.raises(UsageError, match="no language 'tlh'"):
        open_baseline("wordfreq:tlh", SPEC)


# A profile


def human(folder: Path, spec: CountSpec = SPEC) -> Path:
    path = folder / "human.parquet"
    write_profile(count_documents(chunk([("p", "the sun and the moon"), ("q", "the sun!")], "people"), spec), path)
    return path


def test_profile__is_named_by_label_and_file(tmp_path) -> None:
    for place in (human(tmp_path), str(tmp_path / "human.parquet")):
        name, profile = open_baseline(place, SPEC)
        assert name == "people (human.parquet)"
        assert profile is not None
        assert profile.n_words == 7


def test_profile__that_is_no_file_is_named_by_label() -> None:
    people = count_documents(chunk([("p", "the sun and the moon")], "people"), SPEC)
    assert open_baseline(people, SPEC) == ("people", people)
    with pytest.raises(IncompatibleProfilesError, match=r"the baseline 'people' was counted differently: tokeniser"):
        open_baseline(people, PRESETS["slop-forensics"])


def counts_in(name: str, profile: Profile, table: Table, text: str) -> tuple[dict[str, float], Reference]:
    """Counts in a profile of the features that a text has, and the reference that they are from."""
    asked = count_documents(chunk([("p", text)]), SPEC)
    baseline = baseline_of_profile(name, profile, {each: index_of(asked, each) for each in SPEC.tables})
    rows = np.arange(len(asked.tables[table].n))[::-1]
    reference = baseline.at(table, rows.astype(np.uint32))
    return dict(zip(texts_of(asked, table, rows), reference.spread.n.tolist(), strict=True)), reference


def test_profile_baseline__has_the_counts_of_the_features_asked_for(tmp_path) -> None:
    name, profile = open_baseline(human(tmp_path), SPEC)
    assert profile is not None
    counts, reference = counts_in(name, profile, ("word", 1), "the sun absent")
    assert counts == {"the": 3.0, "sun": 2.0, "absent": 0.0}
    assert (reference.name, reference.n_words, reference.words_per_prompt) == (name, 7, 3.5)
    assert counts_in(name, profile, ("word", 2), "the sun")[0] == {"the sun": 2.0}
    assert counts_in(name, profile, ("mark", 1), "!")[0] == {"!": 1.0}


@pytest.mark.parametrize(
    ("spec", "named"),
    [
        (CountSpec(orders=(1,), content_orders=(), mark_orders=(1,)), r"orders \(\[1, 2\] and \[1\]\)"),
        (CountSpec(orders=(1, 2), content_orders=(), mark_orders=(1,), stopwords=()), "stopwords"),
        (PRESETS["slop-forensics"], r"tokeniser .*; .*min_word_chars \(1 and 4\)"),
    ],
)
def test_profile__counted_otherwise_is_refused_by_name_of_the_field(tmp_path, spec, named) -> None:
    with pytest.raises(IncompatibleProfilesError, match=rf"human.parquet was counted differently: .*{named}"):
        open_baseline(str(human(tmp_path, spec)), SPEC)


def test_profile__without_words_is_no_baseline(tmp_path) -> None:
    write_profile(Profile.empty(SPEC, "people"), tmp_path / "none.parquet")
    with pytest.raises(BadInputError, match=r"the baseline .*none.parquet holds no words; choose another"):
        open_baseline(tmp_path / "none.parquet", SPEC)


def test_profile__that_is_not_there_is_named(tmp_path) -> None:
    with pytest.raises(BadInputError, match=r"there is no profile .*absent.parquet"):
        open_baseline(str(tmp_path / "absent.parquet"), SPEC)


# The panel

counts_of_labels = st.lists(
    st.tuples(st.integers(1, 10**6), st.lists(st.integers(0, 500), min_size=3, max_size=3)), min_size=2, max_size=6
)


def reference_of_first(labels: list[tuple[int, list[int]]]) -> tuple[Spread, float]:
    """The panel's reference for the first of labels given as their words and counts of three features."""
    n_words = np.array([n for n, _ in labels], float)
    n = np.array([counts for _, counts in labels], float)
    rates, variances = (n / n_words[:, None]).sum(axis=0), (n / n_words[:, None] ** 2).sum(axis=0)
    reference = panel_reference(rates, variances, n[0], n[0], labels[0][0], [n for n, _ in labels[1:]])
    return reference.spread, reference.n_words


@given(counts_of_labels)
def test_panel_reference__is_the_plain_mean_of_the_others_rates(labels) -> None:
    counts, n_words = reference_of_first(labels)
    others = [np.array(n) / words for words, n in labels[1:]]
    # Counts are rounded at 1e-9; cancellation in sums over labels loses a few digits more.
    np.testing.assert_allclose(counts.n / n_words, np.mean(others, axis=0), rtol=1e-6, atol=1e-8 / n_words + 1e-12)


@given(counts_of_labels)
def test_panel_reference__is_as_sure_as_the_mean_of_so_many_counts(labels) -> None:
    counts, n_words = reference_of_first(labels)
    others = [np.array(n) / words**2 for words, n in labels[1:]]
    expected = np.sum(others, axis=0) / len(others) ** 2
    np.testing.assert_allclose(counts.variance / n_words**2, expected, rtol=1e-6, atol=1e-12)


def test_panel_reference__of_labels_of_one_size_is_their_pooled_counts() -> None:
    counts, n_words = reference_of_first([(50, [9, 9, 9]), (1000, [4, 0, 7]), (1000, [6, 1, 0])])
    assert n_words == 2000
    assert counts.n.tolist() == pytest.approx([10, 1, 7])
    assert counts.variance.tolist() == pytest.approx([10, 1, 7])


def test_panel_reference__lets_every_label_weigh_the_same() -> None:
    counts, n_words = reference_of_first([(50, [0, 0, 0]), (10**6, [0, 0, 0]), (100, [10, 0, 0])])
    assert counts.n[0] / n_words == pytest.approx(0.05)
    assert n_words < 4 * 100 + 1  # and makes it no surer than the smallest allows


def test_panel_reference__leaves_out_labels_without_words() -> None:
    own = np.array([1.0])
    found, expected = (
        panel_reference(np.array([0.12]), np.array([0.001]), own, own, 50, others) for others in ([100, 0], [100])
    )
    assert found.n_words == expected.n_words
    assert [column.tolist() for column in found.spread] == [column.tolist() for column in expected.spread]
