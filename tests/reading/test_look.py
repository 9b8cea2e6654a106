"""What would be read is told file by file, with a generation as it is seen, what is skipped, and why reading stops."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

import fastslop as fs
from fastslop.reading.look import alike, summary
from tests.reading.test_corpus import write_lines

TEXT = "It was the first of them that he had seen, and she said there would not be any more of it. "


def test_look__tells_what_count_would_read(tmp_path: Path) -> None:
    records = [
        {"llm": f"m{i % 2}", "prompt": f"Tell me of {i // 2}.", "output": f"<think>So.</think>{TEXT * 2}{i}", "id": i}
        for i in range(6)
    ]
    path = write_lines(tmp_path / "a.jsonl", [*records, {"llm": "m0", "prompt": "x", "output": ""}])
    (found,) = fs.look(path).files
    assert found.format == "JSON Lines"
    assert found.taken == "text output, model llm, prompt prompt (also found: prompt id)"
    assert found.fields == ("llm", "prompt", "output", "id")
    assert (found.n_docs, found.n_prompts, found.models) == (6, 3, {"m0": 3, "m1": 3})
    assert (found.model, found.prompt) == ("m0", "Tell me of 0.")
    assert found.text is not None
    assert found.text.startswith("It was the first")
    assert (found.language, found.skipped, found.error) == ("en", {"empty text": 1}, None)
    assert "reasoning left out of 6 texts" in found.notes
    counted = fs.count(path).result
    assert found.models == {profile.label: profile.n_docs for profile in counted.profiles}
    assert found.skipped == counted.tally.skipped
    assert summary(found) == "JSON Lines, 6 generations of 2 models, 3 prompts"


@pytest.mark.parametrize("name", ["a.json", "a.parquet", "a.csv", "texts"])
def test_look__names_the_format(tmp_path: Path, name: str) -> None:
    records = [{"text": f"{TEXT}{i}", "id": i} for i in range(3)]
    path = tmp_path / name
    if name == "a.json":
        path.write_text(json.dumps(records), encoding="utf-8")
    elif name == "a.parquet":
        pl.DataFrame(records).write_parquet(path)
    elif name == "a.csv":
        pl.DataFrame(records).write_csv(path)
    else:
        path.mkdir()
        for record in records:
            (path / f"{record['id']}.txt").write_text(str(record["text"]), encoding="utf-8")
    (found,) = fs.look(path).files
    assert {"a.json": "JSON", "a.parquet": "Parquet", "a.csv": "CSV", "texts": "texts"}[name] == found.format
    assert found.n_docs == 3


def test_look__says_why_reading_would_stop(tmp_path: Path) -> None:
    for label in "ab":
        write_lines(
            tmp_path / f"{label}.jsonl", [{"prompt": f"p{i}", "output": f"The answer is {i}."} for i in range(9)]
        )
    write_lines(tmp_path / "ratings.jsonl", [{"id": i, "rating": 3} for i in range(9)])
    found = fs.look(tmp_path)
    assert found.error is not None
    assert "2 models gave the same text" in found.error
    assert [n for _, n in alike(found.files)] == [2, 1]
    assert "no field looks like the text" in str(found.files[2].error)
    fine = fs.look(tmp_path / "a.jsonl")
    assert fine.error is None
    assert json.loads(json.dumps(fine.to_dict()))["files"][0]["n_docs"] == 9
    with pytest.raises(fs.BadInputError, match="same text"):
        fs.count(tmp_path)
