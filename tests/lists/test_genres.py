"""Genres are found where answers differ by their prompts, and each has the list of what is overused in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

import numpy as np
import pytest

from fastslop.base.errors import BadInputError, UsageError
from fastslop.base.hashing import hash_strings
from fastslop.base.spec import CountSpec
from fastslop.counting.count import count
from fastslop.lists.build import SlopLists, slop_lists
from fastslop.lists.genres import MIN_PROMPTS, Genre, find_genres
from fastslop.lists.slop_lists import COVERAGE
from fastslop.profiles.profile_set import ProfileSet
from fastslop.scoring.score import score
from tests.corpora_of import PLAIN, done, fastslop, files_below, write_jsonl

TALES = "whispered lantern harbour meadow sighed kettle orchard trembled candle window stranger sister".split()
TALKS = "therefore policy crucial framework outcomes essential market furthermore strategy policymakers growth".split()
MODELS = ("ash", "birch", "cedar", "dogwood")
N = 2 * MIN_PROMPTS + 10

Record = dict[str, object]


def corpus(models: Sequence[str] = MODELS, n_prompts: int = N) -> list[Record]:
    """Texts of models: tales to the first half of the prompts, talks to the others."""
    return [
        _record(model, prompt, TALES if prompt < n_prompts // 2 else TALKS)
        for model in models
        for prompt in range(n_prompts)
    ]


def _record(model: str, prompt: int, words: Sequence[str]) -> Record:
    random = Random(f"{model} {prompt}")
    said = random.choices(PLAIN, [1 / (i + 1) for i in range(len(PLAIN))], k=90) + random.choices(words, k=40)
    random.shuffle(said)
    text = ". ".join(" ".join(said[i : i + 10]) for i in range(0, len(said), 10))
    return {"model": model, "prompt": f"p_{prompt}", "text": f"{text}."}


def genres_of(records: Sequence[Record]) -> tuple[Genre, ...]:
    profiles = count(records)
    return find_genres(profiles, score(profiles))


def parts(genres: Sequence[Genre]) -> set[frozenset[int]]:
    """The partition of the prompts, whatever the genres are called."""
    return {frozenset(genre.prompts.tolist()) for genre in genres}


def keys(numbers: range) -> frozenset[int]:
    return frozenset(hash_strings([f"p_{i}" for i in numbers]).tolist())


TRUTH = {keys(range(N // 2)), keys(range(N // 2, N))}


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return corpus()


@pytest.fixture(scope="module")
def profiles(records: list[Record]) -> ProfileSet:
    return count(records)


@pytest.fixture(scope="module")
def lists(profiles: ProfileSet, records: list[Record]) -> SlopLists:
    return slop_lists(profiles, texts=records)


def test_genres__are_found_in_the_words_of_answers(profiles: ProfileSet) -> None:
    genres = find_genres(profiles, score(profiles))
    assert parts(genres) == TRUTH
    assert [genre.name for genre in genres] == sorted(genre.name for genre in genres)
    for genre in genres:
        own = TALES if keys(range(1)) <= set(genre.prompts.tolist()) else TALKS
        assert set(genre.name.split("-")) <= set(own)


def test_genres__do_not_depend_on_names_and_order_of_labels(records: list[Record]) -> None:
    renamed = {"ash": "z", "birch": "a", "cedar": "m", "dogwood": "b"}
    others = [record | {"model": renamed[str(record["model"])]} for record in reversed(records)]
    assert genres_of(others)[0].name == genres_of(records)[0].name
    assert parts(genres_of(others)) == parts(genres_of(records))


def test_genres__are_one_where_texts_are_shuffled_over_prompts(records: list[Record]) -> None:
    def shuffled() -> Iterator[Record]:
        for model in MODELS:
            own = [record for record in records if record["model"] == model]
            prompts = [record["prompt"] for record in own]
            Random(model).shuffle(prompts)
            yield from (record | {"prompt": prompt} for record, prompt in zip(own, prompts, strict=True))

    assert genres_of([*shuffled()]) == ()


def test_genres__are_one_where_all_texts_are_of_a_kind() -> None:
    assert genres_of([_record(model, i, TALES) for model in MODELS for i in range(N)]) == ()


@pytest.mark.parametrize(
    "some",
    [corpus(n_prompts=2 * MIN_PROMPTS - 2), corpus(["ash"])],
    ids=["few prompts", "one label"],
)
def test_genres__are_not_looked_for_in(some) -> None:
    assert genres_of(some) == ()


def test_genres__have_prompts_that_both_halves_of_the_labels_answered(records: list[Record]) -> None:
    alone = [_record("ash", i, TALES) for i in range(N, N + 5)]
    assert parts(genres_of([*records, *alone])) == TRUTH


def test_genres__are_no_panels() -> None:
    """Other labels answer other prompts in another manner: that may be the labels'."""
    other = [record | {"model": f"{record['model']}-2", "prompt": f"q{record['prompt']}"} for record in corpus()]
    first = [record for record in corpus() if int(str(record["prompt"])[2:]) < N // 2]
    second = [record for record in other if int(str(record["prompt"])[3:]) >= N // 2]
    assert genres_of([*first, *second]) == ()


def test_lists__of_genres_hold_what_is_overused_in_each(lists: SlopLists) -> None:
    assert lists.pooled is not None and set(TALES) | set(TALKS) <= {*lists.pooled.tables["words"]["phrase"], "growth"}
    assert len(lists.genres) == 2
    assert sorted(lists) == list(MODELS)
    for name, one in lists.genres.items():
        own, others = (TALES, TALKS) if set(name.split("-")) <= set(TALES) else (TALKS, TALES)
        words = set(one.tables["words"]["phrase"])
        assert len(words & set(own)) >= len(own) - 2 and not words & set(others)
        assert not any(set(phrase.lower().split()) & set(others) for phrase in one.tables["phrases"]["phrase"])
        assert one.tables["words"]["coverage"].max() <= 1
    (note,) = (note for note in lists.notes if "genre" in note)
    assert note.startswith("lists of 2 genres as well: ") and note.count(f"({N // 2} prompts)") == 2


def test_lists__of_a_genre_are_those_of_its_texts_alone(records: list[Record], profiles: ProfileSet) -> None:
    """Tests are corrected for as many as are made: those of the tables that lists are made of. Only what prompts call
    for is told from all texts, which lowers scores of n-grams."""
    names = {f"p_{i}": "tales" for i in range(N // 2)}
    found = slop_lists(profiles, genres=names, texts=records).genres["tales"]
    told = [record for record in records if record["prompt"] in names]
    alone = slop_lists(count(told, spec=CountSpec(orders=(1,), mark_orders=())), texts=told).pooled
    assert alone is not None
    others = (*COVERAGE, "topicality", "is_topic", "tier")
    assert found.tables["words"].drop(others).equals(alone.tables["words"].drop(others))
    for name in ("bigrams", "trigrams"):
        own, same = (one.tables[name].drop(*others, "score").sort("phrase") for one in (found, alone))
        own, same = own.join(same, on="phrase", how="semi"), same.join(own, on="phrase", how="semi")
        assert own.equals(same), name
        assert len(own) or name == "trigrams"
    both = found.tables["phrases"].join(alone.tables["phrases"], on="phrase")
    assert len(both) > 0
    assert both["n"].equals(both["n_right"].alias("n")) and both["n_prompts"].equals(
        both["n_prompts_right"].alias("n_prompts")
    )


@pytest.mark.parametrize(
    "given",
    [
        {f"p_{i}": "tales" if i < N // 2 else "talks" for i in range(N)},
        {f"p_0..{N // 2 - 1}": "tales", f"p_{N // 2}..{N - 1}": "talks"},
    ],
    ids=["names", "ranges"],
)
def test_genres__may_be_given(profiles: ProfileSet, given: Mapping[str, str]) -> None:
    found = slop_lists(profiles, genres=given)
    assert list(found.genres) == ["tales", "talks"]
    assert f"lists of 2 genres as well: tales ({N // 2} prompts), talks ({N // 2} prompts), as given" in found.notes


def test_genres__may_be_given_by_the_texts_of_prompts() -> None:
    asked = [record | {"id": record["prompt"], "prompt": f"Tell me of the {record['prompt']}"} for record in corpus()]
    profiles = count(asked, prompt="id")
    given = {f"Tell  me of the p_{i}": "tales" for i in range(30)}
    found = slop_lists(profiles, genres=given)
    assert "lists of 1 genre as well: tales (30 prompts), as given" in found.notes
    assert f"of no genre: {N - 30} of {N} prompts" in found.notes


def test_genres__given_that_are_not_there_are_counted(profiles: ProfileSet) -> None:
    notes = slop_lists(profiles, genres={"p_0..40": "tales", "q_1": "talks", "nothing": "tales"}).notes
    (note,) = (note for note in notes if "found no prompt" in note)
    assert note.startswith(
        "2 lines of the genres, the first of 'q_1', found no prompt in the profiles; write a prompt as"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "there is no file .*genres.csv"),
        ("genre,prompt\ntales,p_1\n", r":1: the first line must be prompt,genre"),
        ("prompt,genre\np_1,tales\np_2\n", r":3: a prompt and a genre are needed"),
        ("prompt,genre\np_1,\n", r":2: a prompt and a genre are needed"),
        ("prompt,genre\np_1..4,tales\n\np_2,talks\n", r":4: 'p_2' is of 'talks', and of 'tales' before"),
        ('prompt,genre\n"p_1,tales\n', r"is no row of a CSV"),
        ("prompt,genre\nq_1,tales\n", r"no prompt of the genres is in the profiles; write a prompt as"),
        (b"prompt,genre\n\xff,tales\n", r"is no text in UTF-8"),
    ],
)
def test_genres__that_cannot_be_used_are_refused(profiles: ProfileSet, tmp_path: Path, text, message) -> None:
    path = tmp_path / "genres.csv"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadInputError, match=message):
        slop_lists(profiles, genres=path)


@pytest.mark.parametrize("named", [{"id": "p_{}"}, {"source": "p", "id": "{}"}])
def test_genres__may_be_those_that_stand_beside_prompts(
    profiles: ProfileSet, tmp_path: Path, named: Mapping[str, str]
) -> None:
    rows = [
        {name: value.format(i) for name, value in named.items()} | {"prompt": f"Tell number {i}.", "genre": genre}
        for i, genre in enumerate(["tales", "talks"] * (N // 2))
    ]
    path = write_jsonl(tmp_path / "prompts.jsonl", rows)
    assert f"lists of 2 genres as well: tales ({N // 2} prompts), talks" in " ".join(
        slop_lists(profiles, genres=path).notes
    )
    write_jsonl(path, [row | {"genre": None} for row in rows])
    with pytest.raises(BadInputError, match=r"prompts.jsonl: no prompt has a field genre; add it, or write a CSV"):
        slop_lists(profiles, genres=path)


def test_genres__cannot_be_given_of_many_prompts() -> None:
    profiles = count([{"model": m, "prompt": str(i), "text": f"the cat {m}{i}"} for m in "ab" for i in range(1025)])
    assert slop_lists(profiles).genres == {}
    with pytest.raises(UsageError, match="count the texts of each genre by themselves"):
        slop_lists(profiles, genres={"0..9": "tales"})


def test_genres__of_a_single_label_have_its_list(records: list[Record]) -> None:
    found = slop_lists(count(records[:N]), genres={f"p_0..{N // 2 - 1}": "tales"})
    words = found.genres["tales"].tables["words"]["phrase"]
    assert found.pooled is None and len(found) == 1
    assert set(words) & set(TALES) and not set(words) & set(TALKS)


def test_run__writes_a_list_of_each_genre(records: list[Record], tmp_path: Path) -> None:
    texts = write_jsonl(tmp_path / "texts.jsonl", records)
    answer = done("run", texts, "-o", tmp_path / "out")
    assert "lists of 2 genres as well" in answer.log
    folders = sorted((tmp_path / "out" / "lists" / "genres").iterdir())
    assert len(folders) == 2
    for folder in folders:
        assert files_below(folder) == files_below(tmp_path / "out" / "lists" / "pooled")
        assert set(folder.name.split("-")) <= set((folder / "list.txt").read_text("utf-8").split("\n"))
    genres = tmp_path / "genres.csv"
    genres.write_text(f"prompt,genre\np_0..{N // 2 - 1},short tales\n")
    done("lists", tmp_path / "out", "-o", tmp_path / "lists", "--genres", genres, "--texts", texts)
    (folder,) = (tmp_path / "lists" / "genres").iterdir()
    assert folder.name.startswith("short_tales-")
    words = json.loads((folder / "slop_list.json").read_text())
    assert {word for (word,) in words} & set(TALES)
    genres.write_text("prompt\n")
    refused = fastslop("run", texts, "-o", tmp_path / "other", "--genres", genres)
    assert refused.code == 1 and "genres.csv:1: the first line must be prompt,genre" in refused.log
    assert not (tmp_path / "other").exists()


def test_genres__of_real_generations_are_stories_and_essays(corpora: Path) -> None:
    """Three answers to story prompts read as essays, and one to an essay prompt as a story."""
    profiles = count(corpora / "slop-score", spec="words", orders=[1])
    genres = find_genres(profiles, score(profiles))
    stories = hash_strings([f"slop-score_{i}" for i in range(150)])
    shares = sorted(float(np.isin(genre.prompts, stories).mean()) for genre in genres)
    assert len(genres) == 2 and shares[0] < 0.03 and shares[1] > 0.97
    assert sum(len(genre.prompts) for genre in genres) == 300


@pytest.mark.parametrize("name", ["japanese", "chinese"])
def test_genres__of_real_generations_to_mixed_questions_are_one(corpora: Path, name) -> None:
    profiles = count(corpora / name, spec="words", orders=[1])
    assert find_genres(profiles, score(profiles)) == ()
