"""Inputs that the fuzzers found do no harm any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.fuzz import lists, readers

FOUND = ROOT / "tests" / "fuzz" / "found"
INPUTS = [*sorted((FOUND / "readers").glob("*")), *sorted((FOUND / "lists").glob("*"))]


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.name)
def test_found__inputs_are_read_or_refused(path: Path, tmp_path: Path) -> None:
    one_input = readers.one_input if path.parent.name == "readers" else lists.one_input
    one_input(path.read_bytes(), tmp_path)
