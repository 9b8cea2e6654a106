"""The Nexus file of distances holds them all, whatever the names."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from fastslop.comparing.nexus import nexus_of

LABELS = ["gpt-4", "it's", "two words", "line\nfeed", "semi;colon"]


def test_nexus__has_every_label_and_distance() -> None:
    square = squareform(pdist(np.random.default_rng(0).normal(size=(5, 3))))
    text = nexus_of(LABELS, square)
    assert text.startswith("#NEXUS\n")
    matrix = text.partition("MATRIX\n")[2].partition("  ;\n")[0].splitlines()
    rows = [re.fullmatch(r"  '((?:[^']|'')*)' (.*)", line) for line in matrix]
    assert [row[1].replace("''", "'") for row in rows if row] == [" ".join(label.split()) for label in LABELS]
    assert np.array([row[2].split() for row in rows if row], float) == pytest.approx(square, rel=1e-5)
    assert text.count("NTAX=5") == 2


def test_nexus__is_read_by_another_program() -> None:
    reader = pytest.importorskip("Bio.Nexus.Nexus")
    read = reader.Nexus(nexus_of(["a", "b-1", "c's"], np.ones((3, 3)) - np.eye(3)))
    assert read.ntax == 3
