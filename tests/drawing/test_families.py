"""Claims about families: well-known lines are told wherever a name has them, what is given stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop.base.errors import BadInputError, UsageError
from fastslop.drawing.colours import GREY, PALETTE, family_colours
from fastslop.drawing.families import families_of, guess_families


@pytest.mark.parametrize(
    ("label", "family"),
    [
        ("gemma-3-27b-it", "gemma"),
        ("google/gemma-3-4b", "gemma"),
        ("google__gemma-2-9b-it", "gemma"),
        ("Mistral-Small-3.2-24B-Instruct-2506", "mistral"),
        ("chatgpt-4o-latest", "gpt"),
        ("gpt-5-mini-2025-08-07", "gpt"),
        ("gpt4", "gpt"),
        ("text_davinci_003", "gpt"),
        ("o3", "gpt"),
        ("openai/o1-mini", "gpt"),
        ("o4_mini", "gpt"),
        ("o30", "o"),
        ("olmo-2", "olmo"),
        ("claude-sonnet-4-5@panel", "claude"),
        ("bedrock_claude", "claude"),
        ("Meta-Llama-3.1-405B-Instruct-Turbo", "llama"),
        ("meta-llama/Llama-3.3-70B-Instruct", "llama"),
        ("TempNet-LLaMA2-Chat-13B", "llama"),
        ("CodeLlama-34b", "llama"),
        ("SPPO-Mistral7B-PairRM", "mistral"),
        ("Nous-Hermes-2-Mixtral-8x7B-DPO", "mistral"),
        ("mistralai_Ministral-8B", "mistral"),
        ("DeepSeek-R1-Distill-Qwen-7B", "deepseek"),
        ("chatglm2-6b", "glm"),
        ("aya-expanse-32b", "cohere"),
        ("tulu-2-dpo-70b", "tulu"),
        ("01-ai/Yi-34B", "yi"),
        ("philosopher-7b", "philosopher"),
        ("通义千问-7b", "通义千问"),
        ("123", "123"),
        ("", ""),
    ],
)
def test_guess_families__reads_the_name(label, family) -> None:
    assert guess_families([label]) == {label: family}


def test_guess_families__takes_of_unknown_names_the_word_that_most_others_begin_with() -> None:
    labels = ["tulu-2-7b", "tulu-2-70b", "tulu-2-dpo-7b", "pairrm-tulu-2-70b", "pairrm-tulu-2-13b", "cut-13b"]
    assert list(guess_families(labels).values()) == ["tulu"] * 5 + ["cut"]


@given(st.lists(st.text(max_size=30), unique=True))
def test_guess_families__has_one_for_any_label_whatever_the_order(labels) -> None:
    guessed = guess_families(labels)
    assert list(guessed) == labels
    assert guess_families(labels[::-1]) == guessed


def test_families_of__are_as_given_and_guessed_for_others(tmp_path) -> None:
    labels = ["gpt-4", "llama-2", "house-model"]
    file = tmp_path / "families.csv"
    file.write_text("label,family\nllama-2, Meta \n", encoding="utf-8")
    found = families_of(labels, file)
    assert found == families_of(labels, {"llama-2": "Meta"})
    assert found == {"gpt-4": "gpt", "llama-2": "Meta", "house-model": "house"}


def test_families_of__suggests_a_label_for_one_that_is_not_there(tmp_path) -> None:
    file = tmp_path / "families.csv"
    file.write_text("label,family\nllama2,Meta\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"'llama2', which is no label here; did you mean llama-2\?"):
        families_of(["gpt-4", "llama-2"], file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,family\na,b\n", "the first line must be label,family"),
        ("label,family\na,b\na,c\n", "3: 'a' has a family at line 2 already"),
        ("label,family\na\n", "2: a label and a family are needed"),
        ("label,family\na,\n", "2: the family of 'a' is empty"),
    ],
)
def test_families_of__refuses_a_malformed_file_and_names_the_line(text, message, tmp_path) -> None:
    file = tmp_path / "families.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError, match=message) as raised:
        families_of(["a"], file)
    assert str(file) in str(raised.value)


def test_family_colours__are_grey_for_single_labels_and_never_shared_by_families() -> None:
    families = {f"{family}{i}": family for family in "abcdefghij" for i in (1, 2)} | {"a3": "a", "alone": "alone"}
    colours = family_colours(families)
    assert colours["a1"] == colours["a3"] == PALETTE[0]
    assert colours["alone"] == GREY
    used = {(families[label], colour) for label, colour in colours.items() if colour != GREY}
    assert len(used) == len(PALETTE) == len({colour for _, colour in used})
