"""Phrases are what stands in the texts: whole, as mostly written, exactly counted, whatever the chunks."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fastslop.base.arrays import to_bytes
from fastslop.base.hashing import hash_strings
from fastslop.base.languages import NAMES
from fastslop.base.spec import PRESETS
from fastslop.counting.one_label import count_documents
from fastslop.lists.phrase_lists import with_phrases, without_contained
from fastslop.lists.slop_lists import SlopList, ranked
from fastslop.profiles.files import write_profile
from fastslop.profiles.profile_set import open_profiles
from fastslop.reading.chunks import TextChunk
from fastslop.reading.languages import declared
from fastslop.search import phrases as phrases_module
from fastslop.search import places as places_module
from fastslop.search.bounded_sets import Smallest
from fastslop.search.examples import Examples
from fastslop.search.matcher import stream_of
from fastslop.search.passes import TextPasses
from fastslop.search.phrases import DANGLING, FoundPhrases, Phrase, Uses, find_phrases, grow, phrases_of
from fastslop.search.places import KEPT, Place, find_places
from tests.corpora_of import done
from tests.search.test_matcher import matcher_of

SPEC = PRESETS["default"]
TEXTS = [
    f"{who} ran. {his} heart hammering against {his.lower()} ribs, {who.lower()} stopped. Voice barely {how} whisper."
    for who, his, how in [
        ("She", "Her", "above a"),
        ("She", "Her", "above a"),
        ("He", "Her", "a"),
        ("He", "Her", "a"),
        ("They", "Her", "above a"),
        ("He", "His", "more than a"),
    ]
]


def chunks(texts: list[str], size: int) -> Iterator[TextChunk]:
    prompts = hash_strings([f"prompt {i}" for i in range(len(texts))])
    for i in range(0, len(texts), size):
        yield TextChunk("oak", *to_bytes(pl.Series(texts[i : i + size])), prompts[i : i + size])


def passes(texts: list[str], size: int, workers: int = 1) -> TextPasses:
    return TextPasses(lambda step: chunks(texts, size), SPEC, workers)


def found(seeds: list[str], size: int = 2, workers: int = 1) -> dict[str, Phrase]:
    return {phrase.text: phrase for phrase in phrases(seeds, size, workers).phrases}


def phrases(seeds: list[str], size: int = 2, workers: int = 1) -> FoundPhrases:
    return find_phrases(seeds, passes(TEXTS, size, workers))


def test_find_phrases__come_out_whole() -> None:
    assert set(found(["hammering ribs"])) == {"Her heart hammering against her ribs"}
    assert set(found(["voice barely whisper"])) == {"Voice barely above a whisper"}


def test_find_phrases__are_counted_exactly() -> None:
    grown, occurrences = phrases(["hammering ribs", "voice barely whisper"])
    for number, phrase in enumerate(grown):
        expected = [n for t in TEXTS if (n := len(re.findall(re.escape(phrase.text), t, re.I)))]
        assert sorted(occurrences.filter(phrase=number)["n"]) == sorted(expected)
        assert phrase.by_label == {"oak": Uses(sum(expected), sum(expected), len(expected))}


@pytest.mark.parametrize("waiting", [1, 1 << 17])
def test_find_phrases__does_not_depend_on_chunks_or_workers(waiting: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phrases_module, "WAITING", waiting)
    seeds = ["hammering ribs", "voice barely whisper", "nothing like it"]
    assert found(seeds) == found(seeds, size=1, workers=3) == found(seeds, size=6)
    assert phrases(seeds, 1).occurrences.equals(phrases(seeds, 6).occurrences)


@pytest.mark.parametrize(
    ("language", "around", "seed", "phrase"),
    [
        ("en", "{} sat. The light danced and {} fell.", "light danced", "light danced"),
        ("de", "{} saß. Das Licht tanzte und {} fiel.", "licht tanzte", "Licht tanzte"),
        ("fr", "{} dort. La lumière dansait et {} tombe.", "lumière dansait", "lumière dansait"),
        ("es", "{} duerme. La luz bailaba y {} cae.", "luz bailaba", "luz bailaba"),
        ("ru", "{} спит. И свет плясал, но {} упал.", "свет плясал", "свет плясал"),
        ("zh", "{}。嘴角微微上扬的{}。", "嘴角 微微", "嘴角微微上扬"),
        ("ja", "{}。静かな海の{}。", "静か な 海", "静かな海"),
        ("sv", "{} sov. Och ljuset dansade men {} föll.", "ljuset dansade", "Och ljuset dansade men"),
    ],
)
def test_find_phrases__leave_no_article_or_conjunction_of_the_language_at_the_ends(
    language: str, around: str, seed: str, phrase: str
) -> None:
    others = zip("oak elm ash yew fir".split(), "ivy fig box bay may".split(), strict=True)
    texts = [around.format(before, after) for before, after in others]
    spec = declared(SPEC, language)
    grown = find_phrases([seed], TextPasses(lambda step: chunks(texts, 2), replace(spec, stopwords=()), 1)).phrases
    assert [one.text for one in grown] == [phrase]


def test_dangling_words__are_known_of_the_languages_that_have_rules() -> None:
    assert [*DANGLING] == [*NAMES]


def test_find_phrases__of_nothing_usable() -> None:
    assert phrases(["the", "..."]).phrases == []
    assert found(["nothing like it"]) == {}


def test_with_phrases__quotes_each_phrase_of_a_model_under_the_name_that_its_list_has(tmp_path: Path) -> None:
    chunk = next(chunks(TEXTS, len(TEXTS)))
    write_profile(count_documents(chunk, SPEC), tmp_path / "oak.parquet")
    row = {"score": 2.0, "rate_per_million": 9.0, "baseline_per_million": 1.0, "n": 6, "n_prompts": 6, "n_labels": 1}
    row |= {"echo": None, "is_name": None, "topicality": None, "is_topic": None}
    seeds = {"bigrams": "hammering ribs", "trigrams": "voice barely whisper"}
    tables = {name: ranked(pl.DataFrame([{"phrase": seed} | row])) for name, seed in seeds.items()}
    tables["words"] = tables["bigrams"].clear()
    for size in (1, len(TEXTS)):
        examples = Examples(SPEC)
        (one,) = with_phrases(
            [SlopList("oak", tables)],
            open_profiles(tmp_path).members,
            passes(TEXTS, size),
            examples=examples,
        )
        listed = one.tables["phrases"]["phrase"].to_list()
        assert set(listed) == {"Her heart hammering against her ribs", "Voice barely above a whisper"}
        quoted = examples.of_label("oak")
        assert {("phrase", text) for text in listed} <= quoted.keys()
        for text in listed:
            passage = quoted["phrase", text]
            assert passage.feature.lower() == text.lower()
            assert any("".join(passage) == own for own in TEXTS)


def test_phrases_of__each_filling_that_is_common_enough() -> None:
    a, above, barely, whisper = range(4)
    places = [Place((), inside, ()) for inside in [(barely, above, a, whisper)] * 6 + [(barely, a, whisper)] * 4]
    places.append(Place((), (barely, whisper), ()))
    assert phrases_of(places, 2, {a}) == [(barely, a, whisper), (barely, above, a, whisper)]
    assert phrases_of(places[:2], 2, {a}) == []


def test_grow__stops_where_places_part_and_leaves_no_article_at_the_end() -> None:
    her, the, voice, was = range(4)
    places = [Place((her, 10 + i), (voice,), (was, the, 20 + i)) for i in range(4)]
    assert grow((voice,), places, {the}) == (her, voice, was)


@pytest.mark.parametrize("waiting", [1, 1 << 17])
def test_find_places__are_those_of_the_smallest_hashes_with_the_words_about_them(
    waiting: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places_module, "WAITING", waiting)
    texts = [f"We ran {'on ' * (i % 9)}hearts hammering the ribs {'so ' * i}that. They ran" for i in range(KEPT + 9)]
    matcher = matcher_of(["hammering ribs", "never there"], content_only=True)
    found = []
    for size, workers in ((5, 1), (100, 1), (7, 3)):
        by_ngram, words = find_places(2, matcher, passes(texts, size, workers))
        found.append(([*by_ngram], words))
    assert found[0] == found[1] == found[2]
    (places, none), words = found[0]
    assert (len(places), none) == (KEPT, [])
    for place in places:
        before, inside, after = ([words[word] for word in side] for side in place)
        n = after.count("so")
        assert inside == ["hammering", "the", "ribs"]
        assert after == [*["so"] * n, "that"][:6]
        text = " ".join(["we", "ran", *["on"] * before.count("on"), "hearts"])
        assert before == text.split()[:-7:-1]


def test_find_places__leave_out_what_holds_more_stopwords_than_a_phrase_can() -> None:
    texts = [f"Hammering {'the ' * n}ribs." for n in (2, 62, 63, 5000)]
    matcher = matcher_of(["hammering ribs"], content_only=True)
    (places,), _ = find_places(1, matcher, passes(texts, 4))
    assert sorted(len(place.inside) for place in places) == [4, 64]


def test_smallest__are_kept_whatever_their_order() -> None:
    one, other = Smallest(3), Smallest(3)
    for key in (5, 1, 9, 1, 3, 7):
        one.offer(key, str(key))
    for key in (9, 7, 5, 3, 3, 1):
        other.offer(key, str(key))
    assert one.values == other.values == ["1", "3", "5"]


def test_uses__cut_the_largest_prompt_down() -> None:
    for n_by_prompt, expected in (((9, 3, 2), Uses(14, 8, 3)), ((3, 3, 3), Uses(9, 9, 3))):
        texts = [" ".join(f"hearts hammering ribs {chr(97 + i)}." for i in range(n)) for n in n_by_prompt]
        (phrase,), _ = find_phrases(["hammering ribs"], passes(texts, 2))
        assert phrase.by_label == {"oak": expected}


def test_without_contained__keeps_a_phrase_that_stands_by_itself_often_enough() -> None:
    frame = pl.DataFrame({"phrase": ["a whisper", "barely a whisper", "barely a", "whispers"], "n": [100, 50, 55, 9]})
    assert without_contained(frame)["phrase"].to_list() == ["a whisper", "barely a whisper", "whispers"]
    frame = pl.DataFrame({"phrase": ["以下是", "以下是一个", "使用 pip", "使用 pipes"], "n": [100, 90, 9, 9]})
    assert without_contained(frame)["phrase"].to_list() == ["以下是一个", "使用 pip", "使用 pipes"]


@pytest.fixture(scope="module")
def real(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lists of real models, of which one loops in two of its generations (ids 108 and 143)."""
    place = tmp_path_factory.mktemp("phrases")
    done("count", corpora / "slop-score", "-o", place / "profiles")
    done("lists", place / "profiles", "-o", place / "lists", "--texts", corpora / "slop-score")
    return place / "lists"


LOOPING = {"108", "143"}


def test_lists__hold_nothing_of_two_looping_generations(real: Path, corpora: Path) -> None:
    name = "Mistral-Small-3.2-24B-Instruct-2506"
    listed = pl.read_csv(real / "models" / name / "list.csv")
    with gzip.open(corpora / "slop-score" / f"{name}.jsonl.gz", "rt") as file:
        records = [json.loads(line) for line in file]
    others = [record["output"] for record in records if record["id"] not in LOOPING]
    assert len(records) - len(others) == 2
    for content_only in (False, True):
        phrases = listed.filter(pl.col("kind").is_in(["bigrams", "trigrams"]) == content_only)["phrase"].to_list()
        matcher = matcher_of(phrases, content_only=content_only)
        matches = matcher.find(matcher.words_of(stream_of(*to_bytes(pl.Series(others)), SPEC)), longest=False)
        in_others = np.unique(np.stack((matches.phrases, matches.docs)), axis=1)[0]
        rare = {phrases[i] for i in np.flatnonzero(np.bincount(in_others, minlength=len(phrases)) < 2)}
        assert rare == set()


def test_lists__hold_the_known_phrases(real: Path) -> None:
    listed = [line.lower() for line in (real / "pooled" / "list.txt").read_text().splitlines()]
    assert "elara" in listed
    assert any("voice barely above a whisper" in phrase for phrase in listed)
