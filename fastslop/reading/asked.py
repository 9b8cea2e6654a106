"""What each label was asked: the texts of its prompts, as many as its profile keeps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop.base.prompt_texts import MOST_PROMPTS, PromptTexts, kept_texts, take_longest, without_nul
from fastslop.reading.documents import Documents


class Asked:
    """Texts of the prompts of labels, gathered from documents: as many, and those, that a merge of any parts keeps."""

    def __init__(self) -> None:
        self._texts: dict[str, dict[int, str]] = {}

    def add(self, documents: Documents) -> None:
        """Take what is told of the prompts of these documents."""
        if documents.asked is None:
            return
        for label, docs in documents.by_label():
            own = self._texts.setdefault(label, {})
            take_longest(own, _told(documents.prompt_keys[docs], documents.asked.gather(docs)))
            if len(own) > 2 * MOST_PROMPTS:
                kept = kept_texts(own)
                self._texts[label] = dict(zip(kept.keys.tolist(), kept.texts, strict=True))

    def of_label(self, label: str) -> PromptTexts:
        """The texts of a label's prompts that are kept."""
        return kept_texts(self._texts.get(label, {}))


def _told(keys: NDArray[np.uint64], texts: pl.Series) -> Iterator[tuple[int, str]]:
    """The texts that are not blank, as a file of a profile holds them, with the keys of their prompts."""
    told = pl.DataFrame({"key": keys, "text": texts}).drop_nulls().unique()
    for key, text in told.iter_rows():
        if stripped := text.strip():
            yield key, without_nul(stripped)
