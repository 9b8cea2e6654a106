"""Inputs are divided into tasks of about the same size, of which each part of an input is in one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fastslop.engines.division import Divisible, Range, divide

INPUTS = st.lists(
    st.one_of(
        st.integers(0, 1000).map(Divisible),
        st.integers(0, 1000).map(lambda size: Divisible(size, True)),
        st.lists(st.tuples(st.integers(0, 90), st.integers(1, 9)), min_size=1, max_size=20).map(
            lambda steps: Divisible(sum(size for size, _ in steps), True, steps)
        ),
    ),
    max_size=8,
)


def length_of(one: Divisible) -> int:
    return sum(length for _, length in one.steps) if one.steps else one.size


@given(INPUTS, st.integers(1, 9))
def test_division__has_each_part_of_an_input_once(inputs: list[Divisible], n: int) -> None:
    tasks = divide(inputs, n)
    assert len(tasks) == n
    assert all(len({own.number for own in task}) == len(task) for task in tasks)
    for number, one in enumerate(inputs):
        ranges = sorted(own for task in tasks for own in task if own.number == number)
        assert ranges[0].start == 0 and ranges[-1].stop is None
        assert [own.stop for own in ranges[:-1]] == [own.start for own in ranges[1:]]
        assert all(own.start < length_of(one) for own in ranges[1:])
        assert one.is_cut or len(ranges) == 1


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=8), st.integers(1, 9))
def test_division__of_what_is_cut_anywhere_is_even(sizes: list[int], n: int) -> None:
    loads = [0] * n
    for task, ranges in enumerate(divide([Divisible(size, True) for size in sizes], n)):
        loads[task] = sum((sizes[one.number] if one.stop is None else one.stop) - one.start for one in ranges)
    level = -(-sum(sizes) // n)
    assert sum(loads) == sum(sizes) and max(loads) <= level


def test_division__fills_up_beside_inputs_that_are_not_cut() -> None:
    assert divide([Divisible(10), Divisible(8, True), Divisible(6)], 3) == [
        [Range(0)],
        [Range(1, 0, 1), Range(2)],
        [Range(1, 1, None)],
    ]
