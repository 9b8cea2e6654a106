"""Nothing wrong is read in silence: what cannot be texts, models or prompts is refused or said, with the remedy."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from fastslop.base.errors import BadInputError, UsageError
from fastslop.reading.checks import is_no_prose
from fastslop.reading.corpus import read_chunks
from fastslop.reading.fields import Fields
from fastslop.reading.options import ReadOptions
from fastslop.reading.tally import Tally
from tests.reading.test_corpus import docs_of, write_lines


def tally_of(*paths: Path, **options: Any) -> Tally:
    tally = Tally()
    docs_of(read_chunks([str(path) for path in paths], ReadOptions(**options), tally=tally))
    return tally


def answers(label: str, n: int = 20, **more: Any) -> list[dict[str, Any]]:
    return [
        {"model": label, "prompt_id": i, "output": f"It is known of number {i}.", "written": f"{label} says {i} of it."}
        | more
        for i in range(n)
    ]


@pytest.mark.parametrize("is_one_file", [True, False])
def test_texts__that_are_the_same_for_all_labels_are_refused(tmp_path: Path, is_one_file: bool) -> None:
    records = [answers("a"), answers("b"), answers("c", n=6)]
    paths = (
        [write_lines(tmp_path / "all.jsonl", list(chain(*records)))]
        if is_one_file
        else [write_lines(tmp_path / f"{own[0]['model']}.jsonl", own) for own in records]
    )
    n_models = "3" if is_one_file else "2"
    with pytest.raises(BadInputError) as error:
        tally_of(*paths)
    for part in (f"{n_models} models gave the same text to 20 of 20", "text output", "--text; also found: written"):
        assert part in str(error.value)
    asked = tally_of(*paths, fields=Fields(text="output"))
    assert any("gave the same text" in note for note in asked.notes)
    assert not tally_of(*paths, fields=Fields(text="written")).warnings


def test_texts__of_few_prompts_are_refused_if_each_prompt_has_its_own(tmp_path: Path) -> None:
    few = [*answers("a", n=3), *answers("b", n=3)]
    with pytest.raises(BadInputError, match="gave the same text to 3 of 3 prompts"):
        tally_of(write_lines(tmp_path / "a.jsonl", few))
    assert not tally_of(write_lines(tmp_path / "b.jsonl", [one | {"output": "Hello there."} for one in few])).warnings


def test_texts__that_some_labels_share_are_fine(tmp_path: Path) -> None:
    records = [*answers("a"), *answers("b"), *({**one, "output": f"My own {one['output']}"} for one in answers("c"))]
    assert not tally_of(write_lines(tmp_path / "a.jsonl", records)).warnings


def test_texts__of_many_labels_are_compared_on_the_prompts_that_they_share(tmp_path: Path) -> None:
    """Prompts are in any order, and there are more of them than are kept."""
    paths = []
    for k, label in enumerate("abc"):
        records = answers(label, n=1000)
        paths.append(write_lines(tmp_path / f"{label}.jsonl", [*records[k * 300 :], *records[: k * 300]]))
    with pytest.raises(BadInputError, match="gave the same text to 64 of 64 prompts"):
        tally_of(*paths)


@pytest.mark.parametrize("prompt", ["prompt_id", "unknown"])
def test_texts__that_are_the_same_for_all_labels_are_refused_whatever_their_prompts(
    tmp_path: Path, prompt: str
) -> None:
    def own(label: str, n: int) -> list[dict[str, Any]]:
        return [
            {"model": label, prompt: f"{label}{i}", "output": one["output"]} for i, one in enumerate(answers(label, n))
        ]

    paths = [write_lines(tmp_path / f"{label}.jsonl", own(label, n)) for label, n in (("a", 20), ("b", 25))]
    with pytest.raises(BadInputError, match=r"2 models have most of their texts in common: text output may be a ref"):
        tally_of(*paths)
    assert any("texts in common" in note for note in tally_of(*paths, fields=Fields(text="output")).notes)
    tally_of(paths[0], write_lines(tmp_path / "b.jsonl", own("b", 4)))


def test_texts__that_repeat_one_sentence_are_not_taken_for_references(tmp_path: Path) -> None:
    """One sentence is enough for a refusal; what is compared are texts that differ."""
    records = [{"model": label, "output": "I cannot help with that."} for label in "ab" for _ in range(20)]
    tally_of(write_lines(tmp_path / "a.jsonl", records))


def test_texts__that_are_the_prompts_are_refused(tmp_path: Path) -> None:
    records = [{"prompt": f"Tell me  of {i}.", "text": f"Tell me of {i}. "} for i in range(3)]
    path = write_lines(tmp_path / "a.jsonl", [*records, {"prompt": "x", "text": "y"}])
    with pytest.raises(BadInputError, match=r"a\.jsonl: most texts are the prompts themselves .*--text.*fields found"):
        tally_of(path)
    assert any("the prompts themselves" in note for note in tally_of(path, fields=Fields(text="text")).notes)


@pytest.mark.parametrize("value", ["B", "42", "-1.5", "yes", "68f0c1d2", "はい"])
def test_texts__that_are_numbers_or_single_words_are_refused(tmp_path: Path, value: str) -> None:
    records = [{"answer": value, "id": i, "written": "It is a long story."} for i in range(10)]
    path = write_lines(tmp_path / "a.jsonl", records)
    with pytest.raises(BadInputError, match=r"nearly every text is a number or one word .*also found: written"):
        tally_of(path)
    assert len(tally_of(path, fields=Fields(text="answer")).warnings) == 1
    assert len(tally_of(write_lines(tmp_path / "b.jsonl", records[:9])).warnings) == 1, "too few to be sure"
    assert not tally_of(write_lines(tmp_path / "c.jsonl", records[:1])).warnings


@pytest.mark.parametrize(
    ("text", "is_none"), [("two words", False), ("これは短い文です", False), ("x" * 31, False), ("", True)]
)
def test_is_no_prose__knows_scripts_without_spaces(text: str, is_none: bool) -> None:
    assert is_no_prose(text) is is_none


@pytest.mark.parametrize("field", ["my_model", "who"])
def test_models__that_would_be_pooled_are_said(tmp_path: Path, field: str) -> None:
    records = [
        {field: who, "prompt": f"p{i}", "output": f"{who} tells of {i}.", "lang": "en"}
        for i in range(5)
        for who in "ab"
    ]
    path = write_lines(tmp_path / "mine.jsonl", records)
    (note,) = tally_of(path).warnings
    assert note == f"{path} is taken for one model, 'mine'; if {field} (a, b) names models: --model {field}"
    assert not tally_of(path, fields=Fields(label=field)).warnings
    assert not tally_of(path, label="all").warnings


def test_models__whose_names_are_those_of_lists_are_said(tmp_path: Path) -> None:
    of_models = {who: [{"prompt": f"p{i}", "output": f"{who} tells of {i}."} for i in range(5)] for who in "ab"}
    (tmp_path / "all.json").write_text(json.dumps(of_models), encoding="utf-8")
    (note,) = tally_of(tmp_path / "all.json").warnings
    assert note.endswith("if model_of_list (a, b) names models: --model model_of_list")
    assert not tally_of(tmp_path / "all.json", fields=Fields(label="model_of_list")).warnings


def test_texts__of_a_model_are_not_said_to_name_models(tmp_path: Path) -> None:
    records = [{"id": i, "output": f"It is known of {i}.", "ModelNotes": f"Seen {i}."} for i in range(10)]
    assert not tally_of(write_lines(tmp_path / "a.jsonl", records)).warnings
    answered = [{"id": i, "model_output": f"It is known of {i}.", "ModelAnswer": "ab"[i % 2]} for i in range(10)]
    assert not tally_of(write_lines(tmp_path / "b.jsonl", answered)).warnings


def test_role__of_messages_is_not_said_to_name_models(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "a.jsonl",
        [{"conversation_id": i, "sender": who, "text": f"{who} {i}"} for i in range(5) for who in ("user", "bot")],
    )
    assert not tally_of(path).warnings


def test_fields__that_tell_no_models_apart_are_not_said_to(tmp_path: Path) -> None:
    records = [{"genre": "ab"[i % 2], "prompt": f"p{i}", "output": f"It tells of {i}."} for i in range(10)]
    assert not tally_of(write_lines(tmp_path / "a.jsonl", records)).warnings


def test_prompts__that_no_two_labels_share_are_said(tmp_path: Path) -> None:
    paths = [
        write_lines(
            tmp_path / f"{label}.jsonl",
            [{"uid": f"{label}{i}", "task": i % 3, "output": f"{label} tells of {i}."} for i in range(5)],
        )
        for label in "ab"
    ]
    (note,) = tally_of(*paths).warnings
    assert "no two of 2 models share a prompt (prompt uid" in note
    assert "--prompt" in note
    assert not tally_of(*paths, fields=Fields(prompt="task")).warnings


def test_choice__is_told_with_the_runners_up(tmp_path: Path) -> None:
    record = {"llm": "m", "prompt": "p", "id": 1, "output": "It is told.", "judgement": "It is well told indeed."}
    tally = tally_of(write_lines(tmp_path / "a.jsonl", [record]))
    assert tally.notes == ("read: text output, model llm, prompt prompt (also found: text judgement, prompt id)",)
    (read,) = tally.to_dict()["read"]
    assert json.loads(json.dumps(read)) == {
        "text": ["output"],
        "model": ["llm"],
        "prompt": ["prompt"],
        "shape": None,
        "also_found": {"text": ["judgement"], "model": [], "prompt": ["id"]},
        "n_files": 1,
        "files": [str(tmp_path / "a.jsonl")],
    }
    twin = write_lines(tmp_path / "twin.jsonl", [{**record, "output": "It is told again.", "x": 1}])
    (read,) = tally_of(tmp_path / "a.jsonl", twin).to_dict()["read"]
    assert read["n_files"] == 2, "what else is in a file does not matter"
    other = write_lines(tmp_path / "b.jsonl", [{"text": "It is told."}])
    lines = tally_of(tmp_path / "a.jsonl", other).choices
    assert lines[1] == f"text text, model the file's name, prompt none (each text is its own; or --prompt), in {other}"


# Odd records


def test_null__in_two_hundred_is_passed_over_and_named(tmp_path: Path) -> None:
    records = [{"output": f"It tells of {i}." if i % 100 else None, "id": i} for i in range(200)]
    path = write_lines(tmp_path / "a.jsonl", records)
    tally = tally_of(path)
    assert (tally.n_docs, tally.places) == (198, {"no text field": [f"{path}:1", f"{path}:101"]})
    with pytest.raises(BadInputError, match="2 of 200 records"):
        tally_of(path, max_bad=0.0)
    with pytest.raises(BadInputError, match="12 of 200 records"):
        tally_of(write_lines(tmp_path / "b.jsonl", [{"output": None}] * 12 + [{"output": "It is."}] * 188))


@pytest.mark.parametrize(("n_failed", "n"), [(1, 5), (2, 10), (10, 50)])
def test_calls__that_failed_are_passed_over_up_to_one_in_five_and_ten(tmp_path: Path, n_failed: int, n: int) -> None:
    calls = [{"prompt": f"p{i}", "output": f"It was told {i} times."} for i in range(n)]
    failed = [call | {"output": None} for call in calls[-n_failed:]]
    assert tally_of(write_lines(tmp_path / "a.jsonl", [*calls[:-n_failed], *failed])).n_docs == n - n_failed
    with pytest.raises(BadInputError, match=rf"{n_failed} of {n - 1} records cannot be used"):
        tally_of(write_lines(tmp_path / "b.jsonl", [*calls[1:-n_failed], *failed]))


def test_heading__is_passed_over_and_named(tmp_path: Path) -> None:
    for i, heading in enumerate(['{"created": "today", "n": 3}', "# three texts"]):
        path = tmp_path / f"{i}.jsonl"
        path.write_text(heading + "\n" + '{"output": "It is told."}\n' * 3, encoding="utf-8")
        tally = tally_of(path)
        assert (tally.n_docs, list(chain(*tally.places.values()))) == (3, [f"{path}:1"])


def test_cut_line__at_the_end_is_no_odd_record(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", answers("a", n=100))
    with path.open("a", encoding="utf-8") as file:
        file.write('{"output": "cut sho')
    with pytest.raises(BadInputError, match="broken JSON: 1"):
        tally_of(path)


def test_file__of_which_no_record_can_be_read_names_what_is_in_it(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [{"output": {"score": 1}, "id": i} for i in range(3)])
    with pytest.raises(
        BadInputError, match=r"none of 3 records .*text is not a string: 3.*fields found: output.score, id"
    ):
        tally_of(path, fields=Fields(text="output"))
    with pytest.raises(BadInputError) as error:
        tally_of(path, fields=Fields(text="output"))
    assert "max-bad" not in str(error.value)


# Odd files


def test_folder__with_files_that_have_no_texts_is_read_without_them(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    write_lines(folder / "a.jsonl", answers("a", written=None))
    write_lines(folder / "ratings.jsonl", [{"id": i, "rater": "x", "rating": 3} for i in range(20)])
    (folder / "links.csv").write_text("child,parent\na,b\n", encoding="utf-8")
    (folder / "empty.jsonl").write_text("", encoding="utf-8")
    for paths in ([folder], sorted(map(str, folder.glob("*"))) and [folder / "*"]):
        tally = tally_of(*paths)
        assert tally.n_docs == 20
        assert tally.skipped == {"file without texts": 3}
        (note,) = (note for note in tally.notes if note.startswith("skipped 3: file without texts"))
        assert f"{folder / 'ratings.jsonl'}: no field looks like the text; fields found: id, rater, rating" in note
    with pytest.raises(BadInputError, match=r"ratings\.jsonl: no field looks like the text"):
        tally_of(folder / "a.jsonl", folder / "ratings.jsonl")
    assert tally_of(folder, fields=Fields(text="output")).n_docs == 20
    assert tally_of(folder, shard=(29, 30)).n_docs == 0, "a shard may own nothing"
    with pytest.raises(UsageError, match=r"a\.jsonl: no field 'wirtten'"):
        tally_of(folder, fields=Fields(text="wirtten"))
    (folder / "a.jsonl").unlink()
    with pytest.raises(BadInputError, match="no JSON object"):
        tally_of(folder)


def requests_of(*prompts: str, system: str | None = None) -> list[dict[str, Any]]:
    first = [] if system is None else [{"role": "system", "content": system}]
    return [
        {
            "custom_id": f"r-{i}",
            "method": "POST",
            "body": {"model": "m", "messages": [*first, {"role": "user", "content": p}]},
        }
        for i, p in enumerate(prompts)
    ]


def test_batch__takes_its_prompts_from_the_requests_beside_it(tmp_path: Path) -> None:
    said = [{"message": {"role": "assistant", "content": "It is told."}}]
    for name in ("one", "two"):  # numbered otherwise, with the same prompts
        order = [0, 1, 2] if name == "one" else [2, 0, 1]
        prompts = [f"Tell me of {i}." for i in order]
        write_lines(tmp_path / name / "batch_input.jsonl", requests_of(*prompts, system="Be brief."))
        write_lines(
            tmp_path / name / "output.jsonl",
            [{"custom_id": f"r-{i}", "response": {"body": {"model": name, "choices": said}}} for i in (2, 1, 0)],
        )
    plain = write_lines(
        tmp_path / "three.jsonl", [{"prompt": f"Be brief.\nTell me of {i}.", "text": "So."} for i in range(3)]
    )
    keys = {}
    for source in (tmp_path / "one", tmp_path / "two", plain):
        tally = Tally()
        docs = docs_of(read_chunks([str(source)], tally=tally))
        keys[source] = {doc.prompt for doc in docs}
        assert len(docs) == 3
    assert tally.skipped == {}
    assert keys[tmp_path / "one"] == keys[tmp_path / "two"] == keys[plain]
    tally = tally_of(tmp_path / "one")
    assert tally.places == {"requests of a batch, for its prompts": [str(tmp_path / "one" / "batch_input.jsonl")]}


def test_texts__of_one_name_in_the_folders_of_models_answer_one_prompt(tmp_path: Path) -> None:
    for folder, names in {"ann": "xyz", "bob": "xyw", "eve": "uvx"}.items():
        for name in names:
            (tmp_path / folder).mkdir(exist_ok=True)
            (tmp_path / folder / f"{name}.txt").write_text(f"{folder} tells of {name}.", encoding="utf-8")
    tally = Tally()
    docs = docs_of(read_chunks([str(tmp_path)], tally=tally))
    keys = {doc.text.removesuffix(".").replace(" tells of ", "/"): doc.prompt for doc in docs}
    assert keys["ann/x"] == keys["bob/x"] != keys["ann/y"] == keys["bob/y"]
    assert keys["eve/x"] != keys["ann/x"], "one name of three may be chance"
    assert len(set(keys.values())) == 7
    assert "text the files, model the folder's name, prompt the file's name" in tally.choices[0]


def test_labels_in_common__are_told_once_of_all_labels(tmp_path: Path) -> None:
    """Files are checked as soon as two labels are there, and again with each further one."""
    paths = [
        write_lines(
            tmp_path / f"m{i}.jsonl",
            [
                {"prompt": f"Ask {j}", "gold": f"The answer to {j} is a long one.", "written": f"{i} {j}"}
                for j in range(20)
            ],
        )
        for i in range(4)
    ]
    warnings = tally_of(*paths, fields=Fields(text="gold")).warnings
    assert [w for w in warnings if "gave the same text" in w] == [w for w in warnings if w.startswith("4 models gave")]
    assert len(warnings) == 1
