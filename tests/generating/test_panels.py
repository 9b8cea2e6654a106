"""The standard panel is of our own writing, varied in genre and length, and never changes."""

from __future__ import annotations

import re
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

from fastslop.base.defaults import STANDARD_PANEL
from fastslop.base.errors import NotThereError
from fastslop.generating.panels import FOLDER, find_prompts, panels
from fastslop.lists.genres import MIN_PROMPTS

DIGESTS = {"standard-1": "b83e0c06f1f93772182bd51c9477b74da16074f8c8aa99322d92d9dfb903267f"}
"""What was released stays as it is: results of people who asked it can be compared."""
LENGTH = re.compile(r"(?:(\d+) to )?(\d+) words")


@pytest.mark.parametrize("name", panels())
def test_panel__is_as_it_was_released(name: str) -> None:
    assert sha256((FOLDER / f"{name}.jsonl").read_bytes()).hexdigest() == DIGESTS[name]


def test_panel__has_150_prompts_in_four_genres_that_each_can_have_a_list() -> None:
    prompts = find_prompts(STANDARD_PANEL)
    assert len({prompt.asked for prompt in prompts}) == len({prompt.id for prompt in prompts}) == len(prompts) == 150
    genres = Counter(prompt.genre for prompt in prompts)
    assert set(genres) == {"story", "essay", "advice", "letter"}
    assert min(genres.values()) > MIN_PROMPTS
    assert {prompt.id for prompt in prompts} == {
        f"standard-1/{genre}-{i}" for genre, n in genres.items() for i in range(1, n + 1)
    }


def test_panel__has_all_genres_in_any_stretch_of_it() -> None:
    genres = [prompt.genre for prompt in find_prompts(STANDARD_PANEL)]
    assert all(len(set(genres[i : i + 12])) == 4 for i in range(len(genres) - 12))


def test_panel__asks_for_500_to_1000_words_each_time() -> None:
    for prompt in find_prompts(STANDARD_PANEL):
        assert isinstance(prompt.asked, str)
        asked = [int(n) for found in LENGTH.findall(prompt.asked) for n in found if n]
        assert asked and 500 <= min(asked) <= max(asked) <= 1000, prompt.asked


def test_panel__has_no_word_in_a_tenth_of_its_prompts_but_those_that_ask() -> None:
    asking = set("write about words story essay letter short answer please tell".split())
    n_prompts = Counter[str]()
    for prompt in find_prompts(STANDARD_PANEL):
        n_prompts.update({word for word in re.findall("[a-z]{5,}", str(prompt.asked).lower())} - asking)
    small = {"should", "whether", "their", "which", "first", "years", "people", "would", "where", "there", "something"}
    assert {word for word, n in n_prompts.items() if n > 8 and word not in small} == set()


def test_panel__that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(NotThereError, match=r"no file standard-9, and no panel of that name \(standard-1\)"):
        find_prompts("standard-9")
