"""The language of what is counted: found, or declared, and what follows from it."""

from __future__ import annotations

import subprocess
import sys

import pytest

import fastslop as fs
from fastslop.base.errors import UsageError
from fastslop.base.spec import PRESETS
from fastslop.tokens.dictionaries import LISTS, dictionary_name

CHINESE = "值得注意的是，我们可以使用这个方法，因为它在很多情况下都是有用的。你也可以说，这是我们的问题。"
THAI = "ภาษาไทยเป็นภาษาที่มีวรรณยุกต์ และเธอยิ้มอย่างอ่อนโยน"
ENGLISH = "It is worth noting that we can use this, because it is of use to all of us in most of what we do. "


def counted(texts: dict[str, str], **options):
    return fs.count([{"model": m, "prompt": str(i), "text": t} for m, t in texts.items() for i in range(6)], **options)


def test_language__is_found_and_chooses_stopwords_and_baseline() -> None:
    profiles = counted({"a": CHINESE})
    assert profiles.spec.language == "zh" and profiles.spec.dictionary == dictionary_name()
    assert "的" in profiles.spec.stopwords and "the" not in profiles.spec.stopwords
    assert [word for word in profiles["a"].frame("word", 1)["feature"] if word.startswith("值得")] == ["值得注意"]
    assert fs.score(profiles).baseline == "wordfreq:zh"


def test_language__of_chinese_about_programs_is_chinese() -> None:
    assert counted({"a": CHINESE + " import numpy; print(value) " * 8}).spec.language == "zh"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("大海不是终点，而是起点。她望着远方的光。", "zh"),
        ("海は終わりではなく、始まりです。彼女は遠くを見た。", "ja"),
        ("He saw the sign of the shop (中文), and then it was gone.", "en"),
        ("Er sah das Meer.", "en"),  # of so few words it cannot be told
    ],
)
def test_language__of_few_words_is_told_by_the_script(text: str, language: str) -> None:
    counts = fs.count([{"model": "a", "prompt": "p", "text": text}])
    assert counts.spec.language == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ภาษาไทยเป็นภาษาที่มีวรรณยุกต์และเธอยิ้ม", "th"),
        ("ມະນຸດທຸກຄົນເກີດມາມີສິດເທົ່າທຽມກັນ", "lo"),
        ("មនុស្សទាំងអស់កើតមកមានសេរីភាពនិងសមភាពក្នុងសិទ្ធិ", "km"),
        ("လူတိုင်းသည်တူညီလွတ်လပ်သောဂုဏ်သိက္ခာဖြင့်မွေးဖွားလာသူများဖြစ်သည်။", "my"),
    ],
)
def test_language__of_south_east_asia_is_told_by_the_script(text: str, language: str) -> None:
    profiles = counted({"a": text, "b": text + " import numpy; print(value)"})
    assert (profiles.spec.language, profiles.spec.dictionary) == (language, LISTS)
    assert set(profiles.result.languages.values()) == {language}
    assert "the" not in profiles.spec.stopwords
    assert counted({"a": text}, language=language).spec.to_dict() == profiles.spec.to_dict()


def test_language__of_other_texts_is_not_that_of_a_few_words_in_another_script() -> None:
    assert counted({"a": ENGLISH + "The word is ภาษา, or ພາສາ."}).spec.language == "en"


def test_stopwords__are_the_commonest_words_where_these_are_known_and_that_is_said() -> None:
    thai, lao = (counted({"a": text * 3}) for text in ("ภาษาไทยเป็นภาษาที่มีวรรณยุกต์", "ມະນຸດທຸກຄົນເກີດມາມີສິດ"))
    assert {"ที่", "เป็น"} < set(thai.spec.stopwords) and len(thai.spec.stopwords) == 100
    assert lao.spec.stopwords == ()
    assert any("as 'th': its most frequent words are the stopwords; refusals and" in note for note in thai.result.notes)
    assert any("as 'lo': it has no stopwords, since it is not known how" in note for note in lao.result.notes)


def test_scores__of_a_language_without_a_list_are_against_the_panel_and_that_is_said() -> None:
    two = fs.score(counted({"a": THAI, "b": THAI.replace("ไทย", "ลาว")}))
    assert two.baseline == "panel" and two.human is None
    assert "wordfreq has no list of 'th': all is scored against the other labels of the panel" in two.notes[0]
    one = fs.score(counted({"a": THAI}))
    assert one.features.is_empty() and "wordfreq has no list of 'th': nothing is scored" in one.notes[0]
    with pytest.raises(UsageError, match="wordfreq knows no language 'th'"):
        fs.score(counted({"a": THAI}), baseline="wordfreq:th")


def test_english__is_counted_as_before() -> None:
    assert counted({"a": ENGLISH}).spec == PRESETS["default"]


def test_count__loads_no_lists_of_all_words_and_no_matrices(tmp_path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"model": "a", "prompt": "p", "text": "Er sagte, dass es auch so gut war."}\n' * 20
    )
    code = (
        f"import sys, fastslop as fs\nfs.count({str(tmp_path / 'a.jsonl')!r}, out={str(tmp_path / 'out')!r})\n"
        "print([name for name in ('scipy.sparse', 'wordfreq') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert found.stdout == "[]\n", found.stderr


def test_labels__in_another_language_than_most_are_named() -> None:
    result = counted({"a": CHINESE * 3, "b": ENGLISH}).result
    assert result.languages == {"a": "zh", "b": "en"} and result.language == "zh"
    assert any("b: written in 'en', but counted as 'zh'" in note for note in result.notes)


def test_declared_language__is_recorded_whatever_the_texts_say() -> None:
    spec = counted({"a": "東京都庁"}, language="ja").spec
    assert (spec.language, spec.dictionary) == ("ja", f"{dictionary_name()}/ja")


def test_unknown_language__is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="'xx'; there are auto, "):
        counted({"a": CHINESE}, language="xx")


def test_language__of_a_count_that_goes_on_is_that_of_what_was_finished(tmp_path) -> None:
    rows = [{"model": m, "prompt": str(i), "text": t} for m, t in (("a", CHINESE), ("b", ENGLISH)) for i in range(6)]
    whole = fs.count(rows, out=tmp_path)
    (tmp_path / "b.parquet").unlink()
    found = fs.count(rows, out=tmp_path, resume=True)
    assert found.spec == whole.spec and found.result.language == whole.result.language == "zh"
