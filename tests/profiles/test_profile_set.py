"""Sets of profiles: what a job of many steps holds of their files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fastslop.base.errors import UsageError
from fastslop.counting.count import CountedSet, count
from fastslop.profiles.holding import HELD_PACKED, WrittenProfiles
from fastslop.profiles.packed import Packed, pack
from fastslop.profiles.profile_set import ProfileSet, open_profiles, open_written
from fastslop.system.ceiling import ceiling
from fastslop.system.memory import rss_bytes
from tests.profile_checks import same

TEXTS = {"a": "The sea, the sea! So it goes.", "b": "So it goes; so it went."}


def written(folder: Path) -> CountedSet:
    return count([{"model": m, "prompt": str(i), "text": t} for m, t in TEXTS.items() for i in range(4)], out=folder)


def all_same(one: ProfileSet, other: ProfileSet) -> bool:
    pairs = [*zip(one.members, other.members, strict=True)]
    tables = [("word", 1), ("mark", 2)]
    keys = one.members[0].prompts.keys[:2]
    return all(
        same(a.read(), b.read())
        and same(a.read(tables, 2), b.read(tables, 2))
        and same(a.on_prompts(keys, tables).read(), b.on_prompts(keys, tables).read())
        for a, b in pairs
    )


def test_profile_set__says_which_profiles_it_has(tmp_path) -> None:
    profiles = written(tmp_path)
    name = profiles.labels[0]
    with pytest.raises(UsageError, match=f"there is no profile of '{name}x' among these; .*{name}"):
        profiles[f"{name}x"]
    copy = tmp_path / "copies" / "a.parquet"
    copy.parent.mkdir()
    copy.write_bytes(min(tmp_path.glob("*.parquet")).read_bytes())
    with pytest.raises(UsageError, match=r"several profiles in one panel, .*parquet and .*parquet; merge them, or"):
        open_profiles(tmp_path, copy)


def test_held__is_what_the_files_hold_and_needs_them_no_more(tmp_path) -> None:
    profiles = written(tmp_path)
    held, whole = open_profiles(tmp_path).held(), [*profiles]
    assert all_same(held, profiles)
    for path in tmp_path.iterdir():
        path.unlink()
    assert all(same(a, b) for a, b in zip(held, whole, strict=True))


def test_held__leaves_files_to_be_read_where_memory_has_no_room(tmp_path) -> None:
    written(tmp_path)
    with ceiling.at(rss_bytes() + 1000):
        profiles = open_profiles(tmp_path)
        assert profiles.held() is profiles
    assert all(isinstance(member.place, Packed) for member in profiles.held().members)


def test_written__need_not_be_read_until_there_are_too_many(tmp_path, monkeypatch) -> None:
    whole = [*written(tmp_path)]
    paths = sorted(tmp_path.iterdir())
    packed = [pack(profile) for profile in whole]
    n_bytes = HELD_PACKED * sum(one.n_bytes for one in packed)
    for room, n_known in ((n_bytes, 2), (n_bytes - 1, 0)):
        monkeypatch.setattr("fastslop.profiles.holding.room", lambda room=room: room)
        known = WrittenProfiles()
        for path, one in zip(paths, packed, strict=True):
            known.add(path, one)
        assert len(known.by_path) == n_known
        opened = open_written(paths, known)
        assert [member.place for member in opened.members] == paths
        assert all(same(a, b) for a, b in zip(opened, whole, strict=True))
    monkeypatch.undo()
    monkeypatch.setattr("fastslop.profiles.files.read_footer", None)
    for path, one in zip(paths, packed, strict=True):
        known.by_path[path] = one
    assert all(same(a, b) for a, b in zip(open_written(paths, known).held(known), whole, strict=True))


def test_unpack__leaves_tables_that_are_not_wanted_empty_and_unpacks_words_once(tmp_path) -> None:
    (member, _) = written(tmp_path).held().members
    some, words = member.read([("word", 2)]), member.read([("word", 1)])
    assert len(some.tables["word", 2].n) and not len(some.tables["word", 1].n)
    assert some.vocabulary is words.vocabulary and np.array_equal(some.prompts.keys, member.prompts.keys)
