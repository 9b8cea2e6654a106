"""Profiles as the slow truth writes them, their rows as frames, and whether two are equal."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import polars as pl

from fastslop._kernels.machine.constants import BREAK, CLASS_MASK
from fastslop.base.hashing import hash_strings
from fastslop.base.spec import KINDS, CountSpec, Table
from fastslop.profiles.feature_index import FeatureIndex
from fastslop.profiles.profile import Profile
from fastslop.profiles.rows import hashes_of, keys_of, rows_in, texts_of
from fastslop.scoring.dispersion import feature_rows
from fastslop.tokens.unicode import code_points
from tests import naive

PROMPTS = {
    int(key): name for name, key in zip(["p1", "p2", "p3", "p4"], hash_strings(["p1", "p2", "p3", "p4"]), strict=True)
}
KNOWN = set(np.flatnonzero((code_points("fastslop/1").klass & CLASS_MASK) != BREAK).tolist())


def as_strings(profile: Profile) -> dict:
    """The profile as ``naive.count`` writes it."""
    tokens = profile.vocabulary.tokens.to_list()
    prompts = [PROMPTS[int(key)] for key in profile.prompts.keys]
    out: dict = {}
    for table, grams in profile.tables.items():
        rows = out.setdefault(table, {})
        for row in range(len(grams.n)):
            begin, end = grams.ends[row - 1] if row else 0, grams.ends[row]
            by_prompt = {
                prompts[u]: int(n) for u, n in zip(grams.units[begin:end], grams.unit_n[begin:end], strict=True)
            }
            text = " ".join(tokens[i] for i in grams.ids[row])
            rows[text] = (int(grams.n[row]), int(grams.n_docs[row]), by_prompt)
        assert len(rows) == len(grams.n)
    return out


def naive_count(pairs: list[tuple[str, str]], spec: CountSpec) -> dict:
    """What ``naive`` counts under the same specification."""
    return naive.count(
        pairs,
        spec.tables,
        stopwords=set(spec.stopwords),
        min_chars=spec.min_word_chars,
        letters_only=spec.tokeniser == "letters/1",
        known=KNOWN,
    )


def capitals_of(profile: Profile) -> Counter[tuple[str, bool]]:
    """The capitals of a profile as ``naive.capitals`` writes them."""
    assert profile.capitals is not None
    found: Counter[tuple[str, bool]] = Counter()
    for word, n_inside, n_capital in zip(
        profile.vocabulary.tokens, *map(np.ndarray.tolist, profile.capitals), strict=True
    ):
        found += Counter({(word, True): n_capital, (word, False): n_inside - n_capital})
    return found


def feature_frame(profile: Profile, table: Table, min_prompts: int = 1) -> pl.DataFrame:
    """The rows of a table in so many prompts: what ``feature_rows`` has of each, with its key and text."""
    rows = rows_in(profile, profile.tables[table], min_prompts)
    counts = feature_rows(profile, table, rows)._asdict()
    return pl.DataFrame(
        {
            "kind": pl.repeat(table[0], len(rows), dtype=pl.Enum(KINDS), eager=True),
            "order": pl.repeat(table[1], len(rows), dtype=pl.UInt8, eager=True),
            "key": keys_of(profile, table, rows),
            "feature": texts_of(profile, table, rows),
            **{name: column for name, column in counts.items() if name != "ids"},
        }
    )


def index_of(profile: Profile, table: Table) -> FeatureIndex:
    """An index of all n-grams of a table, whose numbers are those of its rows."""
    index = FeatureIndex()
    index.enter(hashes_of(profile, table, np.arange(len(profile.tables[table].n))))
    return index


def same(a: Profile, b: Profile) -> bool:
    """Whether two profiles are equal in every array."""
    arrays = [(getattr(a.vocabulary, f), getattr(b.vocabulary, f)) for f in ("keys", "kinds", "text", "ends")]
    arrays += [
        (getattr(a.prompts, f), getattr(b.prompts, f)) for f in ("keys", "n_docs", "n_words", "n_marks", "n_bytes")
    ]
    for table in a.tables:
        arrays += list(zip(a.tables[table], b.tables[table], strict=True))
    arrays += [(a.text_keys, b.text_keys), (a.prompt_texts.keys, b.prompt_texts.keys)]
    arrays += [] if a.capitals is None or b.capitals is None else list(zip(a.capitals, b.capitals, strict=True))
    heads = [(p.spec, p.label, p.sources, p.guarded, p.capitals is None, p.prompt_texts.texts) for p in (a, b)]
    return all(np.array_equal(x, y) for x, y in arrays) and heads[0] == heads[1]


def has_all(profile: Profile, kind: str, order: int) -> bool:
    """Whether a table has all words or all marks that there are."""
    return (
        order == 1
        and profile.pruned is None
        and (kind == "mark" or (kind == "word" and profile.spec.min_word_chars == 1))
    )


def check_possible(profile: Profile) -> None:
    """Look at every row of a profile of up to 1,024 prompts, slowly: it must be one that can be."""
    prompts = profile.prompts
    for (kind, order), grams in profile.tables.items():
        rows = [tuple(ids) for ids in grams.ids.tolist()]
        assert all(a < b for a, b in itertools.pairwise(rows))
        assert all(token < len(profile.vocabulary.keys) for ids in rows for token in ids)
        totals, n_docs = [0] * len(prompts.keys), grams.n_docs.tolist()
        for row, (begin, end) in enumerate(itertools.pairwise([0, *grams.ends.tolist()])):
            units, unit_n = grams.units[begin:end].tolist(), grams.unit_n[begin:end].tolist()
            assert units == sorted({*units}) and 1 <= len(units) <= n_docs[row] <= grams.n[row] == sum(unit_n)
            assert min(unit_n) >= 1 and n_docs[row] <= profile.n_docs
            for unit, n in zip(units, unit_n, strict=True):
                totals[unit] += n
        most = prompts.n_words if kind != "mark" else order * prompts.n_marks
        assert all(n <= m for n, m in zip(totals, most, strict=True))
        assert totals == most.tolist() or not has_all(profile, kind, order)
