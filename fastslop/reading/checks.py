"""Checks that what was taken for texts, models and prompts can be that: nothing wrong is read in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fastslop.base.errors import BadInputError, NoTextsError
from fastslop.base.wording import plural
from fastslop.reading import names as n
from fastslop.reading.documents import Documents
from fastslop.reading.fields import Columns, Document, Fields, Found, list_fields, read_record
from fastslop.reading.paths import lookup
from fastslop.reading.prompts import tidy
from fastslop.reading.unusable import Unusable

LEAST_TEXTS, MOST_SHORT = 10, 0.9
"""Texts that can be told to be no prose, and the share of numbers and single words from which on they are none."""
LONGEST_WORD, LONGEST_IDEOGRAMS = 30, 2
"""Characters of a single word; of one in a script that is written without spaces."""
PROMPTS_KEPT, LABELS_KEPT = 64, 1000
"""Prompts of a label whose texts are compared with those of others, and the labels that are."""
LEAST_SHARED, FEW_SHARED = 2, 5
"""Prompts that labels must share for their texts to be compared. Of fewer than the second number every one must have
the same text of all labels, and each another one than the others."""
TEXTS_KEPT, LEAST_COMMON = 256, 5
"""First texts of a label that are compared with those of others whatever their prompts, and how many differing ones
must be there for that."""
VALUES_SHOWN = 3


def check_sample(sample: Sequence[object], columns: Columns, asked: Fields, name: str) -> tuple[str, ...]:
    """Notes on what was chosen for a file, by a sample of its records.

    Raises
    ------
    NoTextsError : its texts are the prompts, or no prose; unless the user asked for that text
    """
    texts: list[str] = []
    n_prompts = 0
    for record in sample:
        try:
            documents = read_record(record, columns)
        except Unusable:
            continue
        texts += [one.generation.text for one in documents if one.generation.text.strip()]
        n_prompts += sum(map(_is_prompt, documents))
    problem = ""
    if columns.prompt and 2 * n_prompts > len(texts):
        problem = f"most texts are the prompts themselves (text {columns.text}, prompt {' and '.join(columns.prompt)})"
    elif len(texts) > 1 and sum(map(is_no_prose, texts)) >= MOST_SHORT * len(texts):
        shown = ", ".join(map(repr, texts[:VALUES_SHOWN]))
        problem = f"nearly every text is a number or one word (text {columns.text}: {shown}, ...)"
    is_sure = len(texts) >= LEAST_TEXTS or "prompts" in problem
    if problem and is_sure and asked.text is None:
        raise NoTextsError(f"{name}: {problem}; {remedy(columns)}")
    return (f"{name}: {problem}",) if problem else ()


def _is_prompt(one: Document) -> bool:
    """Whether the text of a document is its prompt; one that begins otherwise is not looked through."""
    text = one.generation.text
    if one.prompt is None or text.split(maxsplit=1)[:1] != one.prompt.split(maxsplit=1)[:1]:
        return False
    return tidy(one.prompt) == tidy(text)


def documents_with_text(sample: Sequence[object], columns: Columns) -> Iterator[Document]:
    """Yield the documents of a sample that have a text."""
    for record in sample:
        try:
            documents = read_record(record, columns)
        except Unusable:
            continue
        yield from (one for one in documents if one.generation.text.strip())


def remedy(columns: Columns) -> str:
    """What a user can do about a text that is none."""
    also = f"also found: {', '.join(columns.also.text)}; " if columns.also.text else ""
    return f"choose the text with --text; {also}{list_fields(columns.found)}"


def is_no_prose(text: str) -> bool:
    """Whether a text is a number or a single word."""
    if len(text.split(maxsplit=1)) > 1:
        return False
    is_dense = any("\u2e80" <= char <= "\ud7ff" for char in text)
    return len(text.strip()) <= (LONGEST_IDEOGRAMS if is_dense else LONGEST_WORD)


def pooled_models(sample: Sequence[object], columns: Columns) -> tuple[str, tuple[str, ...]] | None:
    """The field whose values may be models that are pooled, and some of these; None if there is none.

    It has few values for many records; and, if its name does not say so, answers of several values to the same prompt.
    """
    records = [record for record in sample if isinstance(record, dict)]
    prompts = [tuple(str(lookup(record, part)) for part in columns.prompt) for record in records]
    for name in columns.also.label or _repeated(records, columns):
        values = [record.get(name) for record in records]
        named = [value for value in values if isinstance(value, str)]
        distinct = tuple(dict.fromkeys(named))
        if not 2 <= len(distinct) <= len(records) / 2 or 2 * len(named) < len(records):
            continue
        pairs = Counter(zip(prompts, map(str, values), strict=True))
        answers = Counter(prompt for prompt, _ in pairs)
        if name in columns.also.label or (
            columns.prompt and 2 * sum(times > 1 for times in answers.values()) > len(answers)
        ):
            return name, distinct
    return None


def _repeated(records: Sequence[dict[str, object]], columns: Columns) -> list[str]:
    """Fields with short texts that many records share."""
    taken = {columns.text, columns.role, *columns.prompt, *(columns.once or ())[:1]}
    names = dict.fromkeys(name for record in records for name in record if name not in taken)
    found = []
    for name in names:
        values = [
            value for record in records if isinstance(value := record.get(name), str) and len(value) <= n.LONGEST_NAME
        ]
        if len(values) == len(records) and 1 < len(set(values)) <= len(values) / 2:
            found.append(name)
    return found


@dataclass
class AcrossLabels:
    """What labels have in common: of each some prompts, the smallest hashes, with the hash of a text; and first texts.

    ``texts`` has the hash of a text by that of its prompt, ``firsts`` the hashes of texts whatever their prompts.
    """

    columns: Columns | None = None
    was_asked: bool = False
    texts: dict[str, dict[int, int]] = field(default_factory=dict)
    firsts: dict[str, set[int]] = field(default_factory=dict)

    def add(self, documents: Documents, columns: Columns, asked: Fields) -> None:
        """Take note of documents."""
        self.columns, self.was_asked = columns, asked.text is not None
        for label, docs in documents.by_label():
            if label not in self.firsts and len(self.firsts) >= LABELS_KEPT:
                continue
            firsts = self.firsts.setdefault(label, set())
            firsts.update(hash(documents.text_of(doc)) for doc in docs[: TEXTS_KEPT - len(firsts)])
            if columns.prompt:
                self._add(self.texts.setdefault(label, {}), documents, docs)

    @staticmethod
    def _add(own: dict[int, int], documents: Documents, docs: NDArray[np.int64]) -> None:
        keys = documents.prompt_keys[docs]
        most = max(own) if len(own) >= PROMPTS_KEPT else None
        if most is not None:
            docs, keys = docs[keys < most], keys[keys < most]
        smallest, first = np.unique(keys, return_index=True)
        for key, at in zip(smallest[:PROMPTS_KEPT].tolist(), first[:PROMPTS_KEPT].tolist(), strict=True):
            own.setdefault(key, hash(documents.text_of(docs[at])))
        for key in sorted(own)[PROMPTS_KEPT:]:
            del own[key]

    def check(self) -> tuple[str, ...]:
        """Notes on what labels have in common.

        Raises
        ------
        BadInputError : most prompts have the same text of all labels, or most texts are of all; nobody asked for it
        """
        if self.columns is None or len(self.firsts) < 2:
            return ()
        problem = self._same_answers() or self._same_texts()
        if problem:
            problem = f"{problem}: text {self.columns.text} may be a reference answer or a key"
            if not self.was_asked:
                raise BadInputError(f"{problem}; {remedy(self.columns)}")
            return (problem,)
        if self.columns.prompt and not self._shared() and min(map(len, self.texts.values()), default=0) > 1:
            return (self._unshared(self.columns.prompt, self.columns.also),)
        return ()

    def _shared(self) -> list[list[int]]:
        """The hashes of the texts of all labels for each prompt that two of them share."""
        answers: dict[int, list[int]] = {}
        for own in self.texts.values():
            for key, text in own.items():
                answers.setdefault(key, []).append(text)
        return [texts for texts in answers.values() if len(texts) > 1]

    def _same_answers(self) -> str:
        """Whether labels have the same text for most prompts that they share, in words."""
        shared = self._shared()
        n_same = sum(len(set(texts)) == 1 for texts in shared)
        are_same = 2 * n_same > len(shared)
        if len(shared) < FEW_SHARED:
            are_same = n_same == len(shared) == len({text for texts in shared for text in texts})
        if len(shared) < LEAST_SHARED or not are_same:
            return ""
        of_all = f"{n_same:,} of {plural(len(shared), 'prompt')} that they share"
        return f"{plural(len(self.texts), 'model')} gave the same text to {of_all}"

    def _same_texts(self) -> str:
        """Whether most texts of every label are those of most labels, whatever the prompts, in words."""
        compared = [own for own in self.firsts.values() if len(own) >= LEAST_COMMON]
        n_owners = Counter(text for own in compared for text in own)
        common = {text for text, owners in n_owners.items() if 2 * owners > len(compared)}
        if len(compared) < 2 or any(2 * len(own & common) <= len(own) for own in compared):
            return ""
        return f"{plural(len(compared), 'model')} have most of their texts in common"

    def _unshared(self, prompt: Sequence[str], also: Found) -> str:
        others = f"; also found: {', '.join(also.prompt)}" if also.prompt else ""
        return (
            f"no two of {plural(len(self.texts), 'model')} share a prompt (prompt {'+'.join(prompt)}{others}): "
            "if they answered the same ones, name the field with --prompt"
        )
