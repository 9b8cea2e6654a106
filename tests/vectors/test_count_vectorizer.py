"""CountVectorizer against scikit-learn's own: equal vocabularies and matrices, whatever the text and the parameters."""

from __future__ import annotations

import gzip
import json
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastslop.base.errors import FastslopError, UsageError
from fastslop.vectors import reading, steps
from fastslop.vectors.alphabet import alphabet
from fastslop.vectors.count_vectorizer import CountVectorizer
from fastslop.vectors.steps import Corpus, SortedWindows, shortened, wide_steps
from fastslop.vectors.words import TokenTexts, in_order

FEW = ["the red door and the red door", "a door", "", "The RED house, and the door; and_so 12 x", "red red red"]
ODD = (
    "aAbBzZ09_ \n.,'-\t\0 éÉßẞñ ıİi ΣσςΑΟΣ ʼ’“” ǅǆǄ ﬁ ŉ ② ½ ५ ٣ 中文字日本語かなカナ 한국 "
    "\u0300\u0301\u0307\u200b\u200d\u00ad\u2028 K Å 𐐀𐐨 𝒜𝟙 😀 \ue000 \U000e0041 \ufdd0 \U0010ffff ֐ א ب ไทย Ა ა Ꭰ ꭰ"
)


def sklearns(**params: Any) -> Any:
    """Scikit-learn's vectoriser."""
    return pytest.importorskip("sklearn.feature_extraction.text").CountVectorizer(**params)


def outcome(vectorizer: Any, documents: Any, others: Any = ()) -> tuple[Any, ...]:
    """Vocabulary and matrices; or that nothing was left."""
    try:
        matrices = [vectorizer.fit_transform(documents), vectorizer.transform([*documents, *others])]
    except ValueError as error:
        return (str(error)[:16],)
    for matrix in matrices:
        matrix.sort_indices()
    arrays = [array for m in matrices for array in (m.data, m.indices, m.indptr)]
    assert vectorizer.get_feature_names_out().tolist() == sorted(vectorizer.vocabulary_, key=vectorizer.vocabulary_.get)
    described = [(type(m), m.shape, m.dtype, m.indices.dtype, m.indptr.dtype) for m in matrices]
    return dict(vectorizer.vocabulary_), described, [array.tolist() for array in arrays]


def check_equal(documents: Any, others: Any = (), **params: Any) -> None:
    """Both do the same; compared by parts, since what pytest says of large ones takes long."""
    ours, theirs = outcome(CountVectorizer(**params), documents, others), outcome(sklearns(**params), documents, others)
    assert len(ours) == len(theirs)
    for our, their in zip(ours, theirs, strict=True):
        assert (our == their) is True, (str(our)[:300], str(their)[:300])


def texts_of(path: Path, n: int) -> list[str]:
    """The first texts of a corpus, whatever the shape of its records."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [longest_text(json.loads(line)) for line, _ in zip(lines, range(n), strict=False)]


def longest_text(value: Any) -> str:
    """The longest string in a record."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return max(map(longest_text, inner), key=len, default="") if not isinstance(value, str) else value


# Equal to scikit-learn


@pytest.mark.parametrize("ngram_range", [(1, 1), (1, 3), (2, 2), (1, 5)])
@pytest.mark.parametrize(
    "name", ["slop-score/o3", "human-fiction/classic-fiction", "chinese/gpt-4", "japanese/gpt-4o-mini"]
)
def test_matrix__equals_sklearns_on_real_text(corpora: Path, name: str, ngram_range: tuple[int, int]) -> None:
    documents = texts_of(corpora / f"{name}.jsonl.gz", 60)
    check_equal(documents[:40], documents[40:], ngram_range=ngram_range)


@settings(max_examples=150)
@given(
    st.lists(st.text(st.sampled_from(ODD) | st.characters(), max_size=40), max_size=8),
    st.lists(st.text(st.sampled_from(ODD), max_size=30), max_size=4),
    st.sampled_from([(1, 1), (1, 2), (1, 3), (2, 3), (3, 3), (1, 5), (2, 4)]),
    st.booleans(),
)
def test_matrix__equals_sklearns_on_odd_unicode(
    documents: list[str], others: list[str], ngram_range: tuple[int, int], lowercase: bool
) -> None:
    check_equal(documents, others, ngram_range=ngram_range, lowercase=lowercase)


WORDS = st.sampled_from(
    ["aa", "bb", "Bb", "cc", "dd", "ee", "ab", "x", "ééé", "abcdefgh", "abcdefghi", "a" * 15, "a" * 16]
)
SENTENCES = st.lists(st.lists(WORDS, max_size=25).map(" ".join), max_size=8)


@settings(max_examples=200)
@given(
    SENTENCES,
    SENTENCES,
    st.fixed_dictionaries(
        {},
        optional={
            "ngram_range": st.sampled_from([(1, 1), (1, 2), (1, 3), (2, 3), (1, 4)]),
            "min_df": st.sampled_from([1, 2, 3, 0.0, 0.3, 0.5]),
            "max_df": st.sampled_from([1.0, 0.9, 0.5, 2, 4]),
            "max_features": st.integers(1, 12),
            "binary": st.booleans(),
            "stop_words": st.lists(st.sampled_from(["aa", "bb", "ééé", "zz"]), min_size=1, unique=True),
            "dtype": st.sampled_from([np.int64, np.int32, np.float32, np.float64]),
            "lowercase": st.booleans(),
        },
    ),
)
def test_matrix__equals_sklearns_whatever_is_left_out(
    documents: list[str], others: list[str], params: dict[str, Any]
) -> None:
    check_equal(documents, others, **params)


TERMS = ["aa", "bb", "aa bb", "aa bb cc", "cc dd", "dd  ee", "x", "", "Bb", "ééé", "aa ", "bb cc dd ee ab", "a.b"]


@settings(max_examples=100)
@given(SENTENCES, SENTENCES, st.lists(st.sampled_from(TERMS), unique=True), st.booleans(), st.data())
def test_given_vocabulary__is_found_as_sklearn_finds_it(
    documents: list[str], others: list[str], terms: list[str], is_dict: bool, data: st.DataObject
) -> None:
    columns = data.draw(st.permutations(range(len(terms))))
    vocabulary = dict(zip(terms, columns, strict=True)) if is_dict else terms
    params = {"ngram_range": data.draw(st.sampled_from([(1, 1), (1, 3), (2, 5)])), "stop_words": ["cc"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # capital letters, by both
        check_equal(documents, others, vocabulary=vocabulary, **params)


def test_set_of_terms__is_sorted() -> None:
    check_equal(FEW, vocabulary={"red door", "door", "and"}, ngram_range=(1, 2))


def test_frequent_terms__are_cut_from_ties_as_sklearn_cuts_them() -> None:
    random = np.random.default_rng(1)
    documents = [" ".join(f"w{n}" for n in random.zipf(1.3, 300) if n < 10**6) for _ in range(40)]
    for most in (1, 10, 100, 1000):
        check_equal(documents, max_features=most, ngram_range=(1, 2))
        check_equal(documents, max_features=most, min_df=2, dtype=np.float32)


def test_long_words_with_the_same_beginning__are_sorted_as_strings() -> None:
    words = [f"{'word' * n}{end}" for n in range(1, 9) for end in ("", "a", "b", "é", "中", "aa", "Z", "_")]
    check_equal([" ".join(words), " ".join(reversed(words))], ngram_range=(1, 2))


def test_width_of_a_string__makes_no_difference() -> None:
    check_equal(["plain words here", "caf\xe9 words here", "“words” here", "words 😀 here 𐐀𐐨"], ngram_range=(1, 3))


def test_many_documents_that_only_str_lowers__are_lowered_once() -> None:
    check_equal([f"ΟΔΟΣ{i} ΣΑΣ İstanbul {i}ß" for i in range(3000)], ngram_range=(1, 2))


def test_long_documents_and_many_words__grow_the_lexicon() -> None:
    document = " ".join(f"word{i} wörd{i}" for i in range(60_000))
    check_equal([document, document[::-1], "word1 word2"], ngram_range=(1, 2))


# However the work is cut


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_matrix__does_not_depend_on_chunks_and_threads(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(2)
    documents = [" ".join(f"w{n}" for n in random.zipf(1.4, 50) if n < 3000) for _ in range(300)]
    expected = [outcome(CountVectorizer(ngram_range=(1, n), workers=1), documents) for n in (1, 3)]
    monkeypatch.setattr(reading, "CHUNK_CHARS", 500)
    monkeypatch.setattr(steps, "GROUP_RECORDS", 64)
    monkeypatch.setattr(steps, "JOB_RECORDS", 256)
    for n, alone in zip((1, 3), expected, strict=True):
        assert (outcome(CountVectorizer(ngram_range=(1, n), workers=workers), documents) == alone) is True


@pytest.mark.parametrize("order", [2, 3])
def test_wide_windows__pass_the_same_nodes_as_records(order: int) -> None:
    random = np.random.default_rng(3)
    chunks = [
        shortened(random.integers(1, 40, 500).astype(np.uint32), np.array([0, 200, 201, 500]), 0) for _ in range(3)
    ]
    corpus = Corpus(chunks, [np.r_[reading.SKIPPED_RANK, np.arange(39)].astype(np.uint32)], 39)
    layout = steps.Layout.of(corpus, order)
    assert layout is not None
    (narrow,) = SortedWindows(corpus, layout, 1).steps()
    wide = wide_steps(corpus, order)
    assert narrow.depths.tolist() == wide.depths.tolist()
    assert narrow.ranks.tolist() == wide.ranks.tolist()
    assert sorted(narrow.docs.tolist()) == sorted(wide.docs.tolist())


def test_tokens__are_ordered_as_python_orders_strings() -> None:
    tokens = sorted(
        {f"{a}{b}{c}" for a in ("abcdefgh", "x", "中文中文中文") for b in ("", "ijklmnop", "é") for c in "abé𐐀"}
    )
    shuffled = [tokens[i] for i in np.random.default_rng(4).permutation(len(tokens))]
    assert [shuffled[i] for i in in_order(TokenTexts.of(shuffled))] == tokens


def test_lower_case__is_its_own_lower_case() -> None:
    fold = alphabet(True).fold
    assert (fold[fold] == fold).all()


@pytest.mark.kernels
@pytest.mark.parametrize("ngram_range", [(1, 1), (1, 3), (2, 4)])
def test_kernels__count_few_words(ngram_range: tuple[int, int]) -> None:
    vectorizer = CountVectorizer(ngram_range=ngram_range, workers=1, max_df=0.9)
    texts = ["red door, red “door” x", "Red dóor 中文 ΟΔΟΣ " + "long" * 5, "the red door opened"]
    counts = vectorizer.fit_transform(texts)
    again = vectorizer.transform(texts)
    lowest, highest = ngram_range
    words = [
        [w for w in text.split() if len(w) > 1]
        for text in ("red door red door", f"red dóor 中文 οδος {'long' * 5}", "the red door opened")
    ]
    expected: list[dict[str, int]] = []
    for own in words:
        grams = [" ".join(own[i : i + n]) for n in range(lowest, highest + 1) for i in range(len(own) - n + 1)]
        expected.append({gram: grams.count(gram) for gram in grams if gram != "red"})
    names = vectorizer.get_feature_names_out()
    assert names.tolist() == sorted(set().union(*expected))
    for matrix in (counts, again):
        assert [dict(zip(names[row.indices], row.data.tolist(), strict=True)) for row in matrix] == expected


# Documents


@pytest.mark.parametrize(
    "form",
    [tuple, iter, pl.Series, lambda d: np.array(d, object), lambda d: np.array(d), lambda d: [t.encode() for t in d]],
)
def test_documents__may_be_any_iterable(form: Callable[[list[str]], Any]) -> None:
    expected = CountVectorizer().fit_transform(FEW)
    assert (CountVectorizer().fit_transform(form(FEW)) != expected).nnz == 0


def test_documents__may_be_a_pandas_series() -> None:
    series = pytest.importorskip("pandas").Series(FEW, index=range(10, 15))
    assert (CountVectorizer().fit_transform(series) != CountVectorizer().fit_transform(FEW)).nnz == 0


@pytest.mark.parametrize(
    ("documents", "said"),
    [("text", "put it into a list"), (["a", None], "document 1 is None"), ([float("nan")], "document 0")],
)
def test_documents__that_are_no_text_are_named(documents: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said) as raised:
        CountVectorizer().fit(documents)
    assert isinstance(raised.value, FastslopError)


@pytest.mark.parametrize("documents", [[], [""], ["a b c", "..."]])
@pytest.mark.parametrize("ngram_range", [(1, 1), (1, 3), (2, 2), (1, 5)])
def test_documents__without_a_word_leave_an_empty_vocabulary(
    documents: list[str], ngram_range: tuple[int, int]
) -> None:
    with pytest.raises(ValueError, match="empty vocabulary"):
        CountVectorizer(ngram_range=ngram_range).fit(documents)
    known = CountVectorizer(ngram_range=ngram_range).fit(["aa bb cc dd ee"])
    assert known.transform(documents).nnz == 0
    assert known.transform(documents).shape[0] == len(documents)


# Parameters


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"token_pattern": r"\w+"}, "token_pattern"),
        ({"analyzer": "char"}, "analyzer='char'"),
        ({"analyzer": str.split}, "analyzer"),
        ({"tokenizer": str.split}, "tokenizer"),
        ({"strip_accents": "unicode"}, "strip_accents"),
        ({"input": "file"}, "input"),
        ({"stop_words": "english"}, "ENGLISH_STOP_WORDS"),
        ({"ngram_range": (2, 1)}, "lower boundary"),
        ({"ngram_range": 2}, "ngram_range"),
        ({"ngram_range": (0, 1)}, "from 1"),
        ({"min_df": -1}, "min_df"),
        ({"max_df": 1.5}, "max_df"),
        ({"max_df": 1, "min_df": 2}, "max_df"),
        ({"max_features": 0}, "max_features"),
        ({"vocabulary": []}, "empty vocabulary"),
        ({"vocabulary": ["aa", "aa"]}, "Duplicate"),
        ({"vocabulary": {"aa": 1}}, "from 0 on"),
        ({"workers": 0}, "workers"),
    ],
)
def test_parameters__that_cannot_be_are_refused(params: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said) as raised:
        CountVectorizer(**params).fit(FEW)
    assert isinstance(raised.value, UsageError)


def test_parameters__are_those_of_sklearn_and_threads() -> None:
    params = CountVectorizer().get_params()
    assert params.pop("workers") is None
    assert params == sklearns().get_params()
    with pytest.raises(ValueError, match="ngrams"):
        CountVectorizer().set_params(ngrams=2)


def test_vectorizer__is_written_as_the_call_that_makes_it() -> None:
    assert repr(CountVectorizer(min_df=2, ngram_range=(1, 3))) == "CountVectorizer(ngram_range=(1, 3), min_df=2)"


def test_stop_words__that_are_cut_differently_are_warned_of() -> None:
    with pytest.warns(UserWarning, match="inconsistent"):
        CountVectorizer(stop_words=["well-known"]).fit(FEW)


# State


def test_unfitted_vectorizer__says_what_to_call() -> None:
    vectorizer = CountVectorizer()
    assert not hasattr(vectorizer, "vocabulary_")
    with pytest.raises(ValueError, match="call fit"):
        vectorizer.transform(FEW)
    assert CountVectorizer(vocabulary=["door"]).transform(FEW).sum() == 4


def test_fitted_vectorizer__can_be_pickled_and_fitted_again() -> None:
    vectorizer = CountVectorizer(ngram_range=(1, 2)).fit(FEW)
    expected = vectorizer.transform(FEW)
    copy = pickle.loads(pickle.dumps(vectorizer))
    assert (copy.transform(FEW) != expected).nnz == 0
    assert copy.vocabulary_ == vectorizer.vocabulary_
    assert [*copy.fit(["one two"]).vocabulary_] == ["one", "one two", "two"]


def test_ngrams__of_more_kinds_than_a_matrix_has_columns_are_refused(monkeypatch) -> None:
    monkeypatch.setattr("fastslop.vectors.ngrams.MOST_ENTRIES", 3)
    with pytest.raises(ValueError, match=r"\d+ different n-grams are too many; fit parts, or shorter ngram_range"):
        CountVectorizer(ngram_range=(1, 2)).fit(FEW)


def test_inverse__names_the_terms_of_each_row() -> None:
    vectorizer = CountVectorizer(ngram_range=(1, 2))
    counts = vectorizer.fit_transform(FEW)
    theirs = sklearns(ngram_range=(1, 2)).fit(FEW).inverse_transform(counts)
    assert [sorted(row) for row in vectorizer.inverse_transform(counts)] == [sorted(row) for row in theirs]


# As part of scikit-learn


def test_pipeline__fits_searches_clones_and_shows_it() -> None:
    pytest.importorskip("sklearn")
    from sklearn.base import clone
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import Pipeline

    documents, labels = [*FEW[:2], *FEW[3:]] * 6, [0, 1, 0, 1] * 6
    pipeline = Pipeline([("v", CountVectorizer()), ("clf", LogisticRegression())])
    theirs = Pipeline([("v", sklearns()), ("clf", LogisticRegression())])
    expected = theirs.fit(documents, labels).predict_proba(documents)
    assert np.allclose(pipeline.fit(documents, labels).predict_proba(documents), expected)
    search = GridSearchCV(
        pipeline, {"v__ngram_range": [(1, 1), (1, 2)], "v__min_df": [1, 2]}, cv=2, error_score="raise"
    )
    assert search.fit(documents, labels).best_score_ == 1
    assert clone(pipeline).set_params(v__binary=True).get_params()["v__binary"] is True
    assert "CountVectorizer" in pipeline._repr_html_()
    assert pipeline[:1].get_feature_names_out().tolist() == theirs[:1].get_feature_names_out().tolist()
    assert (pickle.loads(pickle.dumps(pipeline)).predict(documents) == pipeline.predict(documents)).all()


def test_sklearn__is_not_imported() -> None:
    program = (
        "import sys; from fastslop.vectors.count_vectorizer import CountVectorizer as V; "
        "V().fit_transform(['one two']); assert not any(m.startswith('sklearn') for m in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
