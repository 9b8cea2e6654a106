"""The time that kernels take to compile is known, and a clock of work leaves it out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from time import sleep

from numba.core import event

from fastslop._kernels.machine.compile_time import compile_seconds, work_clock

COMPILED_S = 0.2


@contextmanager
def compiling() -> Iterator[None]:
    """As Numba tells of it."""
    event.start_event("numba:compile")
    try:
        yield
    finally:
        event.end_event("numba:compile")


def test_compile_seconds__of_kernels_inside_of_others_count_once() -> None:
    before = compile_seconds()
    with compiling():
        for _ in range(2):
            with compiling():
                sleep(COMPILED_S / 2)
    assert compile_seconds() - before >= COMPILED_S
    after = compile_seconds()
    sleep(COMPILED_S / 4)
    assert compile_seconds() == after


def test_compile_seconds__of_two_threads_are_those_that_pass() -> None:
    def compile_one() -> None:
        with compiling():
            sleep(COMPILED_S)

    threads = [Thread(target=compile_one) for _ in range(8)]
    before = compile_seconds()
    with compiling():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert COMPILED_S <= compile_seconds() - before < len(threads) * COMPILED_S


def test_work_clock__stands_still_while_a_kernel_is_compiled() -> None:
    with compiling():
        before = work_clock()
        sleep(COMPILED_S)
        assert work_clock() - before < COMPILED_S / 2
    before = work_clock()
    sleep(COMPILED_S)
    assert work_clock() - before >= COMPILED_S * 0.99
