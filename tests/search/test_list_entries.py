"""Entries of lists mean what their makers meant, by names and shape; what cannot match is named with the reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop.base.errors import BadInputError
from fastslop.base.spec import PRESETS
from fastslop.search.expressions import Expression
from fastslop.search.list_entries import SYNTAX, TOKEN, ListEntries, understand, with_contractions
from fastslop.search.list_files import Entry, Group, groups_in, read_list
from fastslop.search.matcher import HAS_DIGIT, NO_WORDS

SPEC = PRESETS["default"]
NGRAMS = ["lamp barely lit", "held deep breath"]


def understood(entries: list[str], name: str = "", *, are_nested: bool = False) -> ListEntries:
    return understand([Group(name, [Entry(text, "entry 1") for text in entries], are_nested)], "the list", SPEC)


def split(*entries: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(entry.split()) for entry in entries)


@pytest.mark.parametrize(
    "text",
    [
        r"\bnot\s+only\b",
        "(?i)each day",
        "not [^.!?]{3,60} but",
        "not .{1,40} but",
        "eyes? (glint|gleam)",
        "colou?r",
        "[a-z]+ing",
        "^Certainly",
        "once.*twice",
        "(gentl|soft)?ly",
    ],
)
def test_understand__takes_what_holds_syntax_for_an_expression(text: str) -> None:
    assert understood([text]).expressions == (Expression(text),)


@pytest.mark.parametrize(
    "text",
    [
        "what?? (really?)",
        "*nods*",
        "[redacted]",
        "...but",
        "and/or",
        "a (b) c",
        "(huh)? yes",
        "C++",
        "f*ck",
        "[a self-made man]",
    ],
)
def test_understand__takes_marks_in_phrases_for_marks(text: str) -> None:
    assert SYNTAX.search(text) is None
    assert understood([text, "elara"]).expressions == ()


@pytest.mark.parametrize("name", ["slop_regexes", "regex_not_x_but_y", "banned_regex_case_insensitive", "bannedRegex"])
def test_understand__takes_all_under_a_name_of_expressions_for_these(name: str) -> None:
    assert understood(["elara"], name).expressions == (
        Expression("elara", "", name == "bannedRegex", "banned" in name),
    )


@pytest.mark.parametrize("name", ["banned_ngrams", "slop_list_bigrams", "trigrams", "content 3-grams n-gram"])
def test_understand__takes_ngrams_without_stopwords_by_their_name(name: str) -> None:
    assert understood([*NGRAMS, "Elara"], name) == ListEntries(split("elara"), split(*NGRAMS), (), {})


def test_understand__takes_ngrams_without_stopwords_by_their_shape() -> None:
    assert understood(NGRAMS, are_nested=True).ngrams == split(*NGRAMS)
    assert understood(NGRAMS).phrases == split(*NGRAMS)


def test_understand__takes_ngrams_with_stopwords_as_they_stand() -> None:
    surface = [*NGRAMS, "took a deep breath"]
    assert understood(surface, "ngrams").phrases == split(*surface)
    many = [f"lamp{chr(97 + i // 26)}{chr(97 + i % 26)} lit" for i in range(200)]
    found = understood([*many, "took a deep breath"], "ngrams")
    assert (found.ngrams, found.phrases) == (split(*many), split("took a deep breath"))


def test_understand__counts_forms_of_one_entry_once() -> None:
    assert understood(["void", " void", "Void ", "void,", "“void”"]) == ListEntries((("void",),), (), (), {})
    assert understood([r"\bvoid\b", r"\bvoid\b"]).expressions == (Expression(r"\bvoid\b"),)


def test_understand__names_what_cannot_match() -> None:
    group = Group(
        "banned_tokens", [Entry("user1", "line 1"), Entry("elara", "line 2")], tokens=[Entry("[29]", "line 3")]
    )
    bad = Group("regex", [Entry("not (only", "entry 1"), Entry("[z-a]", "entry 2")])
    found = understand([group, bad], "the list", SPEC)
    assert found.phrases == (("elara",),)
    assert found.unusable == {
        "[29]": TOKEN,
        "user1": HAS_DIGIT,
        "not (only": "entry 1: no regular expression, missing ) at character 10",
        "[z-a]": "entry 2: no regular expression, bad character range at character 5",
    }
    (reason,) = understood(["elara", "(?:" * 3000 + ")" * 3000]).unusable.values()
    assert reason == "entry 1: a regular expression that is nested too deeply"
    assert found.summary.startswith("list: 1 phrase; 4 entries cannot match: '[29]' (it is a token")


def test_summary__names_five_of_a_reason_and_says_that_there_are_more() -> None:
    found = understood(["elara", *(f"user{i}" for i in range(1200))])
    shown = ", ".join(repr(f"user{i}") for i in range(5))
    assert found.summary == f"list: 1 phrase; 1,200 entries cannot match: {shown}, ... ({HAS_DIGIT})"


def test_understand__names_the_entry_that_holds_half_a_character() -> None:
    with pytest.raises(BadInputError, match="the list: entry 1 holds half a surrogate pair, 'a \ufffd'; take it out"):
        understood(["a \ud800"])


def test_understand__refuses_a_list_of_which_nothing_can_match() -> None:
    with pytest.raises(
        BadInputError, match=r"the list: there is nothing to look for; .*1 entry cannot match: '\.\.\.'"
    ):
        understood(["..."])
    assert understand(groups_in(["...", "elara"], "", ""), "", SPEC).unusable == {"...": NO_WORDS}


def test_with_contractions__adds_what_the_words_may_be_left_of() -> None:
    assert with_contractions(split("could help feel", "let see", "wo stop", "deep breath")) == [
        *split("could help feel", "couldn't help feel", "let see", "let's see", "wo stop", "won't stop", "deep breath")
    ]
    assert len(with_contractions([("could",) * 40])) == 1


P, N, E = "phrases", "ngrams", "expressions"
LISTS: dict[str, list[tuple[str, str, dict[str, int]]]] = {
    "of your own, ik_llama.cpp's file": [("a.txt", 'elara\n"old light"\n', {P: 2})],
    "koboldcpp, vLLM, tabbyAPI, ik_llama.cpp": [
        ("a.json", '["elara", " old light"]', {P: 2}),
        ("a.json", '{"prompt": "x", "banned_tokens": ["elara"], "n": 1}', {P: 1}),
        ("a.json", '{"bad_words": ["elara", " elara"]}', {P: 1}),
        ("a.yml", "banned_strings:\n  override: [elara, old light]\n  force: false\n", {P: 2}),
    ],
    "SillyTavern": [("a.json", json.dumps({"banned_tokens": '"elara"\n"old light"\n[29]'}), {P: 2})],
    "antislop-sampler, antislop-vllm, auto-antislop": [
        ("a.json", '[["elara", 0.1], ["old light", 0.5]]', {P: 2}),
        ("a.json", '{"elara": 0.1, "old light": 0.5}', {P: 2}),
    ],
    "slop-forensics, slop-score": [
        ("slop_list.json", '[["elara"], ["light"]]', {P: 2}),
        ("slop_list_trigrams.json", '[["held deep breath"], ["lamp barely lit"]]', {N: 2}),
        ("a.jsonl", '["held a deep breath", 12]\n["old light", 3]\n', {P: 2}),
    ],
    "antislop-vllm, auto-antislop": [("banned_ngrams.json", '["held deep", "lamp lit"]', {N: 2})],
    "antislop-sampler, antislop-vllm": [
        ("slop_regexes.txt", '"(?i)not [^.!?]{3,60} but",\n"each"\n', {E: 2}),
        ("regex_own.json", r'["\\bnot\\b", "each"]', {E: 2}),
    ],
    "ik_llama.cpp": [("a.json", '{"banned_regex": ["each"], "banned_regex_case_insensitive": ["each"]}', {E: 2})],
    "`list.csv`": [("list.csv", "kind,phrase\nwords,elara\nbigrams,old light\nphrases,held a breath\n", {P: 2, N: 1})],
}


@pytest.mark.parametrize("lists", LISTS.values(), ids=LISTS)
def test_list__of_each_program_is_read_as_the_documents_say(
    lists: list[tuple[str, str, dict[str, int]]], tmp_path: Path
) -> None:
    for name, content, expected in lists:
        (tmp_path / name).write_text(content)
        found = understand(read_list(tmp_path / name), name, SPEC)
        assert {kind: len(getattr(found, kind)) for kind in (P, N, E) if getattr(found, kind)} == expected, content


def test_documents__have_one_table_of_all_lists() -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "ban-list.md").read_text(encoding="utf-8")
    table = page.split("| list | as it is written | read as |\n")[1].split("\n\n")[0]
    assert [row.split("|")[1].strip() for row in table.splitlines()[1:]] == list(LISTS)


@given(st.lists(st.text(max_size=12), min_size=1, max_size=6), st.sampled_from(["", "ngrams", "regex"]), st.booleans())
def test_understand__puts_every_entry_somewhere(texts: list[str], name: str, are_nested: bool) -> None:
    try:
        found = understood(texts, name, are_nested=are_nested)
    except BadInputError as error:
        assert "cannot match" in str(error)
    else:
        assert len({*found.phrases, *found.ngrams}) + len(found.expressions) + len(found.unusable) <= len(set(texts))
        assert set(found.unusable) <= set(texts)
