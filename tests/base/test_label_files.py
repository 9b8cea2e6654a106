"""Small tables that a user writes: every row is told with its line, and what is no table is refused with it."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Thread

import pytest

from fastslop.base.errors import BadInputError
from fastslop.base.label_files import read_label_file

NEEDED = "a label and a date are needed, as in label,date"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no file {path}"),
        (b"", "{path}:1: the first line must be label,date"),
        (b"label;date\n", "{path}:1: the first line must be label,date"),
        (b"label,date\n\n\na\n", "{path}:4: " + NEEDED),
        (b"label,date\na,1,2\n", "{path}:2: " + NEEDED),
        (b"label,date\n,1\n", "{path}:2: " + NEEDED),
        (b'label,date\n"a,1\n', "{path}:2: is no row of a CSV: unexpected end of data; " + NEEDED),
        (b"label,date\na,1\nb,2\na,3\n", "{path}:4: 'a' has a date at line 2 already; leave one out"),
        (b"label,date\n\xe9lan,1\n", "{path}: is no text in UTF-8; save it as UTF-8"),
    ],
)
def test_label_file__that_is_none_is_refused_with_its_line(content: bytes | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "dates.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInputError) as raised:
        list(read_label_file(path, "date", "a date"))
    assert str(raised.value) == message.format(path=path)


def test_label_file__may_have_a_mark_spaces_empty_lines_and_quotes_and_be_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    writer = Thread(target=path.write_bytes, args=(b'\xef\xbb\xbflabel , date\r\n\r\n"a, b", 1\n c,\n',))
    writer.start()
    assert list(read_label_file(path, "date", "a date")) == [("a, b", "1", f"{path}:3"), ("c", "", f"{path}:4")]
    writer.join()
