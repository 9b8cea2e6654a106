"""A specification is valid or refused with the remedy, survives JSON, and names what sets it apart from another."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given

from fastslop.base import stopwords
from fastslop.base.errors import IncompatibleProfilesError, UsageError
from fastslop.base.spec import PRESETS, CountSpec, spec_of
from tests.conftest import ROOT
from tests.fuzz.specifications import one_input
from tests.strategies import specs

FOUND = ROOT / "tests" / "fuzz" / "found" / "specifications"


@pytest.mark.parametrize("name", PRESETS)
def test_presets__are_read_by_name_and_survive_json(name) -> None:
    spec = spec_of(name)
    assert spec == PRESETS[name]
    assert CountSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


def test_default__counts_words_content_and_marks() -> None:
    assert spec_of("default").tables == (
        ("word", 1),
        ("word", 2),
        ("word", 3),
        ("content", 2),
        ("content", 3),
        ("mark", 1),
        ("mark", 2),
    )


def test_slop_forensics__is_letters_words_of_four_and_nltks_stopwords() -> None:
    spec = spec_of("slop-forensics")
    assert (spec.tokeniser, spec.min_word_chars, spec.mark_orders) == ("letters/1", 4, ())
    assert set(spec.stopwords) == set(stopwords.NLTK_ENGLISH)


def test_stopwords__are_a_set_whatever_their_order() -> None:
    assert CountSpec(stopwords=("the", "a", "the")) == CountSpec(stopwords=("a", "the"))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"tokeniser": "spacy"}, "unknown tokeniser 'spacy'; there are fastslop/1, letters/1"),
        ({"unicode": "15.0.0"}, "Unicode 15.0.0 .* it has 14.0.0"),
        ({"orders": (0, 1)}, r"orders must be whole numbers from 1 to 16, not \[0, 1\]"),
        ({"orders": (17,)}, "orders must be whole numbers from 1 to 16"),
        ({"content_orders": (1.5,)}, "content_orders must be whole numbers"),
        ({"orders": ("1",)}, "orders must be whole numbers"),
        ({"orders": (True,)}, "orders must be whole numbers"),
        ({"orders": 1}, "orders must be whole numbers from 1 to 16, not 1"),
        ({"mark_orders": "1"}, "mark_orders must be whole numbers"),
        ({"min_word_chars": 10**30}, "min_word_chars must be a whole number from 1 to 1000"),
        ({"stopwords": 5}, "stopwords must be a list of words, not 5"),
        ({"stopwords": ("\ud800",)}, "stopwords must be a list of words"),
        ({"stopwords": {"the": 1}}, "stopwords must be a list of words"),
        ({"guards": "none/1"}, "unknown guards 'none/1'; there are set-aside/1, count-only/1"),
        ({"language": 5}, "language must be a name, not 5"),
        ({"dictionary": None}, "dictionary must be a name, not None"),
        ({"scaled": 0}, "scaled must be a whole number from 1 to 1,000,000, not 0"),
        ({"scaled": True}, "scaled must be a whole number"),
        ({"orders": (2, 1)}, r"orders must rise and not repeat, not \[2, 1\]"),
        ({"content_orders": (2, 2)}, "content_orders must rise and not repeat"),
        ({"mark_orders": (1, 3)}, "mark_orders can hold 1 .* and 2"),
        ({"orders": (), "content_orders": (), "mark_orders": ()}, "without any order counts nothing"),
    ],
)
def test_spec__refuses_what_cannot_be_counted_and_says_what_can(values, told) -> None:
    with pytest.raises(UsageError, match=told):
        CountSpec(**values)


def test_scaled__is_written_where_it_is_not_1_and_differs_with_a_remedy_of_its_own() -> None:
    whole, some = CountSpec(), spec_of("default", scaled=7)
    assert "scaled" not in whole.to_dict()
    assert CountSpec.from_dict(json.loads(json.dumps(some.to_dict()))) == some
    assert whole.differences(some) == ["scaled (1 and 7)"]
    with pytest.raises(IncompatibleProfilesError, match=r"scaled \(1 and 7\); `fastslop merge --scaled 7` makes"):
        whole.check_same(some, "a and b")
    with pytest.raises(IncompatibleProfilesError, match=r"count the texts of one again"):
        whole.check_same(replace(some, orders=(1,)), "a and b")


def test_from_dict__fills_in_the_default_and_names_what_it_does_not_know() -> None:
    assert CountSpec.from_dict({"orders": [1]}) == CountSpec(orders=(1,))
    with pytest.raises(UsageError, match="no lowercase, n"):
        CountSpec.from_dict({"n": 3, "lowercase": True})
    with pytest.raises(UsageError, match="a specification is an object of fields, not 5"):
        CountSpec.from_dict(5)


@given(spec=specs)
def test_spec_of__reads_back_what_to_dict_wrote(tmp_path_factory, spec) -> None:
    path = tmp_path_factory.getbasetemp() / "spec.json"
    path.write_text(json.dumps(spec.to_dict()), encoding="utf-8")
    assert spec_of(str(path)) == spec


def test_spec_of__replaces_the_orders_of_word_ngrams_alone() -> None:
    assert spec_of("default", orders=(1, 4)).to_dict() == PRESETS["default"].to_dict() | {"orders": [1, 4]}


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "[1, 2]", "3", "null", '{"orders": 3}', '{"stopwords": null}'],
)
def test_spec_of__says_which_file_is_no_specification(tmp_path, text) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"odd.json is no specification"):
        spec_of(str(path))


def test_spec_of__lists_the_presets_where_nothing_is_found() -> None:
    with pytest.raises(UsageError, match=r"no specification 'defualt'.*default, words, slop-forensics.*JSON file"):
        spec_of("defualt")


@given(specs, specs)
def test_differences__name_the_fields_that_differ_and_no_others(a, b) -> None:
    named = [difference.split(" (")[0] for difference in a.differences(b)]
    assert named == [field.name for field in fields(CountSpec) if getattr(a, field.name) != getattr(b, field.name)]
    assert named == [difference.split(" (")[0] for difference in b.differences(a)]


def test_differences__show_both_values_where_they_are_short() -> None:
    a, b = CountSpec(orders=(1,)), CountSpec(orders=(1, 2), stopwords=())
    assert a.differences(b) == ["orders ([1] and [1, 2])", "stopwords"]


def test_spec__refuses_a_string_of_stopwords() -> None:
    with pytest.raises(UsageError, match="stopwords"):
        CountSpec.from_dict({"stopwords": "the"})


@pytest.mark.parametrize("length", ["4", -4, None, 1.5])
def test_spec__refuses_word_lengths_that_are_no_whole_numbers(length) -> None:
    with pytest.raises(UsageError, match="min_word_chars"):
        CountSpec.from_dict({"min_word_chars": length})


def test_spec_of__says_that_a_folder_is_no_specification(tmp_path) -> None:
    with pytest.raises(UsageError, match="no specification"):
        spec_of(str(tmp_path))


@pytest.mark.parametrize("text", ['{"orders": [0]}', '{"n": 3}', '"default"'])
def test_spec_of__names_the_file_of_a_bad_value(tmp_path, text) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"odd.json"):
        spec_of(str(path))


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests/fuzz/found/specifications").iterdir()), ids=lambda path: path.name
)
def test_found__inputs_of_the_fuzzer_are_refused_in_words_or_are_specifications(path, tmp_path) -> None:
    one_input(path.read_bytes(), tmp_path / "spec.json")


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", "5", "null", '"x"', "", "\ufeff{}", '{"orders": NaN}'])
def test_spec_of__refuses_files_that_hold_no_specification(tmp_path, text) -> None:
    (tmp_path / "spec.json").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"spec.json is no specification"):
        spec_of(str(tmp_path / "spec.json"))
