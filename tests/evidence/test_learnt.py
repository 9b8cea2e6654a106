"""What is learnt from a library is learnt once, kept beside it, and never taken for that of another library."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import fastslop as fs
from fastslop.evidence import library as library_module
from fastslop.evidence.learnt import FOLDER, Arrays, Learnt
from fastslop.profiles.profile_set import ProfileSet, open_profiles


def texts(label: str, seed: int, n_prompts: int = 40) -> list[dict[str, str]]:
    rng = np.random.default_rng(seed)
    words = np.array(["the", "sea", "moon", "of", "whisper", "red", "house", "and", f"only{label}"])
    shares = rng.dirichlet(np.ones(len(words)))
    return [
        {"model": label, "prompt": str(i), "text": " ".join(rng.choice(words, 40, p=shares)) + "."}
        for i in range(n_prompts)
    ]


@pytest.fixture
def library(tmp_path: Path) -> ProfileSet:
    fs.count([row for i, label in enumerate("abcd") for row in texts(label, i)], out=tmp_path / "library")
    return open_profiles(tmp_path / "library")


QUERY = [{"prompt": f"q{i}", "text": row["text"]} for i, row in enumerate(texts("a", 0, 50)[40:])]


def asked(library: ProfileSet) -> list[dict[str, object]]:
    return [found.to_dict() for found in fs.identify(library, QUERY, replicates=20)]


def files(library: ProfileSet) -> list[Path]:
    place = library.members[0].place
    assert isinstance(place, Path)
    return sorted((place.parent / FOLDER).glob("*.npz"))


def test_identify__says_the_same_from_what_was_learnt_before(library, monkeypatch) -> None:
    first = asked(library)
    assert {path.stem.split("-")[1] for path in files(library)} == {"features", "counts", "pseudo", "draws"}
    for learns in ("ask_pseudo_queries", "fixed_draws"):
        monkeypatch.setattr(library_module, learns, None)  # nothing is learnt again
    monkeypatch.setattr("fastslop.evidence.identify.read_prompt_counts", None)
    assert asked(library) == first


def test_identify__says_the_same_of_profiles_in_memory(library) -> None:
    in_memory = fs.merge(library)
    assert asked(in_memory) == asked(library)


def test_learnt__from_other_profiles_is_not_taken_and_is_removed(library) -> None:
    asked(library)
    before = files(library)
    fs.count(texts("b", 7), out=library.members[1].place, force=True)
    changed = open_profiles(before[0].parents[1])
    assert Learnt.of(changed.members).key != Learnt.of(library[:3].members).key != Learnt.of(library.members).key
    again = asked(changed)
    assert not set(before) & set(files(changed))
    assert again == asked(fs.merge(changed))


@pytest.mark.parametrize("damage", [lambda content: content[:100], lambda content: b"", lambda content: b"PK" * 50])
def test_learnt__is_learnt_again_where_its_file_is_damaged(library, damage) -> None:
    first = asked(library)
    for path in files(library):
        path.write_bytes(damage(path.read_bytes()))
    assert asked(library) == first


def test_learnt__is_not_kept_where_nothing_can_be_written(library, monkeypatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr("fastslop.evidence.learnt.write_atomically", refuse)
    first = asked(library)
    assert files(library) == []
    assert asked(library) == first


def test_recall__calls_for_each_name_once(tmp_path: Path) -> None:
    learnt, calls = Learnt(tmp_path, "key"), []

    def learn(name: str) -> Arrays:
        calls.append(name)
        return {"x": np.arange(3)}

    for name in "abab":
        assert learnt.recall(name, lambda name=name: learn(name))["x"].tolist() == [0, 1, 2]
    assert calls == ["a", "b"]
