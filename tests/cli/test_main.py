"""Commands do what they say, put data on stdout and everything else on stderr, and exit as the contract has it."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import click
import polars as pl
import pytest
from click.testing import CliRunner

from fastslop import __version__
from fastslop.base.errors import INTERRUPTED, TERMINATED, BadInputError, IncompatibleProfilesError, UsageError
from fastslop.cli.main import cli
from fastslop.counting.label_queue import MemoryShares
from tests.conftest import ROOT
from tests.corpora_of import (
    FAMILIES,
    N_PROMPTS,
    OWN_WORDS,
    Model,
    done,
    fastslop,
    files_below,
    leaves_below,
    records,
    write_jsonl,
)

HEAVY = ("numba", "numpy", "polars", "scipy", "matplotlib", "wordfreq")
LABELS = sorted(OWN_WORDS)


@pytest.fixture(scope="module")
def human(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A baseline of the plain words that all models share, with full stops at the ends of texts only."""
    folder = tmp_path_factory.mktemp("human")
    rows = records(Model("human"), n_words=3000)
    unmarked = [row | {"output": str(row["output"]).replace(". ", " ")} for row in rows]
    path = write_jsonl(folder / "human.jsonl", unmarked)
    done("baseline", "build", path, "-o", folder / "human.parquet")
    return folder / "human.parquet"


def run_process(
    *args: object, stdin: bytes = b"", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """``python -m fastslop ARGS`` as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "fastslop", *map(str, args)],
        input=stdin.decode(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=120,
        cwd=ROOT,
        env=os.environ | (env or {}),
    )


def start_process(*args: object, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "fastslop", *map(str, args)],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )


def commands(group: click.Group = cli, before: str = "") -> dict[str, click.Command]:
    """Every command by the words that call it."""
    found = {}
    for name, command in group.commands.items():
        inside = commands(command, f"{before}{name} ") if isinstance(command, click.Group) else {before + name: command}
        found.update(inside)
    return found


# Help


def test_help__of_every_command_loads_nothing_heavy() -> None:
    calls = ["", *commands()]
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom fastslop.cli.main import cli\n"
        f"for words in {calls}:\n"
        "    assert CliRunner().invoke(cli, [*words.split(), '--help']).exit_code == 0, words\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert found.stdout == "[]\n", found.stderr


def test_help__answers_at_once() -> None:
    times = []
    for _ in range(3):
        start = perf_counter()
        assert "Usage" in run_process("--help").stdout
        times.append(perf_counter() - start)
    assert min(times) < 1  # 0.3 s on an idle machine


@pytest.mark.parametrize(
    "words",
    [pytest.param(words) if words in ("tree", "demo") else words for words in commands()],
)
def test_help__explains_every_option(words: str) -> None:
    command = commands()[words]
    assert command.help
    options = [param for param in command.params if isinstance(param, click.Option)]
    assert [option.opts[-1] for option in options if not option.help] == []


def test_no_arguments__shows_the_commands_and_is_a_usage_error() -> None:
    answer = fastslop()
    assert answer.code == 2
    assert all(name in answer.out + answer.log for name in cli.commands)


def test_version__is_said() -> None:
    assert __version__ in CliRunner().invoke(cli, ["--version"]).output


# Exit codes and streams, of real processes


def test_exit_0__has_data_alone_on_stdout(texts: Path, tmp_path: Path) -> None:
    found = run_process("count", texts, "-o", tmp_path / "out", "--json")
    assert found.returncode == 0, found.stderr
    assert [profile["label"] for profile in json.loads(found.stdout)["profiles"]] == LABELS
    assert "counted" in found.stderr


def test_exit_1__is_bad_data(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"output": "cut o', encoding="utf-8")
    found = run_process("count", tmp_path / "bad.jsonl", "-o", tmp_path / "out")
    assert (found.returncode, found.stdout) == (1, "")
    assert "bad.jsonl" in found.stderr and "Traceback" not in found.stderr


def test_exit_2__is_bad_usage(texts: Path, tmp_path: Path) -> None:
    found = run_process("count", texts, "-o", tmp_path / "out", "--shard", "3/3")
    assert (found.returncode, found.stdout) == (2, "")
    assert "3/3" in found.stderr and "Traceback" not in found.stderr


def test_exit_3__is_profiles_not_comparable(texts: Path, profiles: Path, tmp_path: Path) -> None:
    done("count", texts / "oak-1.jsonl", "-o", tmp_path, "--orders", "1,2")
    found = run_process("compare", profiles / "elm-1.parquet", tmp_path)
    assert (found.returncode, found.stdout) == (3, "")
    assert "orders" in found.stderr and "Traceback" not in found.stderr


@pytest.mark.parametrize(
    ("sent", "code", "word"), [(signal.SIGINT, 130, b"interrupted"), (signal.SIGTERM, 143, b"terminated")]
)
def test_exit_130_and_143__are_interrupted_counts_that_leave_no_file(
    tmp_path: Path, sent: signal.Signals, code: int, word: bytes
) -> None:
    process = start_process("count", "-", "--label", "a", "-o", tmp_path / "out", stdin=subprocess.PIPE)
    assert process.stdin is not None
    line = json.dumps({"output": "the cat sat on the mat and whispered. " * 100}).encode() + b"\n"
    for _ in range(2000):  # more than pipes and buffers hold: what is written last shows that counting has begun
        process.stdin.write(line)
    process.stdin.flush()
    process.send_signal(sent)
    out, log = process.communicate(timeout=120)
    assert (process.returncode, out) == (code, b"")
    assert word in log and b"Traceback" not in log
    assert files_below(tmp_path) == []


def test_interrupt__while_a_profile_is_written_leaves_no_file(
    texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(source: Path, target: Path) -> None:
        assert source.stat().st_size
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    answer = fastslop("count", texts, "-o", tmp_path / "out")
    assert (answer.code, answer.out) == (130, "")
    assert files_below(tmp_path) == []


@pytest.mark.parametrize(("arguments", "code"), [("--version", 0), ("nosuch", 2)])
@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_closed_streams__leave_the_exit_code_as_it_is(arguments: str, code: int, closed: str) -> None:
    command = f"{sys.executable} -m fastslop {arguments} >/dev/null 2>/dev/null {closed}"
    assert subprocess.run(command, shell=True, check=False).returncode == code


def test_closed_pipe__is_no_error(profiles: Path) -> None:
    process = start_process("inspect", profiles / "elm-1.parquet", "--top", "100000")
    assert process.stdout is not None and process.stderr is not None
    with process.stdout, process.stderr:
        process.stdout.readline()
        process.stdout.close()
        log = process.stderr.read()
        assert process.wait(timeout=60) == 0
    assert log == b""


def test_narrow_stdout__replaces_what_it_cannot_show(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [{"output": "one — two 🙂 three"}])
    done("count", path, "-o", tmp_path / "out")
    found = run_process("inspect", tmp_path / "out" / "a.parquet", env={"PYTHONIOENCODING": "latin-1"})
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("run", "{there}", "-o", "{out}", "--baseline", "{nowhere}"),
        ("run", "{there}", "-o", "{out}", "--dates", "{nowhere}"),
        ("filter", "{there}", "--list", "{nowhere}"),
        ("identify", "{profiles}", "{nowhere}"),
        ("report", "{profiles}", "-o", "{out}.html", "--baseline", "{nowhere}"),
        ("report", "{profiles}", "-o", "{out}.html", "--texts", "{nowhere}"),
        ("lists", "{nowhere}", "-o", "{out}"),
        ("explain", "{nowhere}", "a"),
        ("baseline", "info", "{nowhere}"),
        ("export", "{nowhere}", "-o", "{out}.csv"),
        ("count", "{there}", "-o", "{out}", "--spec", "{nowhere}"),
    ],
    ids=" ".join,
)
def test_exit_2__is_a_file_that_is_not_there_wherever_it_is_named(
    command: Sequence[str], texts: Path, profiles: Path, tmp_path: Path
) -> None:
    nowhere = tmp_path / "nowhere.txt"
    places = {"there": texts / "oak-1.jsonl", "profiles": profiles, "nowhere": nowhere, "out": tmp_path / "out"}
    answer = fastslop(*(word.format(**places) for word in command))
    assert (answer.code, answer.out) == (2, "")
    assert "nowhere.txt" in answer.log and "Errno" not in answer.log
    assert files_below(tmp_path) == []


def test_exit_codes__are_those_of_the_help() -> None:
    said = " ".join(fastslop("--help").out.split())
    codes = {str(INTERRUPTED), str(TERMINATED), *(str(e.exit_code) for e in (UsageError, IncompatibleProfilesError))}
    assert {"0", str(BadInputError.exit_code), *codes} == set(
        re.findall(r"\b\d+\b", said.partition("Exit codes")[2].partition("terminated")[0])
    )
    page = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    listed = page.partition("Exit codes: ")[2].partition("\n\n")[0]
    assert set(re.findall(r"\b\d+\b", listed)) == {"0", str(BadInputError.exit_code), *codes}


# Messages


def test_place__that_nothing_can_be_written_to_is_refused_before_anything_is_computed(
    texts: Path, profiles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compute(*_: object, **__: object) -> None:
        raise AssertionError("computed before the place was looked at")

    monkeypatch.setattr("fastslop.system.atomic.os.access", lambda path, mode: mode != os.W_OK)
    for name in (
        "fastslop.pipeline.run.count_corpus",
        "fastslop.pipeline.report.score_with",
        "fastslop.trees.build.compare",
    ):
        monkeypatch.setattr(name, compute)
    for command in (("run", texts, "-o", tmp_path), ("report", profiles), ("tree", profiles)):
        out = {"report": ["-o", tmp_path / "a.html"], "tree": ["-o", tmp_path / "a.svg"]}.get(command[0], [])
        answer = fastslop(*command, *out)
        assert (answer.code, answer.out) == (2, "")
        assert "cannot be written" in answer.log and str(tmp_path) in answer.log


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["--text", "prose"], 2, ["oak-1.jsonl", "'prose'", "--text", "model, source, id, output"]),
        (["--model", "author"], 2, ["oak-1.jsonl", "'author'", "--model", "model, source, id, output"]),
        (["--prompt", "seed"], 2, ["oak-1.jsonl", "'seed'", "--prompt", "model, source, id, output"]),
        (["--spec", "nonsense"], 2, ["nonsense", "slop-forensics"]),
        (["--orders", "0"], 2, ["orders", "1 to 16"]),
        (["--orders", "a"], 2, ["--orders", "'a'", "1-4"]),
        (["--shard", "2"], 2, ["--shard", "'2'", "0/8"]),
        (["--shard", "2/2"], 2, ["--shard", "'2/2': I runs from 0 to N - 1"]),
        (["--memory", "64MB"], 2, ["--memory", "500MB"]),
        (["--memory", "much"], 2, ["--memory", "800MB"]),
        (["--workers", "0"], 2, ["--workers"]),
        (["--max-bad", "2"], 2, ["--max-bad"]),
        pytest.param(["--memory", "1e999"], 2, ["--memory"]),
        pytest.param(["--orders", "3-1"], 2, ["--orders", "3-1"]),
    ],
)
def test_count__refuses_options_it_cannot_follow(
    args: Sequence[str], code: int, words: Sequence[str], texts: Path, tmp_path: Path
) -> None:
    answer = fastslop("count", texts / "oak-1.jsonl", "-o", tmp_path / "out", *args)
    assert (answer.code, answer.out) == (code, "")
    assert [word for word in words if word not in answer.log] == []
    assert files_below(tmp_path) == []


def test_input__that_is_missing_is_named(tmp_path: Path) -> None:
    answer = fastslop("run", tmp_path / "absent*.jsonl", "-o", tmp_path / "out")
    assert (answer.code, answer.out) == (2, "")
    assert "absent*.jsonl" in answer.log and "no such file" in answer.log


def test_input__that_is_an_empty_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    answer = fastslop("run", tmp_path / "nothing", "-o", tmp_path / "out")
    assert (answer.code, answer.out) == (1, "")
    assert str(tmp_path / "nothing") in answer.log and ".jsonl" in answer.log


def test_input__without_usable_text_is_named_with_its_fields(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "blank.jsonl", [{"model": "a", "output": " "}] * 3)
    answer = fastslop("run", path, "-o", tmp_path / "out")
    assert (answer.code, answer.out) == (1, "")
    assert [w for w in ("blank.jsonl", "empty text: 3", "model, output", "--text") if w not in answer.log] == []


def test_input__of_bad_records_is_refused_with_places_and_remedy(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "bad.jsonl", records(FAMILIES[0]))
    with path.open("a") as file:
        file.write('{"output": "cut sho\n')
    answer = fastslop("count", path, "-o", tmp_path / "out")
    assert (answer.code, answer.out) == (1, "")
    assert f"bad.jsonl:{N_PROMPTS + 1}" in answer.log and "broken JSON: 1" in answer.log
    remedy = answer.log.split("go on without them with ")[1].split()
    mended = done("count", path, "-o", tmp_path / "out", "--json", *remedy)
    assert mended.json["skipped"] == {"broken JSON": 1}
    assert f"bad.jsonl:{N_PROMPTS + 1}" in mended.log


def test_input__that_fails_leaves_no_folder(tmp_path: Path) -> None:
    fastslop("run", tmp_path / "absent.jsonl", "-o", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["score", "compare", "inspect", "tree", "merge"])
@pytest.mark.parametrize("kind", ["absent", "not Parquet", "other Parquet", "empty folder", "cut off"])
def test_profiles__that_are_none_are_named(command: str, kind: str, profiles: Path, tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    if kind == "not Parquet":
        path.write_text("no Parquet")
    elif kind == "other Parquet":
        pl.DataFrame({"a": [1]}).write_parquet(path)
    elif kind == "empty folder":
        path.mkdir()
    elif kind == "cut off":
        path.write_bytes((profiles / "oak-1.parquet").read_bytes()[:-100])
    out = {"tree": ["-o", tmp_path / "t.nwk"], "merge": ["-o", tmp_path / "merged"]}.get(command, [])
    answer = fastslop(command, path, *out)
    assert (answer.code, answer.out) == (2 if kind == "absent" else 1, "")
    assert str(path) in answer.log and "Traceback" not in answer.log


# Counting


def test_count__says_what_the_contract_says(texts: Path, tmp_path: Path) -> None:
    value = done("count", texts, "-o", tmp_path, "--json").json
    assert value["format"] == 1
    assert [profile["label"] for profile in value["profiles"]] == LABELS
    for profile in value["profiles"]:
        assert Path(profile["path"]).is_file()
        assert (profile["n_docs"], profile["n_prompts"]) == (N_PROMPTS, N_PROMPTS)
        assert profile["n_tokens"] > 0
    n_bytes = {model.label: sum(len(str(r["output"]).encode()) for r in records(model)) for model in FAMILIES}
    assert {profile["label"]: profile["n_bytes"] for profile in value["profiles"]} == n_bytes
    assert value["skipped"] == {}
    assert value["guarded"] == dict.fromkeys(("looping", "refused", "truncated", "duplicate"), 0)
    assert value["elapsed_s"] >= 0 and value["mb_per_s"] >= 0 and value["peak_rss_mb"] > 0


def test_count__without_force_replaces_nothing(texts: Path, tmp_path: Path) -> None:
    done("count", texts / "oak-1.jsonl", "-o", tmp_path)
    before = (tmp_path / "oak-1.parquet").read_bytes()
    answer = fastslop("count", texts / "elm-1.jsonl", "-o", tmp_path, "--label", "oak-1")
    assert (answer.code, answer.out) == (2, "")
    assert "oak-1.parquet" in answer.log and "--force" in answer.log
    assert (tmp_path / "oak-1.parquet").read_bytes() == before
    done("count", texts / "elm-1.jsonl", "-o", tmp_path, "--label", "oak-1", "--force")
    assert (tmp_path / "oak-1.parquet").read_bytes() != before


def test_count__into_one_file_is_for_one_label(texts: Path, tmp_path: Path) -> None:
    answer = fastslop("count", texts, "-o", tmp_path / "all.parquet")
    assert (answer.code, answer.out) == (2, "")
    assert "--label" in answer.log
    assert files_below(tmp_path) == []
    done("count", texts, "-o", tmp_path / "all.parquet", "--label", "all")
    assert files_below(tmp_path) == ["all.parquet"]


def test_count__reads_stdin_under_a_name(tmp_path: Path) -> None:
    content = "".join(json.dumps({"output": f"text number {i}"}) + "\n" for i in range(5)).encode()
    value = done("count", "-", "--label", "piped", "-o", tmp_path, "--json", stdin=content).json
    assert [(p["label"], p["n_docs"]) for p in value["profiles"]] == [("piped", 5)]
    found = run_process("count", "-", "--label", "piped", "-o", tmp_path / "own", "--json", stdin=content)
    assert json.loads(found.stdout)["profiles"][0]["n_tokens"] == value["profiles"][0]["n_tokens"]


def test_count__takes_fields_by_name(tmp_path: Path) -> None:
    rows = [{"who": who, "what": {"said": "one two"}, "asked": i, "text": "no"} for who in "ab" for i in range(3)]
    path = write_jsonl(tmp_path / "odd.jsonl", rows)
    fields = ["--text", "what.said", "--model", "who", "--prompt", "asked"]
    value = done("count", path, "-o", tmp_path / "out", *fields, "--json").json
    assert [(p["label"], p["n_prompts"], p["n_tokens"]) for p in value["profiles"]] == [("a", 3, 6), ("b", 3, 6)]


def test_count__takes_numbers_for_prompts(tmp_path: Path) -> None:
    rows = [{"model": "a", "id": i, "output": "one two"} for i in (1, 2, 2, 3.0, 3)]
    value = done("count", write_jsonl(tmp_path / "a.jsonl", rows), "-o", tmp_path / "out", "--json").json
    assert [(p["n_docs"], p["n_prompts"]) for p in value["profiles"]] == [(5, 3)]


def test_count__finds_models_that_are_numbers(tmp_path: Path) -> None:
    rows = [{"model": model, "id": i, "output": "one two"} for model in (1, 2) for i in range(3)]
    value = done("count", write_jsonl(tmp_path / "all.jsonl", rows), "-o", tmp_path / "out", "--json").json
    assert [p["label"] for p in value["profiles"]] == ["1", "2"]


def test_count__refuses_the_same_content_twice(texts: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes((texts / "oak-1.jsonl").read_bytes())
    answer = fastslop("count", texts / "oak-1.jsonl", copy, "-o", tmp_path / "out")
    assert answer.code != 0
    assert "oak-1.jsonl" in answer.log and "copy.jsonl" in answer.log


def test_count__on_a_full_disk_says_what_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("fastslop.profiles.parts.Spill.write", fail)
    monkeypatch.setattr("fastslop.counting.count.memory_shares", lambda _: MemoryShares(0, 0, 0))
    path = write_jsonl(tmp_path / "a.jsonl", records(Model("a"), n_prompts=3))
    answer = fastslop("count", path, "-o", tmp_path / "out")
    assert (answer.code, answer.out) == (1, "")
    assert "No space left" in answer.log and "--temp" in answer.log
    assert not (tmp_path / "out").exists()


HOSTILE = [
    "../x",
    "a/b",
    'it\'s "q"',
    "🙂",
    "x" * 300,
    "a,b",
    ".",
    "..",
    "tab\tline\nend",
    "-rf",
    "A(b):c;[d]",
    "nul\0",
]


def test_labels__of_any_kind_stay_exact_and_inside_the_folder(tmp_path: Path) -> None:
    rows = [row | {"model": label} for label in HOSTILE for row in records(Model(label), n_prompts=6, n_words=60)]
    path = write_jsonl(tmp_path / "hostile.jsonl", rows)
    value = done("count", path, "-o", tmp_path / "a" / "b" / "out", "--json").json
    assert [p["label"] for p in value["profiles"]] == sorted(HOSTILE)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "hostile.jsonl"]
    assert len(files_below(tmp_path / "a" / "b" / "out")) == len(HOSTILE)
    assert len(files_below(tmp_path / "a")) == len(HOSTILE)
    compared = done("compare", tmp_path / "a" / "b" / "out", "--json").json
    assert compared["labels"] == sorted(HOSTILE)
    done("tree", tmp_path / "a" / "b" / "out", "-o", tmp_path / "t.nwk")
    assert max(leaves_below((tmp_path / "t.nwk").read_text()), key=len) == set(HOSTILE)


@pytest.mark.parametrize("label", ["é" * 120, "深" * 100], ids=["accented", "Han"])
def test_labels__of_many_bytes_have_a_file(label: str, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [{"model": label, "output": "one two"}])
    value = done("count", path, "-o", tmp_path / "out", "--json").json
    assert [p["label"] for p in value["profiles"]] == [label]


# Merging


def test_merge__of_shards_is_the_whole(texts: Path, profiles: Path, tmp_path: Path) -> None:
    for shard in range(3):
        done("count", texts, "-o", tmp_path / str(shard), "--shard", f"{shard}/3")
    folders = [tmp_path / str(shard) for shard in range(3)]
    done("merge", *folders, "-o", tmp_path / "merged")
    done("merge", *reversed(folders), "-o", tmp_path / "other-order")
    for label in LABELS:
        merged, whole = tmp_path / "merged" / f"{label}.parquet", profiles / f"{label}.parquet"
        assert merged.read_bytes() == (tmp_path / "other-order" / f"{label}.parquet").read_bytes()
        assert pl.read_parquet(merged).equals(pl.read_parquet(whole))
        both = [done("inspect", path, "--top", 10**6, "--json").json for path in (merged, whole)]
        same = [{k: v for k, v in value.items() if k not in ("path", "sources")} for value in both]
        assert same[0] == same[1]


def test_merge__says_what_it_wrote(texts: Path, tmp_path: Path) -> None:
    for shard in range(2):
        done("count", texts / "oak-1.jsonl", "-o", tmp_path / str(shard), "--shard", f"{shard}/2")
    value = done("merge", tmp_path / "0", tmp_path / "1", "-o", tmp_path / "oak.parquet", "--json").json
    assert value["format"] == 1
    assert [(p["label"], p["path"], p["n_docs"]) for p in value["profiles"]] == [
        ("oak-1", str(tmp_path / "oak.parquet"), N_PROMPTS)
    ]


def test_merge__pools_models_under_one_name(profiles: Path, tmp_path: Path) -> None:
    value = done("merge", profiles, "-o", tmp_path / "all.parquet", "--label", "all", "--json").json
    assert [(p["label"], p["n_docs"], p["n_prompts"]) for p in value["profiles"]] == [
        ("all", len(LABELS) * N_PROMPTS, N_PROMPTS)
    ]
    refused = fastslop("merge", profiles, "-o", tmp_path / "other.parquet")
    assert (refused.code, refused.out) == (2, "")
    assert "--label" in refused.log


def test_merge__refuses_a_copy(profiles: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.parquet").write_bytes((profiles / "oak-1.parquet").read_bytes())
    answer = fastslop("merge", profiles / "oak-1.parquet", tmp_path / "copy.parquet", "-o", tmp_path / "m.parquet")
    assert (answer.code, answer.out) == (3, "")
    assert "same source" in answer.log and "'oak-1'" in answer.log
    assert not (tmp_path / "m.parquet").exists()


def test_merge__refuses_one_file_named_twice(profiles: Path, tmp_path: Path) -> None:
    answer = fastslop("merge", *[profiles / "oak-1.parquet"] * 2, "-o", tmp_path / "m.parquet")
    assert (answer.code, answer.out) == (3, "")


def test_merge__writes_nothing_if_one_file_is_there(profiles: Path, tmp_path: Path) -> None:
    done("merge", profiles / "oak-2.parquet", "-o", tmp_path)
    answer = fastslop("merge", profiles, "-o", tmp_path)
    assert (answer.code, answer.out) == (2, "")
    assert files_below(tmp_path) == ["oak-2.parquet"]


@pytest.mark.parametrize(
    ("args", "field"),
    [(["--orders", "1,2"], "orders"), (["--spec", "slop-forensics"], "tokeniser"), (["--spec", "words"], "stopwords")],
)
def test_profiles__counted_differently_are_refused_by_field(
    args: Sequence[str], field: str, texts: Path, profiles: Path, human: Path, tmp_path: Path
) -> None:
    done("count", texts / "oak-1.jsonl", "-o", tmp_path / "other", *args)
    for command in (
        ["merge", tmp_path / "other", profiles / "oak-1.parquet", "-o", tmp_path / "m"],
        ["compare", tmp_path / "other", profiles / "elm-1.parquet"],
        ["score", tmp_path / "other", "--baseline", human],
    ):
        answer = fastslop(*command)
        assert (answer.code, answer.out) == (3, ""), command
        assert field in answer.log and "Traceback" not in answer.log
    assert not (tmp_path / "m").exists()


# Scoring and baselines

KEYNESS = {
    "feature": str,
    "order": int,
    "n": int,
    "n_docs": int,
    "n_prompts": int,
    "rate_per_million": float,
    "baseline_per_million": float,
    "log_ratio": float,
    "z": float,
    "g2": float,
    "q_value": float,
}


def features(value: dict[str, Any], label: str, kind: str, order: int) -> list[dict[str, Any]]:
    return [f for f in value["labels"][label]["features"] if (f["kind"], f["order"]) == (kind, order)]


def test_score__says_what_the_contract_says(profiles: Path) -> None:
    value = done("score", profiles, "--json", "--top", 5).json
    assert (value["format"], value["baseline"]) == (1, "wordfreq:en")
    assert list(value["labels"]) == LABELS
    for label, totals in value["labels"].items():
        assert (totals["n_docs"], totals["n_prompts"]) == (N_PROMPTS, N_PROMPTS)
        assert totals["n_tokens"] > 0 and totals["slop_score"] >= 0
        for feature in totals["features"]:
            assert {name: type(feature[name]) for name in KEYNESS} == KEYNESS
            assert 0 <= feature["q_value"] <= 1
        assert features(value, label, "word", 1)[0]["feature"] == OWN_WORDS[label]
        assert len(features(value, label, "word", 1)) == 5


def test_score__says_what_each_kind_is_measured_against(profiles: Path) -> None:
    answer = done("score", profiles, "--json")
    of_phrases, of_others = answer.json["notes"]
    assert "n-grams without stopwords" in of_phrases and "human-en/1" in of_phrases
    assert "n-grams with stopwords and marks" in of_others and "panel" in of_others and "wordfreq:en" in of_others
    assert of_phrases in answer.log and of_others in answer.log
    found = {f["kind"]: set() for totals in answer.json["labels"].values() for f in totals["features"]}
    for totals in answer.json["labels"].values():
        for f in totals["features"]:
            found[f["kind"]].add(f["baseline"])
            assert (f["baseline"] == "wordfreq:en") == ((f["kind"], f["order"]) == ("word", 1))
    assert found == {"word": {"wordfreq:en", "panel"}, "content": {"human-en/1"}, "mark": {"panel"}}


def test_score__against_a_built_baseline_covers_everything(profiles: Path, human: Path) -> None:
    value = done("score", profiles, "--baseline", human, "--json").json
    assert value["notes"] == []
    assert "human" in value["baseline"]
    for label, totals in value["labels"].items():
        assert {f["baseline"] for f in totals["features"]} == {value["baseline"]}
        assert features(value, label, "word", 1)[0]["feature"] == OWN_WORDS[label]
        assert features(value, label, "word", 3)[0]["log_ratio"] > 0
        assert features(value, label, "mark", 1)


def test_score__prints_the_first_features_for_people(profiles: Path) -> None:
    answer = done("score", profiles, "--top", 2)
    for label, word in OWN_WORDS.items():
        assert label in answer.out and word in answer.out
    assert "note:" in answer.log and "note:" not in answer.out


def test_score__of_a_single_model_has_what_people_are_known_to_write(profiles: Path) -> None:
    answer = done("score", profiles / "oak-1.parquet", "--json")
    found = {(f["kind"], f["order"]) for f in answer.json["labels"]["oak-1"]["features"]}
    assert found == {("word", 1), ("content", 2), ("content", 3)}
    assert "not scored" in answer.log


def test_score__where_nothing_can_be_scored_says_so(texts: Path, tmp_path: Path) -> None:
    done("count", texts / "oak-1.jsonl", "-o", tmp_path, "--spec", "words", "--orders", "2")
    answer = fastslop("score", tmp_path)
    assert "wordfreq:en" in answer.log


def test_run__of_texts_without_words_does_not_fall_over(texts: Path, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "marks.jsonl", [{"model": "marks", "id": i, "output": "!!! — ?"} for i in range(9)])
    assert fastslop("run", path, "-o", tmp_path / "alone").code in (0, 1)
    assert fastslop("run", path, texts, "-o", tmp_path / "together").code in (0, 1)


@pytest.mark.parametrize(
    ("baseline", "code", "words"),
    [("wordfreq:xx", 2, ["'xx'", "en"]), ("absent.parquet", 2, ["absent.parquet"]), ("nonsense", 2, ["nonsense"])],
)
def test_baseline__that_is_not_there_is_named(baseline: str, code: int, words: Sequence[str], profiles: Path) -> None:
    for args in (["score", profiles, "--baseline", baseline], ["baseline", "info", baseline]):
        answer = fastslop(*args)
        assert (answer.code, answer.out) == (code, "")
        assert [word for word in words if word not in answer.log] == []


def test_baseline_info__tells_both_kinds(human: Path) -> None:
    own = done("baseline", "info", human, "--json").json
    assert (own["baseline"], own["n_docs"]) == ("human", N_PROMPTS)
    builtin = done("baseline", "info", "wordfreq:en", "--json").json
    assert builtin["baseline"] == "wordfreq:en" and builtin["n_distinct_words"] > 100_000
    for name in (human, "wordfreq:de"):
        assert "holds: " in done("baseline", "info", name).out


def test_baseline_build__writes_one_file_of_that_name(texts: Path, tmp_path: Path) -> None:
    answer = done("baseline", "build", texts, "-o", tmp_path / "people")
    assert answer.out.split() == [str(tmp_path / "people.parquet")]
    assert done("baseline", "info", tmp_path / "people.parquet", "--json").json["n_docs"] == 4 * N_PROMPTS
    again = fastslop("baseline", "build", texts, "-o", tmp_path / "people.parquet")
    assert again.code == 2
    assert f"{tmp_path / 'people.parquet'} is already there; choose another place or say --force" in again.log


# What run --json, tables and CSV share with the commands


def test_run__prints_its_summary_as_data(texts: Path, tmp_path: Path) -> None:
    answer = done("run", texts, "-o", tmp_path / "out", "--json")
    value = answer.json
    assert value["out"] == str(tmp_path / "out")
    assert value["labels"]["oak-1"]["nearest"] == "oak-2"
    assert value["peak_rss_mb"] > 0
    for command in ("compare", "score"):
        assert done(command, tmp_path / "out" / "profiles", "--json").json["format"] == 1


def test_csv__keeps_labels_with_commas_and_quotes(tmp_path: Path) -> None:
    labels = ["a,b", 'say "x"', "plain"]
    rows = [row | {"model": label} for label in labels for row in records(Model(label), n_prompts=6)]
    done("run", write_jsonl(tmp_path / "all.jsonl", rows), "-o", tmp_path / "out")
    table = list(csv.reader(io.StringIO((tmp_path / "out" / "distances.csv").read_text())))
    assert table[0] == ["label", *sorted(labels)]
    assert [row[0] for row in table[1:]] == sorted(labels)
    neighbours = list(csv.DictReader(io.StringIO((tmp_path / "out" / "neighbours.csv").read_text())))
    assert {(row["label"], row["neighbour"]) for row in neighbours} == {
        (a, b) for a in labels for b in labels if a != b
    }


def test_failed_write__is_one_line(texts: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    answer = fastslop("count", texts, "-o", tmp_path / "file" / "out")
    assert (answer.code, answer.out) == (1, "")
    assert answer.log.startswith(f"error: {tmp_path / 'file'}") and len(answer.log.splitlines()) == 1
    assert "a file is there, where a folder must be" in answer.log


@pytest.mark.parametrize("command", [("count", "{place}", "-o", "{out}"), ("compare", "{place}"), ("look", "{place}")])
def test_place_that_is_not_there__is_bad_usage(tmp_path: Path, command: tuple[str, ...]) -> None:
    places = {"place": tmp_path / "nowhere", "out": tmp_path / "out"}
    answer = fastslop(*(part.format(**places) for part in command))
    assert answer.code == 2
    said = "there is no profile {place}" if command[0] == "compare" else "{place}: no such file or folder"
    assert said.format(**places) in answer.log


@pytest.mark.parametrize("command", ["count", "run", "look"])
def test_profiles_taken_for_texts__are_named_with_what_takes_them(command: str, profiles: Path, tmp_path: Path) -> None:
    out = [] if command == "look" else ["-o", tmp_path / "out"]
    for place, said in ((profiles, "holds 4 profiles and no texts"), (profiles / "oak-1.parquet", "is a profile")):
        answer = fastslop(command, place, *out)
        assert (answer.code, answer.out) == (1, "")
        assert f"{place} {said}" in answer.log and f"fastslop report {place}" in answer.log


def test_errors__are_spelt_alike(tmp_path: Path) -> None:
    for wrong in (("compare",), ("compare", tmp_path / "nowhere"), ("compare", tmp_path, "--top", "none")):
        answer = fastslop(*wrong)
        assert answer.code == 2
        assert [line for line in answer.log.splitlines() if line.lower().startswith("error")][-1].startswith("error: ")
