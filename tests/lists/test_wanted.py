"""Lists hold entries of the tiers that are wanted, and nothing that is excluded."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from fastslop.base.errors import BadInputError, UsageError
from fastslop.lists.wanted import EXCLUDED, Wanted, tier, wanted_of

ROWS = [  # phrase, is_name, is_topic, echo, tier
    ("velvet dusk", False, False, 0.0, "cliche"),
    ("elara", True, False, 0.0, "name"),
    ("elara", True, None, None, "name"),
    ("python", True, True, 0.0, "topic"),
    ("marcus aurelius", True, False, 0.9, "topic"),
    ("supply chain", False, True, None, "topic"),
    ("unknown", None, None, None, "cliche"),
    ("—", None, True, None, "typography"),
]
ENTRIES = pl.DataFrame(
    [row[:4] for row in ROWS],
    schema={"phrase": pl.String, "is_name": pl.Boolean, "is_topic": pl.Boolean, "echo": pl.Float64},
    orient="row",
)


def test_tier__of_a_name_that_the_prompts_explain_is_topic() -> None:
    assert ENTRIES.select(tier()).to_series().to_list() == [row[4] for row in ROWS]


def test_tier__of_what_is_in_other_letters_than_the_language_is_foreign() -> None:
    rows = ENTRIES.head(3).with_columns(phrase=pl.Series(["pip install", "使用 python", "——"]))
    assert rows.select(tier("zh")).to_series().to_list() == ["foreign", "name", "typography"]
    assert "foreign" not in rows.select(tier("en")).to_series().to_list()


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        (wanted_of(), ["velvet dusk", "elara", "elara", "unknown", "—"]),
        (wanted_of(no_names=True), ["velvet dusk", "unknown", "—"]),
        (wanted_of(kinds=["topic"]), ["python", "marcus aurelius", "supply chain"]),
        (wanted_of(kinds=["topic"], no_names=True), ["supply chain"]),
        (wanted_of(exclude=["velvet"]), ["elara", "elara", "unknown", "—"]),
    ],
)
def test_wanted__keeps_what_is_asked_for_and_counts_the_rest(wanted: Wanted, kept: list[str]) -> None:
    found, left_out = wanted.of(ENTRIES, are_content=True)
    assert found["phrase"].to_list() == kept
    assert left_out.total() == len(ROWS) - len(kept)


def test_exclude__takes_any_list_of_words_and_phrases(tmp_path: Path) -> None:
    path = tmp_path / "allowed.json"
    path.write_text('[["Velvet dusk", 0.1], "elara"]', encoding="utf-8")
    found, left_out = wanted_of(exclude=path).of(ENTRIES, are_content=True)
    assert found["phrase"].to_list() == ["unknown", "—"]
    assert left_out[EXCLUDED] == 3


def test_exclude__refuses_regular_expressions(tmp_path: Path) -> None:
    path = tmp_path / "regex.json"
    path.write_text('["\\\\bvelvet\\\\b.*dusk"]', encoding="utf-8")
    with pytest.raises(BadInputError, match="not regular expressions"):
        wanted_of(exclude=path)


def test_kinds__that_are_none_are_refused() -> None:
    with pytest.raises(UsageError, match="unknown kind of entries 'topics'"):
        wanted_of(kinds=["topics"])
    with pytest.raises(UsageError, match="no kinds of entries are left"):
        wanted_of(kinds=["name"], no_names=True)


def test_exclude__finds_what_stands_inside_text_without_spaces() -> None:
    rows = [
        (phrase, None, None, None)
        for phrase in ("以下是示例代码", "示例 代码", "示例", "使用 pip", "使用 pipes", "文件（例如")
    ]
    columns = {"phrase": pl.String, "is_name": pl.Boolean, "is_topic": pl.Boolean, "echo": pl.Float64}
    entries = pl.DataFrame(rows, columns, orient="row")
    found, left_out = wanted_of(exclude=["示例代码", "pip"]).of(entries, are_content=False)
    assert found["phrase"].to_list() == ["示例", "使用 pipes"]
    assert left_out == {"excluded": 3, "fragment": 1}
