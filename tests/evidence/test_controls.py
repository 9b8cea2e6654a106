"""A link that a base explains is not supported, and one that exceeds it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fastslop.base.errors import UsageError
from fastslop.evidence.controls import Control, likeliest_teacher, with_controls
from fastslop.evidence.explain import Explanation, explain
from fastslop.evidence.links import JACKKNIFE, Links, LinkVerdict
from fastslop.profiles.profile_set import ProfileSet, open_profiles
from tests.corpora_of import Model, done, records, write_jsonl

OF_BASE = {"burnished": 5, "over the hill": 4, "verdigris": 3}
OF_TEACHER = {"petrichor": 5, "by and by": 4, "gossamer": 3}
MODELS = [
    Model("base", OF_BASE),
    Model("teacher", OF_TEACHER),
    Model("student", OF_BASE | {"petrichor": 2, "by and by": 1, "gossamer": 1}),
    Model("other-tune", OF_BASE | {"quietly": 2}),
    *(Model(f"lone-{i}", {word: 5, f"{word} at night": 4}) for i, word in enumerate("ash bay elk fog gem".split())),
]


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> ProfileSet:
    folder: Path = tmp_path_factory.mktemp("controls")
    files = [write_jsonl(folder / f"{m.label}.jsonl", records(m, n_prompts=80)) for m in MODELS]
    done("count", *files, "-o", folder / "profiles")
    return open_profiles(folder / "profiles")


def explained(profiles: ProfileSet, a: str, b: str, **named: str) -> Explanation:
    return explain(profiles, a, b, replicates=5, **named)


def control(found: Explanation, role: str) -> dict[str, object]:
    (row,) = [row for row in found.controls if row["role"] == role]
    return row


def test_base__does_not_explain_what_the_student_has_from_its_teacher(profiles) -> None:
    alone = explained(profiles, "student", "teacher")
    assert alone.verdict != "supported"
    assert control(alone, "common teacher")
    found = explained(profiles, "student", "teacher", base="base", sibling="other-tune")
    assert found.verdict == "supported"
    assert "nearer to teacher than its base base and its sibling other-tune explains" in found.reason
    assert control(found, "base")["explains"] == control(found, "sibling")["explains"] == "no"
    assert {"base", "other-tune"}.isdisjoint(row["label"] for row in found.rivals)
    assert found.sources[0]["source"] == "teacher"


def test_base__explains_what_two_of_its_tunes_have_in_common(profiles) -> None:
    found = explained(profiles, "student", "other-tune", base="base")
    assert found.verdict != "supported"
    assert control(found, "base")["explains"] == "yes"


def test_kin__must_be_other_models_of_the_panel(profiles) -> None:
    with pytest.raises(UsageError, match="different ones"):
        explained(profiles, "student", "teacher", base="student")
    with pytest.raises(UsageError, match="no profile of 'nobody'"):
        explained(profiles, "student", "teacher", base="nobody")


def test_likeliest_teacher__is_near_to_both() -> None:
    whole = np.eye(5)
    for (i, j), value in {(0, 2): 0.9, (1, 2): 0.1, (0, 3): 0.5, (1, 3): 0.4, (0, 4): 0.2, (1, 4): 0.3}.items():
        whole[i, j] = whole[j, i] = value
    links = Links(whole, np.array([whole, whole]), np.tile(whole, (2, JACKKNIFE, 1, 1)), whole, ("p",) * 5)
    assert likeliest_teacher(links, (0, 1), ()) == 3
    assert likeliest_teacher(links, (0, 1), (3,)) == 4
    assert likeliest_teacher(links, (0, 1), (2, 3, 4)) is None


@pytest.mark.parametrize(
    ("p", "p_reverse", "expected"), [(0.01, 0.99, "supported"), (0.99, 0.01, "not supported"), (0.4, 0.6, "unresolved")]
)
def test_with_controls__supports_only_what_no_kin_explains(p, p_reverse, expected) -> None:
    verdict = LinkVerdict("supported", "b is nearer", 3.0, 0.001, 0.1, [])
    kin = Control("base", "c", 0.1, p, p_reverse)
    assert with_controls(verdict, "a", "b", [kin]).verdict == expected
    teacher = Control("common teacher", "c", 0.1, p, p_reverse)
    assert with_controls(verdict, "a", "b", [teacher]) == verdict
    tied = LinkVerdict("unresolved", "b or d", 3.0, 0.001, 0.1, [], ("b", "d"))
    assert with_controls(tied, "a", "b", [kin]).group == (("b", "d") if expected == "supported" else ())
    refused = LinkVerdict("not supported", "c is nearer", 3.0, 0.001, 0.1, [])
    assert with_controls(refused, "a", "b", [kin]) == refused
