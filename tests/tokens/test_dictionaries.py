"""Text without spaces is cut into words: the most probable ones of a language's list."""

from __future__ import annotations

import gzip
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from fastslop._kernels.tokens.tries import COST_OF, NODE, PARENT_OF, ROOT
from fastslop.base.errors import IncompatibleProfilesError
from fastslop.base.spec import PRESETS, CountSpec
from fastslop.counting.one_label import count_documents
from fastslop.profiles.merge import sum_of
from fastslop.tokens.dictionaries import LISTS, compiled, dictionary_name, list_of
from fastslop.tokens.tokeniser import tokenise
from fastslop.tokens.unicode import normal_form
from tests import naive_words
from tests.strategies import chunk, spaceless_texts

DEFAULT = PRESETS["default"]


def cost_of(word: str, dictionary) -> int | None:
    """The cost of a word, by walking from the root; None if it is not in the dictionary."""
    node = ROOT
    for character in word:
        code = int(dictionary.codes[ord(character)])
        if code == 0:
            return None
        child = int(dictionary.nodes[NODE * node]) + code
        if dictionary.nodes[NODE * child + PARENT_OF] != node:
            return None
        node = child
    return int(dictionary.nodes[NODE * node + COST_OF]) or None


@pytest.mark.kernels
@settings(deadline=None)
@given(
    st.dictionaries(st.text("一丁七万丈三上下", min_size=1, max_size=4), st.integers(1, 900), min_size=1, max_size=30)
)
def test_trie__knows_every_word_and_no_other(costs: dict[str, int]) -> None:
    dictionary = compiled(costs, {})
    assert {word: cost_of(word, dictionary) for word in costs} == costs
    others = {word + "一" for word in costs} | {word[:-1] for word in costs if len(word) > 1}
    assert all(cost_of(word, dictionary) is None for word in others - set(costs))


def test_words__are_those_that_readers_see() -> None:
    assert tokenise("值得注意的是，综上所述。") == ["值得注意", "的", "是", ",", "综上所述", "。"]
    assert tokenise("因此外面很冷") == ["因此", "外面", "很", "冷"], "此外 is a word, but not here"
    assert tokenise("東京都に住んでいます") == ["東京", "都", "に", "住ん", "で", "い", "ます"]


def test_words__of_other_scripts_stay_as_they_are() -> None:
    assert tokenise("我们使用Python3的方法") == ["我们", "使用", "python", "0", "的", "方法"]


def test_traditional_words__are_cut_as_simplified_ones_and_keep_their_characters() -> None:
    assert tokenise("綜上所述我們使用臺灣") == ["綜上所述", "我們", "使用", "臺灣"]


def test_what_is_no_word__is_characters_or_a_run_of_katakana() -> None:
    assert tokenise("㐀㐁") == ["㐀", "㐁"]
    assert tokenise("スラップスティックコメディを") == ["スラップスティックコメディ", "を"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ภาษาไทยเป็นภาษาที่มีวรรณยุกต์", "ภาษา ไทย เป็น ภาษา ที่ มี วรรณยุกต์"),
        ("อย่างไรก็ตามเธอยิ้มอย่างอ่อนโยน", "อย่างไรก็ตาม เธอ ยิ้ม อย่าง อ่อนโยน"),
        ("เขาดื่มน้ำที่ริมทะเล", "เขา ดื่ม น้ำ ที่ ริม ทะเล"),
        ("ມະນຸດເກີດມາມີສິດ", "ມະນຸດ ເກີດ ມາ ມີ ສິດ"),
        ("ຂ້ອຍຮັກພາສາລາວ", "ຂ້ອຍ ຮັກ ພາສາ ລາວ"),
        ("ໂຮງຮຽນຢູ່ໃກ້ແມ່ນ້ຳ", "ໂຮງຮຽນ ຢູ່ ໃກ້ ແມ່ ນ້ຳ"),
        ("មនុស្សទាំងអស់មានសេរីភាព", "មនុស្ស ទាំងអស់ មាន សេរីភាព"),
        ("ខ្ញុំស្រឡាញ់ភាសាខ្មែរ", "ខ្ញុំ ស្រឡាញ់ ភាសាខ្មែរ"),
        ("လူတိုင်းသည်လွတ်လပ်သောဂုဏ်သိက္ခာ", "လူ တိုင်း သည် လွတ်လပ် သော ဂုဏ်သိက္ခာ"),
        ("မြန်မာနိုင်ငံ", "မြန်မာနိုင်ငံ"),
    ],
)
def test_words__of_south_east_asia_are_those_that_readers_see(text: str, words: str) -> None:
    assert tokenise(text) == words.split(" ")


def test_words__of_south_east_asia_end_at_spaces_marks_and_other_scripts() -> None:
    assert tokenise("ใช้Python3เขียน中国ກິນ") == ["ใช้", "python", "0", "เขียน", "中国", "ກິນ"]
    assert tokenise("សេរី\u200bភាព ៥០") == ["សេរី", "ភាព", "0"], "a space of no width is an end that the writer saw"
    assert tokenise("မြန်မာ။ ပြည်၊") == ["မြန်မာ", "။", "ပြည်", "၊"]


def test_what_is_no_word__of_south_east_asia_is_clusters() -> None:
    assert tokenise("ฬฺเฬฺาฬ์") == ["ฬฺ", "เฬฺาฬ์"], "vowels stay with their consonants, and silent consonants with both"
    assert tokenise("ຆຬ") == ["ຆ", "ຬ"]
    assert tokenise("ឡ្ឡឡ") == ["ឡ្ឡ", "ឡ"] and tokenise("ဠ္ဠဠန့်") == ["ဠ္ဠ", "ဠန့်"]


SOUTH_EAST_ASIAN = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_ENDS = "[เ-ไເ-ໄ\u1039\u17d2]"
_BEGINS = "[\\p{M}ะาำๅະາຳຽ]"


@pytest.mark.kernels
@settings(deadline=None)
@given(spaceless_texts)
def test_words__hold_all_characters_and_never_end_within_a_cluster(text: str) -> None:
    kept = normal_form(regex.sub(rf"[^{SOUTH_EAST_ASIAN}]+|[၊။]", " ", text))
    words = tokenise(kept)
    assert "".join(words) == kept.replace(" ", "")
    at = 0
    for word in words:
        at = kept.index(word, at) + len(word)
        letters = regex.sub(r"\p{M}", "", word)  # none in marks that follow no letter; marks go with that of any script
        if letters and at < len(kept) and naive_words.script_of(letters[-1]) == naive_words.script_of(kept[at]):
            assert not regex.match(_ENDS, word[-1]) and not regex.match(_BEGINS, kept[at])


@pytest.mark.parametrize("text", ["เก้าก่", "ကျွန်တော်", "ស្ត្រី", "ກກກ", "กกกกก์"])
def test_long_runs__of_south_east_asia_never_end_within_a_cluster(text: str) -> None:
    """A word spans each place of some of these, and the kernel looks at a part of the run at a time."""
    words = tokenise(text * 3000)
    assert "".join(words) == text * 3000
    assert not any(regex.match(_BEGINS, word) or regex.match(_ENDS, word[-1]) for word in words)


def test_long_runs__of_south_east_asia_are_cut_as_if_seen_whole() -> None:
    for text, language in (("ภาษาไทยเป็นภาษาที่มีวรรณยุกต์", "th"), ("លូមនុស្សទាំងអស់មានសេរីភាព", "km")):
        clusters = regex.findall(r".\p{M}*", text * 150)
        assert tokenise(text * 150) == ["".join(word) for word in naive_words.cut(clusters, language)]


def test_lists__have_a_version_that_changes_with_their_words() -> None:
    digest = sha256(b"".join(gzip.decompress(list_of(one).read_bytes()) for one in ("km", "lo", "my", "th")))
    assert (LISTS, digest.hexdigest()[:16]) == ("south-east-asian-1", "be03736c8aeba55e")


def test_documents__are_japanese_if_a_tenth_is_kana() -> None:
    assert "東京" in tokenise("東京都は") and tokenise("有限公司" * 9 + "の")[:2] == ["有限公司", "有限公司"]


def test_long_runs__are_cut_as_if_seen_whole() -> None:
    text = "值得注意的是因此外面很冷我们使用中国人民银行" * 150
    words = naive_words.cut(list(text), "zh")
    assert tokenise(text) == ["".join(word) for word in words]


def test_declared_dictionary__cuts_every_document() -> None:
    japanese = replace(DEFAULT, dictionary=f"{dictionary_name()}/ja")
    assert tokenise("東京都庁", japanese) != tokenise("東京都庁")


def test_specification__names_the_dictionary_only_where_it_cut_text() -> None:
    assert count_documents(chunk([("p", "No such text.")]), DEFAULT).spec == DEFAULT
    assert count_documents(chunk([("p", "这是文字。")]), DEFAULT).spec.dictionary == dictionary_name()
    assert not {"dictionary", "language"} & set(DEFAULT.to_dict()), "profiles of English have not changed"


def test_profiles__merge_with_those_that_no_dictionary_cut() -> None:
    english, chinese = (count_documents(chunk([("p", text)]), DEFAULT) for text in ("So it is.", "这是文字。"))
    for profiles in ((english, chinese), (chinese, english)):
        assert sum_of(*profiles).spec.dictionary == dictionary_name()


def test_profiles__of_different_dictionaries_are_refused_by_name() -> None:
    one = count_documents(chunk([("p", "这是文字。")]), DEFAULT)
    other = replace(one, spec=replace(one.spec, dictionary="wordfreq-2.0"))
    with pytest.raises(IncompatibleProfilesError, match="dictionary"):
        sum_of(one, other)


def test_specification__names_all_dictionaries_that_cut_text() -> None:
    both = count_documents(chunk([("p", "这是文字。"), ("p", "ภาษาไทย")]), DEFAULT).spec
    assert both.dictionary == f"{LISTS}+{dictionary_name()}"
    assert count_documents(chunk([("p", "ภาษาไทย")]), DEFAULT).spec.dictionary == LISTS
    assert tokenise("东京ภาษา", both) == ["东京", "ภาษา"]


def test_profiles__go_together_if_no_dictionary_of_theirs_is_of_two_versions() -> None:
    chinese, thai = (count_documents(chunk([("p", text)]), DEFAULT) for text in ("这是文字。", "ภาษาไทย"))
    assert sum_of(chinese, thai).spec == sum_of(thai, chinese).spec
    other = replace(sum_of(chinese, thai), spec=replace(thai.spec, dictionary="south-east-asian-0"))
    assert sum_of(chinese, other).spec.dictionary == f"south-east-asian-0+{dictionary_name()}"
    with pytest.raises(IncompatibleProfilesError, match=r"dictionary \(south-east-asian-1 and south-east-asian-0\)"):
        sum_of(thai, other)


def test_tokeniser__refuses_a_dictionary_that_is_not_installed() -> None:
    with pytest.raises(IncompatibleProfilesError, match=r"wordfreq-2\.0"):
        tokenise("这", CountSpec(dictionary="wordfreq-2.0"))


def test_costs__are_whole_numbers_above_zero() -> None:
    from fastslop.tokens.dictionaries import costs_of_words

    assert min(costs_of_words("zh").values()) > 0 and np.iinfo(np.int32).max > max(costs_of_words("zh").values())
