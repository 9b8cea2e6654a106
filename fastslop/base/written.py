"""N-grams as they stand in texts: without spaces between words of scripts that are written without them.

Elsewhere an n-gram is its words joined by spaces, in which no two n-grams are the same. In what people and other
programs read, it is written so that it is found in running text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import polars as pl

SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai and Lao, Myanmar, Khmer
    "\u3001-\u3003\u3005\u3007-\u301b"  # marks of Chinese and Japanese, and 々 and 〇
    "\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # kana and Han
)
"""Characters beside which no space stands, as a class of regular expressions holds them."""
_BETWEEN = re.compile(rf"(?<=[{SPACELESS}]) (?=[{SPACELESS}])")
_IS_SPACELESS = re.compile(rf"[{SPACELESS}]")
Frame = TypeVar("Frame", "pl.DataFrame", "pl.LazyFrame")


def as_written(ngram: str) -> str:
    """An n-gram, its words joined by spaces, as it stands in texts."""
    return _BETWEEN.sub("", ngram)


def written(frame: Frame, column: str) -> Frame:
    """The frame with the n-grams of a column as they stand in texts: see `as_written`."""
    import polars as pl

    pair = f"([{SPACELESS}]) ([{SPACELESS}])"
    joined = pl.col(column)
    for _ in range(2):  # Polars cannot look behind: of "a b c" the first time finds "a b", the second "b c"
        joined = joined.str.replace_all(pair, "${1}${2}")
    return frame.with_columns(joined)


def is_spaceless(text: str) -> bool:
    """Whether a text begins or ends with a character beside which no end of a word can be seen."""
    return any(map(_IS_SPACELESS.match, (text[:1], text[-1:])))
