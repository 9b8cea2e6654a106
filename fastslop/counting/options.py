"""What is counted, of what, and how the memory for it is shared out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from os import PathLike

from fastslop.base.defaults import MAX_BAD
from fastslop.base.spec import PRESETS, CountSpec, spec_of
from fastslop.counting.label_queue import MemoryShares
from fastslop.reading.options import ReadOptions, read_options
from fastslop.system.budget import Budget, budget_of


@dataclass(frozen=True)
class CountOptions:
    """What is counted of what is read; the defaults count anything that looks like generations."""

    spec: CountSpec = PRESETS["default"]
    read: ReadOptions = field(default_factory=ReadOptions)
    panel: str | None = None
    budget: Budget = field(default_factory=Budget)
    force: bool = False


def memory_shares(budget: Budget) -> MemoryShares:
    """Shares of the spare memory: three eighths for tokens, which else wait on disk, two for their records, one for
    packed profiles. One more is for chunks, one for writing."""
    eighth = max(budget.spare_bytes // 8, 1 << 20)
    return MemoryShares(tokens=3 * eighth, records=2 * eighth, profiles=eighth)


def count_options(
    *,
    text: str | None = None,
    model: str | None = None,
    prompt: str | None = None,
    label: str | None = None,
    panel: str | None = None,
    spec: str | CountSpec = "default",
    orders: Sequence[int] | None = None,
    shard: tuple[int, int] = (0, 1),
    max_bad: float = MAX_BAD,
    workers: int | None = None,
    memory: str | int | None = None,
    temp: str | PathLike[str] | None = None,
    force: bool = False,
) -> CountOptions:
    """The options as users name them; see `count`."""
    return CountOptions(
        spec_of(spec, orders),
        read_options(text, model, prompt, label, shard, max_bad),
        panel,
        budget_of(workers, memory, temp),
        force,
    )
