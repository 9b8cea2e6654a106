"""Results as people read them on a terminal: data to stdout, everything else to stderr."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

import click

from fastslop.base.wording import plural
from fastslop.cli.loudness import QUIET, loudness
from fastslop.drawing.names import shortened
from fastslop.system.threads import n_cores

if TYPE_CHECKING:
    from fastslop.comparing.compare import Comparison
    from fastslop.counting.result import CountResult
    from fastslop.demo.bench import Timing
    from fastslop.drawing.pictures import Picture
    from fastslop.pipeline.run import RunResult
    from fastslop.profiles.files import CountedProfile
    from fastslop.scoring.score import Scores


def say(text: str) -> None:
    """Tell the user something that is not data, unless only that was asked for."""
    if loudness() > QUIET:
        click.echo(text, err=True)


@contextmanager
def compile_notice() -> Iterator[None]:
    """Say that kernels are compiled, if they must be, and have idle cores help: in the first run, as a rule."""
    from fastslop.tokens.tokeniser import is_compiled, is_kept

    if is_compiled():
        yield
    elif not is_kept():
        say("compiling the kernels, half a minute each time: set NUMBA_CACHE_DIR to a folder where they can be kept")
        yield
    else:
        from fastslop._kernels.machine.ahead import compiled_ahead

        say("compiling the kernels, about half a minute, once")
        with compiled_ahead(n_cores()):
            yield


def say_notes(notes: Iterable[str]) -> None:
    """Say what a reader of the results must know; what tells how texts were read stands as it is."""
    for note in notes:
        say(note if note.startswith(("read: ", "note: ", "skipped ")) else f"note: {note}")


def write_picture(
    picture: Picture, path: Path, *, size: str | None, dpi: float | None, force: bool, smaller: str = ""
) -> None:
    """Write a picture, and say if its names are too small to be read on paper, and what makes it ``smaller``."""
    picture.write(path, size=size, dpi=dpi, force=force)
    if size is not None and (note := picture.print_note(size)):
        say_notes([note + smaller])


def say_counted(result: CountResult) -> None:
    """Sum up what was counted, and what was not."""
    say(result.summary)
    for note in result.notes:
        say(note)


def print_json(value: Mapping[str, Any]) -> None:
    """Print data as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))


def print_table(
    header: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    left: int = 1,
    right: Container[int] | None = None,
    err: bool = False,
) -> None:
    """Print rows in columns, the first ``left`` of them flush left, the others right; or only those in ``right``.

    With ``err`` they are no data, and only told: see ``say``.
    """
    tell = say if err else click.echo
    cells = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(shown_width(row[i]) for row in cells) for i in range(len(header))]
    is_right = [i >= left if right is None else i in right for i in range(len(header))]
    for row in cells:
        spaces = [" " * (width - shown_width(cell)) for cell, width in zip(row, widths, strict=True)]
        line = (space + c if flush else c + space for c, space, flush in zip(row, spaces, is_right, strict=True))
        tell("  ".join(line).rstrip())


def shown_width(text: str) -> int:
    """Columns of a terminal that a text takes: two for each wide character, such as those of Chinese."""
    return len(text) + sum(east_asian_width(character) in "WF" for character in text if character > "\u10ff")


def print_counted(profiles: Sequence[CountedProfile]) -> None:
    """The profiles that were written."""
    rows = [(p.label, f"{p.n_docs:,}", f"{p.n_prompts:,}", f"{p.n_tokens:,}", str(p.path)) for p in profiles]
    print_table(("model", "generations", "prompts", "tokens", "profile"), rows)


def print_summary(found: RunResult) -> None:
    """The main findings on a page: each model's nearest, the verdict on it, its slop score, and what leads its list."""
    import polars as pl

    from fastslop.base.written import as_written

    labels = found.scores.labels["label"].to_list() if found.comparison is None else found.comparison.labels
    name_of = dict(zip(labels, shortened([visible(label) for label in labels]), strict=True))
    nearest: dict[str, str] = {}
    if found.comparison is not None:
        first = found.comparison.neighbours.filter(pl.col("rank") == 1)
        nearest = dict(first.select("label", "neighbour").iter_rows())
    rows = []
    for label, slop in found.scores.labels.select("label", "slop_score").iter_rows():
        tables = found.lists[label].tables
        words, phrases = tables["words"]["phrase"].head(5), tables.get("phrases", tables["bigrams"])["phrase"].head(3)
        near = name_of[nearest[label]] if label in nearest else "-"
        verdict = found.verdicts.get(label, "-")
        rows.append(
            (name_of[label], near, verdict, f"{slop:.0f}", ", ".join(words), "; ".join(map(as_written, phrases)))
        )
    print_table(("model", "nearest", "verdict", "slop", "overused words", "overused phrases"), rows, right={3})


def with_interval(score: float, low: float | None, high: float | None) -> str:
    """A slop score with its 95 % interval, where there is one."""
    return f"{score:.1f}" if low is None or high is None else f"{score:.1f} ({low:.1f}..{high:.1f})"


def print_scores(scores: Scores, top: int) -> None:
    """The first features of each table of each model."""
    shown = scores.top(top)
    for row in scores.labels.iter_rows(named=True):
        level = with_interval(row["slop_score"], row["slop_low"], row["slop_high"])
        totals = f"{plural(row['n_docs'], 'generation')}, {plural(row['n_words'], 'word')}, slop score {level}"
        click.echo(f"\n{row['label']}: {totals}")
        own = shown.filter(shown["label"] == row["label"]).sort("kind", "order", maintain_order=True)
        for (kind, order), table in own.group_by("kind", "order", maintain_order=True):
            click.echo(f"\n  {kind} n-grams of order {order}, against {table['baseline'][0]}")
            columns = (
                "feature",
                "n",
                "n_prompts",
                "rate_per_million",
                "log_ratio",
                "log_ratio_low",
                "log_ratio_high",
                "q_value",
            )
            rows = [
                (
                    f"  {visible(f)}",
                    f"{n:,}",
                    f"{p:,}",
                    f"{rate:.1f}",
                    f"{lr:+.1f}",
                    f"{low:+.1f}..{high:+.1f}",
                    f"{q:.1g}",
                )
                for f, n, p, rate, lr, low, high, q in table.select(columns).iter_rows()
            ]
            print_table(("  feature", "n", "prompts", "per million", "log2 ratio", "95 %", "q"), rows)
    if scores.human is not None:
        level = with_interval(scores.human.slop_score, scores.human.slop_low, scores.human.slop_high)
        click.echo(f"\nhuman writing by {scores.human.name}: slop score {level}. {scores.human.note}")


def visible(text: str) -> str:
    """Text with line ends shown as such."""
    return text.replace("\n\n", "\\n\\n").replace("\n", "\\n")


def print_neighbours(comparison: Comparison, top: int) -> None:
    """The nearest labels of each label, with their distances."""
    if comparison.resampled is not None:
        _print_evidence(comparison, top)
        return
    near = comparison.neighbours.filter(comparison.neighbours["rank"] <= top)
    cells: dict[str, list[str]] = {}
    for label, neighbour, distance in near.select("label", "neighbour", "distance").iter_rows():
        cells.setdefault(label, []).append(f"{neighbour} {distance:.3f}")
    width = min(top, len(comparison.labels) - 1)
    click.echo(f"{comparison.metric}; {comparison.caption}\n")
    print_table(("model", *(str(i + 1) for i in range(width))), [(k, *v) for k, v in cells.items()], left=width + 1)


def _print_evidence(comparison: Comparison, top: int) -> None:
    near = comparison.neighbours.filter(comparison.neighbours["rank"] <= top)
    rows = []
    for row in near.iter_rows(named=True):
        figures = (f"{row[name]:.2f}" if row[name] is not None else "-" for name in ("split", "floor", "position"))
        interval = f"{row['low']:.3f}..{row['high']:.3f}"
        label = row["label"] if row["rank"] == 1 else ""
        rows.append((label, row["neighbour"], f"{row['distance']:.3f}", interval, f"{row['support']:.0%}", *figures))
    click.echo(f"{comparison.metric}; {comparison.caption}\n")
    header = ("model", "neighbour", "distance", "95 %", "nearest", "on halves", "itself", "position")
    print_table(header, rows, left=2)
    click.echo(
        "\nnearest: share of replicates in which it is the nearest. on halves: the distance when each of the two "
        "answers\nother prompts, half of them; itself: that of the model from itself. position: 0 as near as models "
        "are to themselves,\n1 as far as the middle one of all pairs."
    )


def print_profile(values: Mapping[str, Any]) -> None:
    """What a profile says of itself, and some of its rows."""
    shown = ("label", "panel", "n_docs", "n_prompts", "n_words", "n_tokens", "n_distinct_tokens", "n_bytes", "pruned")
    for name in shown:
        value = values[name]
        if value is not None:
            click.echo(f"{name}: {value:,}" if isinstance(value, int) else f"{name}: {value}")
    for own in values["shards"]:
        missing = f", missing {own['missing']}" if own["missing"] else ""
        click.echo(f"shards: {own['parts']} of {own['of']:,}{missing}")
    click.echo("guarded: " + ", ".join(f"{name} {n:,}" for name, n in values["guarded"].items()))
    click.echo("spec: " + ", ".join(f"{name} {value}" for name, value in values["spec"].items()))
    for table in values["tables"]:
        if not table["rows"]:
            continue
        size = f"{table['n_rows']:,} different, {table['n']:,} in all"
        click.echo(f"\n{table['kind']} n-grams of order {table['order']}: {size}")
        rows = [
            (f"  {visible(r['feature'])}", f"{r['n']:,}", f"{r['n_docs']:,}", f"{r['n_prompts']:,}")
            for r in table["rows"]
        ]
        print_table(("  feature", "n", "generations", "prompts"), rows)
    if not any(table["rows"] for table in values["tables"]):
        scaled = values["spec"].get("scaled", 1)
        click.echo("\nnot found in it" + (f", which has one n-gram in {scaled:,} (--scaled)" if scaled > 1 else ""))


def timing_json(timing: Timing) -> dict[str, Any]:
    """A timing as plain values."""
    return {
        "what": timing.what,
        "workers": timing.workers,
        "n_bytes": timing.n_bytes,
        "seconds": round(timing.seconds, 3),
        "mb_per_s": round(timing.mb_per_s, 2),
    }


def print_timings(timings: Sequence[Timing]) -> None:
    """Print what was timed, and how many times as fast as plain Python (the first) it was."""
    plain = timings[0].mb_per_s
    header = ("counted by", "workers", "MB", "s", "MB/s", "times")
    rows = [
        (
            t.what,
            str(t.workers),
            f"{t.n_bytes / 1e6:.1f}",
            f"{t.seconds:.2f}",
            f"{t.mb_per_s:.1f}",
            f"{t.mb_per_s / plain:.1f}",
        )
        for t in timings
    ]
    print_table(header, rows)
