"""Rows that are left out while they are counted are those that merging would leave out of the whole profile."""

from __future__ import annotations

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
from fastslop.counting.label_queue import MemoryShares, count_chunks
from fastslop.counting.one_label import count_documents, count_tokenised
from fastslop.counting.token_chunks import tokenise_documents
from fastslop.profiles.packed import Packed, pack
from fastslop.profiles.rows import prune
from fastslop.system.spill import Spill
from fastslop.tokens.tokeniser import Tokeniser
from tests.strategies import Chunk, chunk, documents, specs

ANY_AMOUNT, NOTHING = MemoryShares(1 << 40, 1 << 40, 1 << 40), MemoryShares(0, 0, 0)


def counted(chunks: list[Chunk], spec: CountSpec, shares: MemoryShares, min_prompts: int) -> list[Packed]:
    with Spill(None) as spill:
        found = count_chunks(chunks, spec, workers=2, shares=shares, spill=spill, min_prompts=min_prompts)
        return [Packed(packed.profile, [*packed.parts]) for packed in found]


def agrees(found: Packed, whole: Packed) -> bool:
    heads = [(p.profile.pruned, dict(p.profile.left_out), p.profile.label) for p in (found, whole)]
    return [*found.parts] == [*whole.parts] and heads[0] == heads[1]


@pytest.mark.kernels
@given(documents, specs, st.integers(1, 4), st.sampled_from([ANY_AMOUNT, NOTHING]), st.booleans())
@example([("p1", "."), ("p2", "0\x1f"), ("p1", "AB")], CountSpec(), 2, ANY_AMOUNT, False)
def test_pruning__leaves_the_rows_that_merging_leaves(pairs, spec, min_prompts, shares, is_cut) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if is_cut:
            patch.setattr(window_sorter, "JOB_RECORDS", 3)
            patch.setattr(window_sorter, "LARGE_GROUP", int(MAX_SHAPE))
        chunks = [chunk(pairs[:3]), chunk(pairs[3:])] if len(pairs) > 3 else [chunk(pairs)]
        (found,) = counted(chunks, spec, shares, min_prompts)
    assert agrees(found, pack(prune(count_documents(chunk(pairs), spec), min_prompts)))


def test_pruning__of_documents_that_are_counted_in_halves_is_that_of_their_sum(monkeypatch) -> None:
    pairs = [(f"p{i % 5}", f"the cat sat on mat {i % 3} again") for i in range(40)]
    spec = CountSpec(guards="count-only/1")
    whole = pack(prune(count_documents(chunk(pairs), spec), 3))
    monkeypatch.setattr(ngram_tables, "MAX_GROUP_BITS", 0)
    monkeypatch.setattr(ngram_tables, "RECORD_BITS", 13)
    tokenised = tokenise_documents(chunk(pairs), Tokeniser(spec))
    assert len(count_tokenised([tokenised], spec, min_prompts=3)) > 1
    (found,) = counted([chunk(pairs[:20]), chunk(pairs[20:])], spec, ANY_AMOUNT, 3)
    assert agrees(found, whole)


@pytest.mark.parametrize("n_prompts", [30, 1500])
def test_pruned_counts__have_the_bytes_of_pruned_merges(tmp_path: Path, n_prompts: int) -> None:
    rng = np.random.default_rng(0)
    words = [f"w{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(300)]
    weights = 1 / np.arange(1, 301)
    texts = [
        {"model": label, "prompt": str(i), "text": " ".join(rng.choice(words, 60, p=weights / weights.sum()))}
        for i in range(n_prompts)
        for label in "ab"
    ]
    fs.count(texts, out=tmp_path / "whole")
    fs.count(texts, out=tmp_path / "pruned", min_prompts=3)
    fs.merge(tmp_path / "whole", out=tmp_path / "merged", min_prompts=3)
    for label in "ab":
        pruned, merged = ((tmp_path / folder / f"{label}.parquet").read_bytes() for folder in ("pruned", "merged"))
        assert pruned == merged
        assert len(pruned) < (tmp_path / "whole" / f"{label}.parquet").stat().st_size


def test_pruned_counts__are_refused_by_merge(tmp_path: Path) -> None:
    texts = [{"prompt": str(i), "text": "the cat sat"} for i in range(4)]
    in_memory = fs.count(texts, label="a", min_prompts=2)
    fs.count(texts, label="a", out=tmp_path / "a.parquet", min_prompts=2)
    for pruned in (in_memory, tmp_path / "a.parquet"):
        with pytest.raises(IncompatibleProfilesError, match=r"was pruned .*rows in fewer than 2 prompts left out"):
            fs.merge(pruned)


def test_pruned_counts__are_refused_where_a_profile_would_not_know_them() -> None:
    texts = [{"prompt": str(i // 2), "text": f"the cat sat {i}"} for i in range(2100)]
    with pytest.raises(UsageError, match="ask for at least 65 prompts, or fewer"):
        fs.count(texts, label="a", min_prompts=66)


def test_scores__of_words_are_the_same_without_what_is_never_scored() -> None:
    rng = np.random.default_rng(1)
    words = ["the", "of", "house", "tapestry", "gossamer", *(f"rare{chr(97 + i)}" for i in range(26))]
    texts = [
        {"model": label, "prompt": str(i), "text": " ".join(rng.choice(words, 40))} for label in "ab" for i in range(50)
    ]
    whole, pruned = (fs.score(fs.count(texts, min_prompts=m), max_p=1) for m in (0, 3))
    of_words = [s.features.filter(kind="word", order=1).drop("q_value", "lrc") for s in (whole, pruned)]
    assert of_words[0].sort("label", "key").equals(of_words[1].sort("label", "key"))
    assert whole.labels.equals(pruned.labels)


def test_distances__are_the_same_without_what_is_in_one_prompt() -> None:
    rng = np.random.default_rng(2)
    words = [f"w{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(400)]
    shares = [rng.dirichlet(1 / np.arange(1, 401)) for _ in range(4)]
    texts = [
        {"model": label, "prompt": str(i), "text": " ".join(rng.choice(words, 60, p=p)) + "."}
        for label, p in zip("abcd", shares, strict=True)
        for i in range(30)
    ]
    whole, pruned = (fs.compare(fs.count(texts, min_prompts=m), replicates=20) for m in (0, 2))
    assert whole.neighbours.equals(pruned.neighbours)
