"""Labels that answered the same prompts are one panel; what the user named stays as named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fastslop.base.errors import IncompatibleProfilesError, UsageError
from fastslop.base.spec import PRESETS, CountSpec
from fastslop.counting.one_label import count_documents
from fastslop.profiles.files import profile_name, write_profile
from fastslop.profiles.panels import display_labels, find_panels
from fastslop.profiles.profile import Profile
from fastslop.profiles.profile_set import comparison_groups, open_profiles
from tests.strategies import chunk

WORDS = CountSpec(orders=(1,), content_orders=(), mark_orders=())


def prompts(*keys: int) -> NDArray[np.uint64]:
    """Sorted keys of prompts, as profiles hold them."""
    return np.unique(np.array(keys, np.uint64))


def unnamed(labels: list[NDArray[np.uint64]]) -> list[str]:
    return find_panels(labels, [None] * len(labels))


def groups(panels: list[str]) -> set[frozenset[int]]:
    """The partition of labels, whatever the panels are called."""
    return {frozenset(np.flatnonzero(np.array(panels) == panel).tolist()) for panel in panels}


prompt_sets = st.lists(st.sets(st.integers(0, 60), max_size=25).map(lambda keys: prompts(*keys)), max_size=7)


def test_find_panels__joins_labels_that_share_prompts_in_order_of_their_first_label() -> None:
    a, b = range(0, 40), range(100, 140)
    labels = [prompts(*b), prompts(*a), prompts(*b[:20]), prompts(*a)]
    assert unnamed(labels) == ["panel-1", "panel-2", "panel-1", "panel-2"]


def test_find_panels__does_not_join_labels_by_a_stray_common_prompt() -> None:
    assert len(set(unnamed([prompts(*range(40)), prompts(*range(39, 79))]))) == 2


@pytest.mark.parametrize(("n_shared", "n_panels"), [(3, 2), (4, 1)])
def test_find_panels__asks_for_a_tenth_of_the_smaller_label(n_shared, n_panels) -> None:
    small, large = range(40), range(40 - n_shared, 1000)
    assert len(set(unnamed([prompts(*small), prompts(*large)]))) == n_panels


def test_find_panels__joins_through_a_label_between_two_others() -> None:
    assert unnamed([prompts(*range(0, 20)), prompts(*range(10, 30)), prompts(*range(20, 40))]) == ["panel-1"] * 3


def test_find_panels__leaves_labels_without_prompts_to_themselves() -> None:
    assert unnamed([prompts(), prompts(1, 2), prompts()]) == ["panel-1", "panel-2", "panel-3"]
    assert unnamed([]) == []


def test_find_panels__lets_the_named_win_over_the_found() -> None:
    same = prompts(*range(20))
    assert find_panels([same, same, same, same], ["x", None, "y", None]) == ["x", "panel-1", "y", "panel-1"]
    assert find_panels([prompts(1), prompts(2)], ["x", "x"]) == ["x", "x"]


@given(prompt_sets, st.randoms(use_true_random=False))
def test_find_panels__groups_the_same_in_any_order(labels, random) -> None:
    order = list(range(len(labels)))
    random.shuffle(order)
    shuffled = groups(unnamed([labels[i] for i in order]))
    assert {frozenset(order[i] for i in group) for group in shuffled} == groups(unnamed(labels))


@given(prompt_sets)
def test_find_panels__equals_joining_pair_by_pair(labels) -> None:
    sets = [set(label.tolist()) for label in labels]
    panel_of = list(range(len(sets)))
    for i, a in enumerate(sets):
        for j, b in enumerate(sets):
            if a & b and 10 * len(a & b) >= min(len(a), len(b)):
                panel_of = [panel_of[i] if panel == panel_of[j] else panel for panel in panel_of]
    assert groups(unnamed(labels)) == groups([str(panel) for panel in panel_of])


def test_find_panels__gives_found_panels_names_that_are_free() -> None:
    assert len(set(find_panels([prompts(1), prompts(2)], ["panel-1", None]))) == 2


def test_display_labels__adds_the_panel_only_where_a_label_is_repeated() -> None:
    assert display_labels(["m", "n", "m"], ["x", "x", "y"]) == ["m@x", "n", "m@y"]


def profile(label: str, questions: range, panel: str | None = None, spec: CountSpec = WORDS) -> Profile:
    return replace(count_documents(chunk([(f"q{i}", "so it goes") for i in questions], label), spec), panel=panel)


def write_all(folder: Path, *profiles: Profile) -> Path:
    for each in profiles:
        write_profile(each, folder / profile_name(each.label, each.panel))
    return folder


def test_open_profiles__shows_a_label_of_two_panels_as_two(tmp_path) -> None:
    folder = write_all(
        tmp_path,
        profile("m", range(9), "stories"),
        profile("m", range(9), "essays"),
        profile("n", range(9), "essays"),
    )
    members = open_profiles(folder).members
    assert [(m.label, m.name, m.panel) for m in members] == [
        ("m", "m@essays", "essays"),
        ("m", "m@stories", "stories"),
        ("n", "n", "essays"),
    ]


def test_open_profiles__finds_panels_by_prompts_and_sorts_by_name(tmp_path) -> None:
    folder = write_all(
        tmp_path,
        profile("z", range(9)),
        profile("a", range(50, 59)),
        profile("c", range(9)),
        profile("b", range(50, 59)),
    )
    panels = {m.name: m.panel for m in open_profiles(folder).members}
    assert list(panels) == ["a", "b", "c", "z"]
    assert panels["a"] == panels["b"] != panels["c"] == panels["z"]


def test_open_profiles__does_not_depend_on_the_order_of_the_files(tmp_path) -> None:
    folder = write_all(tmp_path, *(profile(label, range(9)) for label in "abc"))
    names = [f"{label}.parquet" for label in "cab"]
    assert [m.name for m in open_profiles(*(folder / name for name in names)).members] == ["a", "b", "c"]


def test_open_profiles__are_sorted_by_name_not_by_file(tmp_path) -> None:
    for file, label in (("1", "z"), ("2", "a")):
        write_profile(profile(label, range(9)), tmp_path / f"{file}.parquet")
    assert [m.name for m in open_profiles(tmp_path).members] == ["a", "z"]


def test_open_profiles__takes_a_file_that_is_named_twice_once(tmp_path) -> None:
    folder = write_all(tmp_path, profile("a", range(9)), profile("b", range(9)))
    places = [folder, folder / "a.parquet", tmp_path / ".." / tmp_path.name / "b.parquet"]
    assert [m.name for m in open_profiles(*places).members] == ["a", "b"]


def test_open_profiles__refuses_a_label_twice_in_one_panel(tmp_path) -> None:
    write_profile(profile("m", range(9)), tmp_path / "1.parquet")
    write_profile(profile("m", range(9)), tmp_path / "2.parquet")
    with pytest.raises(UsageError, match=r"has several profiles in one panel, .*1.parquet and .*2.parquet; merge"):
        open_profiles(tmp_path)


def test_open_profiles__refuses_different_specifications_and_names_the_field(tmp_path) -> None:
    folder = write_all(tmp_path, profile("m", range(9)), profile("n", range(9), spec=PRESETS["words"]))
    with pytest.raises(
        IncompatibleProfilesError, match=r"m.parquet and .*n.parquet .*orders \(\[1\] and \[1, 2, 3\]\)"
    ):
        open_profiles(folder)


def test_comparison_groups__are_the_panel_or_everyone_where_a_label_is_alone_in_it(tmp_path) -> None:
    folder = write_all(tmp_path, profile("a", range(9), "x"), profile("b", range(9), "x"), profile("c", range(9), "y"))
    found = {
        panel: [m.name for m in inside] for panel, inside in comparison_groups(open_profiles(folder).members).items()
    }
    assert found == {"x": ["a", "b"], "y": ["a", "b", "c"]}
