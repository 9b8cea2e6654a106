"""Options of a count, and the shares of its memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastslop.base.errors import UsageError
from fastslop.base.spec import PRESETS, CountSpec
from fastslop.counting.label_queue import MemoryShares
from fastslop.reading.options import ReadOptions
from fastslop.system.budget import Budget


@dataclass(frozen=True)
class CountOptions:
    """Options of a count: ``spec`` says what is counted, ``read`` of what; ``force`` replaces profiles already there,
    ``resume`` keeps those that are of the same texts; what is in fewer than ``min_prompts`` prompts is left out.
    ``language`` is ``auto`` to have the specification in the language that is found; if None, it stays as it is.

    The defaults count anything that looks like generations.
    """

    spec: CountSpec = PRESETS["default"]
    read: ReadOptions = field(default_factory=ReadOptions)
    panel: str | None = None
    budget: Budget = field(default_factory=Budget)
    force: bool = False
    min_prompts: int = 0
    resume: bool = False
    language: str | None = None

    @property
    def replaces(self) -> bool:
        """Whether files that are already there may be replaced."""
        return self.force or self.resume

    def __post_init__(self) -> None:
        if self.force and self.resume:
            raise UsageError("--force counts all anew, and --resume what is not there yet: say one of them")


def memory_shares(budget: Budget) -> MemoryShares:
    """Shares of the spare memory: three eighths for tokens, two for records, one for packed profiles.

    Tokens that outgrow their share wait on disk. Of the other two eighths, one is for chunks, one for writing.
    """
    eighth = max(budget.spare_bytes // 8, 1 << 20)
    return MemoryShares(tokens=3 * eighth, records=2 * eighth, profiles=eighth)
