"""Most bytes that a text, line or document may have: kilobytes can be made so that they unpack to gigabytes."""

from __future__ import annotations

LONGEST_TEXT = 128 << 20
"""Most bytes of one text, and of the line that holds it: some thirty long novels. To count it takes ten times as much
memory, and room for twelve times as many tokens as texts of usual length need."""
WHOLE_BYTES = 512 << 20
"""Most bytes of what is read whole: a JSON document, a line of which it is not known what it holds, CSV in UTF-16."""
MOST_TIMES, ALWAYS_ALLOWED = 256, 1 << 30
"""Most bytes that a Parquet file may unpack to for each of its own, and bytes that any file may unpack to. Texts are
packed to a third, and what is repeated is in it once before it is packed."""
