"""Whatever an endpoint sends, it is an answer or a reason why there is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop.generating.answers import Answer, Unanswered, answer_of
from fastslop.generating.requests import Request, Sampling
from fastslop.reading.prompt_files import Prompt
from scripts.stand_in import completion

REQUEST = Request("m", Prompt("Go on.", "1"), 0, Sampling(0.7, 100, 0))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "stop", "Dusk."]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["text", "type", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={name: own | JSON for name, own in fields.items()})


MESSAGES = some(content=st.text(), reasoning=st.text(), refusal=st.text())
CHOICES = some(message=MESSAGES, finish_reason=st.sampled_from(["stop", "length", "content_filter"]))
USAGES = some(prompt_tokens=st.integers(), completion_tokens=st.integers())


@given(some(choices=st.lists(CHOICES, max_size=2), usage=USAGES, model=st.text(), error=some(message=st.text())))
def test_answer__is_one_whatever_comes_or_says_why_not(value: dict[str, Any]) -> None:
    try:
        answer = answer_of(value)
    except Unanswered as none:
        assert none.reason and str(none).startswith(none.reason)
        return
    assert answer.text.strip() and (answer.n_tokens is None or answer.n_tokens >= 0)
    assert json.loads(json.dumps(answer.record(REQUEST)).encode()) == answer.record(REQUEST)


def test_answer__in_parts_is_its_text_with_the_thoughts_apart() -> None:
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}, {"type": "text", "text": "Dusk."}]
    answer = answer_of(completion(None) | {"choices": [{"message": {"content": parts}}]})
    assert (answer.text, answer.reasoning) == ("Dusk.", "Hm.")


def test_answer__is_text_that_can_be_written_down() -> None:
    assert answer_of(completion("Dusk \ud800 fell.")).text == "Dusk � fell."


@pytest.mark.parametrize(("reason", "is_truncated"), [("length", True), ("MAX_TOKENS", True), ("stop", False)])
def test_answer__that_was_cut_off_is_told_by_the_names_that_services_have_for_it(
    reason: str, is_truncated: bool
) -> None:
    assert Answer("Dusk", reason).is_truncated == is_truncated


def test_seeds__are_of_a_request_alone_and_differ_between_models_prompts_and_samples() -> None:
    def seed(model: str = "m", prompt: str = "1", sample: int = 0, of: int | None = 0) -> int | None:
        return Request(model, Prompt("Go on.", prompt), sample, Sampling(0.7, 100, of)).seed

    drawn = [seed(), seed("n"), seed(prompt="2"), seed(sample=1), seed(of=1)]
    assert len(set(drawn)) == len(drawn) and all(one is not None and 0 <= one < 1 << 31 for one in drawn)
    assert seed() == drawn[0] and seed(of=None) is None
