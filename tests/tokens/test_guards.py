"""Generations that loop, refuse, break off or were there before are found by stated rules, and change nothing else."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fastslop._kernels.machine.pieces import text_keys
from fastslop._kernels.tokens.guards import find_loops, repeated_tokens
from fastslop.base.spec import PRESETS, CountSpec
from fastslop.counting.buffers import Resources
from fastslop.counting.one_label import count_documents, count_tokenised
from fastslop.counting.token_chunks import tokenise_documents
from fastslop.profiles.files import read_profile, write_profile
from fastslop.profiles.merge import sum_of
from fastslop.profiles.packed import pack, unpack
from fastslop.profiles.profile import Profile
from fastslop.tokens import guards
from fastslop.tokens.guards import LEAST_REPEATED, RUN, Guarded, Verdicts, find_refusals, judge
from fastslop.tokens.tokeniser import SingleText, Tokeniser, token_stream
from tests.corpora_of import FAMILIES, PLAIN, done, fastslop, records, write_jsonl, write_models
from tests.profile_checks import as_strings as strings_of
from tests.profile_checks import naive_count, same
from tests.strategies import chunk

SPEC = PRESETS["default"]
COUNT_ONLY = replace(SPEC, guards="count-only/1")
LOOP = "The weight of unspoken words hung in the air. " * 300
NUMBERS = "It began to count. " + "999 " * 3000
REFUSAL = "I’m sorry, but I can’t help with that."


def judged(*texts: str, spec: CountSpec = SPEC) -> Verdicts:
    encoded = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    documents = SingleText(np.frombuffer(b"".join(encoded), np.uint8), ends)
    stream = token_stream(documents, spec)
    return judge(documents.text, documents.doc_offsets, stream.tokens, stream.doc_ends)


def varied(n_words: int, seed: int = 0) -> str:
    """Words that do not repeat one another in runs of ten."""
    rng = np.random.default_rng(seed)
    return " ".join(PLAIN[i] for i in rng.integers(len(PLAIN), size=n_words)) + "."


# Loops


def n_repeated(tokens: list[int], run: int) -> int:
    """How many tokens stand in a run that stood before, found by looking at every run."""
    seen: set[tuple[int, ...]] = set()
    repeated: set[int] = set()
    for i in range(len(tokens) - run + 1):
        window = tuple(tokens[i : i + run])
        if window in seen:
            repeated.update(range(i, i + run))
        seen.add(window)
    return len(repeated)


def loops(tokens: list[int], run: int, least: int) -> bool:
    n = n_repeated(tokens, run)
    return n >= least and 2 * n > len(tokens)


def found_loops(documents: list[list[int]], run: int, least: int) -> list[bool]:
    tokens = np.array([token for document in documents for token in document], np.uint32)
    out = np.zeros(len(documents), np.bool_)
    find_loops(tokens, np.cumsum([len(d) for d in documents], dtype=np.int64), run, least, out)
    return out.tolist()


@st.composite
def token_streams(draw: st.DrawFn) -> list[int]:
    """Tokens in which passages come back, some of them changed at one place."""
    tokens: list[int] = []
    for _ in range(draw(st.integers(0, 8))):
        if tokens and draw(st.booleans()):
            start = draw(st.integers(0, len(tokens) - 1))
            piece = tokens[start : start + draw(st.integers(1, 30))]
            if draw(st.booleans()):
                piece[draw(st.integers(0, len(piece) - 1))] = draw(st.integers(0, 40))
        else:
            piece = draw(st.lists(st.integers(0, draw(st.sampled_from([2, 40, 10**9]))), max_size=20))
        tokens += piece * draw(st.sampled_from([1, 1, 1, 5]))
    return tokens


@pytest.mark.kernels
@given(st.lists(token_streams(), max_size=5), st.sampled_from([3, 4, 10]), st.integers(2, 12))
@example([[1, 2, 3] * 40, [5], [], [7, 8] * 3], 3, 5)
def test_find_loops__is_the_slow_rule_on_any_tokens(documents, run, least) -> None:
    assert found_loops(documents, run, least) == [loops(tokens, run, least) for tokens in documents]


@pytest.mark.kernels
@given(token_streams(), st.integers(3, 6))
def test_repeated_tokens__are_those_of_the_slow_rule(tokens, run) -> None:
    padded = np.array([9, 9, *tokens], np.uint32)
    assert repeated_tokens(padded, 2, len(padded), run) == n_repeated(tokens, run)


@pytest.mark.kernels
@given(st.lists(token_streams(), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_find_loops__does_not_depend_on_the_ids_of_tokens(documents, random) -> None:
    ids = sorted({token for document in documents for token in document})
    others = dict(zip(ids, random.sample(range(1, 2**32), len(ids)), strict=True))
    renamed = [[others[token] for token in document] for document in documents]
    assert found_loops(documents, 3, 5) == found_loops(renamed, 3, 5)


@pytest.mark.kernels
@pytest.mark.parametrize("text", [LOOP, NUMBERS, varied(300) + LOOP, "ha " * 400, varied(150) * 3, "日本語の" * 200])
def test_looping__is_a_text_that_mostly_says_again_what_it_said(text: str) -> None:
    assert judged(text).looping.tolist() == [True]


@pytest.mark.kernels
@pytest.mark.parametrize(
    "text",
    [
        varied(3000),
        varied(300) * 2,  # said twice: one half of it, not more
        varied(600) + " " + "Not now, not ever, said the wheel of water. " * 20,
        "ha " * 100,  # too short to be judged
        "Row, row, row your boat, gently down the stream. " * 4,
        "",
    ],
)
def test_looping__is_no_text_that_has_a_refrain(text: str) -> None:
    assert judged(text).looping.tolist() == [False]


def test_looping__begins_behind_one_half_of_the_text() -> None:
    half = varied(400).removesuffix(".")
    assert judged(f"{half} {half}", f"{half} {half} {half.split()[0]}").looping.tolist() == [False, True]


@pytest.mark.kernels
def test_looping__needs_as_many_repeats_as_the_rule_says() -> None:
    # Of n equal tokens, all but the first repeat.
    assert judged("ha " * LEAST_REPEATED, "ha " * (LEAST_REPEATED + 1)).looping.tolist() == [False, True]
    assert n_repeated([1] * (LEAST_REPEATED + 1), RUN) == LEAST_REPEATED


# Refusals


@pytest.mark.parametrize(
    "text",
    [
        REFUSAL,
        "I'm sorry, but I can't help with that.",
        "I'M SORRY, BUT I CANNOT WRITE THIS STORY",
        "Sorry — I can’t write in his exact voice.",
        "I apologize, but I am not able to fulfill this request.",
        "I cannot assist with this request.",
        "Unfortunately, I'm unable to create that kind of content.",
        "As an AI language model, I do not have feelings.",
        "  \n**I can't help you with** this one.",
    ],
)
def test_refused__is_a_short_text_that_opens_like_a_refusal(text: str) -> None:
    assert judged(text).refused.tolist() == [True]
    assert judged(text, spec=PRESETS["slop-forensics"]).refused.tolist() == [True]


@pytest.mark.parametrize(
    "text",
    [
        "Sorry, boss. I’m calling in sick.",
        "I can't help it. I want everybody to love me.",
        "I can't sleep.",
        "I am sorry to cut off your view, Mr. Melas.",
        "\"I'm sorry, but I can't help with that,\" said the clerk.",
        "I am an AI. They switched me on in the spring.",
        "She said: I'm sorry, but I can't help with that.",
        f"{REFUSAL} But here is a story. {varied(300)}",
        "",
    ],
)
def test_refused__is_no_story_that_opens_with_an_apology(text: str) -> None:
    assert judged(text).refused.tolist() == [False]


BEGINNINGS = st.sampled_from(
    ["I", "i", "S", "so", "My", "un", "As", "a", "*", "_", " ", "\f", "I'", "I’", "I1", "Ice", "É", "我", ""]
)


@given(
    BEGINNINGS, st.binary(max_size=3), st.sampled_from(["I'm sorry, I can't help with that.", " cannot help with", ""])
)
def test_refused__is_what_the_pattern_says_whatever_a_text_begins_with(begin: str, then: bytes, rest: str) -> None:
    text = begin.encode() + then + rest.encode()
    pattern = re.compile(
        rf"[\s*_]*{guards.REFUSAL}".replace("'", "(?:'|’|ʼ)").replace(" ", "[^a-z0-9]{1,6}").encode(), re.IGNORECASE
    )
    ends = np.array([0, len(text)])
    assert find_refusals(np.frombuffer(text, np.uint8), ends[:1], ends[1:])[0] == (pattern.match(text) is not None)


# Ends


@pytest.mark.kernels
@pytest.mark.parametrize(
    "text", ["She walked to the", "We live,", "and then:", "mid-sent", "été", "彼は", "end \n\n  "]
)
def test_truncated__is_a_text_that_ends_within_a_sentence(text: str) -> None:
    assert judged(text).truncated.tolist() == [True]


@pytest.mark.kernels
@pytest.mark.parametrize(
    "text",
    [
        "The end.",
        "“Go!”",
        "Why?\n",
        "**The End**",
        "終わり。",
        "Word count: 1,000",
        "I am—",
        "wow 🙂",
        "จบแล้ว",
        "***",
        "",
        " ",
    ],
)
def test_truncated__is_no_text_that_ends_with_a_sentence_or_a_mark(text: str) -> None:
    assert judged(text).truncated.tolist() == [False]


# Duplicates


def slow_key(text: bytes) -> int:
    """The hash of docs/reference/profile.md in plain numbers."""
    pieces = [text[i : i + 8] for i in range(0, len(text) // 8 * 8 + 1, 8)]
    key = len(text)
    for piece in pieces:
        turned = (key << 23 | key >> 41) % 2**64
        key = (turned ^ int.from_bytes(piece, "little")) * 0x9E3779B97F4A7C15 % 2**64
    return key


@pytest.mark.kernels
@given(st.lists(st.binary(max_size=40), min_size=1))
def test_text_keys__are_the_hashes_of_the_documentation(texts) -> None:
    offsets = np.cumsum([0, *map(len, texts)], dtype=np.int64)
    out = np.empty(len(texts), np.uint64)
    text_keys(np.frombuffer(b"".join(texts) + b"more", np.uint8), offsets[:-1], offsets[1:], out)
    assert out.tolist() == [slow_key(text) for text in texts]


def test_duplicates__are_texts_of_another_generation_of_the_label() -> None:
    once, twice = count_documents(chunk([("p1", "a b"), ("p2", "c d")]), SPEC), chunk([("p3", "a b"), ("p4", "a B")])
    assert once.n_duplicate == 0
    assert sum_of(once, count_documents(twice, SPEC)).n_duplicate == 1


# Profiles

TEXTS = [LOOP, REFUSAL, NUMBERS, varied(400), varied(400), "She walked to the", "A cat sat.", "A cat sat.", ""]
documents = st.lists(st.tuples(st.sampled_from(["p1", "p2", "p3", "p4"]), st.sampled_from(TEXTS)), max_size=10)


@given(documents, st.integers(0, 10), st.sampled_from([SPEC, COUNT_ONLY, PRESETS["slop-forensics"]]))
def test_guards__do_not_depend_on_chunks_or_the_order_of_merging(pairs, cut, spec) -> None:
    whole = count_documents(chunk(pairs), spec)
    parts = [count_documents(chunk(own), spec) for own in (pairs[:cut], pairs[cut:])]
    assert same(sum_of(*parts), whole)
    assert pack(sum_of(*reversed(parts))).parts == pack(whole).parts
    texts = [text for _, text in pairs]
    kept = [text for text in texts if text not in (LOOP, NUMBERS, REFUSAL)] if spec.sets_aside else texts
    assert whole.guarded == Guarded(
        sum(text in (LOOP, NUMBERS) for text in texts) if spec.tokeniser != "letters/1" else texts.count(LOOP),
        texts.count(REFUSAL),
        sum(text == "She walked to the" for text in kept),
    )
    assert whole.n_docs == len(kept)
    assert whole.n_duplicate == len(kept) - len(set(kept))


@given(documents)
def test_profile__is_that_of_the_texts_that_were_not_set_aside(pairs) -> None:
    kept = [(prompt, text) for prompt, text in pairs if text not in (LOOP, NUMBERS, REFUSAL)]
    whole, of_kept = count_documents(chunk(pairs), SPEC), count_documents(chunk(kept), SPEC)
    assert same(replace(whole, guarded=of_kept.guarded), of_kept)
    assert strings_of(whole) == naive_count(kept, SPEC)


@given(documents)
def test_count_only__counts_every_text_and_says_how_many_are_suspect(pairs) -> None:
    whole = count_documents(chunk(pairs), COUNT_ONLY)
    assert strings_of(whole) == naive_count(pairs, COUNT_ONLY)
    assert whole.guarded.refused == sum(text == REFUSAL for _, text in pairs)


def test_slop_forensics__sets_nothing_aside() -> None:
    assert not PRESETS["slop-forensics"].sets_aside
    assert all(PRESETS[name].sets_aside for name in ("default", "words"))


def test_guards__survive_the_file(tmp_path: Path) -> None:
    profile = count_documents(chunk([(f"p{i}", text) for i, text in enumerate(TEXTS)]), SPEC)
    write_profile(profile, tmp_path / "a.parquet")
    again = read_profile(tmp_path / "a.parquet")
    assert same(again, profile)
    assert (again.guarded, again.n_duplicate) == (Guarded(2, 1, 1), 2)


def test_sum_of__has_the_empty_profile_as_identity_for_guards_too() -> None:
    profile = count_documents(chunk([("p", LOOP)]), SPEC)
    assert (profile.n_docs, profile.n_prompts, len(profile.vocabulary.keys)) == (0, 0, 0)
    assert same(sum_of(profile, Profile.empty(SPEC, "a")), profile)


# The command line


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("texts", [(LOOP, REFUSAL), (LOOP, "A cat sat.", REFUSAL, varied(40), LOOP)])
def test_count_tokenised__of_chunks_that_are_set_aside_as_a_whole(texts: tuple[str, ...], workers: int) -> None:
    tokeniser = Tokeniser(SPEC)
    chunks = [tokenise_documents(chunk([("p", text)]), tokeniser) for text in texts]
    (packed,) = count_tokenised(chunks, SPEC, Resources(workers))
    kept = [text for text in texts if text not in (LOOP, REFUSAL)]
    assert unpack(packed).n_docs == len(kept)
    assert unpack(packed).n_words == sum(count_documents(chunk([("p", text)]), SPEC).n_words for text in kept)


def runaways(label: str) -> list[dict[str, object]]:
    """Two generations for prompts of their own that loop over phrases in which each word is rare."""
    return [
        {"model": label, "source": "planted", "id": 1000 + i, "output": f"{varied(100, i)} {phrase} " * 200}
        for i, phrase in enumerate(("Petrichor threadbare gossamer!", "Mrs. Whitaker would ever lift."))
    ]


FOUND = ("compare.json", "distances.csv", "neighbours.csv", "tree.nwk", "tree.svg", "keyness.parquet")


def test_two_runaway_generations__change_neither_lists_nor_neighbours(tmp_path: Path) -> None:
    for name, extra in (("plain", []), ("looping", runaways("elm-2"))):
        write_models(tmp_path / name)
        rows = [*records(FAMILIES[-1]), *extra]
        write_jsonl(tmp_path / name / "elm-2.jsonl", rows)
        answer = done("run", tmp_path / name, "-o", tmp_path / f"{name}-out")
    assert "set aside 2: looping (elm-2 2)" in answer.log
    assert same_files(tmp_path / "plain-out", tmp_path / "looping-out")


def same_files(a: Path, b: Path) -> bool:
    """Whether two runs have the same findings and lists, byte by byte."""
    lists = sorted(path.relative_to(a) for path in (a / "lists").rglob("*") if path.is_file())
    assert lists and lists == sorted(path.relative_to(b) for path in (b / "lists").rglob("*") if path.is_file())
    return all((a / name).read_bytes() == (b / name).read_bytes() for name in (*FOUND, *lists))


def test_run__says_everywhere_what_was_guarded_against(tmp_path: Path) -> None:
    write_models(tmp_path / "texts")
    extra = [*runaways("elm-2"), *({"model": "elm-2", "source": "x", "id": i, "output": REFUSAL} for i in range(3))]
    last = records(FAMILIES[-1])
    last[0]["output"] = f"{last[0]['output']} And then she"
    last.append({**last[1], "id": "again"})
    write_jsonl(tmp_path / "texts" / "elm-2.jsonl", [*last, *extra])
    out = tmp_path / "out"
    value = done("run", tmp_path / "texts", "-o", out, "--json").json
    expected = {"looping": 2, "refused": 3, "truncated": 1, "duplicate": 1}
    assert value["guarded"] == expected
    assert {p["label"]: p["guarded"] for p in value["profiles"]}["elm-2"] == expected
    manifest = json.loads((out / "run.json").read_text())
    assert (manifest["guards"], manifest["guarded"]["elm-2"]) == ("set-aside/1", expected)
    assert set(manifest["guarded"]["oak-1"].values()) == {0}
    profile = out / "profiles" / "elm-2.parquet"
    assert done("inspect", profile, "--json").json["guarded"] == expected
    assert "looping 2, refused 3, truncated 1" in done("inspect", profile).out
    done("report", out / "profiles", "-o", tmp_path / "report.html")
    for page in (out / "report.html", tmp_path / "report.html"):
        read, _ = json.JSONDecoder().raw_decode(page.read_text().partition('"read":')[2])
        assert (read["guards"], read["guarded"]["elm-2"]) == ("set-aside/1", expected)


def test_count__refuses_a_model_of_which_nothing_is_left(tmp_path: Path) -> None:
    rows = [{"model": "m", "id": i, "output": REFUSAL} for i in range(3)]
    texts = write_jsonl(tmp_path / "m.jsonl", rows)
    answer = fastslop("count", texts, "-o", tmp_path / "out")
    assert answer.code == 1 and not (tmp_path / "out").exists()
    assert "all 3 generations of 'm' loop or refuse" in answer.log and "count-only/1" in answer.log
    (tmp_path / "spec.json").write_text('{"guards": "count-only/1"}')
    counted = done("count", texts, "-o", tmp_path / "out", "--spec", tmp_path / "spec.json", "--json").json
    assert counted["profiles"][0]["n_docs"] == 3 and counted["guarded"]["refused"] == 3


def test_count__of_a_shard_may_set_all_aside(tmp_path: Path) -> None:
    rows = [{"model": "m", "id": i, "output": REFUSAL if i % 2 else varied(40, i)} for i in range(6)]
    texts = write_jsonl(tmp_path / "m.jsonl", rows)
    for i in range(2):
        done("count", texts, "-o", tmp_path / f"{i}", "--shard", f"{i}/2")
    done("merge", tmp_path / "0", tmp_path / "1", "-o", tmp_path / "sum.parquet")
    done("count", texts, "-o", tmp_path / "whole.parquet")
    sums = [read_profile(tmp_path / f"{name}.parquet") for name in ("sum", "whole")]
    assert same(*(replace(profile, sources=frozenset()) for profile in sums))
    assert sums[0].guarded.refused == 3


def test_profiles_of_other_rules__are_not_merged(tmp_path: Path) -> None:
    texts = write_models(tmp_path / "texts", FAMILIES[:1])[0]
    (tmp_path / "spec.json").write_text('{"guards": "count-only/1"}')
    done("count", texts, "-o", tmp_path / "a")
    done("count", texts, "-o", tmp_path / "b", "--spec", tmp_path / "spec.json")
    answer = fastslop("merge", tmp_path / "a", tmp_path / "b", "-o", tmp_path / "c.parquet")
    assert answer.code == 3 and "guards (set-aside/1 and count-only/1)" in answer.log


# Real texts


def records_of(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def test_human_fiction__neither_loops_nor_refuses(corpora: Path) -> None:
    (path,) = (corpora / "human-fiction").glob("*.gz")
    texts = [record["text"] for record in records_of(path)]
    found = judged(*texts)
    assert len(texts) > 7000
    assert not found.looping.any() and not found.refused.any()
    # Nor do its beginnings, which are as short as can be judged.
    assert not judged(*(text[:1500] for text in texts)).looping.any()


def test_real_generations__loop_where_a_reader_sees_it(corpora: Path) -> None:
    found = set()
    for path in sorted((corpora / "slop-score").glob("*.gz")):
        records = records_of(path)
        looping = judged(*(record["output"] for record in records)).looping
        found |= {(path.name.removesuffix(".jsonl.gz"), records[i]["id"]) for i in np.flatnonzero(looping)}
    assert found == {
        ("Mistral-Small-3.2-24B-Instruct-2506", "108"),
        ("Mistral-Small-3.2-24B-Instruct-2506", "143"),
        ("kimi-k2-0905", "142"),
        ("qwen3-4b", "46"),
    }


RUNAWAY_MODEL = "gemma-3-12b-it"
COMPANY = (RUNAWAY_MODEL, "gemma-3-27b-it", "mistral-nemo", "Mistral-Small-3.2-24B-Instruct-2506")


def write_company(folder: Path, corpora: Path, of_runaway_model: list[dict[str, str]]) -> Path:
    """Four real models, one of them with these generations."""
    folder.mkdir()
    for name in COMPANY[1:]:
        (folder / f"{name}.jsonl.gz").symlink_to((corpora / "slop-score" / f"{name}.jsonl.gz").resolve())
    write_jsonl(folder / f"{RUNAWAY_MODEL}.jsonl", of_runaway_model)
    return folder


@pytest.fixture(scope="module")
def companies(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Four real models; of the runaway one all generations, all but two, and loops instead of those or beside them."""
    own = records_of(corpora / "slop-score" / f"{RUNAWAY_MODEL}.jsonl.gz")
    looping = records_of(corpora / "slop-score" / "Mistral-Small-3.2-24B-Instruct-2506.jsonl.gz")
    two = {r["id"]: r["output"] for r in looping if r["id"] in ("108", "143")}
    texts = {
        "whole": own,
        "without": [r for r in own if r["id"] not in two],
        "replaced": [r | {"output": two.get(r["id"], r["output"])} for r in own],
        "added": own + [r | {"output": two[r["id"]]} for r in own if r["id"] in two],
    }
    place = tmp_path_factory.mktemp("companies")
    return {name: write_company(place / name, corpora, rows) for name, rows in texts.items()}


def test_two_real_runaway_generations_of_300__change_nothing_that_a_run_finds_and_no_neighbour(
    companies: dict[str, Path], tmp_path: Path
) -> None:
    for name, n in (("without", 2), ("replaced", 4)):
        assert f"set aside {n}: looping" in done("run", companies[name], "-o", tmp_path / name).log
    assert same_files(tmp_path / "without", tmp_path / "replaced")
    compared = {"replaced": done("compare", tmp_path / "replaced", "--json", "--replicates", 20).json}
    others = [path for path in (tmp_path / "replaced" / "profiles").iterdir() if path.stem != RUNAWAY_MODEL]
    for name in ("whole", "added"):
        done("count", companies[name] / f"{RUNAWAY_MODEL}.jsonl", "-o", tmp_path / name)
        compared[name] = done("compare", *others, tmp_path / name, "--json", "--replicates", 20).json
    assert compared["whole"]["neighbours"] == compared["added"]["neighbours"]
    assert nearest_of(compared["whole"]) == nearest_of(compared["replaced"])


def nearest_of(compared: dict[str, Any]) -> dict[str, str]:
    return {row["label"]: row["neighbour"] for row in compared["neighbours"] if row["rank"] == 1}
