"""Expressions of contrasts match contrasts, in every server's syntax; figures are those of real texts."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from fastslop.base.arrays import to_bytes
from fastslop.base.spec import PRESETS
from fastslop.lists.files import write_lists
from fastslop.search.contrast_expressions import contrast_expressions
from fastslop.search.contrasts import find_contrasts
from fastslop.search.list_entries import understand
from fastslop.search.list_files import read_list
from fastslop.search.matcher import stream_of

SPEC = PRESETS["default"]
CONTRASTS = """
    The question is not about money, but about trust.
    She spoke not only to him but also to the room.
    It wasn’t just a storm, but a warning.
    The light wasn't just bright—it burned.
    It's not a bug, it's a feature.
    It was not fear. It was memory.
    It was *not* a wave but a wall.
    It is no longer a house but a ruin.
""".strip().splitlines()
NONE = """
    It was not raining, and it was late.
    He could not move but he could see.
    It is not about him. She left.
    Nothing but a knot; it is tied.
    Cannot only butter help?
""".strip().splitlines()


def n_contrasts(texts: Sequence[str]) -> list[int]:
    """How many contrasts each text has by the rules."""
    docs = find_contrasts(stream_of(*to_bytes(pl.Series(texts, dtype=pl.String)), SPEC), "en").docs
    counts: list[int] = np.bincount(docs, minlength=len(texts)).tolist()
    return counts


def matched(text: str) -> list[tuple[int, int]]:
    return [match.span() for own in contrast_expressions() for match in re.finditer(own, text, re.IGNORECASE)]


def test_expressions__match_contrasts_and_nothing_else() -> None:
    for text in CONTRASTS:
        assert matched(text), text
    assert n_contrasts(CONTRASTS) == [1] * len(CONTRASTS)
    for text in NONE:
        assert not matched(text), text


def test_expressions__match_contrasts_in_real_texts(corpora: Path) -> None:
    """98 of 100 matches, with what stands about them, are contrasts, and four in ten of these at least are matched."""
    texts = []
    for model in ("o3", "gemma-3-27b-it", "kimi-k2"):
        with gzip.open(corpora / "slop-score" / f"{model}.jsonl.gz", "rt", encoding="utf-8") as lines:
            texts += [json.loads(line)["output"] for _, line in zip(range(24), lines, strict=False)]
    places = [text[max(0, start - 60) : end + 40] for text in texts for start, end in matched(text)]
    assert len(places) > 80
    assert sum(n > 0 for n in n_contrasts(places)) >= 0.98 * len(places)
    assert len(places) >= 0.4 * sum(n_contrasts(texts))


def test_expressions__have_the_syntax_that_all_servers_know() -> None:
    """No flag (it would be an error within antislop-vllm's alternation), no look behind, group, reference or name; and
    no character beyond ASCII in brackets, since C++ looks at bytes."""
    for own in contrast_expressions():
        left = re.sub(r"\(\?[:!]|\\b|\\\.|\\t|\{\d+(,\d+)?\}", "", own)
        assert "\\" not in left
        assert "(?" not in left
        assert all(part.isascii() for part in re.findall(r"\[[^\]]*\]", own))
        re.compile(f"(?P<P0>{own})|(?P<P1>{own})", re.IGNORECASE | re.MULTILINE | re.DOTALL)


def test_lists__come_with_the_expressions_and_filter_reads_them(tmp_path: Path) -> None:
    write_lists([], tmp_path)
    assert json.loads((tmp_path / "banned_regex.json").read_text(encoding="utf-8")) == contrast_expressions()
    found = understand(read_list(tmp_path / "banned_regex.json"), "", SPEC)
    assert (len(found.expressions), found.phrases, found.unusable) == (7, (), {})
