"""What a run leaves is inert and stays in its folder, whatever models are called and whatever they write."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from fastslop.base.csv_cells import plain
from fastslop.search.list_files import read_list
from fastslop.trees.newick import read_newick
from tests.corpora_of import done

LABELS = (
    "=cmd|' /C calc'!A0",
    "../../out",
    '"><script>alert(1)</script>',
    "(a,b):1;'[x]",
    "@SUM(A1)",
    "-x + (.*[",
)
WORDS = "sea hill rain wind lamp river stone cloud -minus =equal +plus @at (paren) [bracket] *.* $9".split()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("hostile")
    rows = []
    for i, label in enumerate(LABELS):
        for prompt in range(12):
            words = random.Random(100 * i + prompt).choices(WORDS, k=120)
            own = f"the {WORDS[i]} {WORDS[-1 - i]} gleamed, the {WORDS[i]} {WORDS[-1 - i]} gleamed. "
            rows.append({"model": label, "prompt": f"p{prompt}", "output": own * 3 + " ".join(words) + "."})
    (place / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done("run", place / "a.jsonl", "-o", place / "run")
    assert sorted(path.name for path in place.iterdir()) == ["a.jsonl", "run"]
    done("export", place / "run", "-o", place / "run" / "counts.csv")
    return place / "run"


def test_every_csv__has_no_cell_that_a_spreadsheet_computes(run: Path) -> None:
    tables = sorted(run.rglob("*.csv"))
    assert {path.name for path in tables} >= {
        "distances.csv",
        "neighbours.csv",
        "list.csv",
        "strings.csv",
        "counts.csv",
    }
    marked = 0
    for path in tables:
        for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")):
            texts = [cell for cell in row if not re.fullmatch(r"-?\d[\d.e+-]*", cell)]
            assert [cell for cell in texts if cell[:1] in "=+-@\t\r" and cell] == [], path
            marked += sum(cell.startswith("'") for cell in texts)
    assert marked
    header = next(csv.reader(io.StringIO((run / "distances.csv").read_text(), newline="")))
    assert {plain(cell) for cell in header} >= set(LABELS)


def test_trees__have_the_labels_as_they_are(run: Path) -> None:
    done("tree", run, "-o", run / "tree.nex", "--force")
    (tree,) = read_newick((run / "tree.nwk").read_text(), "tree.nwk")
    assert set(tree.labels) == set(LABELS)
    taxa = re.search(r"TAXLABELS\s*(.*?);\s*END;", (run / "tree.nex").read_text(), re.S | re.I)
    assert taxa is not None
    found = [one.replace("''", "'") for one in re.findall(r"'((?:[^']|'')*)'", taxa[1])]
    assert set(found) == set(LABELS)


def test_pictures_and_page__are_text(run: Path) -> None:
    drawn = ElementTree.parse(run / "tree.svg")
    texts = {"".join(node.itertext()) for node in drawn.iter() if node.tag.endswith("text")}
    assert set(LABELS) <= texts
    assert not [node for node in drawn.iter() if node.tag.endswith("script")]
    assert "alert(1)</script>" not in (run / "report.html").read_text()


def test_files__lie_in_the_folder_of_the_run_and_lists_are_read_again(run: Path) -> None:
    assert (
        len(list((run / "profiles").glob("*.parquet")))
        == len(list((run / "lists" / "models").iterdir()))
        == len(LABELS)
    )
    for folder in (run / "lists" / "models").iterdir():
        listed = {entry.text for group in read_list(folder / "list.csv") for entry in group.entries}
        assert set((folder / "list.txt").read_text().splitlines()) <= listed
        expression = re.compile((folder / "regex.txt").read_text().strip())
        assert all(expression.search(f"so {phrase} so") for phrase in (folder / "list.txt").read_text().splitlines())
