"""Every shape of records that the documents list is read without an option: text, model and prompt."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest

from fastslop.base.errors import BadInputError
from fastslop.base.hashing import hash_strings
from fastslop.reading.corpus import read_chunks
from fastslop.reading.eval_logs import zipfile
from fastslop.reading.fields import Fields
from fastslop.reading.json_documents import records_of
from fastslop.reading.options import ReadOptions
from fastslop.reading.shapes import SHAPES
from fastslop.reading.tally import Tally
from tests.reading.test_corpus import docs_of

ROOT = Path(__file__).resolve().parents[2]


class Expected(NamedTuple):
    text: str
    label: str
    prompt: str | None


class Example(NamedTuple):
    """A file as a program writes it, and what is in it."""

    name: str
    content: Any
    expected: Sequence[Expected]


SEA, RAIN = "The tide was out and the boats lay on their sides.", "It rained on the tin roof all through the lesson."
ASK, ASK_TOO = "Describe a harbour at low tide.", "Describe a school on a wet day."


def user(text: str = ASK) -> dict[str, Any]:
    return {"role": "user", "content": text}


def model(text: Any = SEA) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def node(role: str, text: str) -> dict[str, Any]:
    """A message of ChatGPT's export."""
    content = {"content_type": "text", "parts": [text]}
    return {"author": {"role": role}, "content": content, "metadata": {"model_slug": "m-1"}}


ONE = [Expected(SEA, "m-1", ASK)]
TWO = [Expected(SEA, "m-1", ASK), Expected(RAIN, "m-1", ASK)]
TABLE = [Expected(SEA, "m-1", ASK), Expected(RAIN, "m-1", ASK_TOO)]
COMPLETION = {"model": "m-1", "object": "chat.completion", "choices": [{"index": 0, "message": model()}]}
EXAMPLES = {
    "fields by name": [Example("a.jsonl", [{"model": "m-1", "prompt": ASK, "output": SEA}], ONE)],
    "names in any case": [
        Example("a.jsonl", [{"Model": "m-1", "PROMPT": ASK, "Model Output": SEA}], ONE),
        Example("a.csv", f'Model,Prompt,Response\nm-1,{ASK},"{SEA}"\n', ONE),
    ],
    "several texts of a prompt": [
        Example("a.jsonl", [{"model": "m-1", "prompt": ASK, "responses": [SEA, RAIN]}], TWO),
        Example("a.jsonl", [{"model": "m-1", "prompt": ASK, "completions": [{"text": SEA}, {"text": RAIN}]}], TWO),
        Example(
            "a.jsonl",
            [{"models": ["m-1", "m-2"], "prompt": ASK, "responses": [SEA, RAIN]}],
            [Expected(SEA, "m-1", ASK), Expected(RAIN, "m-2", ASK)],
        ),
    ],
    "a model that is an object": [
        Example("a.jsonl", [{"model": {"name": "m-1", "size": 7}, "prompt": ASK, "output": SEA}], ONE),
        Example("a.jsonl", [{"provider": {"id": "m-1"}, "prompt": ASK, "output": SEA}], ONE),
        Example("a.json", {"model": {"id": "m-1"}, "runs": [{"model": None, "prompt": ASK, "output": SEA}]}, ONE),
    ],
    "instruction with input": [
        Example(
            "alpaca.json",
            [{"instruction": "Describe", "input": "the sea", "output": SEA, "generator": "m-1"}],
            [Expected(SEA, "m-1", "Describe the sea")],
        ),
        Example(
            "alpaca.jsonl",
            [{"instruction": ASK, "input": "", "output": SEA}, {"instruction": ASK, "output": RAIN}],
            [Expected(SEA, "alpaca", ASK), Expected(RAIN, "alpaca", ASK)],
        ),
    ],
    "OpenAI messages": [
        Example("a.jsonl", [{"model": "m-1", "messages": [user(), model()]}], ONE),
        Example(
            "a.jsonl",
            [{"model": "m-1", "messages": [user(), model([{"type": "text", "text": SEA}])]}],
            ONE,
        ),
        Example(
            "a.jsonl",
            [
                {
                    "model": "m-1",
                    "messages": [
                        {"role": "system", "content": "Be brief."},
                        user(),
                        {"role": "assistant", "content": None, "tool_calls": [{"function": {"arguments": "{}"}}]},
                        {"role": "tool", "content": "low at noon"},
                        model() | {"reasoning_content": "What is a harbour?"},
                    ],
                }
            ],
            [Expected("\n\n" + SEA, "m-1", f"Be brief. {ASK}")],
        ),
    ],
    "Anthropic messages": [
        Example(
            "a.jsonl",
            [
                {
                    "model": "m-1",
                    "system": "Be brief.",
                    "messages": [
                        user([{"type": "text", "text": ASK}]),  # type: ignore[arg-type]
                        model(
                            [
                                {"type": "thinking", "thinking": "A harbour.", "signature": "s"},
                                {"type": "text", "text": SEA},
                                {"type": "tool_use", "name": "tides", "input": {"text": "now"}},
                            ]
                        ),
                    ],
                }
            ],
            [Expected(SEA, "m-1", f"Be brief. {ASK}")],
        )
    ],
    "Gemini contents": [
        Example(
            "a.jsonl",
            [
                {
                    "model": "m-1",
                    "contents": [
                        {"role": "user", "parts": [{"text": ASK}]},
                        {"role": "model", "parts": [{"text": "Hm.", "thought": True}, {"text": SEA}]},
                    ],
                }
            ],
            ONE,
        )
    ],
    "completions": [
        Example(
            "a.jsonl",
            [{"request_body": {"messages": [user()]}, "response_body": COMPLETION}],
            ONE,
        ),
        Example(
            "a.jsonl",
            [
                {
                    "modelId": "m-1",
                    "messages": [{"role": "user", "content": [{"text": ASK}]}],
                    "output": {
                        "message": {
                            "role": "assistant",
                            "content": [
                                {"reasoningContent": {"reasoningText": {"text": "First the boats."}}},
                                {"text": SEA},
                            ],
                        }
                    },
                    "stopReason": "end_turn",
                }
            ],
            ONE,
        ),
        Example("a.jsonl", [COMPLETION | {"prompt": ASK}], ONE),
        Example("a.jsonl", [{"request": {"messages": [user()]}, "response": COMPLETION}], ONE),
        Example("a.jsonl", [{"model": "m-1", "prompt": ASK, "choices": [{"text": SEA}, {"text": RAIN}]}], TWO),
    ],
    "OpenAI Responses API": [
        Example(
            "a.jsonl",
            [
                {
                    "model": "m-1",
                    "prompt": ASK,
                    "output": [
                        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "A harbour."}]},
                        {"type": "function_call", "name": "tides", "arguments": "{}"},
                        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": SEA}]},
                    ],
                }
            ],
            ONE,
        )
    ],
    "OpenAI batch": [
        Example(
            "a.jsonl",
            [{"custom_id": "r-1", "response": {"status_code": 200, "body": COMPLETION}, "error": None}],
            [Expected(SEA, "m-1", "r-1")],
        ),
        Example(
            "a.jsonl",
            [
                {
                    "custom_id": "r-1",
                    "response": {
                        "status_code": 200,
                        "body": {
                            "model": "m-1",
                            "object": "response",
                            "output": [{"type": "message", "role": "assistant", "content": [{"text": SEA}]}],
                        },
                    },
                }
            ],
            [Expected(SEA, "m-1", "r-1")],
        ),
    ],
    "Anthropic batch": [
        Example(
            "a.jsonl",
            [
                {
                    "custom_id": "r-1",
                    "result": {
                        "type": "succeeded",
                        "message": {
                            "model": "m-1",
                            **model([{"type": "text", "text": SEA}]),
                            "stop_reason": "end_turn",
                        },
                    },
                }
            ],
            [Expected(SEA, "m-1", "r-1")],
        )
    ],
    "Gemini batch": [
        Example(
            "a.jsonl",
            [
                {
                    "key": "r-1",
                    "response": {
                        "modelVersion": "m-1",
                        "candidates": [
                            {"content": {"role": "model", "parts": [{"text": SEA}]}, "finishReason": "STOP"}
                        ],
                    },
                }
            ],
            [Expected(SEA, "m-1", "r-1")],
        ),
        Example(
            "a.jsonl",
            [
                {
                    "status": "",
                    "request": {"contents": [{"role": "user", "parts": [{"text": ASK}]}]},
                    "response": {
                        "modelVersion": "m-1",
                        "candidates": [{"content": {"role": "model", "parts": [{"text": SEA}]}}],
                    },
                }
            ],
            ONE,
        ),
        Example(
            "a.jsonl",
            [
                {
                    "request": {
                        "systemInstruction": {"parts": [{"text": "Be brief."}]},
                        "contents": [{"role": "user", "parts": [{"text": ASK}]}],
                    },
                    "response": {
                        "modelVersion": "m-1",
                        "candidates": [{"content": {"role": "model", "parts": [{"text": SEA}]}}],
                    },
                }
            ],
            [Expected(SEA, "m-1", f"Be brief. {ASK}")],
        ),
    ],
    "vLLM outputs": [
        Example(
            "a.jsonl",
            [{"model": "m-1", "prompt": ASK, "outputs": [{"index": 0, "text": SEA}, {"index": 1, "text": RAIN}]}],
            TWO,
        )
    ],
    "transformers pipeline": [
        Example(
            "m-1.json",
            [[{"generated_text": SEA}], [{"generated_text": RAIN}]],
            [Expected(SEA, "m-1", None), Expected(RAIN, "m-1", None)],
        )
    ],
    "FastChat, MT-bench, Arena-Hard": [
        Example(
            "a.jsonl",
            [{"question_id": 7, "model_id": "m-1", "choices": [{"index": 0, "turns": [SEA, RAIN]}]}],
            [Expected(f"{SEA}\n\n{RAIN}", "m-1", "7")],
        ),
        Example(
            "a.jsonl",
            [{"question_id": "7", "model_id": "m-1", "choices": [{"turns": [{"content": SEA, "token_len": 9}]}]}],
            [Expected(SEA, "m-1", "7")],
        ),
        Example("a.jsonl", [{"uid": "u", "model": "m-1", "messages": [user(), model({"answer": SEA})]}], ONE),
    ],
    "ShareGPT": [
        Example(
            "m-1.json",
            [{"id": "x_0", "conversations": [{"from": "human", "value": ASK}, {"from": name, "value": SEA}]}],
            ONE,
        )
        for name in ("gpt", "chatgpt", "Bard", "some-new-model")
    ],
    "pairs": [
        Example(
            "a.jsonl",
            [
                {
                    "question_id": 7,
                    "model_a": "m-1",
                    "model_b": "m-2",
                    "conversation_a": [user(), model()],
                    "conversation_b": [user(), model(RAIN)],
                }
            ],
            [Expected(SEA, "m-1", "7"), Expected(RAIN, "m-2", "7")],
        ),
        Example(
            "a.jsonl",
            [{"instruction": ASK, "output_1": SEA, "generator_1": "m-1", "output_2": RAIN, "generator_2": "m-2"}],
            [Expected(SEA, "m-1", ASK), Expected(RAIN, "m-2", ASK)],
        ),
        Example(
            "a.jsonl",
            [{"prompt": ASK, "chosen": SEA, "chosen_model": "m-1", "rejected": RAIN, "rejected_model": "m-2"}],
            [Expected(SEA, "m-1", ASK), Expected(RAIN, "m-2", ASK)],
        ),
    ],
    "preferences": [
        Example(
            "a.jsonl",
            [{"prompt": ASK, "chosen": SEA, "rejected": RAIN}],
            [Expected(SEA, "chosen", ASK), Expected(RAIN, "rejected", ASK)],
        ),
        Example(
            "a.jsonl",
            [{"chosen": [user(), model()], "rejected": [user(), model(RAIN)], "margin": 2.5}],
            [Expected(SEA, "chosen", ASK), Expected(RAIN, "rejected", ASK)],
        ),
        Example(
            "a.jsonl",
            [{name: f"\n\nHuman: {ASK}\n\nAssistant: {text}" for name, text in (("chosen", SEA), ("rejected", RAIN))}],
            [Expected(SEA, "chosen", ASK), Expected(RAIN, "rejected", ASK)],
        ),
        Example("a.jsonl", [{"model": "m-1", "prompt": ASK, "chosen": SEA, "rejected": RAIN}], TWO),
    ],
    "UltraFeedback": [
        Example(
            "a.jsonl",
            [
                {
                    "instruction": ASK,
                    "completions": [{"model": "m-1", "response": SEA}, {"model": "m-2", "response": RAIN}],
                }
            ],
            [Expected(SEA, "m-1", ASK), Expected(RAIN, "m-2", ASK)],
        )
    ],
    "distilabel": [
        Example(
            "a.jsonl",
            [{"instruction": ASK, "generations": [SEA, RAIN], "generation_models": ["m-1", "m-2"]}],
            [Expected(SEA, "m-1", ASK), Expected(RAIN, "m-2", ASK)],
        )
    ],
    "a message a record": [
        Example(
            "m-1.jsonl",
            [
                {"message_id": "1", "parent_id": None, "text": ASK, "role": "prompter"},
                {"message_id": "2", "parent_id": "1", "text": SEA, "role": "assistant"},
            ],
            [Expected(SEA, "m-1", "1")],
        ),
        *(
            Example(
                "a.jsonl",
                [
                    {"parent_id": None, "text": ASK, role: "user", "model_name": None},
                    {"parent_id": "1", "text": SEA, role: "assistant", "model_name": "m-1"},
                ],
                [Expected(SEA, "m-1", "1")],
            )
            for role in ("from", "sender", "speaker", "author")
        ),
    ],
    "a tree of messages": [
        Example(
            "m-1.jsonl",
            [
                {
                    "message_tree_id": "1",
                    "prompt": {
                        "message_id": "1",
                        "text": ASK,
                        "role": "prompter",
                        "replies": [
                            {
                                "message_id": "2",
                                "text": SEA,
                                "role": "assistant",
                                "replies": [
                                    {
                                        "message_id": "4",
                                        "text": ASK_TOO,
                                        "role": "prompter",
                                        "replies": [
                                            {"message_id": "5", "text": RAIN, "role": "assistant", "replies": []}
                                        ],
                                    }
                                ],
                            },
                            {"message_id": "3", "text": RAIN, "role": "assistant", "replies": []},
                        ],
                    },
                }
            ],
            [Expected(SEA, "m-1", "1"), Expected(RAIN, "m-1", "1"), Expected(RAIN, "m-1", "4")],
        )
    ],
    "chats as strings": [
        Example("a.jsonl", [{"model": "m-1", "messages": json.dumps([user(), model()])}], ONE),
        Example("a.jsonl", [{"model": "m-1", "messages": str([user(), model()])}], ONE),
        *(
            Example("a.jsonl", [{"model": "m-1", "text": text}], ONE)
            for text in (
                f"<|im_start|>user\n{ASK}<|im_end|>\n<|im_start|>assistant\n{SEA}<|im_end|>\n",
                f"<s>[INST] {ASK} [/INST] {SEA}</s>",
                f"### Human: {ASK}### Assistant: {SEA}",
                f"The conversation of a human and an AI.\n[|Human|] {ASK}\n[|AI|] {SEA}",
                f"\n\nHuman: {ASK}\n\nAssistant: {SEA}",
                f"USER: {ASK} ASSISTANT: {SEA}",
                f"<human>: {ASK}\n<bot>: {SEA}",
            )
        ),
    ],
    "exports of chats": [
        Example("m-1.json", {"internal": [[ASK, SEA]], "visible": [[ASK, SEA]]}, ONE),
        Example(  # Claude
            "m-1.json",
            [
                {
                    "uuid": "c",
                    "name": "Harbours",
                    "chat_messages": [
                        {"sender": "human", "text": ASK, "content": [{"type": "text", "text": ASK}]},
                        {"sender": "assistant", "text": SEA, "content": [{"type": "text", "text": SEA}]},
                    ],
                }
            ],
            ONE,
        ),
        Example(  # ChatGPT
            "a.json",
            [
                {
                    "title": "Harbours",
                    "mapping": {
                        "r": {"id": "r", "message": None, "parent": None, "children": ["u"]},
                        "u": {"id": "u", "message": node("user", ASK), "parent": "r", "children": ["a"]},
                        "a": {"id": "a", "message": node("assistant", SEA), "parent": "u", "children": []},
                    },
                }
            ],
            [Expected(SEA, "m-1", "u")],
        ),
        Example(  # Open WebUI
            "a.json",
            [{"id": "w", "chat": {"models": ["m-1"], "messages": [user(), model() | {"model": "m-1"}]}}],
            ONE,
        ),
        Example(  # LM Studio
            "a.conversation.json",
            {
                "name": "Harbours",
                "messages": [
                    {"currentlySelected": 0, "versions": [user([{"type": "text", "text": ASK}])]},  # type: ignore[arg-type]
                    {
                        "currentlySelected": 1,
                        "versions": [
                            {"role": "assistant", "steps": []},
                            {
                                "role": "assistant",
                                "senderInfo": {"senderName": "m-1"},
                                "steps": [
                                    {"style": {"type": "thinking"}, "content": [{"type": "text", "text": "Hm."}]},
                                    {"content": [{"type": "text", "text": SEA}]},
                                ],
                            },
                        ],
                    },
                ],
            },
            ONE,
        ),
        Example(  # AI Studio
            "a.json",
            {
                "runSettings": {"model": "m-1"},
                "chunkedPrompt": {
                    "chunks": [
                        {"role": "user", "text": ASK},
                        {"role": "model", "text": "Hm.", "isThought": True},
                        {"role": "model", "text": SEA},
                    ]
                },
            },
            [Expected(f"\n\n{SEA}", "m-1", ASK)],
        ),
        Example(  # SillyTavern
            "a.jsonl",
            [
                {"user_name": "Ann", "character_name": "Bea", "chat_metadata": {}},
                {"name": "Ann", "is_user": True, "mes": ASK, "extra": {}},
                {"name": "Bea", "is_user": False, "mes": SEA, "extra": {"model": "m-1"}},
            ],
            [Expected(SEA, "m-1", None)],
        ),
        Example(  # Claude Code
            "a.jsonl",
            [
                {"type": "user", "sessionId": "s", "parentUuid": None, "message": user()},
                {"type": "assistant", "sessionId": "s", "parentUuid": "u", "message": model() | {"model": "m-1"}},
            ],
            [Expected(SEA, "m-1", "u")],
        ),
    ],
    "LangChain, LangSmith": [
        Example(
            "m-1.jsonl",
            [{"messages": [{"type": "human", "content": ASK}, {"type": "ai", "content": SEA}]}],
            ONE,
        ),
        Example(
            "a.jsonl",
            [
                {
                    "id": "r",
                    "inputs": {
                        "messages": [[{"lc": 1, "id": ["HumanMessage"], "kwargs": {"type": "human", "content": ASK}}]]
                    },
                    "outputs": {"generations": [[{"text": SEA, "type": "ChatGeneration"}]]},
                    "extra": {"metadata": {"ls_model_name": "m-1"}},
                }
            ],
            ONE,
        ),
        Example(
            "a.jsonl",
            [
                {
                    "prompt": ASK,
                    "generations": [[{"text": SEA, "type": "ChatGeneration"}]],
                    "llm_output": {"model_name": "m-1"},
                }
            ],
            ONE,
        ),
    ],
    "exchanges and segments": [
        Example("m-1.jsonl", [{"conversation": [{"input": ASK, "output": SEA}]}], ONE),
        Example("m-1.jsonl", [{"messages": [["USER", ASK], ["ASSISTANT", SEA]]}], ONE),
        Example("m-1.jsonl", [{"segments": [{"label": False, "text": ASK}, {"label": True, "text": SEA}]}], ONE),
    ],
    "texts by model": [
        Example(
            "a.json",
            {"m-1": {ASK: SEA, ASK_TOO: RAIN}, "m-2": {ASK: RAIN}},
            [*TABLE, Expected(RAIN, "m-2", ASK)],
        ),
        Example(
            "a.json",
            {ASK: {"m-1": SEA, "m-2": RAIN}, ASK_TOO: {"m-1": RAIN}},
            [*TABLE, Expected(RAIN, "m-2", ASK)],
        ),
        *(
            Example(
                "a.jsonl",
                [{"prompt": ASK, name: {"m-1": SEA, "m-2": RAIN}}],
                [Expected(SEA, "m-1", ASK), Expected(RAIN, "m-2", ASK)],
            )
            for name in ("responses", "completions", "generations")
        ),
    ],
    "lists as strings": [
        Example(
            "a.csv",
            f'model_a,model_b,prompt,response_a,response_b\nm-1,m-2,"[""{ASK}""]","[""{SEA}""]","[""{RAIN}""]"\n',
            [Expected(SEA, "m-1", ASK), Expected(RAIN, "m-2", ASK)],
        ),
        Example("a.csv", f"model,prompt,responses\nm-1,{ASK},\"['{SEA}', '{RAIN}']\"\n", TWO),
    ],
    "chats as records": [
        Example(
            "m-1.jsonl",
            [[user(), model()], [user(ASK_TOO), model(RAIN)]],
            [Expected(SEA, "m-1", ASK), Expected(RAIN, "m-1", ASK_TOO)],
        ),
    ],
    "texts as records": [
        Example("m-1.json", [SEA, RAIN], [Expected(SEA, "m-1", None), Expected(RAIN, "m-1", None)]),
        Example("m-1.jsonl", [SEA, RAIN], [Expected(SEA, "m-1", None), Expected(RAIN, "m-1", None)]),
    ],
    "lm-eval samples": [
        Example(
            "m-1/samples_tides_2026.jsonl",
            [
                {"doc_id": 3, "doc": {"q": ASK}, "target": "B", "arguments": [[ASK, {}]], "resps": [[SEA, RAIN]]},
                {"doc_id": 4, "doc": {"q": ASK}, "target": "B", "arguments": [[ASK, {}]], "resps": [[SEA]]},
            ],
            [Expected(SEA, "m-1", "3"), Expected(RAIN, "m-1", "3"), Expected(SEA, "m-1", "4")],
        ),
        Example(
            "m-1/samples_tides_2026.jsonl",
            [{"doc_id": 3, "doc_hash": "f0", "doc": {"q": ASK}, "arguments": [[ASK, {}]], "resps": [[SEA]]}],
            [Expected(SEA, "m-1", "f0")],
        ),
        Example(
            "m-1/samples_tides_2026.jsonl",
            [
                {"doc_id": 3, "filter": name, "doc": {"q": ASK}, "arguments": [[ASK, {}]], "resps": [[SEA]]}
                for name in ("strict-match", "flexible-extract")
            ],
            [Expected(SEA, "m-1", "3")],
        ),
    ],
    "lighteval details": [
        Example(
            "m-1.jsonl",
            [{"example": ASK, "full_prompt": ASK, "predictions": [SEA, RAIN], "gold": ["B"], "metrics": {"em": 0}}],
            [Expected(SEA, "m-1", ASK), Expected(RAIN, "m-1", ASK)],
        ),
        Example("m-1.jsonl", [{"doc": {"query": ASK}, "model_response": {"text": [SEA]}}], [Expected(SEA, "m-1", ASK)]),
    ],
    "predictions": [
        Example(
            "m-1.json",
            {"0": {"origin_prompt": ASK, "prediction": SEA}, "1": {"origin_prompt": ASK_TOO, "prediction": RAIN}},
            [Expected(SEA, "m-1", ASK), Expected(RAIN, "m-1", ASK_TOO)],
        ),
        Example(
            "m-1.json",
            [{"instance_id": "id7", "predicted_text": SEA, "stats": {"em": 0}}],
            [Expected(SEA, "m-1", "id7")],
        ),
        Example("m-1.jsonl", [{"inputs": ASK, "generated_text": SEA}], [Expected(SEA, "m-1", ASK)]),
    ],
    "inspect_ai log": [
        Example(
            "log.json",
            {
                "version": 2,
                "eval": {"task": "tides", "model": "m-1"},
                "samples": [
                    {
                        "id": 1,
                        "input": ASK,
                        "target": "",
                        "messages": [user(), model()],
                        "output": {"model": "m-1", "choices": [{"message": model(), "stop_reason": "stop"}]},
                    }
                ],
            },
            ONE,
        )
    ],
    "HELM scenario state": [
        Example(
            "scenario_state.json",
            {
                "adapter_spec": {"model": "m-1"},
                "request_states": [
                    {
                        "instance": {"input": {"text": ASK}, "id": "id1"},
                        "request": {"model": "m-1", "prompt": ASK},
                        "result": {"success": True, "completions": [{"text": SEA, "tokens": []}]},
                    }
                ],
            },
            ONE,
        )
    ],
    "runs of benchmarks": [
        Example(
            "run.json",
            {"m-1": {"test_model": "m-1", "samples": [{"prompt_index": 4, "prompt": ASK, "output": SEA}]}},
            ONE,
        ),
        Example(
            "run.json",
            {
                "run-7": {
                    "test_model": "m-1",
                    "judge_model": "j",
                    "creative_tasks": {
                        "1": {
                            "harbour": {
                                "prompt_id": "harbour",
                                "results_by_modifier": {
                                    "Mood: calm": {"model_response": SEA, "judge_scores": {"x": 1}},
                                    "Mood: grim": {"model_response": RAIN, "judge_scores": {"x": 2}},
                                },
                            }
                        }
                    },
                }
            },
            [Expected(SEA, "m-1", "harbour"), Expected(RAIN, "m-1", "harbour")],
        ),
    ],
    "a table by its columns": [
        Example("a.json", {"prompt": [ASK, ASK_TOO], "output": [SEA, RAIN], "model": ["m-1", "m-1"]}, TABLE),
        Example("a.json", {"model": "m-1", "prompts": [ASK, ASK_TOO], "responses": [SEA, RAIN]}, TABLE),
        Example(
            "a.json",
            {"prompt": {"0": ASK, "7": ASK_TOO}, "output": {"0": SEA, "7": RAIN}, "model": {"0": "m-1", "7": "m-1"}},
            TABLE,
        ),
        Example(
            "a.json",
            {"columns": ["prompt", "output", "model"], "index": [0], "data": [[ASK, SEA, "m-1"]]},
            ONE,
        ),
    ],
    "inputs and outputs": [
        Example("a.jsonl", [{"inputs": {"question": ASK}, "outputs": {"answer": SEA}}], [Expected(SEA, "a", ASK)]),
        Example("a.jsonl", [{"inputs": {"question": ASK}, "outputs": {"output": SEA}, "model": "m-1"}], ONE),
    ],
    "one object": [
        Example(
            "m-1.json",
            {"responses": [{"id": "harbour", "text": SEA}, {"id": "school", "text": RAIN}]},
            [Expected(SEA, "m-1", "harbour"), Expected(RAIN, "m-1", "school")],
        ),
        Example("a.json", {"model": "m-1", "prompt": ASK, "output": SEA}, ONE),
        Example("a.json", {"data": [{"model": "m-1", "prompt": ASK, "output": SEA}], "n": 1}, ONE),
    ],
}


def write(folder: Path, example: Example) -> Path:
    path = folder / example.name
    path.parent.mkdir(parents=True, exist_ok=True)
    content = example.content
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(record) + "\n" for record in content), encoding="utf-8")
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("shape", "example"), [(shape, example) for shape, examples in EXAMPLES.items() for example in examples]
)
def test_shape__is_read_without_an_option(tmp_path: Path, shape: str, example: Example) -> None:
    path = write(tmp_path, example)
    tally = Tally()
    found = [(doc.text, doc.label, doc.prompt) for doc in docs_of(read_chunks([str(path)], tally=tally))]
    keys = [hash_strings([one.text if one.prompt is None else one.prompt])[0] for one in example.expected]
    assert sorted(found) == sorted(
        (one.text, one.label, int(key)) for one, key in zip(example.expected, keys, strict=True)
    )


@pytest.mark.parametrize("packing", ["stored", "deflated", "zstd"])
def test_log_of_inspect_ai__may_be_an_archive(tmp_path: Path, packing: str) -> None:
    kinds = {"stored": zipfile.ZIP_STORED, "deflated": zipfile.ZIP_DEFLATED, "zstd": zipfile.ZIP_ZSTANDARD}
    (example,) = EXAMPLES["inspect_ai log"]
    path = tmp_path / "tides.eval"
    with zipfile.ZipFile(path, "w", kinds[packing]) as archive:
        archive.writestr("header.json", json.dumps(example.content["eval"]))
        for i, sample in enumerate(example.content["samples"]):
            archive.writestr(f"samples/{i}_epoch_1.json", json.dumps(sample))
    found = [(doc.text, doc.label) for doc in docs_of(read_chunks([str(path)], tally=Tally()))]
    assert found == [(one.text, one.label) for one in example.expected]
    path.write_bytes(b"PK, but no archive")
    with pytest.raises(BadInputError, match=r"tides\.eval: cannot be read"):
        docs_of(read_chunks([str(path)], tally=Tally()))


def rows_of_the_table() -> list[str]:
    page = (ROOT / "docs" / "how-to" / "your-own-models.md").read_text(encoding="utf-8")
    return page.split("## Shapes that are read\n\n")[1].split("\n\n")[0].splitlines()[2:]


def test_documents__have_one_table_of_all_shapes() -> None:
    assert [row.split("|")[1].strip() for row in rows_of_the_table()] == list(EXAMPLES)
    assert all(EXAMPLES.values())


def test_documents__name_no_field_or_mark_in_a_row_that_is_in_no_example_of_it() -> None:
    for row in rows_of_the_table():
        shape, _, *told = (cell.strip() for cell in row.split("|")[1:-1])
        written = json.dumps([(one.name, one.content) for one in EXAMPLES[shape]], ensure_ascii=False)
        names = [name for cell in told for name in re.findall("`([^`]+)`", cell) if not name.startswith("--")]
        parts = [part for name in names for part in re.split(r"\.|\[\]", name) if part]
        assert [part for part in parts if part not in written] == [], shape


def test_shapes__of_the_table_are_all_recognised(tmp_path: Path) -> None:
    found: set[str | None] = set()
    for i, example in enumerate(one for own in EXAMPLES.values() for one in own):
        tally = Tally()
        docs_of(read_chunks([str(write(tmp_path / str(i), example))], tally=tally))
        found.update(columns.shape for columns in tally.taken)
    assert found == {None, *(shape.name for shape in SHAPES)}


@pytest.mark.parametrize("shape", ["OpenAI messages", "UltraFeedback", "FastChat, MT-bench, Arena-Hard", "pairs"])
def test_shape__is_read_from_parquet_too(tmp_path: Path, shape: str) -> None:
    example = EXAMPLES[shape][0]
    path = tmp_path / "a.parquet"
    pl.DataFrame(example.content).write_parquet(path)
    found = [(doc.text, doc.label) for doc in docs_of(read_chunks([str(path)], tally=Tally()))]
    assert sorted(found) == sorted((one.text, one.label) for one in example.expected)


def run_of(label: str) -> dict[str, Any]:
    samples = [{"prompt": prompt, "output": f"{label}: {text}"} for prompt, text in ((ASK, SEA), (ASK_TOO, RAIN))]
    return {"model": label, "samples": samples}


@pytest.mark.parametrize("is_one_line", [True, False])
@pytest.mark.parametrize("n_runs", [1, 3])
def test_runs__are_searched_or_read_by_the_path_that_is_asked_for(
    tmp_path: Path, n_runs: int, is_one_line: bool
) -> None:
    path = tmp_path / ("runs.jsonl" if is_one_line else "runs.json")
    runs = [run_of(f"m-{i}") for i in range(n_runs)]
    lines = "".join(json.dumps(run) + "\n" for run in runs)
    path.write_text(lines if is_one_line else json.dumps(runs, indent=1), encoding="utf-8")
    expected = [
        (sample["output"], run["model"], int(hash_strings([sample["prompt"]])[0]))
        for run in runs
        for sample in run["samples"]
    ]
    asked = ReadOptions(Fields(text="samples[].output", prompt="samples[].prompt"))
    for options in (ReadOptions(), asked):
        found = docs_of(read_chunks([str(path)], options, tally=Tally()))
        assert sorted((doc.text, doc.label, doc.prompt) for doc in found) == sorted(expected)


def test_texts_by_name__of_one_object_are_texts_of_prompts(tmp_path: Path) -> None:
    texts = {f"p{i}": f"{i}: {SEA}" for i in range(10)}
    (tmp_path / "m.json").write_text(json.dumps(texts), encoding="utf-8")
    found = docs_of(read_chunks([str(tmp_path / "m.json")], tally=Tally()))
    assert {(doc.text, doc.prompt) for doc in found} == {
        (text, int(hash_strings([name])[0])) for name, text in texts.items()
    }


@pytest.mark.parametrize(
    "named", [{"m-1": {"title": SEA, "summary": RAIN}}, {"m-1": {ASK: "Yes."}}, {"m-1": {ASK: SEA}, "n": 3}]
)
def test_objects_of_texts__under_other_names_than_those_of_models_and_prompts_are_none(named: Any) -> None:
    assert records_of(named) == []


def test_chat__of_two_strangers_is_refused_with_their_roles(tmp_path: Path) -> None:
    chat = [{"from": "Ann", "value": ASK}, {"from": "Bob", "value": SEA}]
    (tmp_path / "m.jsonl").write_text(json.dumps({"conversations": chat}) + "\n", encoding="utf-8")
    with pytest.raises(BadInputError, match="nobody known for a model among the roles 'Ann', 'Bob'"):
        docs_of(read_chunks([str(tmp_path / "m.jsonl")], tally=Tally()))
