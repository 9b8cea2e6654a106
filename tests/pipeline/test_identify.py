"""Known models are known again, strangers are refused, and what else is asked changes nothing unless it is a panel."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpora_of import FAMILIES, Model, done, fastslop, records, write_jsonl, write_models

MODELS = [*FAMILIES, Model("fir-1", {"lantern": 4, "upon the hill": 3}), Model("fir-2", {"ember": 4, "in the rain": 3})]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("identify")
    done("count", *write_models(folder / "texts", MODELS), "-o", folder / "library")
    return folder / "library"


@pytest.fixture(scope="module")
def texts(library: Path) -> Path:
    """Ten texts of a model under another name; their prompts are new."""
    rows = [{"output": row["output"], "id": f"new {row['id']}"} for row in records(MODELS[0], n_prompts=34)[24:]]
    return write_jsonl(library.parent / "suspect.jsonl", rows)


def test_identify__names_the_model_of_texts_on_other_prompts(library, texts) -> None:
    answer = done("identify", library, texts, "--replicates", 20, "--json").json
    (query,) = answer["queries"]
    assert answer["format"] == 1
    assert query["label"] == "suspect"
    assert query["n_docs"] == 10
    assert [c["rank"] for c in query["candidates"]] == list(range(1, 7))
    assert query["candidates"][0]["label"] == "oak-1"
    assert sum(c["support"] for c in query["candidates"]) == pytest.approx(1)
    assert query["candidates"][0]["support"] > 0.5
    assert query["verdict"] != "none of these"
    assert query["calibration"]["n_together"] == 1
    assert "other prompts than the library" in query["notes"][0]


def test_identify__does_not_name_a_stranger(library, tmp_path) -> None:
    stranger = write_jsonl(tmp_path / "stranger.jsonl", records(Model("stranger", {"zephyr": 9, "quartz and": 8})))
    (query,) = done("identify", library, stranger, "--replicates", 20, "--json").json["queries"]
    assert query["verdict"] in ("none of these", "unresolved")


def test_identify__of_a_query_does_not_depend_on_the_others(library, texts) -> None:
    alone = done("identify", library, texts, "--replicates", 20, "--json").json["queries"]
    both = done("identify", library, texts, library / "elm-1.parquet", "--replicates", 20, "--json").json["queries"]
    assert both[0] == alone[0]
    assert both[1]["candidates"][0]["label"] == "elm-1"


@pytest.fixture(scope="module")
def panel(library: Path) -> Path:
    """All models on forty new prompts."""
    files = []
    (library.parent / "others").mkdir()
    for model in MODELS:
        rows = [{**row, "id": f"new {row['id']}"} for row in records(model, n_prompts=64)[24:]]
        files.append(write_jsonl(library.parent / "others" / f"{model.label}.jsonl", rows))
    done("count", *files, "-o", library.parent / "panel")
    return library.parent / "panel"


def test_identify__names_a_panel_of_queries_together(library, panel) -> None:
    queries = done("identify", panel, library, "--replicates", 20, "--json").json["queries"]
    assert [query["label"] for query in queries] == [model.label for model in sorted(MODELS, key=lambda m: m.label)]
    for query in queries:
        assert query["candidates"][0]["label"] == query["label"]
        assert query["verdict"] in ("identified", "a close relative", "unresolved")
        assert query["calibration"]["n_together"] == len(MODELS)
        assert 0 < query["p_wrong"] <= 1
        assert 0 < query["p_known"] <= 1
        assert (query["verdict"] == "identified") <= (query["p_own"] > 0.02)
    assert sum(query["verdict"] == "identified" for query in queries) >= len(MODELS) // 2


def test_identify__is_the_same_when_asked_again_and_in_another_order(library, panel) -> None:
    paths = sorted(library.glob("*.parquet"))
    one, other = (
        done("identify", panel, *order, "--replicates", 20, "--json").json["queries"] for order in (paths, paths[::-1])
    )
    assert one == done("identify", panel, *paths, "--replicates", 20, "--json").json["queries"]
    for a, b in zip(one, other[::-1], strict=True):
        assert a["verdict"] == b["verdict"]
        for x, y in zip(a["candidates"], b["candidates"], strict=True):
            assert x["label"] == y["label"]
            assert x["distance"] == pytest.approx(y["distance"], abs=1e-9)


def test_identify__prints_verdict_and_how_good_it_is(library, texts, panel) -> None:
    out = done("identify", library, texts, "--replicates", 20).out
    assert "suspect (10 generations" in out
    assert "the right model is nearest for" in out
    assert ": identified: oak-1" in done("identify", panel, library / "oak-1.parquet", "--replicates", 20).out


def test_identify__asks_for_three_prompts_and_three_models(library, tmp_path) -> None:
    short = write_jsonl(tmp_path / "short.jsonl", records(MODELS[0], n_prompts=2))
    answer = fastslop("identify", library, short)
    assert (answer.code, "needs 3 at least" in answer.log) == (1, True)
    answer = fastslop("identify", library / "oak-1.parquet", short)
    assert (answer.code, "three at least" in answer.log) == (1, True)
    done("count", short, "--spec", "words", "-o", tmp_path / "words.parquet")
    answer = fastslop("identify", library, tmp_path / "words.parquet")
    assert (
        answer.code == 3 and "words.parquet was counted in another way than the library: content_orders" in answer.log
    )
    assert "count the texts of one again as those of the other were (--spec, --orders, --language)" in answer.log
