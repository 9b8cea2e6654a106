"""Messages name what may have been meant."""

from __future__ import annotations

import pytest

from fastslop.base.wording import listed, meant, p_value

MODELS = ["kimi-k2", "kimi-k2-0905", "o3", "gpt-5", "gpt-5-mini", "llama-4", "qwen3"]


@pytest.mark.parametrize(
    ("name", "likely"),
    [("kimi", "kimi-k2"), ("Kimi-K2", "kimi-k2"), ("gpt5", "gpt-5"), ("qwen", "qwen3"), ("lama-4", "llama-4")],
)
def test_meant__suggests_what_is_spelt_like_it(name: str, likely: str) -> None:
    assert meant(name, MODELS).startswith("did you mean ")
    assert likely in meant(name, MODELS)


def test_meant__lists_a_few_where_nothing_is_like_it() -> None:
    assert meant("zebra", MODELS) == "there are kimi-k2, kimi-k2-0905, o3, gpt-5, gpt-5-mini and 2 more"
    assert meant("zebra", MODELS[:2]) == "there are kimi-k2, kimi-k2-0905"


def test_listed__names_five_and_says_how_many_more_there_are() -> None:
    assert listed(["a"]) == "a"
    assert listed(list("abcde")) == "a, b, c, d, e"
    assert listed(list("abcdefg")) == "a, b, c, d, e and 2 more"


@pytest.mark.parametrize(("p", "shown"), [(0.0123, "0.012"), (3.21e-20, "3.2e-20"), (0.0, "<1e-99"), (1.0, "1")])
def test_p_value__is_never_shown_as_0(p: float, shown: str) -> None:
    assert p_value(p) == shown
