"""Keep what the documents show true: run every command in them and write down what it printed.

A command's output stands in a fence under a comment that says how it was made::

    <!-- output: fastslop compare fastslop-demo/profiles -->
    <!-- output panel head=8 tail=2: fastslop run ../shared/corpora/slop-score -o out -->
    <!-- output fails: fastslop count nowhere -o profiles -->

Commands run in the order in which they stand, those of one place in one folder: the place ``demo`` holds nothing but
what the commands before have made, ``panel`` has the real generations of ``../shared/corpora`` beside it and is left
as it is where these are absent. ``head`` and ``tail`` shorten an output to its first and last lines. A command that is
to fail says so. One that is ``served`` finds a stand-in for a server of models (``stand_in.py``) at the address that it
names, whatever port that has in truth. ``<!-- file: NAME -->`` makes a file of the fence under it. Times and speeds
differ between machines: an output that differs in nothing else stays as it is.

``python scripts/make_docs.py`` renews the documents and the picture of the tree; ``--check`` only says what is stale.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.stand_in import stand_in

ROOT = Path(__file__).resolve().parents[1]
Caller = Callable[[str, Path], tuple[int, str]]
"""Calls a command in a place: its exit code, and what it printed."""
DOCUMENTS = (
    "README.md",
    "docs/index.md",
    "docs/example.md",
    "docs/how-to/generate.md",
    "docs/how-to/your-own-models.md",
    "docs/how-to/human-baseline.md",
    "docs/how-to/ban-list.md",
    "docs/how-to/cluster.md",
    "docs/reference/commands.md",
    "docs/how-to/is-it-a-copy.md",
    "docs/how-to/read-elsewhere.md",
    "docs/how-to/notebooks.md",
    "docs/how-to/shell-completion.md",
    "docs/reference/api.md",
    "docs/reference/files.md",
    "docs/reference/known-models.md",
    "docs/reference/profile.md",
    "docs/method.md",
    "docs/architecture.md",
    "docs/patterns.md",
    "docs/contrasts-in-languages.md",
    "docs/report.md",
    "docs/numbers.md",
    "docs/limits.md",
    "docs/speed.md",
    "README.zh.md",
)
"""All pages, in the order in which their commands run: each finds what those before it have left."""
SHOWN_SERVER = "http://localhost:8000/v1"
"""The address of a server of models, as documents show it."""
CORPORA = ROOT.parent / "shared" / "corpora"
PICTURE, DRAWN = "docs/tree.svg", "out/tree.svg"
"""The picture in README.md, and where the panel's commands leave it."""

BLOCK = re.compile(r"<!-- (output|file)([^:\n]*): ([^\n]+?) -->\n```(\w+)\n(.*?)^```\n", re.S | re.M)
NOT_OUTPUT = re.compile(r"^(compiling the kernels,|progress:) .*\n", re.M)
CHANGING = (
    (re.compile(r"in [\d.]+ s \([\d.]+ MB/s\)(, besides \d+ s to compile the kernels)?"), "in ... s (... MB/s)"),
    (re.compile(r'("(?:elapsed_s|compile_s|mb_per_s|peak_rss_mb)": )[\d.]+'), r"\1..."),
    (re.compile(r"(\d\.\d{3})\d{3,}"), r"\1"),  # the last digits depend on how a processor adds
    (re.compile(r"\de(-\d+)"), r"e\1"),
)


@dataclass(frozen=True)
class Block:
    """A comment with its fence: ``kind`` output or file, ``what`` the command or the name, ``body`` of the fence."""

    kind: str
    place: str
    options: Mapping[str, str]
    what: str
    language: str
    body: str
    comment: str

    @staticmethod
    def of(match: re.Match[str]) -> Block:
        """The block found."""
        kind, words, what, language, body = match.groups()
        options = dict(word.partition("=")[::2] for word in words.split())
        place = "panel" if "panel" in options else "demo"
        return Block(kind, place, options, what, language, body, match[0].partition("\n")[0])

    def with_body(self, body: str) -> str:
        """The comment and a fence with this body."""
        return f"{self.comment}\n```{self.language}\n{body}```\n"


def blocks_of(text: str) -> list[Block]:
    """The blocks of a document, in order."""
    return [Block.of(match) for match in BLOCK.finditer(text)]


def make_place(folder: Path, *, corpora: Path | None = None) -> Path:
    """A folder for commands to run in, with ``scripts/demo`` and, if given, ``../shared/corpora``."""
    place = folder / "project"
    (place / "scripts").mkdir(parents=True)
    _write_command(place / "scripts" / "demo", 'exec fastslop demo "$@"')  # less the making of an environment
    (folder / "bin").mkdir()
    python = shlex.quote(sys.executable)
    _write_command(folder / "bin" / "python", f'exec {python} "$@"')
    _write_command(folder / "bin" / "fastslop", f'exec {python} -m fastslop "$@"')
    if corpora is not None:
        (folder / "shared").symlink_to(corpora.parent)
    return place


def _write_command(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    path.chmod(0o755)


def called_by_shell(command: str, place: Path) -> tuple[int, str]:
    """The exit code of a command that is called in a place, and what it printed on both streams."""
    environment = os.environ | {
        "PATH": f"{place.parent / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "LC_ALL": "C.UTF-8",
        "NO_PROXY": "127.0.0.1",
    }
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=place,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


def renewed(text: str, places: Mapping[str, Path], call: Caller = called_by_shell) -> str:
    """The document with the outputs of these places as they are now. Files are made and commands run on the way."""

    def renew(match: re.Match[str]) -> str:
        block = Block.of(match)
        if block.place not in places:
            return match[0]
        place = places[block.place]
        if block.kind == "file":
            (place / block.what).write_text(block.body, encoding="utf-8")
            return match[0]
        body = f"$ {block.what}\n" + shortened(run(block, place, call), block.options)
        return match[0] if lasting(body) == lasting(block.body) else block.with_body(body)

    return BLOCK.sub(renew, text)


@contextmanager
def server_of(block: Block) -> Iterator[str]:
    """The address of the server that a command speaks to; as it is shown, where there is none."""
    if "served" not in block.options:
        yield SHOWN_SERVER
        return
    with stand_in() as server:
        yield server.address


def run(block: Block, place: Path, call: Caller) -> str:
    """What a command prints, data and messages in the order in which a terminal shows them.

    Raises
    ------
    SystemExit
        If it fails and was not to, or the other way round.
    """
    with server_of(block) as address:
        code, printed = call(block.what.replace(SHOWN_SERVER, address), place)
    if (code != 0) != ("fails" in block.options):
        raise SystemExit(f"exit code {code} of: {block.what}\n{printed}")
    return NOT_OUTPUT.sub("", printed).replace(address, SHOWN_SERVER)


def shortened(output: str, options: Mapping[str, str]) -> str:
    """The first ``head`` and the last ``tail`` lines, with ``...`` for what was left out."""
    lines = [line.rstrip() + "\n" for line in output.splitlines()]
    head, tail = int(options.get("head", len(lines))), int(options.get("tail", 0))
    if head + tail >= len(lines):
        return "".join(lines)
    return "".join([*lines[:head], "...\n", *lines[len(lines) - tail :]])


def lasting(output: str) -> str:
    """An output without what changes from run to run and from machine to machine."""
    for pattern, replacement in CHANGING:
        output = pattern.sub(replacement, output)
    return output


def difference(name: str, old: str, new: str) -> str:
    """What is stale in a document; empty where nothing is."""
    names = (f"{name} as it is", f"{name} as it runs")
    return "\n".join(difflib.unified_diff(old.splitlines(), new.splitlines(), *names, n=1, lineterm=""))


def main() -> None:
    """Renew or check all documents, in the places that can be made here."""
    parser = argparse.ArgumentParser(description="Renew the outputs shown in the documents.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 where something is stale")
    parser.add_argument("--demo", action="store_true", help="leave out what needs ../shared/corpora")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fastslop-docs-") as name:
        folder = Path(name)
        places = {"demo": make_place(folder / "demo")}
        if CORPORA.is_dir() and not arguments.demo:
            places["panel"] = make_place(folder / "panel", corpora=CORPORA)
        else:
            print("what needs ../shared/corpora is left as it is", file=sys.stderr)
        stale = [change for document in DOCUMENTS if (change := _renew_file(document, places, arguments.check))]
        if "panel" in places:
            stale += _renew_picture(places["panel"] / DRAWN, arguments.check)
    print("\n".join(stale) or "all outputs are current")
    sys.exit(1 if stale and arguments.check else 0)


def _renew_file(document: str, places: Mapping[str, Path], check: bool) -> str:
    path = ROOT / document
    old = path.read_text(encoding="utf-8")
    new = renewed(old, places)
    if new != old and not check:
        path.write_text(new, encoding="utf-8")
    return difference(document, old, new)


def _renew_picture(drawn: Path, check: bool) -> list[str]:
    shown = ROOT / PICTURE
    if shown.is_file() and shown.read_bytes() == drawn.read_bytes():
        return []
    if not check:
        shutil.copyfile(drawn, shown)
    return [f"{PICTURE} is not what the command draws now"]


if __name__ == "__main__":
    main()
