"""N-grams are written as they stand in running text."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop.base.written import as_written, is_spaceless, written


def test_ngrams__are_written_without_spaces_where_texts_have_none() -> None:
    assert as_written("值得注意 的 是") == "值得注意的是"
    assert as_written("使用 python 的 方法") == "使用 python 的方法"
    assert as_written("と いう こと 。") == "ということ。"
    assert as_written("ส วั ส ดี") == "สวัสดี"
    assert as_written("a barely audible whisper") == "a barely audible whisper"
    assert as_written("안녕하세요 세계") == "안녕하세요 세계"


@given(st.lists(st.sampled_from(["一", "数据", "a", "b1", "。", ",", "ด", "\n"]), max_size=9).map(" ".join))
def test_written__of_a_column_is_that_of_each_ngram(ngram: str) -> None:
    frame = pl.DataFrame({"feature": [ngram, None], "n": [1, 2]})
    assert written(frame, "feature").to_dict(as_series=False) == {"feature": [as_written(ngram), None], "n": [1, 2]}
    assert written(frame.lazy(), "feature").collect().equals(written(frame, "feature"))


@pytest.mark.parametrize(("text", "is_one"), [("使用 a", True), ("a 使用", True), ("a 用 b", False), ("", False)])
def test_is_spaceless__looks_at_both_ends(text: str, is_one: bool) -> None:
    assert is_spaceless(text) == is_one
