"""What stands around every picture: its heading above, families and sentences below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastslop.drawing.colours import GREY, INK, colours_of_families, family_colours
from fastslop.drawing.names import label_texts
from fastslop.drawing.scene import MARGIN, SMALL, TITLE, Box, Measure, Text, paragraph, safe

_DOT, _DOT_GAP, _ITEM_GAP, _LINE = 8.0, 5.0, 16.0, 17.0


@dataclass(frozen=True)
class Inscription:
    """What is written in a picture.

    ``labels``: their texts, not yet placed, in the order of the data. ``families`` of the labels. ``title`` above, and
    ``note`` below, of which each line is a paragraph.
    """

    labels: Sequence[Text]
    families: Mapping[str, str]
    title: str | None = None
    note: str | None = None

    @staticmethod
    def of(
        labels: Sequence[str],
        families: Mapping[str, str],
        highlight: Sequence[str] = (),
        title: str | None = None,
        note: str | None = None,
    ) -> Inscription:
        """Raises UsageError if a label to highlight is not there."""
        return Inscription(label_texts(labels, families, highlight), families, title, note)

    def heading(self, width: float, measure: Measure) -> list[Text]:
        """The title in lines of at most this width."""
        return paragraph(Text(MARGIN, MARGIN, self.title or "", TITLE, INK, True), width, measure)

    def footer(self, top: float, width: float, measure: Measure, *sentences: str) -> tuple[list[Box], list[Text]]:
        """The colours of families, then these sentences, then the note, below ``top``."""
        boxes, texts = self._legend(top, width, measure)
        y = texts[-1].y + 8.0 if texts else top
        for sentence in (*sentences, *(self.note or "").splitlines()):
            lines = paragraph(Text(MARGIN, y, sentence), width, measure)
            texts += lines
            y = lines[-1].y + 4.0 if lines else y
        return boxes, texts

    def _legend(self, top: float, width: float, measure: Measure) -> tuple[list[Box], list[Text]]:
        """A dot and a name for each family that has a colour; nothing where none has."""
        colours = colours_of_families(self.families)
        if not colours:
            return [], []
        items = [(safe(family), colour) for family, colour in colours.items()]
        if GREY in family_colours(self.families).values():
            items.append(("others", GREY))
        boxes, texts = [], []
        x, y = MARGIN, top + _LINE
        for name, colour in items:
            end = x + _DOT + _DOT_GAP + measure(name, SMALL, False)
            if end > MARGIN + width and x > MARGIN:
                end, x, y = MARGIN + end - x, MARGIN, y + _LINE
            boxes.append(Box(x, y - _DOT, _DOT, _DOT, colour, radius=_DOT / 2))
            texts.append(Text(x + _DOT + _DOT_GAP, y, name, SMALL, colour))
            x = end + _ITEM_GAP
        return boxes, texts
