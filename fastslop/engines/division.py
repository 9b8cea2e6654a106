"""The division of inputs into tasks of about the same size: whole files, and ranges of those that can be cut."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from heapq import heapify, heapreplace
from itertools import accumulate
from typing import NamedTuple


class Range(NamedTuple):
    """A part of an input: its number, and from where up to where it goes, None for its end."""

    number: int
    start: int = 0
    stop: int | None = None


class Divisible(NamedTuple):
    """An input as it is divided: its size in bytes, and the sizes and lengths of its steps, between which it is cut.

    Without steps it is cut between any two bytes if ``is_cut``, else not at all.
    """

    size: int
    is_cut: bool = False
    steps: Sequence[tuple[int, int]] = ()


def divide(inputs: Sequence[Divisible], n: int) -> list[list[Range]]:
    """The inputs, divided into ``n`` tasks: each a list of ranges, at most one of an input.

    Inputs that are not cut go to the tasks that have least so far, the largest first. The others, one after the other,
    fill what room the tasks have up to the same level. So the result depends on the inputs, their order and ``n`` only.
    """
    tasks: list[list[Range]] = [[] for _ in range(n)]
    loads = [(0, task) for task in range(n)]
    heapify(loads)
    whole = [number for number, one in enumerate(inputs) if not one.is_cut]
    for number in sorted(whole, key=lambda number: (-inputs[number].size, number)):
        load, task = loads[0]
        tasks[task].append(Range(number))
        heapreplace(loads, (load + inputs[number].size, task))
    load_of = [load for load, _ in sorted(loads, key=lambda pair: pair[1])]
    ends = list(accumulate(_rooms(load_of, sum(one.size for one in inputs if one.is_cut))))
    begin = 0
    for number, one in enumerate(inputs):
        if one.is_cut:
            for task, start, stop in _pieces(one, begin, ends):
                tasks[task].append(Range(number, start, stop))
            begin += one.size
    return [sorted(task) for task in tasks]


def _rooms(loads: Sequence[int], total: int) -> list[int]:
    """How much goes to each task beside what it has, so that all have up to the same level; in all, ``total`` or more
    by rounding."""
    rising = sorted(loads)
    below = 0
    for n, load in enumerate(rising, start=1):
        below += load
        level = -(-(total + below) // n)
        if n == len(rising) or level <= rising[n]:
            break
    return [max(level - load, 0) for load in loads]


def _pieces(one: Divisible, begin: int, ends: Sequence[int]) -> Iterator[tuple[int, int, int | None]]:
    """Yield the task, start and stop of each piece of an input that begins at ``begin`` of what is cut; at ``ends`` the
    rooms of the tasks end."""
    cuts = list(_cuts_between_steps(one, begin, ends) if one.steps else _cuts(one, begin, ends))
    stops = [*(start for _, start in cuts[1:]), None]
    yield from ((task, start, stop) for (task, start), stop in zip(cuts, stops, strict=True))


def _cuts(one: Divisible, begin: int, ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield each task that has a piece, and where it starts."""
    at = begin
    while at < begin + one.size or at == begin:
        task = min(bisect_right(ends, at), len(ends) - 1)
        yield task, at - begin
        at = max(ends[task], at + 1)


def _cuts_between_steps(one: Divisible, begin: int, ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The same, where each step goes to the task that has its middle."""
    at, start, before = begin, 0, -1
    for size, length in one.steps:
        task = min(bisect_right(ends, at + size // 2), len(ends) - 1)
        if task != before:
            yield task, start
        at, start, before = at + size, start + length, task
