"""Texts are counted without reasoning, special tokens, escapes and echoed prompts, and nothing else is taken out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop.reading.chats import Generation
from fastslop.reading.cleaning import DROP, KEEP, MAY_BE_UNCLEAN, ONLY, clean, without_prompt
from fastslop.reading.corpus import read_chunks
from fastslop.reading.documents import MARKED
from fastslop.reading.options import ReadOptions
from fastslop.reading.tally import Tally
from tests.reading.test_corpus import docs_of, write_lines


def cleaned(text: str, reasoning: str = DROP) -> str:
    return clean(Generation(text), reasoning).text


@pytest.mark.parametrize(
    ("text", "answer", "thought"),
    [
        ("<think>\nLet me plan.\n</think>\n\nThe sea.", "The sea.", "Let me plan."),
        ("<thinking>Plan.</thinking>The sea.", "The sea.", "Plan."),
        ("[THINK]Plan.[/THINK]The sea.", "The sea.", "Plan."),
        ("◁think▷Plan.◁/think▷The sea.", "The sea.", "Plan."),
        ("Let me plan.\n</think>\nThe sea.", "The sea.", "Let me plan."),
        ("<think>One.</think>The sea.\n\n<think>Two.</think>The rain.", "The sea.\n\nThe rain.", "One.\n\nTwo."),
        ("<think>Let me plan and plan", "", "Let me plan and plan"),
        ("<think>One.</think>\n<think>Two.</think>The sea.", "The sea.", "One.\n\nTwo."),
        ("Let me plan.</think>\n\nThe sea.", "The sea.", "Let me plan."),
        ("Let me plan.\n</think>The sea.", "The sea.", "Let me plan."),
        ("Let me plan.</think>The sea.", "The sea.", "Let me plan."),
        ("<Think>Plan.</Think>The sea.", "The sea.", "Plan."),
        ("<thoughts>Plan.</thoughts>The sea.", "The sea.", "Plan."),
        ("<scratchpad>\nPlan.\n</scratchpad>\nThe sea.", "The sea.", "Plan."),
        ('<details type="reasoning" done="true">Plan.</details>\nThe sea.', "The sea.", "Plan."),
        (
            "<|START_THINKING|>Plan.<|END_THINKING|><|START_RESPONSE|>The sea.<|END_RESPONSE|>",
            "The sea.",
            "Plan.",
        ),
        (
            "<|channel|>analysis<|message|>Plan.<|end|><|start|>assistant<|channel|>final<|message|>The sea.<|return|>",
            "The sea.",
            "Plan.",
        ),
        ("analysisPlan.assistantfinalThe sea.", "The sea.", "Plan."),
        ("Thinking...\nPlan.\n...done thinking.\n\nThe sea.", "The sea.", "Plan."),
        ("<unused94>thought\nPlan.<unused95>The sea.", "The sea.", "Plan."),
        ("<|channel>thought\nPlan.<channel|>The sea.", "The sea.", "Plan."),
        ("<reflection>Plan.</reflection>The sea.", "The sea.", "Plan."),
        (
            "<|begin_of_thought|>Plan.<|end_of_thought|><|begin_of_solution|>The sea.<|end_of_solution|>",
            "The sea.",
            "Plan.",
        ),
    ],
)
def test_clean__parts_the_answer_from_the_reasoning(text: str, answer: str, thought: str) -> None:
    assert cleaned(text) == answer
    assert cleaned(text, ONLY) == thought
    assert cleaned(text, KEEP) == "\n\n".join(filter(None, (thought, answer)))


@pytest.mark.parametrize(
    ("first", "second", "thought"),
    [
        ("One.\n</think>\nThe sea.", "Two.\n</think>\nThe rain.", "One.\n\nTwo."),
        ("The sea.", "Two.\n</think>\nThe rain.", "Two."),
        ("One.</think>The sea.", "Two.</think>The rain.", "One.\n\nTwo."),
        ("<think>One.</think>The sea.", "The rain.", "One."),
    ],
)
def test_reasoning__of_a_turn_is_its_own(tmp_path: Path, first: str, second: str, thought: str) -> None:
    chat = [
        {"role": role, "content": content}
        for role, content in (("user", "Sea?"), ("assistant", first), ("user", "Rain?"), ("assistant", second))
    ]
    path = write_lines(tmp_path / "a.jsonl", [{"messages": chat}])
    for how, expected in ((DROP, "The sea.\n\nThe rain."), (ONLY, thought)):
        tally = Tally()
        (doc,) = docs_of(read_chunks([str(path)], ReadOptions(reasoning=how), tally=tally))
        assert doc.text == expected
        assert tally.had == {"reasoning": 1}


def test_clean__takes_reasoning_from_its_own_field(tmp_path: Path) -> None:
    one = Generation("The sea.", reasoning="Plan.")
    assert [clean(one, how).text for how in (DROP, KEEP, ONLY)] == ["The sea.", "Plan.\n\nThe sea.", "Plan."]
    path = write_lines(
        tmp_path / "a.jsonl", [{"output": "The sea.", "reasoning_content": "Plan."}, {"output": "Rain."}]
    )
    for how, expected in ((DROP, ["The sea.", "Rain."]), (ONLY, ["Plan."])):
        tally = Tally()
        options = ReadOptions(reasoning=how)
        assert [doc.text for doc in docs_of(read_chunks([str(path)], options, tally=tally))] == expected
    assert tally.skipped == {"no reasoning": 1}


@pytest.mark.parametrize(
    "text",
    [
        "The tag `</think>` ends what a model thinks.",
        'It writes "</think>" at the end.',
        "Some models think first.\n\nOne ends its thoughts with </think> and goes on.",
        "He wrote </reasoning>, and the tags <think></think>, on the wall.",
        "<details><summary>More</summary>The sea.</details>",
        "One may write <think> in the middle of a line.",
        "<s>struck out</s> and on",
        "A & B, 1 < 2, [Theo] & co. <b>bold</b>",
        "Use `&amp;` for an ampersand, and &lt; for <.",
        "Tom &amp; Jerry " + "ran and ran " * 200,
        "na´ve, l´ and ´a",
    ],
)
def test_clean__leaves_texts_that_only_speak_of_such_things(text: str) -> None:
    one = clean(Generation(text.replace("na´ve, ", "")))
    assert (one.text, one.had) == (text.replace("na´ve, ", ""), ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The sea.</s>", "The sea."),
        ("<s> The sea.<|eot_id|>\n<|endoftext|>", "The sea."),
        ("The sea.<｜end▁of▁sentence｜>", "The sea."),
        ("The sea.<|im_end|>\nThe rain.", "The sea.\n\n\nThe rain."),
        ("She said &quot;no&quot; &amp; left.", 'She said "no" & left.'),
        ("don´t", "don't"),
    ],
)
def test_clean__takes_out_what_nobody_wrote(text: str, expected: str) -> None:
    assert cleaned(text) == expected


@given(st.text(st.sampled_from('<>/|think&;amp#39[]TH ab\n´`"')))
def test_texts_that_change__are_all_recognised_by_their_bytes(text: str) -> None:
    """The pairs of bytes that the kernel looks for, and the pattern that spares texts, leave out none."""
    if clean(Generation(text)).had:
        assert MAY_BE_UNCLEAN.search(text)
        raw = text.encode()
        assert any(MARKED[first << 8 | second] for first, second in zip(raw, raw[1:] + b"\0", strict=True))


@pytest.mark.parametrize(
    ("text", "prompt", "rest"),
    [
        ("Describe  the\nsea. It is wide.", "Describe the sea.", "It is wide."),
        (" Describe the sea.\n\nIt is wide.", "Describe the sea. ", "It is wide."),
        ("It is wide.", "Describe the sea.", None),
        ("Describe the seaside. It is wide.", "Describe the sea", None),
        ("Describe  the seaside. It is wide.", "Describe the sea", None),
        ("Describe the sea: it is wide.", "Describe the sea", ": it is wide."),
        ("Describe the sea", "Describe the sea", ""),
        ("描写大海大海很宽。", "描写大海", "大海很宽。"),
        ("x", "", None),
    ],
)
def test_without_prompt__is_what_follows_it(text: str, prompt: str, rest: str | None) -> None:
    assert without_prompt(text, prompt) == rest


def test_echoed_prompts__are_taken_out_where_most_texts_begin_with_theirs(tmp_path: Path) -> None:
    records = [{"prompt": f"Describe harbour {i}.", "text": f"Describe harbour {i}. The sea."} for i in range(3)]
    tally = Tally()
    path = write_lines(tmp_path / "a.jsonl", [*records, {"prompt": "Describe the rain.", "text": "Rain."}])
    assert [doc.text for doc in docs_of(read_chunks([str(path)], tally=tally))] == [*["The sea."] * 3, "Rain."]
    assert "the prompt, which began them, taken out of 3 texts" in tally.notes


@pytest.mark.parametrize("suffix", [".jsonl", ".json"])
def test_reasoning__is_left_out_and_its_number_told_whatever_the_way_of_reading(tmp_path: Path, suffix: str) -> None:
    texts = ["<think>Plan.</think>The sea.", "The rain.", "<think>Plan", "The &quot;tide&quot;."]
    path = tmp_path / f"m{suffix}"
    records = [{"output": text, "id": i} for i, text in enumerate(texts)]
    whole = json.dumps(records) if suffix == ".json" else "\n".join(map(json.dumps, records))
    path.write_text(whole, encoding="utf-8")
    tally = Tally()
    found = [doc.text for doc in docs_of(read_chunks([str(path)], tally=tally))]
    assert found == ["The sea.", "The rain.", 'The "tide".']
    assert tally.skipped == {"nothing but reasoning": 1}
    assert "reasoning left out of 2 texts" in tally.notes
    assert "HTML entities decoded in 1 text" in tally.notes


def test_endings__are_those_that_the_service_tells(tmp_path: Path) -> None:
    records = [
        {
            "model": "m",
            "choices": [{"message": {"role": "assistant", "content": f"Text {i}."}, "finish_reason": reason}],
        }
        for i, reason in enumerate(["stop", "length", "content_filter"])
    ]
    path = write_lines(tmp_path / "a.jsonl", records)
    (chunk,) = read_chunks([str(path)], tally=Tally())
    assert chunk.endings is not None
    assert chunk.endings.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "text",
    ["analysis of the tide, and no more", "Thinking...\nof the tide", "Analysis. The assistantfinal one", "Thinking"],
)
def test_clean__leaves_prose_that_begins_as_reasoning_does(text: str) -> None:
    assert cleaned(text) == text


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ('<tool_call>\n{"name": "tide"}\n</tool_call>\nLow.', "Low."),
        ('Wait.\n<tool_call>{"name": "tide"}</tool_call>', "Wait."),
        ('Wait.\n<tool_call>{"name": "ti', "Wait."),
        ("<tool_call>tide\n<arg_key>at</arg_key></tool_call>", ""),
        ("<function_calls><invoke></invoke></function_calls>Low.", "Low."),
        ("It writes <tool_call> before each call.", "It writes <tool_call> before each call."),
        ('Write `<tool_call>{"name": "x"}</tool_call>` then.', 'Write `<tool_call>{"name": "x"}</tool_call>` then.'),
    ],
)
def test_clean__takes_out_calls_of_tools_and_not_words_about_them(text: str, rest: str) -> None:
    found = clean(Generation(text))
    assert found.text == rest
    assert ("calls of tools" in found.had) == (rest != text)


@pytest.mark.parametrize(
    "record",
    [
        {"response": {"text": "The sea.", "thinking": "Plan."}},
        {"output": {"answer": {"text": "The sea."}, "reasoning": "Plan."}},
        {"output": "The sea.", "reasoning_details": [{"type": "reasoning.text", "text": "Plan."}]},
        {"output": "The sea.", "reasoning_details": [{"type": "reasoning.summary", "summary": "Plan."}]},
        {"messages": [{"role": "assistant", "content": "The sea.", "thinking_blocks": [{"thinking": "Plan."}]}]},
        {"candidates": [{"content": {"parts": [{"text": "Plan.", "thought": True}, {"text": "The sea."}]}}]},
        {
            "contents": [
                {"role": "model", "text": "Plan.", "isThought": True},
                {"role": "model", "text": "The sea."},
            ]
        },
        {"text": "analysisPlan.assistantfinalThe sea."},
    ],
)
def test_reasoning__is_found_wherever_it_stands_beside_the_text(tmp_path: Path, record: dict[str, object]) -> None:
    path = write_lines(tmp_path / "a.jsonl", [record])
    texts = {}
    for reasoning in (DROP, ONLY):
        docs = docs_of(read_chunks([str(path)], ReadOptions(reasoning=reasoning), tally=Tally()))
        texts[reasoning] = [doc.text.strip() for doc in docs]
    assert texts == {DROP: ["The sea."], ONLY: ["Plan."]}
