"""Claims about shown names: short, still different, and cut where they say least."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fastslop.drawing.names import group_name, shared_start, shortened

SIZES = ["70b-instruct", "8b-instruct", "405b-instruct"]


def test_shortened__cuts_what_a_beginning_is_shared_of() -> None:
    names = [f"an-organisation/a-model-with-a-long-name-{size}" for size in SIZES]
    for short, size in zip(shortened(names, 30), SIZES, strict=True):
        assert len(short) <= 30
        assert short.startswith("an-")
        assert short.endswith(size)


def test_shortened__cuts_what_an_end_is_shared_of() -> None:
    names = [f"{who}-tuned-on-a-long-and-shared-recipe-of-preferences" for who in ("alpha", "bravo", "charlie")]
    assert [short.split("-")[0] for short in shortened(names, 24)] == ["alpha", "bravo", "charlie"]


def test_shortened__tells_names_apart_that_differ_in_the_middle_only() -> None:
    names = [f"{'a' * 40}{middle}{'z' * 40}" for middle in "123"]
    assert len(set(shortened(names, 20))) == 3


@given(st.lists(st.text(alphabet="ab", min_size=1, max_size=40), unique=True, max_size=12))
def test_shortened__leaves_short_names_and_bounds_long_ones(names) -> None:
    for name, short in zip(names, shortened(names, 15), strict=True):
        assert (short == name) if len(name) <= 15 else (len(short) == 15 and "…" in short)


def test_group_name__tells_the_families_and_counts_all_labels() -> None:
    assert group_name({"llama": 5}) == "llama × 5"
    assert group_name({"alpaca": 1, "vicuna": 4}) == "vicuna × 4, alpaca"
    assert group_name({"a": 1, "b": 9, "c": 2, "d": 3, "e": 1}) == "b × 9, d × 3, c × 2, 2 others"


def test_shared_start__is_of_whole_words() -> None:
    assert shared_start(["gpt-3.5-turbo-0613", "gpt-3.5-turbo-1106"]) == "gpt-3.5-turbo"
    assert shared_start(["gpt4", "gpt4_0314"]) == "gpt4"
    assert shared_start(["vicuna-13b-v1.3", "vicuna-7b"]) == "vicuna"
    assert shared_start(["llama-2-7b", "humpback-llama"]) == ""
    assert shared_start(["claude-2", "claude-20"]) == "claude"
