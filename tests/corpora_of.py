"""Small corpora with a known truth, and the command line run on them in this process."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from fastslop.cli.main import main

PLAIN = (
    "the of and to in a was he she it that with for on as at by from his her they had not but or were is said one "
    "there all we out up into then them could time what some when no would little very after like over down only "
    "now other man old more about than before two way long eyes house night day hand door room water light"
).split()
N_PROMPTS = 24
TOPICS = (
    "harbour orchard violin glacier bakery lighthouse desert library carnival railway vineyard monastery volcano "
    "museum aquarium theatre castle factory hospital stadium cathedral prison market airport"
).split()
LOOP = "the wheel of water turns"
"""In the first three prompts of every model; the model that loops has it 300 times more in the first of them, with
other words between, so that the text is not set aside and its counts have to be guarded against."""


@dataclass(frozen=True)
class Model:
    """A label with words or phrases that it puts into each of its texts so many times."""

    label: str
    planted: Mapping[str, int] = field(default_factory=dict)
    n_loops: int = 0


FAMILY_WORDS = {"oak": "burnished", "elm": "flickered"}
OWN_WORDS = {"oak-1": "petrichor", "oak-2": "verdigris", "elm-1": "threadbare", "elm-2": "gossamer"}
OWN_PHRASES = {
    "oak-1": "door to night",
    "oak-2": "house by water",
    "elm-1": "hand over eyes",
    "elm-2": "old light room",
}
FAMILIES = [
    Model(
        label,
        {FAMILY_WORDS[label[:3]]: 3, OWN_WORDS[label]: 5, OWN_PHRASES[label]: 3},
        n_loops=300 if label == "elm-2" else 0,
    )
    for label in ("oak-1", "oak-2", "elm-1", "elm-2")
]
"""Two pairs of siblings that share a word; each model has a word and a phrase of its own, and one of them loops."""


def records(model: Model, *, n_prompts: int = N_PROMPTS, n_words: int = 120) -> list[dict[str, object]]:
    """A generation for each prompt: plain words, the prompt's topic, and what is planted; the same on every machine."""
    return [
        {"model": model.label, "source": "planted", "id": i, "output": _text(model, i, n_words)}
        for i in range(n_prompts)
    ]


def _text(model: Model, prompt: int, n_words: int) -> str:
    random = Random(f"{model.label} {prompt}")
    weights = [1 / (i + 1) for i in range(len(PLAIN))]
    words = random.choices(PLAIN, weights, k=n_words)
    planted = [*model.planted.items(), (TOPICS[prompt % len(TOPICS)], 8)]
    for phrase, times in planted:
        for _ in range(times):
            words.insert(random.randrange(len(words)), phrase)
    loops = [LOOP] * (prompt < 3)
    if prompt == 0:
        loops += [" ".join([LOOP, *random.choices(PLAIN, weights, k=3)]) for _ in range(model.n_loops)]
    sentences = [" ".join(words[i : i + 9]) for i in range(0, len(words), 9)]
    return " ".join(f"{sentence.capitalize()}." for sentence in [*sentences, " ".join(loops)] if sentence)


def write_jsonl(path: Path, rows: Iterable[Mapping[str, object]]) -> Path:
    """A file of records, one a line."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def write_models(folder: Path, models: Sequence[Model] = FAMILIES) -> list[Path]:
    """A file for each model."""
    folder.mkdir(parents=True, exist_ok=True)
    return [write_jsonl(folder / f"{model.label}.jsonl", records(model)) for model in models]


@dataclass(frozen=True)
class Answer:
    """What a command said: its exit code, its data (stdout) and its log (stderr)."""

    code: int
    out: str
    log: str

    @property
    def json(self) -> Any:
        """The data as JSON; constants such as NaN, which JSON does not have, are refused."""
        return json.loads(self.out, parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def fastslop(*args: object, stdin: bytes = b"") -> Answer:
    """Run ``fastslop ARGS`` in this process, as its main function does."""
    out, log = io.StringIO(), io.StringIO()
    code = called_here(map(str, args), stdin, out=out, log=log)
    return Answer(code, out.getvalue(), log.getvalue())


def called_here(args: Iterable[str], stdin: bytes = b"", *, out: io.StringIO, log: io.StringIO) -> int:
    """The exit code of ``fastslop ARGS``, which prints to ``out`` and ``log``."""
    with (
        patch.object(sys, "argv", ["fastslop", *args]),
        patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin))),
        redirect_stdout(out),
        redirect_stderr(log),
    ):
        try:
            main()
            return 0
        except SystemExit as stop:
            return stop.code if isinstance(stop.code, int) else int(bool(stop.code))


def done(*args: object, stdin: bytes = b"") -> Answer:
    """Run a command that must succeed."""
    answer = fastslop(*args, stdin=stdin)
    assert answer.code == 0, answer.log
    return answer


def files_below(folder: Path) -> list[str]:
    """All files, hidden ones too."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def leaves_below(newick: str) -> set[frozenset[str]]:
    """The labels under each inner node of a Newick tree, read without the package's own code."""
    tokens = re.findall(r"'(?:[^']|'')*'|\)[0-9.]*|[(,;]|:[^(),;]+|[^(),:;']+", newick.strip())
    open_nodes: list[set[str]] = []
    nodes = set()
    for before, token in zip(["", *tokens], tokens, strict=False):
        if token == "(":
            open_nodes.append(set())
        elif token[0] == ")":  # and the clade's support
            node = open_nodes.pop()
            nodes.add(frozenset(node))
            if open_nodes:
                open_nodes[-1] |= node
        elif token[0] not in ",;:" and before != ")":  # after ")" stands the support
            open_nodes[-1].add(token[1:-1].replace("''", "'") if token[0] == "'" else token)
    return nodes
