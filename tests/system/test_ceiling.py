"""A job stays within the memory that it is given, or stops and says what it would take."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import fastslop as fs
from fastslop.base.errors import UsageError
from fastslop.cli.main import cli
from fastslop.profiles import profile_set
from fastslop.profiles.profile_set import UNPACKED, readers
from fastslop.system import ceiling as ceilings
from fastslop.system.ceiling import ceiling
from fastslop.system.progress import silent, tracked

MB = 1_000_000


@pytest.fixture
def rss(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Bytes that the process has, which a test may change."""
    has = [100 * MB]
    for module in ("ceiling", "progress"):
        monkeypatch.setattr(f"fastslop.system.{module}.rss_bytes", lambda: has[0])
    return has


@pytest.fixture
def profiles() -> fs.ProfileSet:
    records = [
        {
            "model": f"m{i}",
            "prompt": str(p),
            "text": f"The m{i} tapestry of {'abcdefgh'[(i + p) % 8] * 3} hums, and hums.",
        }
        for i in range(5)
        for p in range(8)
    ]
    return fs.count(records)


def test_ceiling__holds_within_its_job_only(rss: list[int]) -> None:
    with ceiling.at(300 * MB):
        assert ceiling.room == 200 * MB
        with ceiling.at(None):
            assert ceiling.room == 200 * MB
        rss[0] = 400 * MB
        assert ceiling.room == 0
    ceiling.require("nothing", 10**15)


def test_step__that_outgrows_the_ceiling_says_what_all_of_it_takes(rss: list[int]) -> None:
    done = []
    with (
        ceiling.at(300 * MB),
        pytest.raises(UsageError, match=r"reading takes about 0\.9 GB, more than --memory 0\.3GB: give more, or "),
    ):
        for item in tracked(range(10), silent, "reading", 10, "models"):
            done.append(item)
            rss[0] += 80 * MB
    assert done == [0, 1, 2]


def test_require__stops_before_memory_is_taken(rss: list[int]) -> None:
    with ceiling.at(300 * MB):
        ceiling.require("drawing", 200 * MB)
        with pytest.raises(UsageError, match=r"drawing takes about 0\.4 GB, more than --memory 0\.3GB"):
            ceiling.require("drawing", 300 * MB)


def test_readers__are_as_many_as_memory_has_room_for(
    profiles: fs.ProfileSet, rss: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profile_set, "n_cores", lambda: 8)
    largest = max(member.n_bytes for member in profiles.members)
    for n in (1, 2, 5, 8, 20):
        with ceiling.at(rss[0] + (n + 1) * UNPACKED * largest):
            assert readers(profiles.members) == min(n, 8)
    with ceiling.at(rss[0] + 1):
        assert readers(profiles.members) == 1


def test_results__do_not_depend_on_how_many_labels_are_read_at_once(
    profiles: fs.ProfileSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for n in (1, 4):
        for room in ("comparing.prompt_counts", "comparing.candidates", "scoring.candidates", "scoring.panel"):
            monkeypatch.setattr(f"fastslop.{room}.readers", lambda members, n=n: n)
        found.append((fs.compare(profiles, replicates=4).to_dict(), fs.score(profiles).to_dict()))
    assert found[0] == found[1]


@pytest.mark.parametrize("command", ["compare", "score", "tree", "report", "identify", "explain", "merge"])
def test_every_command__stops_at_its_memory(
    command: str, profiles: fs.ProfileSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles.write(tmp_path / "in")
    arguments = {
        "tree": ["-o", str(tmp_path / "t.nwk")],
        "report": ["-o", str(tmp_path / "r.html")],
        "merge": ["-o", str(tmp_path / "out")],
        "identify": [str(tmp_path / "in")],
        "explain": ["m0", "m1"],
    }
    monkeypatch.setattr(ceilings, "rss_bytes", lambda: 600 * MB)
    run = CliRunner().invoke(cli, [command, str(tmp_path / "in"), *arguments.get(command, []), "--memory", "500MB"])
    assert isinstance(run.exception, UsageError)
    assert "more than --memory 0.5GB" in str(run.exception)


def test_run__stops_at_its_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ceilings, "rss_bytes", lambda: 600 * MB)
    records = [{"model": m, "prompt": str(p), "text": f"The tapestry of {m} {p}."} for m in "ab" for p in range(4)]
    with pytest.raises(UsageError, match=r"more than --memory 0\.5GB"):
        fs.run(records, tmp_path, memory="500MB")
