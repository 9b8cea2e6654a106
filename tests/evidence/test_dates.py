"""Dates of release: they are read, they order two models only where no day is left to doubt, and they are shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fastslop as fs
from fastslop.base.errors import BadInputError
from fastslop.evidence.dates import ReleaseDates
from tests.corpora_of import Model, done, fastslop, records, write_jsonl

WORDS = "ash bay elk fog gem hut".split()
MODELS = [Model(f"m-{word}", {word: 5, "burnished": 4 * (i < 2)}) for i, word in enumerate(WORDS)]
DATES = "label,date\nm-ash,2024-03\n m-bay , 2024-11-05 \n\nnobody,2020-01\n"


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dates")
    files = [write_jsonl(folder / f"{model.label}.jsonl", records(model, n_prompts=80, n_words=60)) for model in MODELS]
    done("count", *files, "-o", folder / "profiles")
    return folder / "profiles"


@pytest.fixture
def dates(tmp_path: Path) -> Path:
    path = tmp_path / "dates.csv"
    path.write_text(DATES, encoding="utf-8")
    return path


def evidence_of(report: Path) -> tuple[dict[tuple[str, str], list[str]], list[str]]:
    """By pair the sentences that a report shows, and its notes."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', report.read_text(), re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return {(one["a"], one["b"]): one["summary"] for one in data["evidence"]}, data["notes"]


# Reading


def test_dates__are_days_or_months_of_a_file_or_a_mapping(dates: Path) -> None:
    read = ReleaseDates.of(dates)
    assert read.texts == {"m-ash": "2024-03", "m-bay": "2024-11-05", "nobody": "2020-01"}
    assert (read.releases["m-ash"].first, read.releases["m-ash"].last) == (date(2024, 3, 1), date(2024, 3, 31))
    assert read == ReleaseDates.of({"m-ash": "2024-03", "m-bay": date(2024, 11, 5), "nobody": "2020-01"})


def test_dates__of_a_mapping_are_days_of_datetimes_and_texts_with_spaces_around_them() -> None:
    read = ReleaseDates.of({"m-ash": datetime(2024, 11, 5, 23, 59), "m-bay": " 2024-03\n"})
    assert read == ReleaseDates.of({"m-ash": date(2024, 11, 5), "m-bay": "2024-03"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"dates\.csv:1: the first line must be label,date"),
        ("model,date\na,2024-01\n", r"dates\.csv:1: the first line must be label,date"),
        ("label,date\na,2024-01\nb,May 2024\n", r"dates\.csv:3: 'May 2024' is no date; write 2024-11-05, or 2024-11"),
        ("label,date\na,2024-02-30\n", r":2: '2024-02-30' is no date"),
        ("label,date\na,2024-13\n", r":2: '2024-13' is no date"),
        ("label,date\na,0000-01\n", r":2: '0000-01' is no date"),
        ("label,date\na,\n", r":2: '' is no date"),
        ("label,date\na\n", r":2: a label and a date are needed"),
        ("label,date\n,2024-01\n", r":2: a label and a date are needed"),
        ("label,date\na,2024-01,x\n", r":2: a label and a date are needed"),
        (f"label,date\na,2024-01\n{'b' * 140_000},2024-02\n", r"dates\.csv:3: is no row of a CSV: field larger than"),
        ("label,date\na,2024-01\n\na,2024-01\n", r":4: 'a' has a date at line 2 already"),
    ],
)
def test_dates__that_are_malformed_are_refused_with_their_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "dates.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError, match=message):
        ReleaseDates.of(path)


def test_dates__of_a_mapping_name_the_label_and_files_must_be_text(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="date of 'a': '2024' is no date"):
        ReleaseDates.of({"a": "2024"})
    (tmp_path / "dates.csv").write_bytes(b"label,date\n\xff,2024-01\n")
    with pytest.raises(BadInputError, match=r"dates\.csv: is no text in UTF-8"):
        ReleaseDates.of(tmp_path / "dates.csv")


# Order


def days_of(text: str) -> Iterator[date]:
    day = date.fromisoformat(text if len(text) == 10 else f"{text}-01")
    month = day.month
    while day.month == month:
        yield day
        if len(text) == 10:
            return
        day += timedelta(1)


DAYS = st.dates(date(2023, 1, 1), date(2023, 6, 30))
TEXTS = st.one_of(DAYS.map(str), DAYS.map(lambda day: str(day)[:7]))


@given(TEXTS, TEXTS)
def test_order__is_settled_where_every_day_of_one_is_before_every_day_of_the_other(one: str, other: str) -> None:
    released = ReleaseDates.of({"a": one, "b": other})
    found = released.order("a", "b")
    a_first = all(x < y for x in days_of(one) for y in days_of(other))
    b_first = all(y < x for x in days_of(one) for y in days_of(other))
    assert found.learner == ("b" if a_first else "a" if b_first else None)
    assert found.learner == released.order("b", "a").learner
    assert (found.date_a, found.date_b) == (one, other)
    assert ("do not settle" in found.sentence) == (found.learner is None)


def test_order__says_who_can_have_learnt_from_whom() -> None:
    released = ReleaseDates.of({"A": "2024-11", "B": "2024-03"})
    assert released.order("A", "B").sentence == (
        "B (2024-03) was released before A (2024-11): A can have learnt from B, not B from A"
    )
    assert released.order("A", "C").learner is None
    assert released.order("C", "D").sentence.startswith("no date of release of C and D: dates do not settle")


def test_notes__tell_labels_without_a_date_and_dates_without_a_label() -> None:
    released = ReleaseDates.of({"a": "2024-11", "x": "2024-03"})
    assert released.notes(["a"]) == ("dates of 1 model that are not among these: x",)
    labels = ["a", "x", *(f"m{i}" for i in range(12))]
    (note,) = released.notes(labels)
    assert note.startswith("no date of release of 12 models: m0, m1, ")
    assert note.endswith("m9 and 2 more")


# Where they are shown


def test_explain__tells_the_direction_that_dates_leave(profiles: Path, dates: Path) -> None:
    command = ("explain", profiles, "m-bay", "m-ash", "--replicates", 20)
    shown = done(*command, "--dates", dates)
    sentence = (
        "m-ash (2024-03) was released before m-bay (2024-11-05): m-bay can have learnt from m-ash, not m-ash from m-bay"
    )
    assert f"\nBy dates of release: {sentence}.\n" in shown.out
    assert "note: no date of release of 4 models: m-elk, m-fog, m-gem, m-hut\n" in shown.log
    assert "note: dates of 1 model that are not among these: nobody\n" in shown.log
    found = done(*command, "--dates", dates, "--json").json
    order = {"date_a": "2024-11-05", "date_b": "2024-03", "learner": "m-bay", "sentence": sentence}
    assert found["time_order"] == order
    without = done(*command, "--json").json
    assert (without["time_order"], without["date_notes"]) == (None, [])
    assert {key: found[key] for key in without if "date" not in key and key != "time_order"} == {
        key: value for key, value in without.items() if "date" not in key and key != "time_order"
    }


def test_explain__takes_dates_from_python(profiles: Path) -> None:
    dates = {model.label: "2024-05" for model in MODELS}
    found = fs.explain(fs.open_profiles(profiles), "m-ash", "m-bay", dates=dates, replicates=20)
    assert found.time_order is not None
    assert found.time_order.learner is None
    assert len(found.notes) == 1


def test_explain__refuses_malformed_dates_before_it_works(profiles: Path, tmp_path: Path) -> None:
    path = tmp_path / "dates.csv"
    path.write_text("label,date\nm-ash,soon\n", encoding="utf-8")
    answer = fastslop("explain", profiles, "m-ash", "m-bay", "--dates", path)
    assert (answer.code, answer.log) == (1, f"error: {path}:2: 'soon' is no date; write 2024-11-05, or 2024-11\n")
    missing = fastslop("explain", profiles, "m-ash", "m-bay", "--dates", tmp_path / "nowhere.csv")
    assert (missing.code, "nowhere.csv" in missing.log) == (2, True)


def test_report__shows_dates_of_the_pairs_that_it_weighs(profiles: Path, dates: Path, tmp_path: Path) -> None:
    answer = done("report", profiles, "--dates", dates, "-o", tmp_path / "report.html")
    evidence, notes = evidence_of(tmp_path / "report.html")
    assert any("m-bay can have learnt from m-ash" in sentence for sentence in evidence["m-ash", "m-bay"])
    assert all(any("By dates of release" in sentence for sentence in own) for own in evidence.values())
    assert "dates of 1 model that are not among these: nobody" in notes
    assert "no date of release of 4 models" in answer.log
    done("report", profiles, "-o", tmp_path / "undated.html")
    assert "By dates of release" not in str(evidence_of(tmp_path / "undated.html"))


def test_run__keeps_dates_and_shows_them(profiles: Path, dates: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    answer = done("run", profiles.parent, "--dates", dates, "-o", out)
    assert "dates of 1 model that are not among these: nobody" in answer.log
    manifest = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert manifest["parameters"]["dates"] == {"m-ash": "2024-03", "m-bay": "2024-11-05", "nobody": "2020-01"}
    evidence, _ = evidence_of(out / "report.html")
    assert any("m-bay can have learnt from m-ash" in sentence for sentence in evidence["m-bay", "m-ash"])
