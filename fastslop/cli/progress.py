"""Progress on stderr: a terminal shows one line, redrawn; a log gets a line a minute at most; short jobs say nothing.

Not ``click.progressbar``: it has no rate, breaks a line that is too long, leaves its bar behind with a hidden cursor if
it is stopped, knows one step only, and in a log says that a step begins even where that takes a moment.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event, Lock, Thread
from time import monotonic, perf_counter
from typing import Protocol, TextIO

import click

from fastslop.base.wording import speed
from fastslop.cli.loudness import QUIET, VERBOSE, loudness
from fastslop.system.progress import BYTES, Progress, silent

REDRAWN_S = 0.2
WINDOW_S = 20.0
"""A rate is that of the last 20 seconds, or of the later half of a step that takes longer than 40."""
SETTLED_S = 3.0
"""Nothing is said of speed and time before: what is read ahead makes the first moments fast."""
LASTING_S, PAUSE_S = 10.0, 60.0
"""In a log, how long a step takes before it is told, and how much time lies between two lines."""
LEAST_SAID_S = 0.1
"""Least time of compiling that is said of a step."""
SIZES = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"))


@dataclass(frozen=True)
class Step:
    """What was told last of a step; it ``began`` at that time, when ``first`` was done already."""

    name: str
    done: int
    total: int | None
    unit: str
    began: float
    first: int


class Meter:
    """The step under way and how fast it goes. What is told is only kept: lines are made when one is to be shown."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.clock = clock
        self.step: Step | None = None
        self.points: deque[tuple[float, int]] = deque()

    def tell(self, step: str, done: int, total: int | None, unit: str) -> None:
        """Keep what is told: a ``Progress``."""
        old = self.step
        goes_on = old is not None and old.name == step and old.done <= done
        began, first = (old.began, old.first) if old is not None and goes_on else (self.clock(), done)
        self.step = Step(step, done, total, unit, began, first)

    def rate(self, step: Step, now: float) -> float:
        """What is done of a step in a second; to be asked again and again while it goes on."""
        points = self.points
        start = (step.began, step.first)
        if not points or points[0][0] < step.began or points[-1][1] > step.done:
            points.clear()
            points.append(start)
        if now - points[-1][0] >= 1:
            points.append((now, step.done))
        while len(points) > 2 and points[1][0] <= now - max(WINDOW_S, (now - step.began) / 2):
            points.popleft()
        time, done = points[0]
        return (step.done - done) / (now - time) if now > time else 0.0

    def line(self, now: float, width: int | None = None) -> str:
        """The step as one line: as much of it as ``width`` has room for."""
        step = self.step
        if step is None:
            return ""
        rate, took = self.rate(step, now), now - step.began
        share = amount = pace = time = ""
        if step.total is not None and step.total > 1:
            share = f"{100 * step.done // step.total} %"
        if step.unit == BYTES:
            amount = bytes_done(step.done, step.total)
            pace = speed(rate / 1e6) if rate and took >= SETTLED_S and step.done != step.total else ""
        elif step.total != 1:
            amount = f"{step.done:,} of {step.total:,} {step.unit}" if step.total else f"{step.done:,} {step.unit}"
        if took >= SETTLED_S and step.done != step.total:
            known = step.total is not None and rate > 0
            time = f"{span((step.total - step.done) / rate)} left" if known and step.total else f"for {span(took)}"
        return fitted(step.name, [share, amount, pace, time], width)


def fitted(name: str, parts: list[str], width: int | None) -> str:
    """A line of a step's name and parts; what is least needed goes first where there is no room."""
    kept = list(parts)
    for least in (None, 1, 2, 3, 0):
        if least is not None:
            kept[least] = ""
        line = ": ".join(filter(None, (name, ", ".join(filter(None, kept)))))
        if width is None or len(line) <= width:
            return line
    return name[:width].rstrip()  # no terminal shows the space at a line's end


def bytes_done(done: int, total: int | None) -> str:
    """``1.2 of 10.0 GB``."""
    size, unit = next((s for s in SIZES if (total or done) >= s[0]), SIZES[-1])
    return f"{done / size:.1f} {unit}" if total is None else f"{done / size:.1f} of {total / size:.1f} {unit}"


def span(seconds: float) -> str:
    """A time as people say it: ``40 s``, ``5 min``, ``2 h 10 min``, ``3 days``."""
    if seconds < 59.5:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{round(minutes / 60 / 24)} days"


class View(Protocol):
    """Where progress is shown."""

    def show(self, meter: Meter) -> None: ...

    def clear(self) -> None: ...


class Terminal:
    """One line, drawn over again."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.n_drawn = 0

    def show(self, meter: Meter) -> None:
        """Draw the line anew; not from the background, over what is being typed."""
        if is_in_background(self.stream):
            return
        width = columns_of(self.stream) - 1  # in the last column some terminals break the line
        line = meter.line(meter.clock(), width)
        self._draw(line.ljust(min(self.n_drawn, width)))
        self.n_drawn = len(line)

    def clear(self) -> None:
        """Leave an empty line, and the cursor where it begins."""
        if self.n_drawn:
            self._draw(" " * self.n_drawn)
            self.n_drawn = 0

    def _draw(self, line: str) -> None:
        # Blanks take away what was there: no terminal needs to know a code for that. The cursor goes back to the first
        # column, so that the ^C of an interrupt breaks no line and is drawn over.
        click.echo(f"\r{line}\r", file=self.stream, nl=False)


class Log:
    """A line now and then for a step that lasts."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.said = -PAUSE_S

    def show(self, meter: Meter) -> None:
        """Say how far a step is that has lasted, unless something was said a moment ago."""
        now = meter.clock()
        line = meter.line(now)
        if meter.step is None or now - meter.step.began < LASTING_S or now - self.said < PAUSE_S:
            return
        click.echo(f"progress: {line}", file=self.stream)
        self.said = now

    def clear(self) -> None:
        """What a log says stays."""


def is_terminal(stream: TextIO) -> bool:
    """Whether a line can be drawn over again there: not in a pipe, a log of CI, a dumb terminal."""
    return stream.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")


def is_in_background(stream: TextIO) -> bool:
    """Whether the terminal is another job's at the moment."""
    try:
        return os.tcgetpgrp(stream.fileno()) != os.getpgrp()
    except (AttributeError, OSError):
        return False


def columns_of(stream: TextIO) -> int:
    """Width of a terminal, as it is now."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except OSError:
        return 80


class StepTimes:
    """Lines on the steps that are done and how long each took, until the next began; ``clock`` counts seconds, and
    ``compiling`` those of compiling kernels."""

    def __init__(self, clock: Callable[[], float], compiling: Callable[[], float]) -> None:
        self.clock, self.compiling = clock, compiling
        self._lock, self._lines = Lock(), deque[str]()
        self._began = self._step_began = (clock(), compiling())
        self._step: Step | None = None

    def tell(self, step: str, done: int, total: int | None, unit: str) -> None:
        """Keep what is told: a ``Progress``."""
        with self._lock:
            if self._step is None or self._step.name != step:
                self._end_step()
                self._step_began = (self.clock(), self.compiling())
            self._step = Step(step, done, total, unit, self._step_began[0], 0)

    def take(self) -> Iterator[str]:
        """The lines on steps that ended since this was asked last."""
        while self._lines:
            yield self._lines.popleft()

    def finish(self) -> None:
        """Add the last step, and how long all took."""
        with self._lock:
            self._end_step()
            self._say("in all", self._began)

    def _end_step(self) -> None:
        step = self._step
        if step is not None:
            amount = bytes_done(step.done, None) if step.unit == BYTES else f"{step.done:,} {step.unit}"
            self._say(step.name if step.total == 1 else f"{step.name}, {amount}", self._step_began)

    def _say(self, what: str, began: tuple[float, float]) -> None:
        took, compiling = self.clock() - began[0], self.compiling() - began[1]
        of_it = f", {compiling:.1f} s of it to compile kernels" if compiling >= LEAST_SAID_S else ""
        self._lines.append(f"{took:8.1f} s  {what}{of_it}")


class Hidden:
    """No view at all."""

    def show(self, meter: Meter) -> None:
        """Show nothing."""

    def clear(self) -> None:
        """Nothing is there to be cleared."""


@contextmanager
def progress_shown(*, is_wanted: bool = True) -> Iterator[Progress]:
    """Show the progress of what is done inside, and leave nothing of it on a terminal, whatever happens.

    Another thread draws, so that jobs lose no time to it and a line lives on while nothing is told. With ``--verbose``
    a line stays for each step, with ``--quiet`` nothing is shown.
    """
    # Polars' handler lets system calls go on after an interrupt: a read of stdin would wait until something comes.
    if hasattr(signal, "siginterrupt"):
        signal.siginterrupt(signal.SIGINT, True)
        signal.siginterrupt(signal.SIGTERM, True)
    is_shown, is_verbose = is_wanted and loudness() > QUIET, loudness() == VERBOSE
    if not (is_shown or is_verbose):
        yield silent
        return
    from fastslop._kernels.machine.compile_time import compile_seconds, work_clock

    stream, meter, is_over = sys.stderr, Meter(work_clock), Event()
    times = StepTimes(perf_counter, compile_seconds) if is_verbose else None
    view: View = Hidden() if not is_shown else Terminal(stream) if is_terminal(stream) else Log(stream)

    def say_times() -> None:
        for line in times.take() if times else ():
            view.clear()
            click.echo(line, file=stream)

    def draw() -> None:
        try:
            while not is_over.wait(REDRAWN_S):
                say_times()
                view.show(meter)
        except (OSError, ValueError):  # nobody reads it any more
            return

    def tell(step: str, done: int, total: int | None, unit: str) -> None:
        meter.tell(step, done, total, unit)
        if times is not None:
            times.tell(step, done, total, unit)

    drawing = Thread(target=draw, daemon=True)
    drawing.start()
    try:
        yield tell
        if times is not None:
            times.finish()
    finally:
        is_over.set()
        drawing.join()
        with suppress(OSError, ValueError):
            view.clear()
            say_times()
