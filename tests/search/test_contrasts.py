"""Contrasts are those of the documented rules: examples, a slow obvious matcher, and time linear in the text."""

from __future__ import annotations

import re
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop.base.arrays import to_bytes
from fastslop.base.languages import NAMES
from fastslop.base.spec import PRESETS
from fastslop.reading.languages import declared
from fastslop.search.contrast_rules import RULES
from fastslop.search.contrasts import find_contrasts, lead_of, patterns_of, written_out
from fastslop.search.matcher import stream_of
from fastslop.tokens.tokeniser import TokenStream, tokenise

DOCS = Path(__file__).resolve().parents[2] / "docs"
ENGLISH = (DOCS / "patterns.md").read_text(encoding="utf-8")
OTHERS = (DOCS / "contrasts-in-languages.md").read_text(encoding="utf-8")
LANGUAGES = [*RULES]


def section_of(language: str) -> str:
    """What the documents say of a language."""
    if language == "en":
        return ENGLISH
    found = re.search(rf"^## {NAMES[language]}\n(.*?)(?=^## |\Z)", OTHERS, re.M | re.S)
    assert found is not None
    return found[1]


def rows_under(heading: str, language: str) -> list[list[str]]:
    """The rows of the first table behind these words, without its head."""
    section = section_of(language)
    table = re.search(r"(?:^\|.*\n)+", section[section.index(heading) :], re.M)
    assert table is not None
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in table[0].splitlines()[2:]]


POSITIVE = {own: [(row[0], row[1]) for row in rows_under("is tested to match, once", own)] for own in LANGUAGES}
NEGATIVE = {
    own: [row[0].replace("↵", "\n") for row in rows_under("of these is tested to match nothing", own)]
    for own in LANGUAGES
}
SPECS = {own: declared(PRESETS["default"], own) for own in LANGUAGES}


def stream(*texts: str, language: str = "en") -> TokenStream:
    return stream_of(*to_bytes(pl.Series(texts, dtype=pl.String)), SPECS[language])


def patterns_in(*texts: str, language: str = "en") -> list[tuple[str, int]]:
    """The contrasts' patterns and documents, in order."""
    found = find_contrasts(stream(*texts, language=language), language)
    names = patterns_of(language)
    return [(names[number], doc) for number, doc in zip(found.patterns, found.docs, strict=True)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_document__has_every_pattern_with_examples(language: str) -> None:
    names = list(patterns_of(language))
    heading = "## The rules" if language == "en" else "| pattern | rule |"
    assert names == [row[0] for row in rows_under(heading, language)]
    assert list(dict.fromkeys(name for name, _ in POSITIVE[language])) == names
    assert min(len(POSITIVE[language]), len(NEGATIVE[language])) >= 8


@pytest.mark.parametrize("language", LANGUAGES)
def test_contrasts__are_found_once(language: str) -> None:
    for name, text in POSITIVE[language]:
        assert patterns_in(text, language=language) == [(name, 0)], text
        assert patterns_in(text.upper(), language=language) == [(name, 0)], text


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_contrast__is_found(language: str) -> None:
    assert {text: found for text in NEGATIVE[language] if (found := patterns_in(text, language=language))} == {}


def test_languages_with_rules__are_those_that_are_named() -> None:
    assert [*RULES] == [*NAMES]


def test_languages_without_rules__have_no_patterns_and_no_contrasts() -> None:
    assert patterns_of("sv") == ()
    assert len(find_contrasts(stream("It's not a bug, it's a feature."), "sv").docs) == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_rules__speak_of_classes_that_there_are(language: str) -> None:
    rules = RULES[language]
    written = [steps for pattern in rules.patterns for rule in pattern.rules for steps in written_out(rule, rules)]
    named = {name for steps in written for step in steps for name in re.findall(r"[A-Z_]+", step)}
    always = {"PAUSE", "NUMBER", "MARKUP", "QUOTE", "STOP", "BREATH", "COMMA", "NEGATION", "END"}
    assert named - {*rules.classes} <= {"END"}
    assert {*rules.classes} - named - {*rules.outside.split("|"), rules.agreeing} <= always


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_of_rules__are_tokens(language: str) -> None:
    """A word that is cut in two by itself is cut so wherever it stands, and a rule that asks for it waits in vain."""
    words = {word for words in RULES[language].classes.values() for word in words.split()}
    assert [word for word in sorted(words) if tokenise(word, SPECS[language]) != [word]] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_contrasts__stay_within_a_document(language: str) -> None:
    texts = [text for _, text in POSITIVE[language]]
    assert [doc for _, doc in patterns_in(*texts, language=language)] == list(range(len(texts)))
    words = [word for text in texts for word in tokenise(text, SPECS[language])]
    assert patterns_in(*words, language=language) == []


# A slow obvious matcher: it tries every rule at every negation, and every length of every gap.


class Obvious:
    """The rules of a language, tried one after the other."""

    def __init__(self, language: str) -> None:
        self.rules = RULES[language]
        self.classes = {name: words.split() for name, words in self.rules.classes.items()}
        self.outside = [*self.rules.outside.split("|"), "END"]

    def is_in(self, token: str, names: str) -> bool:
        if names.startswith("~"):
            return not is_end(token) and not self.is_in(token, names[1:])
        return any(is_end(token) if name == "END" else token in self.classes[name] for name in names.split("|"))

    def is_before(self, token: str, names: str) -> bool:
        return not self.is_in(token, names[1:]) if names.startswith("~") else self.is_in(token, names)

    def agree(self, one: str, other: str) -> bool:
        """Whether two words agree: they are of one kin, or one word that agrees with itself."""
        for words in reversed([row.split() for row in self.rules.kin]):
            if one in words or other in words:
                return one in words and other in words
        return one == other and one in self.classes[self.rules.agreeing]

    def end_of(self, steps: list[str], tokens: list[str], at: int, named: dict[str, str]) -> int:
        """Where the steps end that begin at a token, by trying everything; -1 if nowhere."""
        if not steps:
            return at
        step, rest = steps[0], steps[1:]
        if step[:2] in ("..", ",,"):
            outside = "|".join([*self.outside, *(["PAUSE"] if step[0] == "." else [])])
            for n in range(int(step[2:]) + 1):
                if at + n > len(tokens) or any(self.is_in(token, outside) for token in tokens[at : at + n]):
                    return -1
                if (end := self.end_of(rest, tokens, at + n, named)) >= 0:
                    return end
            return -1
        name, _, classes = step.rpartition(":")
        classes, _, same = classes.partition("=")
        if at == len(tokens) or not self.is_in(tokens[at], classes):
            return -1
        if same and not self.agree(tokens[at], named[same]):
            return -1
        return self.end_of(rest, tokens, at + 1, named | ({name: tokens[at]} if name else {}))

    def found(self, tokens: list[str]) -> list[str]:
        """The patterns found at each place in turn, by all rules."""
        found, at = [], 0
        while at < len(tokens):
            hit = self.first_at(tokens, at)
            if hit is None:
                at += 1
            else:
                found.append(hit[0])
                at = max(hit[1], at + 1)
        return found

    def first_at(self, tokens: list[str], at: int) -> tuple[str, int] | None:
        for pattern in self.rules.patterns:
            for steps in (steps for rule in pattern.rules for steps in written_out(rule, self.rules)):
                own = [step for step in steps if not step.startswith("<")]
                lead = lead_of(own, self.rules)
                start = at - lead
                if start < 0 or not self.is_in(tokens[at], own[lead]):
                    continue
                if steps[0].startswith("<") and not self.is_before(tokens[start - 1] if start else ".", steps[0][1:]):
                    continue
                if (end := self.end_of(own, tokens, start, {})) >= 0:
                    return pattern.name, end
        return None


def is_end(token: str) -> bool:
    return set(token) <= set(".!?…。\n")


WORDS = {
    "en": "it that they he i is was are not not not isn't wasn't don't does just only but but about about no longer "
    "a an the with house house river yet anything never , , ; — . . . ? “ to it's they're",
    "zh": "不是 不是 并非 不 没有 而是 而是 而 是 是 在于 在于 应 因为 是因为 不仅 不 只是 更 也 还 与其 不如 这 这 "
    "那 吗 房子 房子 河 ， ， 。 “ —— ？",
    "ja": "で で は は では じゃ なく なく なくて て ない です あり ませ ん だけ のみ なら ず という より も むしろ "
    "それ それ これ 家 家 川 、 、 。 「 また なっ",
    "de": "nicht nicht kein nur auch sondern sondern es das ist ist war der mit mit haus haus fluss nie , , . . – ? „",
    "fr": "non pas pas pas seulement mais mais ce n'est n'était ne est c'est c'était à à de un le maison maison "
    "plus , , . . — « ?",
    "es": "no no no solo sino sino es es era son un el de con con casa casa río nada que su nunca , , . . — ?",
    "ru": "не не не только просто столько сколько но а а это это из из в дом дом река он если был и скорее , , . . — «",
}


@pytest.mark.parametrize("language", LANGUAGES)
@given(data=st.data())
def test_find_contrasts__equals_trying_everything(language: str, data: st.DataObject) -> None:
    drawn = data.draw(st.lists(st.sampled_from(WORDS[language].split()), max_size=50))
    text = " ".join(drawn)
    obvious = Obvious(language)
    tokens = [token for token in tokenise(text, SPECS[language]) if token not in obvious.classes["MARKUP"]]
    assert [name for name, _ in patterns_in(text, language=language)] == obvious.found(tokens)


@given(st.lists(st.sampled_from(WORDS["en"].split()), max_size=40), st.lists(st.booleans(), min_size=40, max_size=40))
def test_find_contrasts__passes_over_emphasis(tokens: list[str], is_strong: list[bool]) -> None:
    marked = [f"*{token}*" if strong else token for token, strong in zip(tokens, is_strong, strict=False)]
    assert patterns_in(" ".join(marked)) == patterns_in(" ".join(tokens))


ADVERSARIAL = [
    ("en", "not "),
    ("en", "it is not "),
    ("en", "not a "),
    ("en", "not only a a , "),
    ("en", "isn't a , it "),
    ("en", "not a . a "),
    ("en", "no longer the "),
    ("en", "it's not , "),
    ("zh", "不是因为"),
    ("zh", "不仅，"),
    ("zh", "这不是，"),
    ("ja", "それはではない"),
    ("ja", "ではなく、また"),
    ("de", "nicht nur das , "),
    ("fr", "pas de , mais "),
    ("es", "no es un , "),
    ("ru", "не из , а "),
]


@pytest.mark.parametrize(("language", "unit"), ADVERSARIAL)
def test_find_contrasts__is_linear_in_any_text(language: str, unit: str) -> None:
    """100 kB of what begins many matches and ends none; backtracking over all of it would take hours."""
    own = stream(unit * (100_000 // len(unit.encode())), language=language)
    find_contrasts(own, language)
    started = time.process_time()
    find_contrasts(own, language)
    assert time.process_time() - started < 0.5
