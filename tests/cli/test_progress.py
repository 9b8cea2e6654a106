"""A line that is drawn over again on a terminal and gone at the end; in a log next to nothing."""

from __future__ import annotations

import gzip
import io
import json
import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from time import monotonic, sleep

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fastslop.cli import progress as cli_progress
from fastslop.cli.progress import Log, Meter, Terminal, bytes_done, progress_shown, span
from fastslop.reading.corpus import read_chunks
from fastslop.reading.tally import Tally
from fastslop.system.progress import BYTES, silent, tracked
from tests.conftest import ROOT
from tests.corpora_of import done, write_jsonl

MB, GB = 10**6, 10**9


class Clock:
    """A time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Screen(io.StringIO):
    """A terminal that knows no codes: what stands in its lines. A character beyond its width begins another line."""

    def __init__(self, width: int = 80) -> None:
        super().__init__()
        self.width = width
        self.lines = [""]
        self.column = 0

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        for character in text:
            assert character in "\r\n" or character.isprintable()
            if character == "\r":
                self.column = 0
            elif character == "\n" or self.column == self.width:
                self.lines.append("")
                self.column = 0
            if character not in "\r\n":
                line = self.lines[-1].ljust(self.column)
                self.lines[-1] = line[: self.column] + character + line[self.column + 1 :]
                self.column += 1
        return len(text)

    @property
    def shown(self) -> list[str]:
        return [line.rstrip() for line in self.lines]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def meter(clock: Clock) -> Meter:
    return Meter(clock)


@contextmanager
def width_of(columns: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli_progress, "columns_of", lambda stream: columns)
        yield


def go_on(clock: Clock, seconds: float, show: Callable[[], object], every: float = 0.2) -> None:
    """Let time pass, looking at it as often as the command line does."""
    for _ in range(round(seconds / every)):
        clock.now += every
        show()


# The line


def test_line__says_step_share_rate_and_time_left(clock: Clock, meter: Meter) -> None:
    for second in range(61):
        clock.now = 1000.0 + second
        meter.tell("counting", second * 20 * MB, 10 * GB, BYTES)
        meter.line(clock.now)
    assert meter.line(clock.now) == "counting: 12 %, 1.2 of 10.0 GB, 20 MB/s, 7 min left"


@given(st.integers(1, 500), st.integers(5, 5000), st.integers(0, 50), st.floats(0.05, 1))
def test_line__of_an_even_pace_is_right_from_the_first_guess(n_mb: int, n_s: int, ahead: int, part: float) -> None:
    clock = Clock()
    meter = Meter(clock)
    total = (ahead + n_mb * n_s) * MB
    for second in range(max(5, int(part * n_s)) + 1):
        clock.now = 1000.0 + second
        meter.tell("counting", (ahead + n_mb * second) * MB, total, BYTES)
        line = meter.line(clock.now)
        if 3 <= second < n_s:
            assert f"{n_mb:.1f} MB/s" in line if n_mb < 10 else f"{n_mb} MB/s" in line
            assert line.endswith(f", {span(n_s - second)} left")


def test_line__follows_a_pace_that_changes(clock: Clock, meter: Meter) -> None:
    n_done = 0
    for rate, seconds in ((100, 30), (10, 60)):
        for _ in range(seconds):
            clock.now += 1
            n_done += rate * MB
            meter.tell("counting", n_done, 100 * GB, BYTES)
            meter.line(clock.now)
    assert "10 MB/s" in meter.line(clock.now)


def test_line__of_a_job_that_stands_still_does_not_promise(clock: Clock, meter: Meter) -> None:
    meter.tell("merging", 0, 22, "models")
    go_on(clock, 100, lambda: meter.line(clock.now))
    assert meter.line(clock.now) == "merging: 0 %, 0 of 22 models, for 2 min"


def test_line__without_a_total_says_what_is_done(clock: Clock, meter: Meter) -> None:
    for second in range(11):
        clock.now = 1000.0 + second
        meter.tell("counting", second * 30 * MB, None, BYTES)
        meter.line(clock.now)
    assert meter.line(clock.now) == "counting: 300.0 MB, 30 MB/s, for 10 s"


def test_line__of_one_thing_has_no_share(clock: Clock, meter: Meter) -> None:
    meter.tell("merging", 0, 1, "models")
    clock.now += 40
    assert meter.line(clock.now) == "merging: for 40 s"


def test_line__of_a_step_that_is_done_has_no_time(clock: Clock, meter: Meter) -> None:
    meter.tell("counting", 0, 5 * MB, BYTES)
    clock.now += 10
    meter.tell("counting", 5 * MB, 5 * MB, BYTES)
    assert meter.line(clock.now) == "counting: 100 %, 5.0 of 5.0 MB"


def test_line__of_the_next_step_begins_anew(clock: Clock, meter: Meter) -> None:
    for name in ("counting", "merging", "merging"):
        meter.tell(name, 0, 100, "models")
        for i in range(1, 51):
            clock.now += 1
            meter.tell(name, i, 100, "models")
            meter.line(clock.now)
        assert meter.line(clock.now) == f"{name}: 50 %, 50 of 100 models, 50 s left"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "1 s"), (59, "59 s"), (59.6, "1 min"), (300, "5 min"), (5400, "1 h 30 min"), (86400 * 3, "3 days")],
)
def test_span__is_as_people_say_it(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_bytes__have_the_unit_of_the_total() -> None:
    assert bytes_done(1_200 * MB, 10 * GB) == "1.2 of 10.0 GB"
    assert bytes_done(0, 3 * MB) == "0.0 of 3.0 MB"
    assert bytes_done(2500 * GB, None) == "2.5 TB"


# A terminal


TOLD = st.tuples(
    st.sampled_from(["counting", "resampling prompts", "looking for phrases"]),
    st.integers(0, 10**15),
    st.none() | st.integers(0, 10**15),
    st.sampled_from([BYTES, "models", "replicates"]),
    st.floats(0, 1000),
)


@given(st.integers(2, 120), st.lists(TOLD, min_size=1, max_size=20))
@example(12, [("resampling prompts", 0, None, "prompts", 1.0)])
def test_terminal__shows_one_line_within_its_width_and_leaves_nothing(
    width: int, told: list[tuple[str, int, int | None, str, float]]
) -> None:
    clock, screen = Clock(), Screen(width)
    meter, view = Meter(clock), Terminal(screen)
    with width_of(width):
        for name, n_done, total, unit, seconds in told:
            clock.now += seconds
            meter.tell(name, n_done, total if total is None else max(total, n_done), unit)
            view.show(meter)
            assert screen.shown == [meter.line(clock.now, width - 1)]
            assert 0 < len(screen.shown[0]) < width
        view.clear()
    assert (screen.shown, screen.column) == ([""], 0)


def test_terminal__that_is_made_narrower_is_never_written_beyond(clock: Clock, meter: Meter) -> None:
    screen = Screen(80)
    view = Terminal(screen)
    meter.tell("counting", 5 * MB, 9 * MB, BYTES)
    for width in (80, 20, 8):
        screen.width = width
        screen.lines[-1] = screen.lines[-1][:width]
        with width_of(width):
            view.show(meter)
            assert len(screen.lines) == 1
            view.clear()
        assert screen.shown == [""]


def test_terminal__overwrites_the_echo_of_an_interrupt(clock: Clock, meter: Meter) -> None:
    screen = Screen(40)
    view = Terminal(screen)
    meter.tell("counting", 5 * MB, 9 * MB, BYTES)
    with width_of(40):
        view.show(meter)
        screen.write("^C")
        view.clear()
    assert screen.shown == [""]


def test_terminal__leaves_out_what_is_least_needed_first(clock: Clock, meter: Meter) -> None:
    for second in range(61):
        clock.now = 1000.0 + second
        meter.tell("counting", second * 20 * MB, 10 * GB, BYTES)
        meter.line(clock.now)
    assert meter.line(clock.now, 45) == "counting: 12 %, 20 MB/s, 7 min left"
    assert meter.line(clock.now, 30) == "counting: 12 %, 7 min left"
    assert meter.line(clock.now, 20) == "counting: 12 %"
    assert meter.line(clock.now, 4) == "coun"


@pytest.mark.parametrize(("name", "value"), [("TERM", "dumb"), ("CI", "true")])
def test_terminal__that_cannot_draw_over_is_a_log(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert cli_progress.is_terminal(Screen())
    monkeypatch.setenv(name, value)
    assert not cli_progress.is_terminal(Screen())


# A log


def test_log__of_short_steps_is_empty(clock: Clock, meter: Meter) -> None:
    log = io.StringIO()
    view = Log(log)
    for step in range(100):
        meter.tell(f"step {step}", 0, 10, "models")
        go_on(clock, 9.8, lambda: view.show(meter))
    view.clear()
    assert log.getvalue() == ""


@given(st.lists(st.floats(1, 1000), min_size=1, max_size=8))
def test_log__has_a_line_a_minute_at_most_and_every_minute_of_a_long_step(durations: list[float]) -> None:
    clock, log = Clock(), io.StringIO()
    meter, view = Meter(clock), Log(log)
    said: list[float] = []
    for i, seconds in enumerate(durations):
        meter.tell(f"step {i}", 0, 10, "models")
        began, n_before = clock.now, len(said)

        def show() -> None:
            before = len(log.getvalue())
            view.show(meter)
            said.extend([clock.now] * (len(log.getvalue()) > before))

        go_on(clock, seconds, show, every=1)
        own = said[n_before:]
        assert all(now - began >= 9.9 for now in own)
        assert clock.now - max([began, *own]) < 71
    assert all(later - earlier >= 60 for earlier, later in pairwise(said))
    lines = log.getvalue().splitlines()
    assert len(lines) == len(said) and all(line.startswith("progress: step ") for line in lines)


# What shows it


def test_shown__is_gone_when_a_job_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(cli_progress, "is_terminal", lambda stream: True)
    monkeypatch.setattr(cli_progress, "REDRAWN_S", 0.005)
    with pytest.raises(KeyboardInterrupt), progress_shown() as progress:
        progress("counting", 5 * MB, 9 * MB, BYTES)
        stop = monotonic() + 10
        while screen.shown == [""] and monotonic() < stop:
            sleep(0.005)
        assert screen.shown == ["counting: 55 %, 5.0 of 9.0 MB"]
        raise KeyboardInterrupt
    assert (screen.shown, screen.column) == ([""], 0)


def test_shown__to_nobody_fails_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = Screen()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    monkeypatch.setattr(cli_progress, "is_terminal", lambda stream: True)
    monkeypatch.setattr(Screen, "write", lambda self, text: io.StringIO.write(self, text))
    monkeypatch.setattr(cli_progress, "REDRAWN_S", 0.005)
    with progress_shown() as progress:
        progress("counting", 5 * MB, 9 * MB, BYTES)
        sleep(0.05)


# What is told


def test_tracked__tells_of_items_that_their_taker_is_done_with() -> None:
    told: list[tuple[str, int, int | None, str]] = []
    items = tracked("ab", lambda *step: told.append(step), "scoring", 2, "models")
    told.extend((item, 0, None, "") for item in items)
    steps = [("scoring", n, 2, "models") for n in range(3)]
    assert told == [steps[0], ("a", 0, None, ""), steps[1], ("b", 0, None, ""), steps[2]]


@pytest.mark.parametrize("kind", ["jsonl", "jsonl.gz", "parquet", "csv", "json", "txt", "mixed"])
def test_reading__tells_stored_bytes_up_to_all_of_them(kind: str, tmp_path: Path) -> None:
    import polars as pl

    folder = tmp_path / "texts"
    folder.mkdir()
    for i in range(3):
        records = [{"model": f"m{i}", "text": f"text {j} of {i}, " + "word " * j} for j in range(200)]
        lines = "".join(json.dumps(record) + "\n" for record in records)
        of_file = ["jsonl", "parquet", "csv"][i] if kind == "mixed" else kind
        path = folder / f"{i}.{of_file}"
        if of_file == "jsonl":
            path.write_text(lines)
        elif of_file == "jsonl.gz":
            path.write_bytes(gzip.compress(lines.encode()))
        elif of_file == "json":
            path.write_text(json.dumps(records))
        elif of_file == "txt":
            path.write_text(lines)
        else:
            frame = pl.DataFrame(records)
            frame.write_csv(path) if of_file == "csv" else frame.write_parquet(path)
    told: list[tuple[str, int, int | None, str]] = []
    chunks = read_chunks([str(folder)], tally=Tally(), progress=lambda *step: told.append(step), step="reading")
    assert sum(len(chunk.prompt_keys) for chunk in chunks) == (3 if kind == "txt" else 600)
    size = sum(path.stat().st_size for path in folder.iterdir())
    assert told.pop() == ("reading, the last part", 0, 1, "parts")
    assert {(name, total, unit) for name, _, total, unit in told} == {("reading", size, BYTES)}
    n_done = [n for _, n, _, _ in told]
    assert n_done == sorted(n_done) and n_done[-1] <= size
    assert n_done[-1] == size or kind in ("csv", "mixed")  # of a table in text, what its other fields hold is not seen


@pytest.mark.parametrize("packing", ["", ".gz"])
def test_reading__of_a_large_file_tells_of_every_block(
    packing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fastslop.reading.formats.READ_BYTES", 1 << 16)
    lines = "".join(json.dumps({"text": f"{i} {os.urandom(20).hex()}"}) + "\n" for i in range(10_000)).encode()
    path = tmp_path / f"a.jsonl{packing}"
    path.write_bytes(gzip.compress(lines) if packing else lines)
    told: list[int] = []
    list(read_chunks([str(path)], tally=Tally(), progress=lambda step, n, total, unit: told.append(n)))
    steps = [later - earlier for earlier, later in pairwise(told[:-1])]
    assert len(told) >= len(lines) // (1 << 17)
    assert max(steps) < 4 * path.stat().st_size / len(told)


def test_reading__of_stdin_has_no_total(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b'{"text": "one two"}\n' * 10
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    told: list[tuple[str, int, int | None, str]] = []
    list(read_chunks(["-"], tally=Tally(), progress=lambda *step: told.append(step)))
    assert told[:-1] == [("reading", n, None, BYTES) for n in (0, len(content))]


def test_silent__is_what_progress_takes() -> None:
    assert list(tracked([1, 2], silent, "", 2, "")) == [1, 2]


# A real terminal


OWN_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(2, termios.TIOCSCTTY, 0); "
    "os.execv(sys.executable, [sys.executable, '-m', 'fastslop', *sys.argv[1:]])"
)


@contextmanager
def in_terminal(*args: object) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A process that reads a pipe and writes to a terminal of 60 columns, whose interrupts it gets."""
    import pty
    import termios

    terminal, inner = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 60))
    process = subprocess.Popen(
        [sys.executable, "-c", OWN_TERMINAL, *map(str, args)],
        stdin=subprocess.PIPE,
        stdout=inner,
        stderr=inner,
        start_new_session=True,
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "CI"} | {"TERM": "xterm"},
    )
    os.close(inner)
    with process:
        try:
            yield process, terminal
        finally:
            process.kill()
            os.close(terminal)


def read_until(terminal: int, screen: Screen, is_there: Callable[[], bool], seconds: float = 100) -> None:
    """Show what a terminal is sent until something is there, or the terminal is closed."""
    stop = monotonic() + seconds
    while not is_there() and monotonic() < stop:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                screen.write(os.read(terminal, 1 << 16).decode())
            except OSError:  # closed
                return


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("is_interrupted", [False, True], ids=["done", "interrupted"])
def test_count__in_a_terminal_shows_the_line_and_leaves_it_clean(is_interrupted: bool, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "some.jsonl", [{"text": "the cat sat on the mat"}] * 50)
    done("count", path, "-o", tmp_path / "warm")  # compiles
    screen = Screen(60)

    def shows_the_line() -> bool:
        return any(line.startswith("reading: 0.0 MB") for line in screen.shown)

    with in_terminal("count", "-", "--label", "slow", "-o", tmp_path / "out") as (process, terminal):
        assert process.stdin is not None
        process.stdin.write(path.read_bytes())
        process.stdin.flush()
        read_until(terminal, screen, shows_the_line)
        assert len(screen.lines) == 1 and shows_the_line()
        if is_interrupted:
            os.write(terminal, b"\x03")
        else:
            process.stdin.close()
        read_until(terminal, screen, lambda: False)
        assert process.wait(100) == (130 if is_interrupted else 0)
    first, *others = screen.shown
    assert first.startswith("interrupted" if is_interrupted else "counted 50 generations")
    assert not any("reading" in line or "counting" in line for line in others)
