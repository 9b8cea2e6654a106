"""Options of reading: fields, label, shard, and how much of a file may be bad."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastslop.base.defaults import DROP_REASONING, MAX_BAD, REASONINGS
from fastslop.base.errors import UsageError
from fastslop.base.sources import MOST_SHARDS
from fastslop.reading.fields import Fields

NOTHING, IDS, RECORDS = "nothing", "ids", "records"
"""What batches may have of their records: nothing, the fields that tell one from others, or all."""


@dataclass(frozen=True)
class ReadOptions:
    """Options of reading inputs; the defaults read anything that looks like generations.

    Parameters
    ----------
    fields : names of fields; those not given are found for each file
    label : the one label of everything, whatever the files say
    shard : (i, n): only every nth record, the ith first; inputs take turns in which shard has their first record
    max_bad : share of bad records of a file above which reading stops
    reasoning : what is done with reasoning: ``drop``, ``keep`` (counted with the answer), ``only`` (counted alone)
    keeps : what batches have of their records, as lines of JSON: ``NOTHING``, ``IDS`` or ``RECORDS``; those of JSON
        Lines they have in any case

    Raises
    ------
    UsageError : a parameter is out of range
    """

    fields: Fields = field(default_factory=Fields)
    label: str | None = None
    shard: tuple[int, int] = (0, 1)
    max_bad: float = MAX_BAD
    reasoning: str = DROP_REASONING
    keeps: str = NOTHING

    def __post_init__(self) -> None:
        index, n_shards = self.shard
        if not 0 <= index < n_shards:
            raise UsageError(f"shard {index}/{n_shards}: the first number runs from 0 to {n_shards - 1}")
        if n_shards > MOST_SHARDS:
            raise UsageError(f"shard {index}/{n_shards}: there can be {MOST_SHARDS:,} shards at most")
        if not 0 <= self.max_bad <= 1:
            raise UsageError(f"max_bad {self.max_bad}: a share lies between 0 and 1")
        if self.reasoning not in REASONINGS:
            raise UsageError(f"reasoning {self.reasoning!r}: it is one of {', '.join(REASONINGS)}")


def read_options(
    text: str | None = None,
    model: str | None = None,
    prompt: str | None = None,
    label: str | None = None,
    shard: tuple[int, int] = (0, 1),
    max_bad: float = MAX_BAD,
    reasoning: str = DROP_REASONING,
) -> ReadOptions:
    """``ReadOptions`` of parameters as users name them: ``text``, ``model`` and ``prompt`` are fields."""
    return ReadOptions(Fields(text, model, prompt), label, shard, max_bad, reasoning)
