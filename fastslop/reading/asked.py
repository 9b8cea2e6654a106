"""What each label was asked: the texts of its prompts, as many as its profile keeps."""

from __future__ import annotations

from fastslop.base.prompt_texts import MOST_PROMPTS, PromptTexts, kept_texts
from fastslop.reading.documents import Documents


class Asked:
    """Texts of the prompts of labels, gathered from documents; of several texts of a prompt, a label has the first."""

    def __init__(self) -> None:
        self._texts: dict[str, dict[int, str]] = {}

    def add(self, documents: Documents) -> None:
        """Take what is told of the prompts of these documents."""
        if not documents.asked:
            return
        for label, docs in documents.by_label():
            own = self._texts.setdefault(label, {})
            keys = {*documents.prompt_keys[docs].tolist()} - own.keys()
            own |= {key: documents.asked[key].strip() for key in keys & documents.asked.keys()}
            if len(own) > 2 * MOST_PROMPTS:
                kept = kept_texts(own)
                self._texts[label] = dict(zip(kept.keys.tolist(), kept.texts, strict=True))

    def of_label(self, label: str) -> PromptTexts:
        """The texts of a label's prompts that are kept."""
        return kept_texts(self._texts.get(label, {}))
