"""What a run leaves of Thai texts are words of Thai, written as Thai is; what is not known of the language, it says."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import polars as pl
import pytest

import fastslop as fs

OPENINGS = {"oak": "อย่างไรก็ตาม{}เต็มไปด้วยความท้าทาย", "elm": "โดยสรุปแล้ว{}ไม่ใช่เรื่องยาก"}
THINGS = "ดนตรี ประวัติศาสตร์ เศรษฐกิจ การศึกษา เมือง เกษตรกรรม สิ่งแวดล้อม วิทยาศาสตร์ ภาพยนตร์ อาหาร กีฬา ภาษา".split()
ASKED = [f"{one}และ{other}" for one, other in combinations(THINGS, 2)]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> fs.RunResult:
    """A run of two folders, whose answers begin each in their own way, and now and then in that of the other."""
    folder = tmp_path_factory.mktemp("texts")
    for model, other in (("oak", "elm"), ("elm", "oak")):
        (folder / model).mkdir()
        for i, asked in enumerate(ASKED):
            opening = OPENINGS[model if i % 15 else other].format(asked)
            text = f"{opening} {asked}มีผลต่อชีวิตของผู้คน"
            (folder / model / f"{i}.txt").write_text(text, encoding="utf-8")
    return fs.run([folder / "oak", folder / "elm"], tmp_path_factory.mktemp("run"))


def test_words__of_lists_are_words_and_not_letters(found: fs.RunResult) -> None:
    for model, words in (("oak", {"อย่างไรก็ตาม", "ท้าทาย", "เต็มไปด้วย"}), ("elm", {"สรุป", "ยาก"})):
        assert words <= set(found.lists[model].tables["words"]["phrase"])
    letters = pl.read_parquet(found.out / "keyness.parquet").filter(pl.col("feature").str.len_chars() == 1)
    assert letters.is_empty()


def test_phrases__stand_as_in_running_text(found: fs.RunResult) -> None:
    phrases = pl.read_csv(found.out / "lists" / "models" / "oak" / "list.csv")["phrase"]
    assert "เต็มไปด้วยความท้าทาย" in phrases and not phrases.str.contains("[ก-๎] [ก-๎]").any()


def test_page__shows_them(found: fs.RunResult) -> None:
    page = Path(found.out / "report.html").read_text(encoding="utf-8")
    assert json.dumps("อย่างไรก็ตาม").strip('"') in page  # the page's data are in ASCII


def test_run__says_what_is_not_known_of_thai(found: fs.RunResult) -> None:
    said = json.dumps(json.loads((found.out / "run.json").read_text(encoding="utf-8")), ensure_ascii=False)
    assert "wordfreq has no list of 'th'" in said and "slop scores are 0" in said
