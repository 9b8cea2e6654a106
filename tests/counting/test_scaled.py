"""Scaled profiles: counting keeps the n-grams that merging would keep, and they add up as whole profiles do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import fastslop as fs
from fastslop._kernels.profiles.packed_rows import MAX_SHAPE
from fastslop.base.errors import IncompatibleProfilesError, UsageError
from fastslop.base.spec import CountSpec
from fastslop.counting import ngram_tables, window_sorter
from fastslop.counting.one_label import count_documents, count_tokenised
from fastslop.counting.token_chunks import tokenise_documents
from fastslop.profiles import merge as merging
from fastslop.profiles import packed as packing
from fastslop.profiles.files import read_footer
from fastslop.profiles.merge import merge_packed
from fastslop.profiles.packed import Packed, pack
from fastslop.profiles.profile import Profile
from fastslop.profiles.rows import prune, rows_of
from fastslop.profiles.shares import in_share
from fastslop.tokens.tokeniser import Tokeniser
from tests.counting.test_pruning import ANY_AMOUNT, NOTHING, agrees, counted
from tests.strategies import chunk, documents, specs

scales = st.sampled_from([1, 2, 3, 10])


def downsampled(profile: Profile, scaled: int) -> Profile:
    """The profile with one n-gram in so many, table by table: the slow truth."""
    tables = dict(profile.tables)
    for (kind, order), grams in profile.tables.items():
        if order > 1:
            kept = in_share(grams.ids, profile.vocabulary.keys, scaled)
            tables[kind, order] = rows_of(grams, np.flatnonzero(kept))
    return replace(profile, spec=replace(profile.spec, scaled=scaled), tables=tables)


def equal(a: Packed, b: Packed) -> bool:
    return agrees(a, b) and a.profile.spec == b.profile.spec


@pytest.mark.kernels
@given(documents, specs, scales, st.integers(0, 3), st.sampled_from([ANY_AMOUNT, NOTHING]), st.booleans())
@example([("p1", "."), ("p2", "0\x1f"), ("p1", "AB")], CountSpec(), 2, 2, ANY_AMOUNT, False)
def test_count__keeps_of_texts_what_is_kept_of_their_profile(pairs, spec, scaled, min_prompts, shares, is_cut) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if is_cut:
            patch.setattr(window_sorter, "JOB_RECORDS", 3)
            patch.setattr(window_sorter, "LARGE_GROUP", int(MAX_SHAPE))
        chunks = [chunk(pairs[:3]), chunk(pairs[3:])] if len(pairs) > 3 else [chunk(pairs)]
        (found,) = counted(chunks, replace(spec, scaled=scaled), shares, min_prompts)
    whole = downsampled(count_documents(chunk(pairs), spec), scaled)
    assert equal(found, pack(prune(whole, min_prompts) if min_prompts else whole))


def test_count__of_documents_that_are_counted_in_halves_is_that_of_their_sum(monkeypatch) -> None:
    pairs = [(f"p{i % 5}", f"the cat sat on mat {i % 3} again") for i in range(40)]
    spec = CountSpec(guards="count-only/1", scaled=3)
    whole = pack(downsampled(count_documents(chunk(pairs), replace(spec, scaled=1)), 3))
    monkeypatch.setattr(ngram_tables, "MAX_GROUP_BITS", 0)
    monkeypatch.setattr(ngram_tables, "RECORD_BITS", 13)
    assert len(count_tokenised([tokenise_documents(chunk(pairs), Tokeniser(spec))], spec)) > 1
    (found,) = counted([chunk(pairs[:20]), chunk(pairs[20:])], spec, ANY_AMOUNT, 0)
    assert equal(found, whole)


def runs_of(pairs: Sequence[tuple[str, str]], spec: CountSpec, size: int) -> list[Packed]:
    """A packed profile of each ``size`` of documents, from a source of its own."""
    parts = [list(pairs[i : i + size]) for i in range(0, len(pairs), size)] or [[]]
    profiles = [count_documents(chunk(part), spec) for part in parts]
    return [pack(replace(profile, sources=frozenset({str(i)}))) for i, profile in enumerate(profiles)]


@pytest.mark.kernels
@given(documents, specs, scales, st.integers(1, 4), st.sampled_from([2, 3, 1 << 16]))
def test_merge__of_downsampled_profiles_is_the_downsampled_merge(pairs, spec, scaled, size, part_rows) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "PART_ROWS", part_rows)
        patch.setattr(merging, "FAN_IN", 2)
        runs = runs_of(pairs, spec, size)
        whole = merge_packed(runs, scaled=scaled)
        assert equal(merge_packed([merge_packed([run], scaled=scaled) for run in runs]), whole)
        assert equal(merge_packed([merge_packed(runs)], scaled=scaled), whole)
        assert equal(merge_packed(runs_of(pairs, replace(spec, scaled=scaled), size)), whole)


@pytest.mark.kernels
@given(documents, specs, st.sampled_from([(2, 4), (2, 3), (3, 7), (10, 10)]))
def test_merge__scaled_twice_is_scaled_once(pairs, spec, twice) -> None:
    run = pack(count_documents(chunk(pairs), spec))
    finer, coarser = twice
    once = merge_packed([run], scaled=coarser)
    assert equal(merge_packed([merge_packed([run], scaled=finer)], scaled=coarser), once)


def some_texts(labels: str = "ab", n_prompts: int = 30) -> list[dict[str, str]]:
    rng = np.random.default_rng(0)
    words = [f"w{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(300)]
    weights = 1 / np.arange(1, 301)
    return [
        {"model": label, "prompt": str(i), "text": " ".join(rng.choice(words, 60, p=weights / weights.sum()))}
        for i in range(n_prompts)
        for label in labels
    ]


@pytest.mark.parametrize("n_prompts", [30, 1500])
def test_files__have_the_same_bytes_however_they_were_scaled(tmp_path: Path, n_prompts: int) -> None:
    texts = some_texts(n_prompts=n_prompts)
    fs.count(texts, out=tmp_path / "whole")
    fs.count(texts, out=tmp_path / "counted", scaled=5)
    fs.merge(tmp_path / "whole", out=tmp_path / "merged", scaled=5)
    for part in range(3):
        fs.count(texts, out=tmp_path / "shards" / str(part), scaled=5, shard=(part, 3))
    fs.merge(*(tmp_path / "shards" / str(part) for part in range(3)), out=tmp_path / "of_shards")
    for label in "ab":
        of_ways = [tmp_path / way / f"{label}.parquet" for way in ("counted", "merged", "of_shards")]
        assert len({path.read_bytes() for path in of_ways}) == 1
        assert read_footer(of_ways[0]).spec.scaled == 5
        assert read_footer(of_ways[0]).pruned is None


def test_words_and_marks__are_kept_whole() -> None:
    whole, scaled = (fs.count(some_texts("a"), scaled=n)["a"] for n in (1, 20))
    for table in (("word", 1), ("mark", 1)):
        assert whole.frame(*table).equals(scaled.frame(*table))
    assert 0 < len(scaled.frame("word", 2)) < len(whole.frame("word", 2)) / 10
    kept = scaled.frame("word", 2)
    assert kept.equals(whole.frame("word", 2).join(kept.select("feature"), on="feature", maintain_order="left"))


def test_profiles_of_different_shares__are_refused_with_the_remedy(tmp_path: Path) -> None:
    for label, scaled in (("a", 2), ("b", 10)):
        fs.count(some_texts(label), out=tmp_path / f"{label}.parquet", scaled=scaled)
    told = (
        r"scaled \(2 and 10\); `fastslop merge --scaled 10` makes of the finer one a profile that goes with the other"
    )
    with pytest.raises(IncompatibleProfilesError, match=told):
        fs.open_profiles(tmp_path)
    fs.merge(tmp_path / "a.parquet", out=tmp_path / "a.parquet", scaled=10, force=True)
    assert fs.open_profiles(tmp_path).spec.scaled == 10


def test_merge__adds_up_profiles_of_different_shares_if_it_is_told_to() -> None:
    texts = some_texts("a")
    whole, some = fs.count(texts[:10]), fs.count(texts[10:], scaled=4)
    with pytest.raises(IncompatibleProfilesError, match=r"merge --scaled 4"):
        fs.merge(whole, some)
    assert fs.merge(whole, some, scaled=4)["a"].tables.keys() == some["a"].tables.keys()
    with pytest.raises(IncompatibleProfilesError, match=r"one n-gram in 4 and cannot have one in 2; say --scaled 4"):
        fs.merge(whole, some, scaled=2)
    with pytest.raises(UsageError, match="scaled must be a whole number from 1 to 1,000,000, not 0"):
        fs.merge(whole, scaled=0)


def test_count__written_without_a_scale_says_nothing_of_it(tmp_path: Path) -> None:
    fs.count(some_texts("a"), out=tmp_path / "a.parquet")
    assert "scaled" not in read_footer(tmp_path / "a.parquet").values["spec"]
