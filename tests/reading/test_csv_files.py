"""CSV is read whatever separates its fields, in UTF-8 and UTF-16; other encodings are named."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fastslop as fs
from fastslop.base.errors import BadInputError
from fastslop.reading.corpus import read_chunks
from fastslop.reading.csv_files import SEPARATORS, separator_of
from fastslop.reading.tally import Tally
from tests.reading.test_corpus import docs_of

ROWS = [
    ["prompt", "model", "output"],
    ["sea", "m", 'Low tide; "boats", and\nmud|sand.'],
    ["rain", "m", "Größe\tzählt."],
]


def written(rows: list[list[str]], separator: str, end: str = "\n") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator=end).writerows(rows)
    return out.getvalue()


def texts_of(path: Path) -> list[str]:
    return [doc.text for doc in docs_of(read_chunks([str(path)], tally=Tally()))]


@pytest.mark.parametrize("separator", SEPARATORS["csv"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.csv.gz"])
def test_csv__is_read_whatever_its_separator_and_unicode_encoding(
    tmp_path: Path, separator: str, encoding: str, name: str
) -> None:
    content = written(ROWS, separator)
    raw = ("\ufeff" + content if encoding == "utf-16-be" else content).encode(encoding)
    (tmp_path / name).write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    assert texts_of(tmp_path / name) == [row[2] for row in ROWS[1:]]


def test_csv__may_name_its_separator_as_excel_does(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sep=;\n" + written(ROWS, ";"), encoding="utf-8")
    assert texts_of(tmp_path / "a.csv") == [row[2] for row in ROWS[1:]]


@given(st.lists(st.text(st.sampled_from('ab,;\t| "'), min_size=1), min_size=2, max_size=6))
def test_separator_of__texts_in_one_column_does_not_matter(texts: list[str]) -> None:
    rows = [["prompt", "text"], *([str(i), text] for i, text in enumerate(texts))]
    for separator in ",;":
        content = io.StringIO(newline="")
        csv.writer(content, delimiter=separator, quoting=csv.QUOTE_ALL).writerows(rows)
        assert separator_of(content.getvalue(), SEPARATORS["csv"]) == (separator, 0)


def test_latin_1__is_named_with_its_line_and_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(written(ROWS, ",").encode("latin-1"))
    with pytest.raises(BadInputError, match=r"a\.csv: cannot be read: line 4 is no UTF-8 \(byte 0xF6\).*Latin-1"):
        texts_of(path)


def test_row_with_too_many_fields__is_named_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,text\n1,It rains.\n2,It rains, and rains.\n", encoding="utf-8")
    with pytest.raises(BadInputError, match=r"a\.csv: cannot be read: row 2 has 3 fields, .* 2 columns.*put quotes"):
        texts_of(path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_json__in_utf_16_is_read(tmp_path: Path, name: str, encoding: str) -> None:
    line = '{"output": "Über\u2028 den Fluss", "prompt": "p"}'
    content = f"{line}\n{line}\n" if name == "a.jsonl" else f"[{line},\n{line}]"
    (tmp_path / name).write_bytes(content.encode(encoding))
    assert texts_of(tmp_path / name) == ["Über\u2028 den Fluss"] * 2


def test_number__of_a_prompt_is_the_same_in_csv_and_json(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("task_id,output\n5.0,Rain came.\n,No rain.\n7.5,Hail came.\n", encoding="utf-8")
    (tmp_path / "b.jsonl").write_text(
        '{"task_id": 5, "output": "Rain."}\n{"task_id": 7.5, "output": "Hail."}\n', encoding="utf-8"
    )
    docs = {doc.text: doc.prompt for doc in docs_of(read_chunks([str(tmp_path)], tally=Tally()))}
    assert docs["Rain came."] == docs["Rain."]
    assert docs["Hail came."] == docs["Hail."]
    assert fs.look(tmp_path / "a.csv").files[0].prompt == "5"
