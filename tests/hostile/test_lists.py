"""Lists that fight back are refused in words that name the file, the place and the remedy."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastslop.base.errors import BadInputError
from fastslop.base.spec import PRESETS
from fastslop.search.list_entries import understand
from fastslop.search.list_files import read_list
from tests.fuzz.lists import one_input
from tests.fuzz.seeds import LIST_KINDS

REFUSED = {
    "surrogate.json": (b'["a", "\\ud800"]', "entry 2 holds half a surrogate pair.*take it out"),
    "number.json": (b"[" + b"9" * 5000 + b"]", "no valid JSON"),
    "deep.json": (b'{"a":' * 900 + b"1" + b"}" * 900, "nested too deeply|no list under|no valid JSON"),
    "latin.txt": (b"caf\xe9\n", "no UTF-8 .byte 0xE9.; .*iconv"),
    "circle.yaml": (b"a: &x {b: *x}\n", "no list under any of the keys"),
    "date.yaml": (b"a: 2020-13-45\n", "no valid YAML"),
    "packed.csv": (b"\x1f\x8b\x08", "no UTF-8"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_list__is_refused_with_its_name(name: str, tmp_path: Path) -> None:
    content, said = REFUSED[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInputError, match=said) as error:
        understand(read_list(tmp_path / name), str(tmp_path / name), PRESETS["default"])
    assert name in str(error.value)


def test_pipe__is_no_list(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "list.txt")
    with pytest.raises(BadInputError, match=r"list.txt is a pipe, .*write it to a file first"):
        read_list(tmp_path / "list.txt")


@settings(max_examples=60)
@given(data=st.binary(max_size=200), kind=st.integers(0, len(LIST_KINDS) - 1))
def test_any_bytes__are_a_list_or_refused(data: bytes, kind: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    one_input(bytes([kind]) + data, tmp_path_factory.mktemp("any"))
