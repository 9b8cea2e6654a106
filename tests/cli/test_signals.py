"""A signal that ends a job is an exception, and is not lost where Python drops exceptions."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from time import sleep

import pytest

from fastslop.cli.signals import Terminated, signals_raised

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
ENDING = [(signal.SIGTERM, Terminated), (signal.SIGINT, KeyboardInterrupt)]


@pytest.mark.parametrize(("sent", "raised"), ENDING)
def test_signal__is_raised(sent: signal.Signals, raised: type[BaseException]) -> None:
    with pytest.raises(raised), signals_raised():
        signal.raise_signal(sent)


@pytest.mark.parametrize(("sent", "raised"), ENDING)
def test_signal__that_is_dropped_in_a_callback_of_c_comes_again(
    sent: signal.Signals, raised: type[BaseException], capfd: pytest.CaptureFixture[str]
) -> None:
    called = ctypes.CFUNCTYPE(None)(lambda: signal.raise_signal(sent))
    with pytest.raises(raised), signals_raised():
        called()
        for _ in range(1000):
            sleep(0.01)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("sent", "raised"), ENDING)
def test_signal__is_raised_only_after_llvmlite_has_returned(sent: signal.Signals, raised: type[BaseException]) -> None:
    done: list[str] = []
    inside: dict[str, object] = {"__name__": "llvmlite.binding", "signal": signal, "sleep": sleep, "done": done}
    exec(f"def add_module():\n signal.raise_signal({int(sent)})\n sleep(0.2)\n done.append('owned')", inside)
    with pytest.raises(raised), signals_raised():
        inside["add_module"]()  # type: ignore[operator]
        for _ in range(1000):
            sleep(0.01)
    assert done == ["owned"]


def test_interrupt__that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with signals_raised():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_exceptions__are_told_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda dropped: told.append(dropped.exc_type))
    with signals_raised():
        ctypes.CFUNCTYPE(None)(lambda: [][0])()
    assert told == [IndexError]


def test_signals__are_handled_as_before_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM), sys.unraisablehook
    with signals_raised():
        assert signal.getsignal(signal.SIGTERM) != before[0]
    assert (signal.getsignal(signal.SIGTERM), sys.unraisablehook) == before


def test_process__ends_where_kernels_are_loaded() -> None:
    code = """
import ctypes, os, signal, sys
from fastslop.cli import main
main.cli.callback = lambda **_: None
from click import Command
def forever():
    ctypes.CFUNCTYPE(None)(lambda: os.kill(os.getpid(), signal.SIGTERM))()
    while True:
        pass
main.cli.add_command(Command("forever", callback=forever))
sys.argv = ["fastslop", "forever"]
main.main()
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (143, "terminated\n")
