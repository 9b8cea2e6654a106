"""Commands say what they read, and take the options that their messages name."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.corpora_of import FAMILIES, done, fastslop, records, write_jsonl


def lines_about(label: str, n: int = 12) -> list[dict[str, object]]:
    """Records whose ``output`` is a reference answer; the generation is ``written``."""
    return [
        {"prompt": f"p{i}", "output": f"The answer to {i} is known.", "written": f"So says {label} of the {i}th thing."}
        for i in range(n)
    ]


def test_look__shows_what_would_be_read_and_fails_where_count_would(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for label in ("ann", "bob"):
        write_jsonl(tmp_path / "in" / f"{label}.jsonl", lines_about(label))
    seen = fastslop("look", tmp_path / "in")
    assert seen.code == 1
    assert "read      text output, model the file's name, prompt prompt (also found: text written)" in seen.out
    assert "and 1 more like it: JSON Lines, 12 generations of 1 model, 12 prompts" in seen.out
    assert "text      The answer to 0 is known." in seen.out
    assert "gave the same text to 12 of 12 prompts" in seen.log
    counted = fastslop("count", tmp_path / "in", "-o", tmp_path / "p")
    assert (counted.code, (tmp_path / "p").exists()) == (1, False)
    assert seen.log.strip().splitlines()[-1] == counted.log.strip().splitlines()[-1]
    mended = done("look", tmp_path / "in", "--text", "written", "--json").json
    assert [file["n_docs"] for file in mended["files"]] == [12, 12]
    assert mended["error"] is None


def test_look__ends_as_count_would_where_a_field_is_not_there(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", records(FAMILIES[0]))
    looked = fastslop("look", path, "--prompt", "asked")
    counted = fastslop("count", path, "-o", tmp_path / "p", "--prompt", "asked")
    assert looked.code == counted.code == 2
    assert looked.log.strip().splitlines()[-1] == counted.log.strip().splitlines()[-1]


def test_count_and_run__say_what_was_read(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", records(FAMILIES[0]))
    answer = done("count", path, "-o", tmp_path / "p", "--json")
    assert "read: text output, model model" in answer.log
    (read,) = answer.json["read"]
    assert (read["text"], read["model"], read["n_files"]) == (["output"], ["model"], 1)
    done("run", path, "-o", tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert manifest["read"] == answer.json["read"]
    assert (manifest["reasoning"], manifest["cleaned"]) == ("drop", {})


def test_identify__takes_the_options_that_its_messages_name(profiles: Path, tmp_path: Path) -> None:
    library = shutil.copytree(profiles, tmp_path / "library")  # what is learnt is kept beside it
    asked = [{"reply_of": row["output"], "number": row["id"]} for row in records(FAMILIES[0])]
    path = write_jsonl(tmp_path / "unknown.jsonl", asked)
    refused = fastslop("identify", library, path)
    assert (refused.code, "choose the text with --text" in refused.log) == (1, True)
    answer = done("identify", library, path, "--text", "reply_of", "--prompt", "number", "--label", "x", "--json")
    assert [query["label"] for query in answer.json["queries"]] == ["x"]
    assert "read: text reply_of" in answer.log


def test_endings__that_the_service_tells_are_guarded_against(tmp_path: Path) -> None:
    said = [
        ("stop", "It is late."),
        ("length", "It is late."),
        ("content_filter", "It is late and so."),
        (None, "So it is"),
    ]
    rows = [
        {"model": "m", "prompt": f"p{i}", "output": text, "finish_reason": end} for i, (end, text) in enumerate(said)
    ]
    guarded = done("count", write_jsonl(tmp_path / "a.jsonl", rows), "-o", tmp_path / "p", "--json").json["guarded"]
    assert guarded == {"looping": 0, "refused": 1, "truncated": 2, "duplicate": 1}


def test_battles__may_be_counted_side_by_side_or_each_by_itself(tmp_path: Path) -> None:
    def side(answer: str) -> list[dict[str, str]]:
        return [{"role": "user", "content": "Hello?"}, {"role": "assistant", "content": answer}]

    rows = [
        {
            "question_id": i,
            "model_a": "ann" if i % 2 else "bob",
            "model_b": "bob" if i % 2 else "ann",
            "conversation_a": side(f"So it begins, the {i}th time."),
            "conversation_b": side(f"And so it ends, the {i}th time."),
        }
        for i in range(6)
    ]
    path = write_jsonl(tmp_path / "battles.jsonl", rows)
    done("count", path, "-o", tmp_path / "both")
    for a_or_b in "ab":
        done("count", path, "--text", f"conversation_{a_or_b}", "--model", f"model_{a_or_b}", "-o", tmp_path / a_or_b)
    done("merge", tmp_path / "a", tmp_path / "b", "-o", tmp_path / "merged")
    for name in ("ann", "bob"):
        counts = [done("inspect", tmp_path / where / f"{name}.parquet", "--json").json for where in ("both", "merged")]
        assert [(one["n_docs"], one["n_words"], one["n_prompts"]) for one in counts] == [(6, 39, 6)] * 2


def test_reasoning__may_be_kept_or_counted_alone(tmp_path: Path) -> None:
    texts = [{"model": "m", "prompt": f"p{i}", "output": "<think>One two three.</think>Four five."} for i in range(3)]
    path = write_jsonl(tmp_path / "a.jsonl", texts)
    n_words = {}
    for how in ("drop", "keep", "only"):
        done("count", path, "-o", tmp_path / how, "--reasoning", how)
        n_words[how] = done("inspect", tmp_path / how / "m.parquet", "--json").json["n_words"]
    assert n_words == {"drop": 6, "keep": 15, "only": 9}


def test_filter__prints_no_text_before_it_knows_that_these_are_no_references(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for label in ("ann", "bob"):
        write_jsonl(tmp_path / "in" / f"{label}.jsonl", lines_about(label))
    (tmp_path / "list.txt").write_text("thing\n", encoding="utf-8")
    answer = fastslop("filter", tmp_path / "in", "--list", tmp_path / "list.txt")
    assert (answer.code, answer.out) == (1, "")
    assert "gave the same text to 12 of 12 prompts" in answer.log
    mended = done("filter", tmp_path / "in", "--list", tmp_path / "list.txt", "--text", "written")
    assert len(mended.out.splitlines()) == 24
