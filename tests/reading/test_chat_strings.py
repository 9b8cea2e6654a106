"""Chats written as one string: which strings are chats, and what the model said in them."""

from __future__ import annotations

import json

import pytest

import fastslop as fs
from fastslop.reading.chat_strings import chat_of_string
from fastslop.reading.chats import generation_of, prompt_of_chat

ASK, SAID = "Where does the lane lead?", "Down past the orchard, to a gate that nobody opens."
TURNS = [{"role": "user", "content": ASK}, {"role": "assistant", "content": SAID}]


@pytest.mark.parametrize("text", ["[{{'lane'}}]", "[{[]: 1}]", "[{1, 2}]", "[{"])
def test_text__that_is_no_list_of_turns_is_no_chat(text: str) -> None:
    assert chat_of_string(text) is None


@pytest.mark.parametrize(
    "text",
    [
        f"A talk between a walker and a helpful guide. USER: {ASK} ASSISTANT: {SAID}</s>",
        f"USER: {ASK} ASSISTANT: {SAID}</s>",
        f"<|prompter|>{ASK}<|endoftext|><|assistant|>{SAID}<|endoftext|>",
        f"<|header_start|>user<|header_end|>\n\n{ASK}<|eot|><|header_start|>assistant<|header_end|>\n\n{SAID}<|eot|>",
        f"<｜begin▁of▁sentence｜><｜User｜>{ASK}<｜Assistant｜>{SAID}<｜end▁of▁sentence｜>",
        f"GPT4 Correct User: {ASK}<|end_of_turn|>GPT4 Correct Assistant: {SAID}<|end_of_turn|>",
        f"<|START_OF_TURN_TOKEN|><|USER_TOKEN|>{ASK}<|END_OF_TURN_TOKEN|>"
        f"<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>{SAID}<|END_OF_TURN_TOKEN|>",
        f"<human>: {ASK}\n<bot>: {SAID}",
        f"### USER: {ASK}\n### ASSISTANT: {SAID}",
        f"### Human: {ASK}\n### Assistant: {SAID}",
        f"### Instruction\n{ASK}\n\n### Response\n{SAID}",
        f"**User:** {ASK}\n\n**Assistant:** {SAID}",
        f"**Human**: {ASK}\n**AI**: {SAID}",
        f"Q: {ASK}\nA: {SAID}",
        f"Question: {ASK}\n\nAnswer: {SAID}",
        f"user\n{ASK}\nassistant\n{SAID}",
        f"[INST] <<SYS>>\n<</SYS>>\n{ASK} [/INST] {SAID}",
        json.dumps({"messages": TURNS}),
        json.dumps({"id": 7, "conversations": TURNS}),
        str(TURNS)[1:-1],
    ],
)
def test_chat__is_known_by_the_marks_of_its_family(text: str) -> None:
    turns = chat_of_string(text)
    assert turns is not None
    assert generation_of(turns).text == SAID
    assert prompt_of_chat(turns) == ASK


MORE = [
    "Q: How far is it?\nA: A mile.\nQ: Is it steep?\nA: It is.",
    "## Input\nA list of lanes.\n## Response\nOne lane.",
    "user\nis the name of the gate.",
    "**User:** a heading, and nothing else.",
    '{"lane": "long", "gate": "shut"}',
    "['a lane' 'a gate']",
]


@pytest.mark.parametrize(
    "text",
    ["The assistant: a quiet man. The user: another.", "She wrote USER: on the form, and nothing more.", SAID, *MORE],
)
def test_prose__is_no_chat(text: str) -> None:
    assert chat_of_string(text) is None


@pytest.mark.parametrize("prompt", ["prompt", "question", "messages"])
@pytest.mark.parametrize(
    "text",
    [
        "Put [INST] before what you ask, and [/INST] behind it; a lane of brackets, no more.",
        "User: Is the gate open?\nAI: It never was.\nUser: Then I shall climb.",
        "### Human: a heading.\n### Assistant: another one.",
    ],
)
def test_text__that_answers_a_prompt_of_another_field_may_speak_of_marks(prompt: str, text: str) -> None:
    asked = [{"role": "user", "content": ASK}] if prompt == "messages" else ASK
    (found,) = fs.look([{prompt: asked, "output": text}]).files
    assert found.text == " ".join(text.split())
    assert found.prompt == ASK


@pytest.mark.parametrize("other", [{"prompt": f" {ASK}\n"}, {"prompt_id": "lane"}, {}])
def test_text__in_which_the_prompt_is_asked_is_a_chat(other: dict[str, str]) -> None:
    (found,) = fs.look([{**other, "text": f"### Human: {ASK}\n### Assistant: {SAID}"}]).files
    assert found.text == SAID


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("responses", json.dumps([SAID, ASK])),
        ("responses", str([SAID, ASK])),
        ("choices", json.dumps([{"message": {"role": "assistant", "content": text}} for text in (SAID, ASK)])),
        ("response", json.dumps({"choices": [{"text": SAID}, {"text": ASK}]})),
        ("output", json.dumps({"candidates": [{"content": {"parts": [{"text": text}]}} for text in (SAID, ASK)]})),
    ],
)
def test_answers__of_a_service_and_lists_of_texts_may_be_strings(field: str, value: str) -> None:
    (found,) = fs.look([{"model": "ash", "prompt": "p", field: value}]).files
    assert (found.n_docs, found.n_prompts, found.text) == (2, 1, SAID)


@pytest.mark.parametrize("value", ['["a lane", "a gate"]', '{"lane": [{"text": "long"}]}', '[{"text": "a long lane"}]'])
def test_output__that_is_json_is_what_the_model_wrote(value: str) -> None:
    (found,) = fs.look([{"model": "ash", "prompt": "p", "output": value}]).files
    assert (found.n_docs, found.text) == (1, value)
