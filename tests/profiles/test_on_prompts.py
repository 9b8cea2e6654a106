"""A profile that is cut down to some prompts is that of the answers to these alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop.base.errors import IncompatibleProfilesError, UsageError
from fastslop.base.hashing import hash_strings
from fastslop.base.spec import PRESETS
from fastslop.counting.count import count
from fastslop.counting.one_label import count_documents
from fastslop.profiles.merge import sum_of
from fastslop.profiles.on_prompts import on_prompts
from fastslop.profiles.profile import MAX_PROMPTS
from fastslop.profiles.rows import n_prompts_of
from tests.profile_checks import as_strings
from tests.strategies import chunk, documents

SPEC = PRESETS["default"]
some_prompts = st.sets(st.sampled_from(["p1", "p2", "p3", "p4", "of nobody"]))


@given(documents, some_prompts)
def test_on_prompts__has_what_counting_their_answers_alone_has(pairs, asked) -> None:
    found = on_prompts(count_documents(chunk(pairs), SPEC), hash_strings(sorted(asked)))
    alone = count_documents(chunk([pair for pair in pairs if pair[0] in asked]), SPEC)
    for name in ("keys", "n_docs", "n_words", "n_marks", "n_bytes"):
        assert np.array_equal(getattr(found.prompts, name), getattr(alone.prompts, name))
    ours, truth = as_strings(found), as_strings(alone)
    for table, rows in truth.items():
        assert ours[table].keys() == rows.keys()
        for text, (n, n_docs, by_prompt) in rows.items():
            assert (ours[table][text][0], ours[table][text][2]) == (n, by_prompt)
            assert n_docs <= ours[table][text][1] <= n
            assert ours[table][text][1] == n_docs or len(pairs) > len({prompt for prompt, _ in pairs})


@given(documents, some_prompts, st.integers(1, 3))
def test_on_prompts__knows_how_many_rows_are_in_too_few_of_them(pairs, asked, least) -> None:
    profile, keys = count_documents(chunk(pairs), SPEC), hash_strings(sorted(asked))
    every, found = on_prompts(profile, keys), on_prompts(profile, keys, least)
    for table, grams in every.tables.items():
        kept = n_prompts_of(every, grams) >= least
        assert np.array_equal(found.tables[table].n, grams.n[kept])
        assert found.left_out[table] == len(grams.n) - kept.sum()


def test_on_prompts__gives_what_no_longer_adds_up() -> None:
    a, b = (count_documents(chunk([("p1", "the cat"), (other, "a dog")]), SPEC) for other in ("p2", "p3"))
    with pytest.raises(IncompatibleProfilesError, match="no longer add up"):
        sum_of(on_prompts(a, hash_strings(["p1"])), replace(b, sources=frozenset({"b"})))


def test_on_prompts__needs_the_count_in_every_prompt() -> None:
    profiles = count([{"model": "a", "prompt": str(i), "text": "the cat"} for i in range(MAX_PROMPTS + 1)])
    with pytest.raises(UsageError, match=r"'a' has 1,025 prompts, .* count the texts of each genre by themselves"):
        profiles.members[0].on_prompts(hash_strings(["7"]), SPEC.tables)


def test_member__on_prompts_reads_some_tables_of_them_only() -> None:
    records = [{"model": "a", "prompt": str(i), "text": "It was the cat. And the dog?" * (i + 1)} for i in range(9)]
    (member,) = count(records).members
    part = member.on_prompts(hash_strings(["3", "7"]), [("word", 1), ("mark", 1)])
    assert (part.n_words, len(part.prompts.keys)) == (7 * (4 + 8), 2)
    profile = part.read()
    assert {table for table, grams in profile.tables.items() if len(grams.n)} == {("word", 1), ("mark", 1)}
    assert profile.find("cat").select("n", "n_prompts").rows() == [(12, 2)]
    assert not len(part.read([("word", 2)]).tables["word", 1].n)
