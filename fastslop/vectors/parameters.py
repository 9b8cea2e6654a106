"""Parameters of a vectoriser: their checks, and how an estimator keeps them."""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Iterable, Mapping
from typing import Any, Self

import numpy as np

from fastslop.vectors.errors import ParameterError

TOKEN_PATTERN = r"(?u)\b\w\w+\b"
"""scikit-learn's default pattern of words, the only one that is supported."""
MOST_ORDERS = 254
"""Most words of an n-gram: depths of nodes have 8 bits."""


class Parameterised:
    """An estimator's parameters: the keywords of ``__init__``, kept as they are given."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name."""
        return {name: getattr(self, name) for name in self._defaults()}

    def set_params(self, **params: Any) -> Self:
        """Change parameters.

        Raises
        ------
        ParameterError : there is no parameter of that name
        """
        for name, value in params.items():
            if name not in self._defaults():
                raise ParameterError(f"Invalid parameter {name!r}; there are {', '.join(self._defaults())}")
            setattr(self, name, value)
        return self

    @classmethod
    def _defaults(cls) -> dict[str, Any]:
        parameters = inspect.signature(cls).parameters.values()
        return {parameter.name: parameter.default for parameter in parameters}

    def __repr__(self) -> str:
        """The call that makes one like it."""
        defaults = self._defaults()
        changed = (f"{n}={v!r:.60}" for n, v in self.get_params().items() if repr(v) != repr(defaults[n]))
        return f"{type(self).__name__}({', '.join(changed)})"


def check_supported(values: Mapping[str, Any]) -> None:
    """Raise ParameterError for what fastslop does not do, rather than do it differently."""
    for name in ("preprocessor", "tokenizer", "strip_accents"):
        if values[name] is not None:
            remedy = "change the documents before, or use sklearn.feature_extraction.text.CountVectorizer"
            raise ParameterError(f"{name}={values[name]!r} is not supported: leave it None and {remedy}")
    only = {"analyzer": "word", "input": "content", "token_pattern": TOKEN_PATTERN}
    for name, value in only.items():
        if values[name] != value:
            remedy = "use sklearn.feature_extraction.text.CountVectorizer for others"
            raise ParameterError(f"{name}={values[name]!r} is not supported, only {value!r}: {remedy}")


def checked_orders(ngram_range: Any) -> tuple[int, int]:
    """The lowest and the highest order of n-grams; ParameterError if they are not a range from 1 to ``MOST_ORDERS``."""
    try:
        lowest, highest = ngram_range
    except (TypeError, ValueError):
        raise ParameterError(f"ngram_range={ngram_range!r} is no pair of numbers such as (1, 3)") from None
    if not (
        isinstance(lowest, int | np.integer)
        and isinstance(highest, int | np.integer)
        and lowest >= 1
        and highest <= MOST_ORDERS
    ):
        raise ParameterError(f"ngram_range={ngram_range!r}: both must be whole numbers from 1 to {MOST_ORDERS}")
    if lowest > highest:
        raise ParameterError(
            f"Invalid value for ngram_range={ngram_range} lower boundary larger than the upper boundary."
        )
    return int(lowest), int(highest)


def check_share(name: str, value: Any) -> None:
    """Raise ParameterError for what is neither a number of documents nor a share of them."""
    if isinstance(value, int | np.integer) and not isinstance(value, bool) and value >= 1:
        return
    if isinstance(value, float) and 0 <= value <= 1:
        return
    raise ParameterError(f"{name}={value!r} is neither a number of documents, from 1 on, nor a share from 0.0 to 1.0")


def check_most(max_features: Any) -> None:
    """Raise ParameterError for what is no number of terms."""
    if max_features is not None and not (isinstance(max_features, int | np.integer) and max_features >= 1):
        raise ParameterError(f"max_features={max_features!r} is neither None nor a whole number from 1 on")


def checked_stop_words(stop_words: Any) -> list[str]:
    """Stop words as a sorted list; ParameterError for the name of a list."""
    if isinstance(stop_words, str):
        remedy = "for scikit-learn's list give [*sklearn.feature_extraction.text.ENGLISH_STOP_WORDS]"
        raise ParameterError(f"stop_words={stop_words!r} is not supported, give a list of words: {remedy}")
    return [] if stop_words is None else sorted(set(stop_words))


def warn_of_stop_words(stop_words: list[str], lowercase: bool) -> None:
    """Warn of stop words that are cut into tokens which are not stop words, as scikit-learn does."""
    texts = (word.lower() if lowercase else word for word in stop_words)
    others = {token for text in texts for token in re.findall(TOKEN_PATTERN, text)} - frozenset(stop_words)
    if others:
        warnings.warn(
            "Your stop_words may be inconsistent with your preprocessing. Tokenizing the stop words generated tokens "
            f"{sorted(others)!r} not in stop_words.",
            stacklevel=4,
        )


def checked_vocabulary(vocabulary: Any, lowercase: bool) -> dict[str, int]:
    """The column of each term of a given vocabulary."""
    columns = _columns_of(vocabulary)
    if not columns:
        raise ParameterError("empty vocabulary passed to fit")
    if sorted(columns.values()) != [*range(len(columns))]:
        raise ParameterError(
            f"vocabulary has {len(columns)} terms: their columns must be the numbers from 0 on, each once"
        )
    if lowercase and any(map(str.isupper, "".join(columns))):
        warnings.warn(
            "Upper case characters found in vocabulary while 'lowercase' is True. These entries will not be matched "
            "with any documents",
            stacklevel=4,
        )
    return columns


def _columns_of(vocabulary: Mapping[str, int] | Iterable[str]) -> dict[str, int]:
    if isinstance(vocabulary, Mapping):
        return {term: int(column) for term, column in vocabulary.items()}
    columns: dict[str, int] = {}
    for term in sorted(vocabulary) if isinstance(vocabulary, set) else vocabulary:
        if term in columns:
            raise ParameterError(f"Duplicate term in vocabulary: {term!r}")
        columns[term] = len(columns)
    return columns
