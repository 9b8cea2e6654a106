"""Rows carry the counts and keys of plain Python; fingerprints hold the features that plain Python would choose."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import numpy as np
import polars as pl
import pytest
import wordfreq
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fastslop.base.errors import IncompatibleProfilesError
from fastslop.base.hashing import hash_strings
from fastslop.base.spec import PRESETS, CountSpec, Table
from fastslop.comparing import fingerprint, slop_forensics
from fastslop.comparing.fingerprint import chosen_values
from fastslop.comparing.prompt_counts import read_prompt_counts
from fastslop.comparing.slop_forensics import FeatureMatrix, slop_forensics_matrix
from fastslop.counting.one_label import count_documents
from fastslop.profiles.packed import pack
from fastslop.profiles.profile import Profile
from fastslop.profiles.profile_set import Member
from fastslop.profiles.rows import keys_of, ngram_texts, rows_in, texts_of
from fastslop.reading.languages import declared
from fastslop.scoring.dispersion import feature_rows, spread_of
from tests.naive import block_of, fnv1a
from tests.profile_checks import feature_frame, index_of, naive_count
from tests.strategies import chunk, documents, specs

DEFAULT = PRESETS["default"]
Documents = list[tuple[str, str]]


def counted(pairs: Documents, spec: CountSpec = DEFAULT, label: str = "a") -> Profile:
    return count_documents(chunk(pairs, label), spec)


def all_rows(profile: Profile, table: Table) -> np.ndarray:
    return np.arange(len(profile.tables[table].n))


# Keys


@pytest.mark.parametrize(
    ("text", "key"), [("", 0xCBF29CE484222325), ("a", 0xAF63DC4C8601EC8C), ("foobar", 0x85944171F73967E8)]
)
def test_hash__gives_the_published_values_of_fnv1a(text, key) -> None:
    assert hash_strings([text]).tolist() == [key] == [fnv1a(text)]


@pytest.mark.kernels
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_hash_strings__equals_plain_python(strings) -> None:
    assert hash_strings(strings).tolist() == [fnv1a(string) for string in strings]


@pytest.mark.kernels
@settings(max_examples=15)  # interpreted, an example takes a second
@given(documents, specs)
def test_keys__are_the_hashes_of_the_texts_that_are_shown(pairs, spec) -> None:
    profile = counted(pairs, spec)
    for table in spec.tables:
        texts = texts_of(profile, table, all_rows(profile, table)).to_list()
        assert keys_of(profile, table).tolist() == [fnv1a(text) for text in texts]
        assert keys_of(profile, table, all_rows(profile, table)[::-2]).tolist() == [fnv1a(t) for t in texts[::-2]]


# Rows


@pytest.mark.kernels
@given(documents, specs, st.integers(1, 4))
@example([("p1", "— … !"), ("p2", "one word")], DEFAULT, 1)
def test_feature_rows__have_the_counts_of_plain_python(pairs, spec, min_prompts) -> None:
    if not counted(pairs, spec).n_words:
        return  # see test_feature_rows__of_documents_without_words
    expected = naive_count(pairs, spec)
    for table in spec.tables:
        rows = feature_frame(counted(pairs, spec), table, min_prompts)
        assert set(rows["kind"]) <= {table[0]}
        assert set(rows["order"]) <= {table[1]}
        found = {row["feature"]: (row["n"], row["n_docs"], row["n_prompts"]) for row in rows.iter_rows(named=True)}
        assert found == {
            ngram: (n, n_docs, len(by_prompt))
            for ngram, (n, n_docs, by_prompt) in expected.get(table, {}).items()
            if len(by_prompt) >= min_prompts
        }


@pytest.mark.parametrize("n_prompts", [3, 200, 1500])
def test_feature_rows__have_the_moments_of_plain_sums_over_blocks(n_prompts) -> None:
    pairs = [(f"p{i}", "cat " * (i % 3) + "owl " * (i < 2) + "filler " * (i % 11)) for i in range(n_prompts)]
    words, by_block = Counter[int](), defaultdict[str, Counter[int]](Counter)
    for prompt, text in pairs:
        for word in text.split():
            words[block_of(prompt)] += 1
            by_block[word][block_of(prompt)] += 1
    rows = feature_frame(counted(pairs), ("word", 1))
    assert set(rows["feature"]) == {"cat", "owl", "filler"}
    for row in rows.iter_rows(named=True):
        x = by_block[row["feature"]]
        assert row["squares"] == sum(n * n for n in x.values())
        assert row["products"] == sum(n * words[block] for block, n in x.items())
        shares = [(x[block] / x.total(), words[block] / words.total()) for block in range(64)]
        assert row["dp"] == pytest.approx(sum(abs(own - expected) for own, expected in shares) / 2)


@given(documents, specs)
def test_feature_rows__have_the_largest_prompt_cut_to_the_second_largest(pairs, spec) -> None:
    expected = naive_count(pairs, spec)
    for table in spec.tables:
        rows = feature_frame(counted(pairs, spec), table)
        found = dict(rows.select("feature", "n_winsorised").iter_rows())
        by_size = {g: sorted(by_prompt.values()) for g, (_, _, by_prompt) in expected.get(table, {}).items()}
        assert found == {g: sum(n[:-1]) + (n[-2] if len(n) > 1 else 0) for g, n in by_size.items()}


@given(documents, specs, st.integers(1, 4))
def test_feature_rows__have_the_tokens_of_their_texts(pairs, spec, min_prompts) -> None:
    profile = counted(pairs, spec)
    for table in spec.tables:
        rows = rows_in(profile, profile.tables[table], min_prompts)
        found = feature_rows(profile, table, rows)
        assert ngram_texts(profile.vocabulary.tokens, found.ids).equals(texts_of(profile, table, rows))
        for ours, theirs in zip(found.at(np.arange(len(rows))[::-2]), found, strict=True):
            assert np.array_equal(ours, theirs[::-2])


def test_dp__is_0_for_an_even_word_and_nearly_1_for_one_in_a_corner() -> None:
    pairs = [(f"p{i}", "even " * 10 + "corner " * 10 * (i == 0)) for i in range(500)]
    dp = dict(feature_frame(counted(pairs), ("word", 1)).select("feature", "dp").iter_rows())
    assert dp["even"] < 0.01
    assert dp["corner"] > 0.95


def test_feature_rows__of_documents_without_words() -> None:
    rows = feature_frame(counted([(f"p{i}", "— …") for i in range(3)]), ("mark", 1), 3)
    assert dict(rows.select("feature", "n").iter_rows()) == {"—": 3, "…": 3}


def test_spread_of__finds_the_features_asked_for_and_no_others() -> None:
    profile, wanted = counted([("p", "cat dog cat owl")]), counted([("p", "cat owl absent")])
    numbers, spread = spread_of(profile, ("word", 1), index_of(wanted, ("word", 1)))
    names = texts_of(wanted, ("word", 1), numbers).to_list()
    assert dict(zip(names, spread.n.tolist(), strict=True)) == {"cat": 2, "owl": 1}


# The style fingerprint


def style_matrix(labels: list[str], profiles: list[Profile]) -> FeatureMatrix:
    """What `fastslop.compare` measures by: the features that it chooses, and the labels' values of them."""
    members = [Member(n, n, "panel", pack(p), p.spec, p.prompts) for n, p in zip(labels, profiles, strict=True)]
    counts = read_prompt_counts(members)
    columns, values = chosen_values(counts.whole())
    return FeatureMatrix(counts.labels, counts.features.select("kind", "order", "key")[columns], values)


def as_dict(matrix: FeatureMatrix, names: list[str]) -> dict[tuple[str, str, int, str], float]:
    """Value by label, kind, order and feature, the features known by their texts."""
    text_of = {fnv1a(name): name for name in names}
    columns = [(kind, order, text_of[key]) for kind, order, key in matrix.features.iter_rows()]
    dense = matrix.values.toarray()
    return {
        (label, *column): dense[i, j]
        for i, label in enumerate(matrix.labels)
        for j, column in enumerate(columns)
        if dense[i, j]
    }


def test_style_matrix__holds_roots_of_rates_of_what_two_prompts_of_two_labels_have() -> None:
    a = counted([("p", "red sun."), ("q", "red moon."), ("r", "red sun.")])
    b = counted([("p", "red sun!"), ("q", "blue sun!"), ("r", "red red")])
    matrix = style_matrix(["a", "b"], [a, b])
    # a: 6 words, red 3, sun 2; its full stops, "sun ." and "red sun" are not in two prompts of b. One prompt of b has
    # red twice, the other once: it counts as once in both.
    assert as_dict(matrix, ["red", "sun"]) == pytest.approx(
        {
            ("a", "word", 1, "red"): math.sqrt(3 / 6),
            ("a", "word", 1, "sun"): math.sqrt(2 / 6),
            ("b", "word", 1, "red"): math.sqrt(2 / 6),
            ("b", "word", 1, "sun"): math.sqrt(2 / 6),
        }
    )


def test_style_matrix__holds_words_their_pairs_marks_and_what_stands_beside_them() -> None:
    a = counted([(f"p{i}", "a b — c") for i in range(3)])
    b = counted([(f"q{i}", "a b — d") for i in range(2)])
    rates = as_dict(style_matrix(["a", "b"], [a, b]), ["a", "b", "a b", "—", "b —"])
    third = math.sqrt(1 / 3)
    assert rates == pytest.approx(
        {
            (label, kind, order, text): third
            for label in "ab"
            for kind, order, text in (
                ("word", 1, "a"),
                ("word", 1, "b"),
                ("word", 2, "a b"),
                ("mark", 1, "—"),
                ("mark", 2, "b —"),
            )
        }
    )


def test_style_matrix__keeps_the_most_frequent_features_of_each_table_ties_by_key(monkeypatch) -> None:
    monkeypatch.setattr(fingerprint, "MAX_FEATURES", 3)
    pairs = [(f"p{i}", "often often often some x y z") for i in range(2)]
    matrix = style_matrix(["a", "b"], [counted(pairs), counted(pairs)])
    words = matrix.features.filter(pl.col("kind") == "word", pl.col("order") == 1)["key"].to_list()
    tied = sorted(fnv1a(word) for word in ("some", "x", "y", "z"))
    assert words == sorted([fnv1a("often"), *tied[:2]])
    assert all(n <= 3 for n in matrix.features.group_by("kind", "order").len()["len"])


def test_style_matrix__refuses_profiles_without_marks_and_says_so() -> None:
    profile = counted([("p", "a")], PRESETS["words"], label="plain")
    with pytest.raises(IncompatibleProfilesError, match=r"'plain' .* without mark n-grams of order 1, mark .* order 2"):
        style_matrix(["plain"], [profile])


# The fingerprint of slop-forensics

KNOWN_WORDS = "testament tapestry whispered shimmering however moment gentle voice ancient morning table story".split()
UNKNOWN_WORDS = ["qqxzelara", "vrrtkaelthor", "zzyxmother"]
SHORT_WORDS = ["the", "of", "a", "sun", "elf"]


def stories(seed: int, n_prompts: int = 12) -> Documents:
    """Texts of few words, so that counts tie and cuts bite; unknown words are as frequent as known ones."""
    rng = np.random.default_rng(seed)
    words = np.array(KNOWN_WORDS + UNKNOWN_WORDS + SHORT_WORDS)
    weights = rng.dirichlet(np.full(len(words), 0.6))
    return [(f"p{i}", " ".join(rng.choice(words, 25, p=weights))) for i in range(n_prompts)]


def chosen_plainly(
    pairs: Documents, spec: CountSpec, n_words: int, n_ngrams: int, cut: int
) -> set[tuple[str, int, str]]:
    """What slop-forensics would choose of a model's texts, from plain counts."""
    counts = naive_count(pairs, spec)
    words = {
        word: n / max(wordfreq.word_frequency(word, "en"), 1e-12)
        for word, (n, _, by_prompt) in counts["word", 1].items()
        if len(word) >= 4 and n > 5 and len(by_prompt) >= 2
    }
    ranked = sorted(words, key=lambda word: (-words[word], word))[:cut]
    known = [word for word in ranked if wordfreq.word_frequency(word, "en") > 0][:n_words]
    chosen = {("word", 1, word) for word in known}
    for order in (2, 3):
        ngrams = {g: n for g, (n, _, by_prompt) in counts["content", order].items() if len(by_prompt) >= 2}
        top = sorted(ngrams, key=lambda ngram: (-ngrams[ngram], ngram))[:n_ngrams]
        chosen |= {("content", order, ngram) for ngram in top}
    return chosen


@settings(max_examples=25)
@given(
    seeds=st.lists(st.integers(0, 10**6), min_size=1, max_size=3),
    preset=st.sampled_from(["default", "slop-forensics"]),
    cuts=st.sampled_from([(1000, 200, 3000), (4, 3, 3000), (4, 2, 6), (2, 5, 3)]),
)
def test_slop_forensics_matrix__chooses_what_plain_python_chooses(seeds, preset, cuts) -> None:
    spec, labels = PRESETS[preset], [f"m{i}" for i in range(len(seeds))]
    texts = [stories(seed) for seed in seeds]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in zip(("WORDS", "NGRAMS", "CUT"), cuts, strict=True):
            patch.setattr(slop_forensics, f"SLOP_FORENSICS_{name}", value)
        matrix = slop_forensics_matrix(labels, [counted(pairs, spec) for pairs in texts])
    expected = [chosen_plainly(pairs, spec, *cuts) for pairs in texts]
    names = sorted({name for chosen in expected for _, _, name in chosen})
    assert as_dict(matrix, names) == {
        (label, *feature): 1.0 for label, chosen in zip(labels, expected, strict=True) for feature in chosen
    }


def test_slop_forensics_matrix__leaves_out_words_that_wordfreq_does_not_know_after_the_cut(monkeypatch) -> None:
    monkeypatch.setattr(slop_forensics, "SLOP_FORENSICS_CUT", 2)
    pairs = [(f"p{i}", "qqxzelara qqxzelara testament testament voice voice") for i in range(6)]
    matrix = slop_forensics_matrix(["a"], [counted(pairs)])
    words = matrix.features.filter(pl.col("kind") == "word")["key"].to_list()
    assert words == [fnv1a("testament")]  # the unknown word takes one of the two places


def test_slop_forensics_matrix__takes_words_of_the_language_that_was_counted() -> None:
    pairs = [("p", "值得注意的是，图书馆关门。" * 3), ("q", "值得注意的是，图书馆关门。" * 3)]
    matrix = slop_forensics_matrix(["a"], [counted(pairs, declared(DEFAULT, "zh"))])
    words = set(matrix.features.filter(kind="word")["key"].to_list())
    assert words == set(hash_strings(["值得注意", "图书馆", "关门"]).tolist())  # of two characters or more, in wordfreq


def test_slop_forensics_matrix__refuses_profiles_without_content_ngrams() -> None:
    with pytest.raises(IncompatibleProfilesError, match=r"content n-grams of order 2.*'slop-forensics'"):
        slop_forensics_matrix(["a"], [counted([("p", "a")], PRESETS["words"])])


@pytest.mark.parametrize("make", [style_matrix, slop_forensics_matrix])
def test_matrix__of_labels_in_another_order_has_its_rows_in_that_order(make) -> None:
    profiles = [counted(stories(seed)) for seed in range(5)]
    labels, order = [f"m{i}" for i in range(5)], [3, 0, 4, 2, 1]
    matrix, permuted = make(labels, profiles), make([labels[i] for i in order], [profiles[i] for i in order])
    assert permuted.labels == tuple(labels[i] for i in order)
    assert permuted.features.equals(matrix.features)
    assert np.array_equal(permuted.values.toarray(), matrix.values.toarray()[order])
