"""``--spec slop-forensics`` gives slop-forensics' own counts on real generations, but for one named rule.

The rule: NLTK's Treebank tokeniser, which that program uses for n-grams (not for words), cuts a few words in two
(``cannot``, ``gonna`` and their like). The reference was computed without dropping stopwords ("of the" is its most
frequent bigram), so it is our word n-grams, not our content n-grams, that must equal it.
"""

from __future__ import annotations

import gzip
import json
import re

import numpy as np
import pytest

from fastslop.base import stopwords
from fastslop.base.spec import PRESETS
from fastslop.counting.one_label import count_documents
from fastslop.profiles.profile import Profile
from fastslop.profiles.rows import n_prompts_of, texts_of
from tests.strategies import chunk

# nltk.tokenize.destructive.MacIntyreContractions, those that can occur once apostrophes are spaces.
CUT = re.compile(r"\b(can)(not)\b|\b(gim|lem)(me)\b|\b(gon)(na)\b|\b(got)(ta)\b|\b(wan)(na)\b", re.IGNORECASE)
MODELS = sorted(
    """Mistral-Small-3.2-24B-Instruct-2506 chatgpt-4o-latest claude-sonnet-4-20250514 claude-sonnet-4-5 deepseek-r1
    deepseek-v3.2-exp gemini-2.5-flash gemma-3-12b-it gemma-3-27b-it gemma-3-27b-it-antislop gemma-3-4b-it glm-4.5
    gpt-5-mini-2025-08-07 gpt-5-nano-2025-08-07 kimi-k2 kimi-k2-0905 ling-1t llama-4-maverick mistral-nemo o3
    openrouter_polaris-alpha qwen3-4b""".split()
)


@pytest.fixture(scope="module")
def profiles_of_slop_forensics(request) -> dict:
    reference = request.getfixturevalue("reference")
    with gzip.open(reference / "slop_forensics_profiles.json.gz", "rt") as file:
        return json.load(file)


def read(corpora, model: str) -> list[tuple[str, str]]:
    with gzip.open(corpora / "slop-score" / f"{model}.jsonl.gz", "rt", encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    return [(f"{record['source']}_{record['id']}", record["output"]) for record in records]


def table_of(profile: Profile, kind: str, order: int) -> dict[str, tuple[int, int]]:
    grams = profile.tables[kind, order]
    texts = texts_of(profile, (kind, order), np.arange(len(grams.n)))
    return dict(zip(texts, zip(grams.n.tolist(), n_prompts_of(profile, grams).tolist(), strict=True), strict=True))


def test_reference__has_the_models_compared_here(profiles_of_slop_forensics) -> None:
    assert sorted(profiles_of_slop_forensics) == MODELS


@pytest.mark.parametrize("model", MODELS)
def test_counts__equal_those_of_slop_forensics(corpora, profiles_of_slop_forensics, model) -> None:
    theirs = profiles_of_slop_forensics[model]
    documents = read(corpora, model)
    profile = count_documents(chunk(documents), PRESETS["slop-forensics"])
    cut = count_documents(
        chunk([(p, CUT.sub(lambda m: " ".join(filter(None, m.groups())), t)) for p, t in documents]),
        PRESETS["slop-forensics"],
    )
    assert profile.n_docs == theirs["num_texts_analyzed"]
    assert profile.n_prompts == theirs["num_unique_prompts"]

    words = table_of(profile, "word", 1)
    kept = {word: n for word, (n, n_prompts) in words.items() if n_prompts >= 2 and n > 5}
    assert len(kept) == theirs["total_unique_words_after_filters"]
    for word in theirs["top_repetitive_words"] + theirs["zero_frequency_words"]:
        assert kept[word["word"]] / sum(kept.values()) == pytest.approx(word["corpus_freq"], rel=1e-12)

    for order, name in ((2, "top_bigrams"), (3, "top_trigrams")):
        by_rule = table_of(cut, "word", order)
        assert {n["ngram"]: n["frequency"] for n in theirs[name]} == {
            n["ngram"]: by_rule[n["ngram"]][0] for n in theirs[name]
        }


def test_stopwords__are_the_179_of_nltk(reference) -> None:
    listed = (reference / "nltk_stopwords_english.txt").read_text().split()
    assert sorted(set(listed)) == sorted(stopwords.NLTK_ENGLISH)
