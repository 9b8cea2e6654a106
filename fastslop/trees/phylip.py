"""Most parsimonious trees of 0/1 characters, by PHYLIP's ``pars`` (Felsenstein 1989, Cladistics 5).

The program reads a menu from its input, and ``infile`` and ``outtree`` in the folder it stands in, so each run has a
folder of its own. It cuts names to ten characters, so it is given numbers.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from fastslop.base.errors import BadInputError, UsageError
from fastslop.trees.newick import read_newick
from fastslop.trees.tree import Tree

DEBIAN_FOLDER = "/usr/lib/phylip/bin"
"""Folder of the programs on Debian, where they are not on the path; elsewhere (conda, Homebrew) they are."""
TIMEOUT_S = 600.0
"""Seconds after which a search is given up: on one core it takes 0.5 s for 22 models, 2.5 s for 33, 9 s for 44 and 19 s
for 55."""
MEANING = "Branches are as long as the number of features that come up or go on them (maximum parsimony)."
OTHERS = "another --linkage: average, ward, nj"
_N_SEEDS = 8191  # the program takes seeds of the form 4 n + 1 below 32,768

Characters = NDArray[np.bool_]
"""Characters of labels, bool[labels, characters]: whether a label has a feature."""


@dataclass(frozen=True)
class Parsimonious:
    """The shortest trees that one search found; ``n_steps`` is how often characters change on each of them."""

    n_steps: int
    trees: tuple[Tree, ...]


def find_program() -> str:
    """The path of the program ``pars``.

    Raises
    ------
    UsageError
        If it is not installed.
    """
    found = shutil.which("pars", path=os.pathsep.join([DEBIAN_FOLDER, os.environ.get("PATH", os.defpath)]))
    if found is None:
        raise UsageError(
            "parsimony needs the program pars of PHYLIP: on Debian or Ubuntu, apt-get install phylip; "
            f"or choose {OTHERS}"
        )
    return found


def most_parsimonious(
    labels: Sequence[str], characters: Characters, *, seed: int = 0, timeout_s: float = TIMEOUT_S
) -> Parsimonious:
    """
    Search for the shortest trees, from labels added in one random order (by ``seed``) on.

    Branches are as long as the number of changes on them, averaged over the ways to place them.

    Parameters
    ----------
    labels
        Leaf names, sorted.
    characters
        A row for each label.
    seed
        Chooses the random order.
    timeout_s
        Seconds after which the search is given up.

    Raises
    ------
    BadInputError
        If there are fewer than three labels or no character, or the program fails or takes too long.
    UsageError
        If the program is not installed.
    """
    program = find_program()
    if len(labels) < 3 or not characters.shape[1]:
        raise BadInputError(
            f"parsimony needs 3 labels and a character at least, got {len(labels)} and {characters.shape[1]}; "
            "count more models, or more text"
        )
    with TemporaryDirectory(prefix="fastslop-") as name:
        folder = Path(name)
        (folder / "infile").write_bytes(_infile(characters))
        said = _run(program, folder, _menu(seed), timeout_s, len(labels))
        steps = re.search(r"requires a total of\s+(\d+)", _read(folder / "outfile"))
        trees = _trees(_read(folder / "outtree"))
    if steps is None or not trees or any(len(tree.labels) != len(labels) for tree in trees):
        raise BadInputError(f"{program} made no tree; it said: {said}; choose {OTHERS}")
    # The codes sort as the labels do.
    named = (replace(tree, labels=tuple(labels), support=None, is_rooted=False) for tree in trees)
    return Parsimonious(int(steps[1]), tuple(named))


def _trees(text: str) -> list[Tree]:
    """The trees that the program wrote; none if it wrote anything else."""
    try:
        return read_newick(text, "parsimony", MEANING)
    except BadInputError:
        return []


def _infile(characters: Characters) -> bytes:
    """The program's input: a line for each label, a code of ten characters and then its zeros and ones."""
    rows = characters.astype(np.uint8) + ord("0")
    head = f"{characters.shape[0]} {characters.shape[1]}\n".encode()
    return head + b"".join(b"L%09d%b\n" % (i, row.tobytes()) for i, row in enumerate(rows))


def _menu(seed: int) -> str:
    """Answers to the program's menu. J: labels in a random order, once. 2: no progress on the screen. Y: go."""
    return f"J\n{4 * (seed % _N_SEEDS) + 1}\n1\n2\nY\n"


def _run(program: str, folder: Path, menu: str, timeout_s: float, n_labels: int) -> str:
    """Run the program in its folder; returns the end of what it said."""
    with (folder / "screen").open("wb") as screen:
        try:
            done = subprocess.run(
                [program], input=menu.encode(), stdout=screen, stderr=screen, cwd=folder, timeout=timeout_s, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise BadInputError(
                f"{program} did not finish within {timeout_s:g} s for {n_labels} labels; take fewer, or {OTHERS}"
            ) from error
    said = " ".join(_read(folder / "screen").split())[-300:]
    if done.returncode:
        raise BadInputError(f"{program} failed with code {done.returncode}; it said: {said}; choose {OTHERS}")
    return said


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
