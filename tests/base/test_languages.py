"""What is in other letters than those of a language is told, whatever the language."""

from __future__ import annotations

import polars as pl
import pytest

from fastslop.base.languages import OWN_LETTERS, is_foreign
from fastslop.base.wordfreq import languages, most_frequent


def foreign(phrases: list[str], language: str | None) -> list[bool]:
    frame = pl.DataFrame({"phrase": phrases}).with_columns(found=is_foreign("phrase", language))
    return frame["found"].to_list()


@pytest.mark.parametrize("language", sorted(languages()))
def test_own_letters__are_those_of_the_commonest_words_of_each_language(language: str) -> None:
    words = [word for word in most_frequent(language) if any(map(str.isalpha, word))]
    assert sum(foreign(words, language)) <= 0.02 * len(words)
    assert language == "sr" or (language in OWN_LETTERS) == (not any(word.isascii() for word in words[:30]))


def test_is_foreign__is_what_has_none_of_the_letters_of_the_language() -> None:
    assert foreign(["pip install", "使用 python", "示例", "カメラ"], "zh") == [True, False, False, True]
    assert foreign(["pip", "カメラ", "写真"], "ja") == [True, False, False]
    assert foreign(["pip", "камера"], "ru") == [True, False]
    for language in (None, "en", "de", "xx"):
        assert foreign(["pip install", "示例", "камера"], language) == [False, False, False]
