"""All shards of some inputs, merged in any order, are the profiles of the whole, byte for byte; what would be counted
twice is refused, and what is missing is told."""

from __future__ import annotations

import gzip
import itertools
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import fastslop as fs
from fastslop.base.errors import IncompatibleProfilesError, UsageError
from fastslop.profiles.files import read_footer
from tests.corpora_of import done, fastslop

N = 8
REFUSAL = "I’m sorry, but I can’t help with that."


def varied(i: int) -> str:
    words = random.Random(i).choices("sea hill Rain wind the of and lamp river stone".split(), k=30)
    return " ".join(words) + "."


def records(n: int = 60) -> list[dict[str, Any]]:
    """Texts of three models: one that is rare, and one that refuses now and then; some are copies of others."""
    rows = []
    for i in range(n):
        model = "rare" if i in (3, 40) else ("oak", "elm")[i % 2]
        text = REFUSAL if i % 7 == 0 else varied(i % 50)
        rows.append({"model": model, "prompt": f"p{i // 2 % 20}", "output": text})
    return rows


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Inputs of several formats, some with fewer records than there are shards, and the profiles of the whole and of
    each shard."""
    home = tmp_path_factory.mktemp("shards")
    texts = home / "texts"
    texts.mkdir()
    rows = records()
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    (texts / "a.jsonl").write_bytes(lines)
    (texts / "b.jsonl.gz").write_bytes(gzip.compress(lines.replace(b"sea", b"shore")))
    (texts / "c.json").write_text(json.dumps([{**row, "output": row["output"] + " Once."} for row in rows[:3]]))
    for i in range(3):
        (texts / f"d{i}.jsonl").write_text(json.dumps({"model": "oak", "prompt": f"q{i}", "output": varied(100 + i)}))
    done("count", texts, "-o", home / "whole")
    for i in range(N):
        done("count", texts, "-o", home / f"shard-{i}", "--shard", f"{i}/{N}")
    return home


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.parquet")}


def merged(corpus: Path, out: Path, folders: Sequence[Path | str], *options: object) -> Path:
    done("merge", *(corpus / folder for folder in folders), "-o", out, *options)
    return out


SHARDS = [f"shard-{i}" for i in range(N)]


@pytest.mark.parametrize("seed", range(3))
def test_shards__merged_in_any_order_are_the_whole(corpus: Path, tmp_path: Path, seed: int) -> None:
    whole = contents(corpus / "whole")
    assert set(whole) == {"oak.parquet", "elm.parquet", "rare.parquet"}
    order = random.Random(seed).sample(SHARDS, N)
    answer = done("merge", *(corpus / folder for folder in order), "-o", tmp_path / "all")
    assert contents(tmp_path / "all") == whole
    assert "incomplete" not in answer.log


def test_shards__merged_by_pairs_are_the_whole(corpus: Path, tmp_path: Path) -> None:
    level: list[Path | str] = random.Random(5).sample(SHARDS, N)
    for height in itertools.count():
        pairs = zip(level[::2], level[1::2], strict=True)
        level = [merged(corpus, tmp_path / f"{height}-{i}", pair) for i, pair in enumerate(pairs)]
        if len(level) == 1:
            break
    assert contents(Path(level[0])) == contents(corpus / "whole")


def test_shards__pooled_under_one_name_are_the_whole_so_pooled(corpus: Path, tmp_path: Path) -> None:
    one = merged(corpus, tmp_path / "one.parquet", SHARDS, "--label", "all")
    other = merged(corpus, tmp_path / "other.parquet", ["whole"], "--label", "all")
    assert one.read_bytes() == other.read_bytes()


def test_shards__pruned_when_they_are_merged_are_the_whole_so_pruned(corpus: Path, tmp_path: Path) -> None:
    merged(corpus, tmp_path / "sum", SHARDS, "--min-prompts", 3)
    done("count", corpus / "texts", "-o", tmp_path / "whole", "--min-prompts", 3)
    for name, content in contents(tmp_path / "whole").items():
        other = fs.open_profiles(tmp_path / "sum" / name)
        assert other[0].frame("word", 2).equals(fs.open_profiles(tmp_path / "whole" / name)[0].frame("word", 2))
        assert content == (tmp_path / "sum" / name).read_bytes()


def test_shard__cannot_be_pruned(corpus: Path, tmp_path: Path) -> None:
    answer = fastslop("count", corpus / "texts", "-o", tmp_path, "--shard", "0/2", "--min-prompts", 3)
    assert answer.code == 2 and "count shards without --min-prompts, and give it to merge" in answer.log
    with pytest.raises(UsageError, match="without --min-prompts"):
        fs.count(records(), shard=(0, 2), min_prompts=2)


def test_shards__in_memory_are_the_whole() -> None:
    whole = fs.count(records())
    shards = [fs.count(records(), shard=(i, 5)) for i in range(5)]
    merged = fs.merge(*reversed(shards))
    assert merged.labels == whole.labels
    for label in whole.labels:
        one, other = merged[label], whole[label]
        assert (one.sources, one.shards, one.prompts.n_docs.tolist()) == (
            other.sources,
            {},
            other.prompts.n_docs.tolist(),
        )
        assert one.frame("word", 3).equals(other.frame("word", 3))


def test_shards__of_texts_in_a_folder_are_the_whole(tmp_path: Path) -> None:
    for i in range(20):
        (tmp_path / "ann").mkdir(exist_ok=True)
        (tmp_path / "ann" / f"{i}.txt").write_text(varied(i))
    (tmp_path / "one.txt").write_text(varied(99))
    inputs = (tmp_path / "ann", tmp_path / "one.txt")
    done("count", *inputs, "-o", tmp_path / "whole")
    for i in range(3):
        done("count", *inputs, "-o", tmp_path / f"shard-{i}", "--shard", f"{i}/3")
    merged(tmp_path, tmp_path / "sum", [f"shard-{i}" for i in range(3)])
    assert contents(tmp_path / "sum") == contents(tmp_path / "whole")


# What is missing


def test_missing_shards__are_told(corpus: Path, tmp_path: Path) -> None:
    some = [folder for folder in SHARDS if folder not in ("shard-2", "shard-5", "shard-6")]
    answer = done("merge", *(corpus / folder for folder in some), "-o", tmp_path / "sum", "--json")
    assert "incomplete: shards 2, 5-6 of 8 are not among the profiles of 3 models (elm, oak, rare)" in answer.log
    assert {tuple(one["missing"]) for one in answer.json["profiles"]} == {("2, 5-6 of 8",)}
    looked = done("inspect", tmp_path / "sum" / "rare.parquet", "--json").json
    assert looked["shards"] == [{"of": 8, "parts": "0-1, 3-4, 7", "missing": "2, 5-6"}]
    assert "shards: 0-1, 3-4, 7 of 8, missing 2, 5-6" in done("inspect", tmp_path / "sum" / "rare.parquet").out
    rest = merged(corpus, tmp_path / "rest", ["shard-2", "shard-5", "shard-6"])
    merged(corpus, tmp_path / "all", [tmp_path / "sum", rest])
    assert contents(tmp_path / "all") == contents(corpus / "whole")


def test_shard__of_which_a_profile_is_gone_is_missing(corpus: Path, tmp_path: Path) -> None:
    """A count that was killed leaves the profiles of some models; the others are not taken for models without texts."""
    some = [path for folder in SHARDS for path in sorted((corpus / folder).glob("*.parquet"))]
    gone = corpus / "shard-6" / "elm.parquet"
    answer = done("merge", *(path for path in some if path != gone), "-o", tmp_path / "sum")
    assert "shards 6 of 8 are not among the profiles of 2 models (elm, rare)" in answer.log
    assert (tmp_path / "sum" / "oak.parquet").read_bytes() == (corpus / "whole" / "oak.parquet").read_bytes()


# What would be counted twice


@pytest.fixture(scope="module")
def of_four(corpus: Path) -> Path:
    """A shard of another division of the same inputs."""
    done("count", corpus / "texts", "-o", corpus / "of-four", "--shard", "0/4")
    return corpus / "of-four"


@pytest.mark.parametrize("order", [1, -1])
def test_shard__beside_its_whole_is_refused(corpus: Path, tmp_path: Path, order: int) -> None:
    paths = [corpus / folder / "oak.parquet" for folder in ("whole", "shard-3")]
    answer = fastslop("merge", *paths[::order], "-o", tmp_path / "sum.parquet")
    assert answer.code == 3 and not (tmp_path / "sum.parquet").exists()
    assert f"{paths[0]} counts all of a source of which {paths[1]} counts shard 3 of 8" in answer.log
    assert "would count it twice: leave one out" in answer.log


def test_shard__beside_its_whole_packed_otherwise_is_refused(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "other.jsonl").write_bytes(gzip.decompress((corpus / "texts" / "b.jsonl.gz").read_bytes()))
    whole = fs.count(str(tmp_path / "other.jsonl"))
    with pytest.raises(IncompatibleProfilesError, match="counts all of a source"):
        fs.merge(whole, corpus / "shard-0")


def test_shard__twice_is_refused(corpus: Path, tmp_path: Path) -> None:
    pair = merged(corpus, tmp_path / "pair", ["shard-3", "shard-1"])
    answer = fastslop("merge", pair, corpus / "shard-3", "-o", tmp_path / "sum")
    assert answer.code == 3
    one, other = pair / "elm.parquet", corpus / "shard-3" / "elm.parquet"
    assert f"shard 3/8 of the same source of 'elm' is counted in {one} and {other}" in answer.log


def test_shard__beside_one_of_another_division_is_refused(corpus: Path, of_four: Path, tmp_path: Path) -> None:
    answer = fastslop("merge", corpus / "shard-0", of_four, "-o", tmp_path / "sum")
    assert answer.code == 3
    assert "hold parts of one source by two divisions (of 8 and of 4 shards, or of other inputs)" in answer.log
    assert "the same inputs in the same order and the same N of --shard I/N" in answer.log
    done("count", corpus / "texts" / "a.jsonl", "-o", tmp_path / "only-a", "--shard", f"0/{N}")
    answer = fastslop("merge", corpus / "shard-0", tmp_path / "only-a", "-o", tmp_path / "sum")
    assert answer.code == 3 and "by two divisions (of 8 and of 8 shards, or of other inputs)" in answer.log


def test_shards__between_which_a_file_has_grown_are_not_one_division(tmp_path: Path) -> None:
    rows = records()
    path = tmp_path / "a.jsonl"
    for i in range(2):
        path.write_text("".join(json.dumps(row) + "\n" for row in rows[: 50 + 10 * i]))
        done("count", path, "-o", tmp_path / f"{i}", "--shard", f"{i}/2")
    answer = fastslop("merge", tmp_path / "0", tmp_path / "1", "-o", tmp_path / "sum")
    assert answer.code == 3 and "by two divisions" in answer.log


def test_shards__of_two_sources_are_added_up(corpus: Path, tmp_path: Path) -> None:
    other = fs.count([{**row, "output": row["output"] + " Anew."} for row in records()], shard=(0, 3))
    merged = fs.merge(corpus / "whole", other)
    assert [len(one.missing) for one in merged.written] == [1, 1, 1]


def test_shards__that_hold_a_copy_of_one_source_are_refused(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in records()))
    for i in range(2):
        done("count", tmp_path / "a.jsonl", tmp_path / "b.jsonl", "-o", tmp_path / f"{i}", "--shard", f"{i}/2")
    answer = fastslop("merge", tmp_path / "0", tmp_path / "1", "-o", tmp_path / "sum")
    assert answer.code == 3 and "hold the same source twice" in answer.log


def test_resumed_shard__is_known_by_its_part(corpus: Path, tmp_path: Path) -> None:
    for i in (2, 2):
        done("count", corpus / "texts", "-o", tmp_path / "out", "--shard", f"{i}/{N}", "--resume")
    assert contents(tmp_path / "out") == contents(corpus / "shard-2")
    answer = fastslop("count", corpus / "texts", "-o", tmp_path / "out", "--shard", f"3/{N}", "--resume")
    assert answer.code == 2 and "is of other texts" in answer.log


# Panels


def test_merge__keeps_panels_apart_unless_told(tmp_path: Path) -> None:
    rows = [{"model": "m", "prompt": f"p{i}", "output": varied(i)} for i in range(8)]
    for panel, own in (("one", rows[:4]), ("two", rows[4:])):
        for i in range(2):
            path = tmp_path / f"{panel}.jsonl"
            path.write_text("".join(json.dumps(row) + "\n" for row in own))
            done("count", path, "-o", tmp_path / f"{panel}-{i}", "--panel", panel, "--shard", f"{i}/2")
    folders = [tmp_path / f"{panel}-{i}" for panel in ("one", "two") for i in range(2)]
    done("merge", *folders, "-o", tmp_path / "apart")
    assert sorted(contents(tmp_path / "apart")) == ["m@one.parquet", "m@two.parquet"]
    assert fs.open_profiles(tmp_path / "apart").labels == ("m@one", "m@two")
    done("merge", *folders, "-o", tmp_path / "pooled", "--panel", "both")
    assert sorted(contents(tmp_path / "pooled")) == ["m@both.parquet"]
    footer = read_footer(tmp_path / "pooled" / "m@both.parquet")
    assert (footer.panel, footer.values["n_docs"], footer.shards) == ("both", 8, {})
    refused = fastslop("merge", *folders, "-o", tmp_path / "m.parquet")
    assert refused.code == 2 and "2 sums (m@one and m@two) need a folder" in refused.log and "--panel" in refused.log


def test_shard__that_is_left_without_texts_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"model": "a", "output": "The sea."}\n')
    answer = fastslop("count", tmp_path / "a.jsonl", "-o", tmp_path / "out", "--shard", "1/2")
    assert answer.code == 1 and "of shard 1/2; divide so few texts into fewer shards" in answer.log
