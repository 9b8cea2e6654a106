"""Counts of words and n-grams as a sparse matrix, in the form of scikit-learn's vectorisers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastslop.system.threads import n_cores
from fastslop.vectors import parameters
from fastslop.vectors.errors import NotFittedError, ParameterError
from fastslop.vectors.features import Features
from fastslop.vectors.limits import Limits
from fastslop.vectors.matrices import Entries
from fastslop.vectors.ngrams import count_ngrams
from fastslop.vectors.reading import as_strings
from fastslop.vectors.single import count_words


class CountVectorizer(parameters.Parameterised):
    r"""Turns documents into a sparse matrix of how often each has each word or n-gram.

    It stands in for ``sklearn.feature_extraction.text.CountVectorizer``: the same parameters and methods, and equal
    matrices, made on all cores. scikit-learn is not needed, but pipelines, searches and ``clone`` take it.

    Parameters
    ----------
    ngram_range, lowercase, binary, dtype, encoding, decode_error
        As in scikit-learn, with its defaults. No n-gram may have more than 254 words.
    min_df, max_df, max_features, vocabulary
        As in scikit-learn; of equally frequent terms ``max_features`` leaves the same.
    stop_words
        Words that are passed over, so that their neighbours join. They must be given: ``"english"`` raises.
    token_pattern, analyzer, input, strip_accents, preprocessor, tokenizer
        Only scikit-learn's defaults are supported: words are runs of two or more characters of ``\w``. Others raise a
        ValueError that names the remedy; nothing is done slowly instead.
    workers : int, optional
        Threads; by default as many as there are cores.

    Attributes
    ----------
    vocabulary_ : dict
        The column of each term; made when it is first asked for, since strings take longer than counts.
    fixed_vocabulary_ : bool
        Whether the vocabulary was given.

    Notes
    -----
    Equal are the vocabulary, the order of columns, shape, counts and types, after ``sort_indices``. Like scikit-learn's
    by default, the result is a ``scipy.sparse.csr_matrix``; its setting ``sparse_interface`` is not heeded. Lower case
    and characters of words are those of the running Python's Unicode, as they are in scikit-learn. What differs:

    - Words are told apart by 64-bit hashes; that any two of a million share one has a chance of 1 in 37 million.
    - ``max_features`` is chosen by counts before they become ``dtype``: in scikit-learn, those of 8 bits wrap around.
    - ``vocabulary_`` is made when it is asked for and cannot be assigned: give ``vocabulary`` instead.
    - There are no ``build_analyzer``, ``build_tokenizer``, ``build_preprocessor``, ``decode`` and ``get_stop_words``.
    - ``ngram_range`` begins at 1 at least, and a missing document (None, NaN) is always an error.

    Examples
    --------
    >>> from fastslop import CountVectorizer
    >>> vectorizer = CountVectorizer(ngram_range=(1, 2))
    >>> counts = vectorizer.fit_transform(["A door, a red door", "The red door opened"])
    >>> vectorizer.get_feature_names_out().tolist()
    ['door', 'door opened', 'door red', 'opened', 'red', 'red door', 'the', 'the red']
    >>> counts.toarray().tolist()
    [[2, 0, 1, 0, 1, 1, 0, 0], [1, 1, 0, 1, 1, 1, 1, 1]]
    """

    def __init__(
        self,
        *,
        input: str = "content",
        encoding: str = "utf-8",
        decode_error: str = "strict",
        strip_accents: None = None,
        lowercase: bool = True,
        preprocessor: None = None,
        tokenizer: None = None,
        stop_words: Iterable[str] | None = None,
        token_pattern: str = parameters.TOKEN_PATTERN,
        ngram_range: tuple[int, int] = (1, 1),
        analyzer: str = "word",
        max_df: float = 1.0,
        min_df: float = 1,
        max_features: int | None = None,
        vocabulary: Mapping[str, int] | Iterable[str] | None = None,
        binary: bool = False,
        dtype: Any = np.int64,
        workers: int | None = None,
    ) -> None:
        self.input = input
        self.encoding = encoding
        self.decode_error = decode_error
        self.strip_accents = strip_accents
        self.lowercase = lowercase
        self.preprocessor = preprocessor
        self.tokenizer = tokenizer
        self.stop_words = stop_words
        self.token_pattern = token_pattern
        self.ngram_range = ngram_range
        self.analyzer = analyzer
        self.max_df = max_df
        self.min_df = min_df
        self.max_features = max_features
        self.vocabulary = vocabulary
        self.binary = binary
        self.dtype = dtype
        self.workers = workers

    def fit(self, raw_documents: Iterable[Any], y: Any = None) -> Self:
        """Learn the vocabulary of documents; ``y`` is ignored."""
        self.fit_transform(raw_documents)
        return self

    def fit_transform(self, raw_documents: Iterable[Any], y: Any = None) -> sparse.csr_matrix:
        """Learn the vocabulary of documents, and count it in them; ``y`` is ignored.

        Raises
        ------
        ParameterError : a parameter cannot be used; also a ValueError
        DocumentsError : a document is no text, or no term is left; also a ValueError
        """
        self._check_parameters()
        documents = self._strings(raw_documents)
        if self.vocabulary is not None:
            self._take_vocabulary()
            return self._transformed(documents)
        entries, features = self._learnt(documents)
        self._forget()
        self._features, self.fixed_vocabulary_ = features, False
        return self._matrix(entries, features)

    def transform(self, raw_documents: Iterable[Any]) -> sparse.csr_matrix:
        """Count the terms of the vocabulary in documents.

        Raises
        ------
        NotFittedError : there is no vocabulary; also a ValueError
        """
        self._check_parameters()
        self._known_features()
        return self._transformed(self._strings(raw_documents))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """The terms in the order of their columns."""
        features = self._known_features()
        given = self._given
        names = features.names() if given is None else sorted(given, key=given.__getitem__)
        out = np.empty(len(names), object)
        out[:] = names
        return out

    def inverse_transform(self, X: Any) -> list[NDArray[np.object_]]:
        """The terms of each row that are not zero there."""
        names = self.get_feature_names_out()
        rows = sparse.csr_matrix(X, copy=True)
        rows.eliminate_zeros()
        return [names[columns] for columns in np.split(rows.indices, rows.indptr[1:-1])]

    @property
    def vocabulary_(self) -> dict[str, int]:
        """The column of each term."""
        features = self._known_features()
        if self._given is None:
            self._given = dict(zip(features.names(), range(features.n), strict=True))
        return self._given

    # The state: what was learnt, and the columns of terms if they were given or asked for.

    _features: Features | None = None
    _given: dict[str, int] | None = None

    def _forget(self) -> None:
        self._features = self._given = None

    def _known_features(self) -> Features:
        if self._features is None and self.vocabulary is not None:
            self._take_vocabulary()
        if self._features is None:
            raise NotFittedError("Vocabulary not fitted or provided: call fit or fit_transform first")
        return self._features

    def _take_vocabulary(self) -> None:
        given = parameters.checked_vocabulary(self.vocabulary, self.lowercase)
        self._given, self.fixed_vocabulary_ = given, True
        self._features = Features.of_terms(given)

    def _learnt(self, documents: list[str]) -> tuple[Entries, Features]:
        stop_words, orders = parameters.checked_stop_words(self.stop_words), parameters.checked_orders(self.ngram_range)
        parameters.warn_of_stop_words(stop_words, self.lowercase)
        limits = Limits(self.min_df, self.max_df, self.max_features)
        settings = (limits, self.binary, self._workers, self.dtype)
        if orders == (1, 1):
            entries, nodes, texts = count_words(documents, self.lowercase, stop_words, *settings)
        else:
            entries, nodes, texts = count_ngrams(documents, self.lowercase, stop_words, orders, *settings)
        return entries, Features(nodes, texts, nodes.n_columns)

    def _transformed(self, documents: list[str]) -> sparse.csr_matrix:
        features = self._known_features()
        stop_words, orders = parameters.checked_stop_words(self.stop_words), parameters.checked_orders(self.ngram_range)
        entries = features.count(documents, self.lowercase, stop_words, orders, self._workers)
        return self._matrix(entries, features)

    def _matrix(self, entries: Entries, features: Features) -> sparse.csr_matrix:
        if self.binary:
            entries.data.fill(1)
        return entries.matrix(features.n, self.dtype)

    def _strings(self, raw_documents: Iterable[Any]) -> list[str]:
        return as_strings(raw_documents, self.encoding, self.decode_error)

    @property
    def _workers(self) -> int:
        return n_cores() if self.workers is None else int(self.workers)

    def _check_parameters(self) -> None:
        parameters.check_supported(self.get_params())
        parameters.checked_orders(self.ngram_range)
        parameters.checked_stop_words(self.stop_words)
        parameters.check_share("min_df", self.min_df)
        parameters.check_share("max_df", self.max_df)
        parameters.check_most(self.max_features)
        if self.workers is not None and self.workers < 1:
            raise ParameterError(f"workers={self.workers!r} is no number of threads; leave it None for all cores")

    # What scikit-learn asks of an estimator.

    def __sklearn_is_fitted__(self) -> bool:
        """Whether there is a vocabulary."""
        return self._features is not None

    def __sklearn_tags__(self) -> Any:
        """Tags of what the vectoriser takes and gives. Only scikit-learn asks for them, so it can be imported here."""
        utils = import_module("sklearn.utils")
        return utils.Tags(
            estimator_type=None,
            target_tags=utils.TargetTags(required=False),
            transformer_tags=utils.TransformerTags(preserves_dtype=[]),
            input_tags=utils.InputTags(two_d_array=False, string=True),
        )
