"""Fields are found by name for the common schemas, and one record yields its documents, label and prompt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fastslop as fs
from fastslop.base.errors import BadInputError, UsageError
from fastslop.reading.choice import choose_columns
from fastslop.reading.fields import Columns, Fields, list_fields
from fastslop.reading.fields import read_record as read
from fastslop.reading.generations import generations_of
from fastslop.reading.paths import lookup
from fastslop.reading.prompts import prompt_of, tidy
from fastslop.reading.unusable import Unusable, has_surrogate, without_surrogates
from fastslop.tokens.guards import TRUNCATED


def choose(record: dict[str, Any], **asked: str) -> Columns:
    return choose_columns([record], Fields(**asked), name="a.jsonl")


def read_record(record: object, columns: Columns) -> tuple[list[str], str | None, str | None]:
    """Texts, label and prompt of a record of one model."""
    documents = read(record, columns)
    assert len({(one.label, one.prompt) for one in documents}) == 1
    return [one.generation.text for one in documents], documents[0].label, documents[0].prompt


def documents_of(value: object) -> list[str]:
    return [one.text for one in generations_of(value)]


def turns(*contents: Any, role: str = "role", content: str = "content") -> list[dict[str, Any]]:
    """A chat in which user and assistant take turns."""
    names = ("user", "assistant") if role == "role" else ("human", "gpt")
    return [{role: names[i % 2], content: text} for i, text in enumerate(contents)]


@pytest.mark.parametrize(
    ("record", "text", "label", "prompt"),
    [
        (
            {"model": "m", "source": "s", "id": 1, "prompt": "p", "output": "o"},
            "output",
            "model",
            ("source", "id"),
        ),
        ({"text": "t"}, "text", None, ()),
        ({"text": "t", "id": 1}, "text", None, ("id",)),
        ({"text": "t", "id": 1, "prompt": "p"}, "text", None, ("prompt",)),
        ({"text": "t", "source": "s", "id": None, "prompt": "p"}, "text", None, ("prompt",)),
        ({"instruction": "i", "input": "", "output": "o"}, "output", None, ("instruction", "input")),
        (
            {"question_id": 3, "question": "q", "answer": "a", "model_id": "m"},
            "answer",
            "model_id",
            ("question_id",),
        ),
        ({"prompt": "p", "completion": "c", "generator": "g"}, "completion", "generator", ("prompt",)),
        ({"prompt": "p", "responses": ["a", "b"], "model_name": "m"}, "responses", "model_name", ("prompt",)),
        ({"messages": turns("q", "a"), "id": "x"}, "messages", None, ("messages",)),
        ({"messages": turns("q", "a"), "prompt_id": "x"}, "messages", None, ("prompt_id",)),
        (
            {"conversations": turns("q", "a", role="from", content="value")},
            "conversations",
            None,
            ("conversations",),
        ),
        ({"messages": turns("q"), "response": "a"}, "response", None, ("messages",)),
        ({"output": None, "text": "t", "label": 3}, "text", None, ()),
        ({"response": {"x": 1}, "story": "s", "label": "human"}, "story", "label", ()),
        ({"content": [{"type": "text", "text": "t"}], "author": "A"}, "content", None, ()),
    ],
)
def test_choose_columns__knows_common_schemas(
    record: dict[str, Any], text: str, label: str | None, prompt: tuple[str, ...]
) -> None:
    columns = choose(record)
    assert (columns.text, columns.label, columns.prompt) == (text, label, prompt)


REFERENCE, MINE = "The key has it so.", "A kettle sang in the kitchen."


@pytest.mark.parametrize(
    ("of_others", "text"),
    [
        ({"output": REFERENCE}, "ModelAnswer"),
        ({"instruction": "i", "output": REFERENCE}, "model_output"),
        ({"question": "q", "answer": REFERENCE}, "prediction"),
        ({"question": "q", "answer": REFERENCE}, "model_answer"),
        ({"instruction": "i", "output": REFERENCE}, "response"),
        ({"text": "What sang?"}, "completion"),
        ({"text": "What sang?"}, "responses"),
        ({"content": "What sang?"}, "generated_text"),
        ({"message": "What sang?"}, "reply"),
        ({"response": "A judge finds this weak."}, "story"),
    ],
)
def test_text__is_the_models_rather_than_a_reference_or_a_users(of_others: dict[str, Any], text: str) -> None:
    assert choose({**of_others, text: MINE}).text == text
    assert choose({text: MINE, **of_others}).text == text


@pytest.mark.parametrize("name", ["prediction", "answer", "output"])
def test_text__is_prose_where_another_field_has_but_a_word(name: str) -> None:
    assert choose({name: "human", "text": MINE}).text == "text"
    assert choose({name: "human", "response": MINE, "text": "What sang?"}).text == "response"
    assert choose({name: "human"}).text == name


def test_text__of_a_chat_is_taken_before_a_copy_of_all_of_it() -> None:
    flat = f"What sang? {MINE}"
    assert choose({"text": flat, "messages": turns("What sang?", MINE)}).text == "messages"
    assert choose({"text": MINE, "messages": turns("What sang?")}).text == "text"


def test_text__of_a_pair_of_models_is_taken_before_one_of_anybody() -> None:
    pair = {"response_a": MINE, "response_b": "Rain.", "model_a": "oak", "model_b": "elm"}
    columns = choose({"text": "What sang?", **pair})
    assert (columns.text, columns.label, columns.more) == ("response_a", "model_a", (("response_b", "model_b"),))
    assert choose({"text": MINE, **pair, "model_b": None}).text == "text"


@pytest.mark.parametrize("role", ["role", "from", "speaker", "sender", "author"])
@pytest.mark.parametrize(("user", "model"), [("user", "assistant"), ("human", "bot"), ("human", "Mabel")])
def test_records__that_are_messages_are_the_models_by_their_role(role: str, user: str, model: str) -> None:
    sample = [{role: user, "text": "What sang?"}, {role: model, "text": MINE}, {"text": "Somebody's."}]
    columns = choose_columns(sample, Fields(), name="a")
    assert (columns.text, columns.role) == ("text", role)
    assert read_record(sample[1], columns)[0] == [MINE]
    for others in (sample[0], sample[2]):
        with pytest.raises(Unusable, match="message of somebody else"):
            read(others, columns)


def test_messages__of_an_unknown_role_are_nobodys_beside_a_models() -> None:
    sample = [{"role": role, "content": role} for role in ("client", "assistant")]
    columns = choose_columns(sample, Fields(), name="a")
    with pytest.raises(Unusable, match="message of somebody else"):
        read(sample[0], columns)
    assert read_record(sample[1], columns)[0] == ["assistant"]


def test_records__of_authors_who_bear_names_are_no_messages() -> None:
    assert choose({"author": "A. Writer", "text": MINE}).role is None


@pytest.mark.parametrize("said", [["Hi.", "Hello."], [["Hi.", "Hello."]], "Hi. Hello."])
@pytest.mark.parametrize("name", ["turns", "dialog", "conversation"])
def test_turns__of_which_nobody_says_whose_they_are_are_no_text(name: str, said: object) -> None:
    with pytest.raises(BadInputError, match=rf"no field looks like the text \({name}: nothing says whose turns"):
        choose({"question_id": 1, name: said})
    assert choose({name: said, "text": MINE}).text == "text"
    assert choose({name: said}, text=name).text == name
    assert choose({"choices": [{"index": 0, "turns": ["Hi.", "Hello."]}]}).text == "choices"


@pytest.mark.parametrize("text", ["response", "text", "answer", "story"])
@pytest.mark.parametrize("several", ["responses", "outputs", "generations", "candidates", "samples", "completions"])
def test_models__of_several_answers_in_a_record_are_told_apart(several: str, text: str) -> None:
    own = {"oak": MINE, "elm": "Rain fell."}
    record = {"prompt": "p", several: [None, *({"model": model, text: said} for model, said in own.items())]}
    found = read(record, choose(record))
    assert {one.label: one.generation.text for one in found if one.label} == own
    assert {one.prompt for one in found} == {"p"}


def test_models__of_answers_with_reasoning_and_an_ending_leave_these_where_they_are() -> None:
    answers = [{"model": m, "text": MINE, "reasoning": m, "finish_reason": "length"} for m in ("oak", "elm")]
    found = read({"outputs": answers}, choose({"outputs": answers}))
    assert [(one.label, one.generation.reasoning, one.generation.ending) for one in found] == [
        ("oak", "oak", TRUNCATED),
        ("elm", "elm", TRUNCATED),
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("outputs", lambda text: [text, text]),
        ("choices", lambda text: [{"text": text}]),
        ("output", lambda text: {"text": text}),
        ("generated_text", lambda text: text),
    ],
)
def test_echo__of_the_prompt_is_seen_in_every_shape_of_text(name: str, value: Callable[[str], object]) -> None:
    prompt = "What sang in the kitchen?"
    assert choose({"prompt": prompt, name: value(f"{prompt} {MINE}")}).echo == "prompt"
    assert choose({"prompt": prompt, name: value(MINE)}).echo is None


ABOUT, TASK = "It is a blue kettle.", "Describe it."


@pytest.mark.parametrize(
    ("record", "prompt"),
    [
        ({"system": "Be brief.", "prompt": TASK, "output": MINE}, f"Be brief. {TASK}"),
        ({"System Prompt": "Be brief.", "Prompt": TASK, "Output": MINE}, f"Be brief. {TASK}"),
        ({"system": "oak-7", "prompt": TASK, "output": MINE}, TASK),
        ({"instruction": TASK, "input": ABOUT, "output": MINE}, f"{TASK} {ABOUT}"),
        ({"Instruction": TASK, "Input": ABOUT, "Output": MINE}, f"{TASK} {ABOUT}"),
        ({"instruction": TASK, "context": ABOUT, "response": MINE}, f"{TASK} {ABOUT}"),
        ({"Instruction": TASK, "Input": "", "Output": MINE}, TASK),
        (
            {"system": "Be brief.", "instruction": TASK, "input": ABOUT, "output": MINE},
            f"Be brief. {TASK} {ABOUT}",
        ),
        (
            {"request": {"system": "Be brief.", "messages": turns(TASK)}, "response": {"content": MINE}},
            f"Be brief. {TASK}",
        ),
    ],
)
def test_prompt__is_all_that_a_model_was_told(record: dict[str, Any], prompt: str) -> None:
    assert read_record(record, choose(record)) == ([MINE], None, prompt)


def test_prompt__without_a_system_prompt_is_one_beside_those_that_have_it() -> None:
    told = {"request": {"system": "Be brief.", "messages": turns(TASK)}, "response": {"content": MINE}}
    untold = {"request": {"messages": turns(TASK)}, "response": {"content": MINE}}
    columns = choose_columns([told, untold], Fields(), name="a")
    assert [read_record(record, columns)[2] for record in (told, untold)] == [f"Be brief. {TASK}", TASK]


def test_names__that_are_numbers_name_no_field() -> None:
    record: dict[Any, Any] = {1: "x", "output": MINE, "meta": {2: "y", "model": "oak"}}
    columns = choose(record)
    assert read_record(record, columns)[:2] == ([MINE], "oak")
    assert columns.found == ("output", "meta.2", "meta.model")


def test_choose_columns__looks_at_all_records_of_the_sample() -> None:
    sample = [{"a": 1}, {"output": None}, {"output": "x", "model": "m"}]
    assert choose_columns(sample, Fields(), name="a").names == ("output", "model")


def test_choose_columns__takes_what_the_user_says() -> None:
    record = {"text": "t", "r": {"body": "b", "who": "w"}, "x.y": "z", "model": "m"}
    columns = choose(record, text="r.body", label="r.who", prompt="x.y")
    assert columns.names == ("r.body", "r.who", "x.y")
    assert read_record(record, columns) == (["b"], "w", "z")
    assert choose_columns([record], Fields(label="none"), name="a", one_label=True).label is None


@pytest.mark.parametrize(("option", "field"), [("--text", "text"), ("--model", "label"), ("--prompt", "prompt")])
def test_choose_columns__refuses_a_field_that_is_not_there(option: str, field: str) -> None:
    with pytest.raises(UsageError, match=rf"a\.jsonl: no field 'x.z' .*{option}.*fields found: text, x.y"):
        choose({"text": "t", "x": {"y": 1}}, **{field: "x.z"})


@pytest.mark.parametrize("record", [{"prompt": "p", "vote": "r"}, {"text": None}, {"text": 5}, {"output": {"a": "b"}}])
def test_choose_columns__says_which_fields_there_are_when_none_is_text(record: dict[str, Any]) -> None:
    with pytest.raises(BadInputError, match=r"a\.jsonl: no field looks like the text; fields found: .*--text"):
        choose(record)
    with pytest.raises(BadInputError, match="no records"):
        choose({})


def test_list_fields__is_cut_when_there_are_many() -> None:
    assert list_fields([]) == "fields found: none"
    assert list_fields([str(i) for i in range(23)]).endswith("18, 19 and 3 more")


def test_lookup__takes_a_dotted_name_first_as_a_name() -> None:
    assert lookup({"a.b": 1, "a": {"b": 2}}, "a.b") == 1
    assert lookup({"a": {"b": {"c": 2}}}, "a.b.c") == 2
    assert lookup({"a": {"b": 2}}, "a.b.c") is None
    assert lookup({"a": None}, "a.b") is None


@pytest.mark.parametrize(
    ("value", "documents"),
    [
        ("x", ["x"]),
        ("", [""]),
        (["a", None, "b"], ["a", "b"]),
        ([["a", "b"], ["c"]], ["a", "b", "c"]),
        ([], [""]),
        (b"\xc3\xa9", ["é"]),
        (turns("q", "a", "q", "b"), ["a\n\nb"]),
        (turns("q", "a", role="from", content="value"), ["a"]),
        ([{"role": "system", "content": "s"}, {"role": "Assistant", "content": "a"}], ["a"]),
        (turns("q", [{"type": "text", "text": "a"}, {"type": "image"}, "b"]), ["a\n\nb"]),
        (turns("q", None), [""]),
        (turns("q"), [""]),
        ({"role": "assistant", "content": "a"}, ["a"]),
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], ["a\n\nb"]),
    ],
)
def test_documents_of__reads_every_shape_of_text(value: object, documents: list[str]) -> None:
    assert documents_of(value) == documents


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "no text field"),
        (5, "text is not a string"),
        (True, "text is not a string"),
        ({"x": "y"}, "text is not a string"),
        (["a", 5], "text is not a string"),
        ([["a", 5]], "text is not a string"),
        (turns("q", 5), "text is not a string"),
        (turns("q", [{"text": 5}]), "text is not a string"),
        (b"\xff", "invalid UTF-8"),
    ],
)
def test_documents_of__refuses_what_is_no_text(value: object, reason: str) -> None:
    with pytest.raises(Unusable, match=reason):
        documents_of(value)


@pytest.mark.parametrize("record", [None, 5, "x", [1], {"a": "b"}])
def test_read_record__without_the_field_has_no_text(record: object) -> None:
    with pytest.raises(Unusable, match="no text field"):
        read_record(record, Columns("text", None, (), ()))


@pytest.mark.parametrize(
    ("value", "label"),
    [("m", "m"), (5, "5"), (None, None), (True, None), (["m", "n"], None), (1.5, None), ("\ud800", None)],
)
def test_read_record__takes_names_and_numbers_as_labels(value: object, label: str | None) -> None:
    assert read_record({"text": "t", "model": value}, Columns("text", "model", (), ())) == (
        ["t"],
        label,
        None,
    )


@pytest.mark.parametrize(
    ("value", "prompt"),
    [
        (None, None),
        ("5", "5"),
        (5, "5"),
        (5.0, "5"),
        (5.5, "5.5"),
        (True, "true"),
        ({"b": 1, "a": "é"}, '{"a": "é", "b": 1}'),
        ({"b": 1, "a": {"c": None, "d": [{"e": None}]}, "f": None}, '{"a": {"d": [{}]}, "b": 1}'),
        ({"text": "q", "style": None}, "q"),
        ({"text": "q", "style": "terse"}, '{"style": "terse", "text": "q"}'),
        ([{"role": "pupil", "content": "q"}, {"role": "assistant", "content": "a"}], "q"),
        ([{"role": "pupil", "content": "p"}, *turns("q", "a")], "q"),
        (["a", "b"], '["a", "b"]'),
        (turns("q", "a", "r"), "q\n\nr"),
        (turns(None, "a"), None),
        (turns(5), None),
        ("a\ud800b", "a\ufffdb"),
    ],
)
def test_prompt_of__is_the_same_for_equal_prompts(value: object, prompt: str | None) -> None:
    assert prompt_of(value) == prompt


ASKED = [
    {"prompt": "Be brief.\n\nTell me."},
    {"prompt": "  Be brief. Tell\tme.\n"},
    {"prompt": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Tell me."}]},
    {
        "prompt": [
            {"role": "developer", "content": [{"type": "text", "text": "Be brief."}]},
            {"content": "Tell me.", "role": "USER"},
        ]
    },
    {"prompt": '[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Tell me."}]'},
    {"system_prompt": "Be brief.", "prompt": "Tell me."},
    {"instructions": "Be brief.", "input": "Tell me."},
    {"instruction": "Be brief.", "input": "Tell me."},
    {"system": "Be brief.", "messages": turns("Tell me.", "x")},
    {"system": [{"type": "text", "text": "Be brief."}], "messages": turns("Tell me.", "x")},
    {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [{"role": "user", "parts": [{"text": "Tell me."}]}],
    },
    {"conversations": [{"from": "system", "value": "Be brief."}, {"from": "human", "value": "Tell me."}]},
]


@pytest.mark.parametrize("record", ASKED)
def test_prompt__is_the_same_however_a_record_spells_it(record: dict[str, Any]) -> None:
    record = record | {"output": "It is told."}
    (document,) = read(record, choose(record))
    assert document.prompt is not None
    assert tidy(document.prompt) == "Be brief. Tell me."


def test_prompt__of_several_turns_is_all_that_was_asked() -> None:
    chat = turns("One?", "x", "Two?", "y")
    assert prompt_of(chat) == prompt_of(turns("One?", "other", "Two?", "answers")) == "One?\n\nTwo?"


def test_prompt__of_parts_needs_all_of_them() -> None:
    columns = Columns("text", None, ("source", "id"), ())
    assert read_record({"text": "t", "source": "s", "id": 0}, columns)[2] == "s_0"
    assert read_record({"text": "t", "source": "s"}, columns)[2] is None


def test_prompt__of_generations_listed_together_is_one() -> None:
    columns = Columns("outputs", None, ("id",), ())
    assert read_record({"outputs": [" ", "a", "b"]}, columns)[2] == "a"
    assert read_record({"outputs": ["a", "b"], "id": 7}, columns)[2] == "7"


@given(st.text(st.characters()))
def test_without_surrogates__changes_lone_surrogates_only(text: str) -> None:
    mended = without_surrogates(text)
    assert not has_surrogate(mended)
    assert mended == "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        (
            [{"prompt": "Answer in one line.", "question": f"What is {i}?", "output": "x y"} for i in range(3)],
            "question",
        ),
        ([{"prompt": "Answer in one line.", "output": "x y"} for _ in range(3)], "prompt"),
        ([{"prompt": f"What is {i}?", "question": f"{i}", "output": "x y"} for i in range(3)], "prompt"),
        ([{"prompt_id": 3, "prompt_index": i, "output": "x y"} for i in range(3)], "prompt_id"),
    ],
)
def test_prompt__with_one_value_for_all_gives_way_to_one_that_varies(
    records: list[dict[str, object]], expected: str
) -> None:
    assert choose_columns(records, Fields(), name="a").prompt == (expected,)


@pytest.mark.parametrize(
    ("source", "others", "expected"),
    [
        ("set", {"model": "m"}, ("source", "id")),
        ("m", {"model": "m"}, ("id",)),
        ("Ash Tree", {}, ("id",)),
        ("ash_tree", {"prompt": "Tell me."}, ("prompt",)),
        ("set", {}, ("source", "id")),
    ],
)
def test_source__that_is_the_model_is_no_part_of_the_prompt(
    source: str, others: dict[str, str], expected: tuple[str, ...]
) -> None:
    records = [{"source": source, "id": i, "output": f"It was {i} o'clock.", **others} for i in range(3)]
    assert choose_columns(records, Fields(), name="runs/ash-tree.jsonl").prompt == expected


def test_sources__that_answer_the_same_prompts_are_no_part_of_these_but_may_be_models() -> None:
    records = [{"source": who, "id": i, "output": f"{who}: {i} o'clock."} for i in range(4) for who in ("ash", "elm")]
    (found,) = fs.look(records).files
    assert (found.n_docs, found.n_prompts) == (8, 4)
    assert "if source (ash, elm) names models: --model source" in " ".join(found.notes)
    assert fs.look(records, model="source").files[0].models == {"ash": 4, "elm": 4}
