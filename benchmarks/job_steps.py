"""A job in this process, step by step: ``python -m benchmarks.job_steps count|run|compare SOURCE OUT``.

``compare`` reads the profiles in the folder SOURCE, and writes nothing.

Prints JSON: the labels, documents and bytes of text that were read, and for each step that the job reports its wall and
processor time and the process's peak of memory at its end. What comes between two steps belongs to the first.
"""

from __future__ import annotations

import json
import resource
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from time import perf_counter, process_time

from benchmarks.fresh import BYTES_OF_MAXRSS

START = "starting"


@dataclass(frozen=True)
class Step:
    """A step of a job: seconds by the clock and of all cores, and the peak of memory of the process so far."""

    name: str
    wall_s: float
    cpu_s: float
    peak_rss_mb: float


class StepClock:
    """A job's progress, which takes the time of its steps."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.name, self.lock = START, Lock()
        self.wall, self.cpu = perf_counter(), process_time()

    def __call__(self, step: str, done: int, total: int | None, unit: str) -> None:
        with self.lock:
            if step != self.name:
                self.end(step)

    def end(self, following: str = "") -> None:
        """End the step that is going on."""
        wall, cpu = perf_counter(), process_time()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_OF_MAXRSS / 1e6
        self.steps.append(Step(self.name, round(wall - self.wall, 3), round(cpu - self.cpu, 3), round(peak, 1)))
        self.name, self.wall, self.cpu = following, wall, cpu


def main() -> None:
    """Do the job and print its steps."""
    job, source, out = sys.argv[1:]
    clock = StepClock()
    import fastslop as fs  # its imports are part of the first step

    if job == "count":
        profiles = fs.count(source, out=Path(out), progress=clock)
    elif job == "compare":
        profiles = fs.open_profiles(source)
        fs.compare(profiles, progress=clock)
    else:
        profiles = fs.run(source, Path(out), progress=clock).profiles
    clock.end()
    totals = profiles.totals
    read = {"n_labels": totals.height, "n_docs": int(totals["n_docs"].sum()), "n_bytes": int(totals["n_bytes"].sum())}
    json.dump(read | {"steps": [asdict(step) for step in clock.steps]}, sys.stdout)


if __name__ == "__main__":
    main()
