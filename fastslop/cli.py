"""The command line: parse, one call, print. Data goes to stdout, everything else to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fastslop import __version__
from fastslop.errors import FastslopError

if TYPE_CHECKING:
    from fastslop.comparing import Comparison
    from fastslop.counting import Counting, CountReport
    from fastslop.scoring import Scores

F = TypeVar("F", bound=Callable[..., Any])
INTERRUPTED = 130


class Sizes(click.ParamType[int]):
    """A number of bytes such as ``800MB`` or ``2GB``."""

    name = "SIZE"
    units: Mapping[str, int] = {"": 1, "B": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The bytes meant."""
        if isinstance(value, int):
            return value
        text = str(value).strip().upper()
        number = text.rstrip("KMGTIB")
        unit = text[len(number) :].replace("I", "").removesuffix("B")
        try:
            n_bytes = int(float(number) * self.units[unit])
        except (ValueError, KeyError):
            self.fail(f"{value!r} is no size; write for example 800MB or 2GB", param, ctx)
        if n_bytes < 64_000_000:
            self.fail(f"{value!r} is too little to work with; the least is 64MB", param, ctx)
        return n_bytes


class Shards(click.ParamType[tuple[int, int]]):
    """A shard ``I/N``, I from 0."""

    name = "I/N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """The shard and how many there are."""
        if isinstance(value, tuple):
            return value
        try:
            index, n_shards = map(int, str(value).split("/"))
        except ValueError:
            self.fail(f"{value!r} is no shard; write I/N, for example 0/8", param, ctx)
        if not 0 <= index < n_shards:
            self.fail(f"{value!r}: I runs from 0 to N - 1", param, ctx)
        return index, n_shards


class Orders(click.ParamType[tuple[int, ...]]):
    """N-gram orders such as ``1,2,3`` or ``1-4``."""

    name = "ORDERS"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """The orders, rising."""
        if isinstance(value, tuple):
            return value
        orders: set[int] = set()
        try:
            for part in str(value).split(","):
                first, _, last = part.partition("-")
                orders.update(range(int(first), int(last or first) + 1))
        except ValueError:
            self.fail(f"{value!r} are no orders; write for example 1,2,3 or 1-4", param, ctx)
        return tuple(sorted(orders))


def together(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one decorator."""

    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON (its shape is versioned).")
force = click.option("--force", is_flag=True, help="Replace files that are already there.")
inputs = click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)
profiles = click.argument("profiles", metavar="PROFILES...", nargs=-1, required=True)
baseline_option = click.option(
    "--baseline",
    default="wordfreq:en",
    show_default=True,
    metavar="B",
    help="wordfreq:LANG, or a file of `baseline build`.",
)
method_option = click.option(
    "--method",
    default="fastslop",
    show_default=True,
    help="The fingerprint: fastslop, or slop-forensics to compare with.",
)
counting_options = together(
    click.option(
        "--text", metavar="FIELD", help="Field that holds the generation (found by itself in common schemas)."
    ),
    click.option("--model", metavar="FIELD", help="Field that names the model; else a file is a model."),
    click.option("--prompt", metavar="FIELD", help="Field that names the prompt."),
    click.option("--label", metavar="NAME", help="All input is this one model."),
    click.option("--panel", metavar="NAME", help="The set of prompts answered (else found from shared prompts)."),
    click.option(
        "--spec", default="default", show_default=True, help="default, words, slop-forensics, or a JSON file."
    ),
    click.option("--orders", type=Orders(), help="Orders of word n-grams, e.g. 1-4, instead of the specification's."),
    click.option(
        "--shard",
        type=Shards(),
        default=(0, 1),
        help="Count only the Ith of N shares of the records (I from 0).",
    ),
    click.option(
        "--max-bad",
        type=click.FloatRange(0, 1),
        default=0.001,
        show_default=True,
        help="Share of bad records to stop at.",
    ),
    click.option("--workers", type=click.IntRange(1), help="Threads (default: all cores)."),
    click.option("--memory", type=Sizes(), default="1GB", show_default=True, help="Memory to stay within."),
    force,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fastslop")
def cli() -> None:
    """Fingerprint language models by the words, phrases and marks they overuse, and see who writes like whom.

    `fastslop run INPUT... -o OUT` does everything; the other commands are its steps.
    """


def main() -> None:
    """Run the command line: known errors become one line and an exit code."""
    try:
        sys.exit(cli.main(standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.exceptions.Abort, KeyboardInterrupt):
        say("interrupted")
        sys.exit(INTERRUPTED)
    except FastslopError as error:
        say(f"error: {error}")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        say(f"error: {error.strerror or error}{f': {error.filename}' if error.filename else ''}")
        sys.exit(1)


def say(text: str) -> None:
    """Tell the user something that is not data."""
    click.echo(text, err=True)


def print_json(value: Mapping[str, Any]) -> None:
    """Print data as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))


def print_table(header: Sequence[str], rows: Sequence[Sequence[object]], *, left: int = 1) -> None:
    """Print rows in columns, the first ``left`` of them flush left, the others right."""
    cells = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    for row in cells:
        line = (c.ljust(w) if i < left else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True)))
        click.echo("  ".join(line).rstrip())


@contextmanager
def compile_notice() -> Iterator[None]:
    """Say that kernels are compiled, if this is the first time on this machine."""
    from fastslop.count import is_compiled

    if not is_compiled():
        say("first run on this machine: compiling the counting kernels, about half a minute, once")
    yield


def counting_of(options: Mapping[str, Any]) -> Counting:
    """The options of ``count`` and ``run`` as one value."""
    from fastslop.corpus import Fields
    from fastslop.counting import Counting
    from fastslop.spec import read_spec

    return Counting(
        spec=read_spec(options["spec"], options["orders"]),
        fields=Fields(options["text"], options["model"], options["prompt"]),
        label=options["label"],
        panel=options["panel"],
        shard=options["shard"],
        max_bad=options["max_bad"],
        workers=options["workers"] or 0,
        memory_bytes=options["memory"],
        force=options["force"],
    )


@cli.command()
@inputs
@click.option(
    "-o",
    "--out",
    required=True,
    metavar="OUT",
    type=click.Path(path_type=Path),
    help="Folder for the results.",
)
@counting_options
@baseline_option
@as_json
def run(inputs: tuple[str, ...], out: Path, baseline: str, as_json: bool, **options: Any) -> None:
    """Do everything: count, score, compare and draw what is in INPUT (files, folders, globs, or - for stdin)."""
    from fastslop import outputs, pipeline

    with compile_notice():
        report = pipeline.run(inputs, out, counting_of(options), baseline=baseline)
    say_counted(report.counted)
    for note in (*report.scores.notes, *(report.comparison.notes if report.comparison else ())):
        say(f"note: {note}")
    if as_json:
        print_json(outputs.run_json(report.counted, report.scores, report.comparison, out))
        return
    print_summary(report.scores, report.comparison)
    say(f"\nwritten to {out}: " + ", ".join(sorted(p.name for p in out.iterdir())))


@cli.command()
@inputs
@click.option(
    "-o",
    "--out",
    required=True,
    metavar="PROFILES",
    type=click.Path(path_type=Path),
    help="Folder (or one .parquet file).",
)
@counting_options
@as_json
def count(inputs: tuple[str, ...], out: Path, as_json: bool, **options: Any) -> None:
    """Count INPUT into one profile per model."""
    from fastslop import counting, outputs

    with compile_notice():
        report = counting.count_corpus(inputs, out, counting_of(options))
    say_counted(report)
    if as_json:
        print_json(outputs.count_json(report))
        return
    rows = [(p.label, f"{p.n_docs:,}", f"{p.n_prompts:,}", f"{p.n_tokens:,}", str(p.path)) for p in report.profiles]
    print_table(("model", "generations", "prompts", "tokens", "profile"), rows)


def say_counted(report: CountReport) -> None:
    """Sum up what was read, and what was not."""
    tally = report.tally
    say(
        f"counted {tally.n_docs:,} generations of {len(report.profiles)} models, "
        f"{tally.n_bytes / 1e6:,.1f} MB in {report.elapsed_s:.1f} s ({report.mb_per_s:.0f} MB/s)"
    )
    for reason, n in sorted(tally.skipped.items()):
        places = tally.places[reason]
        say(f"skipped {n:,}: {reason} ({', '.join(places)}{', ...' if n > len(places) else ''})")


@cli.command()
@profiles
@click.option(
    "-o",
    "--out",
    required=True,
    metavar="PROFILE",
    type=click.Path(path_type=Path),
    help="File (or folder) to write.",
)
@click.option("--label", metavar="NAME", help="Pool profiles of different models under this one name.")
@force
@as_json
def merge(profiles: tuple[str, ...], out: Path, label: str | None, force: bool, as_json: bool) -> None:
    """Add up profiles, exactly. Several models give a file each in the folder PROFILE, or are pooled with --label."""
    from fastslop import counting, outputs

    merged = counting.merge_profiles(profiles, out, label=label, force=force)
    if as_json:
        print_json(outputs.profiles_json(merged))
        return
    rows = [(p.label, f"{p.n_docs:,}", f"{p.n_prompts:,}", f"{p.n_tokens:,}", str(p.path)) for p in merged]
    print_table(("model", "generations", "prompts", "tokens", "profile"), rows)


@cli.group()
def baseline() -> None:
    """Make and look at a baseline of human writing."""


@baseline.command()
@inputs
@click.option(
    "-o",
    "--out",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Baseline to write (.parquet).",
)
@counting_options
@as_json
def build(inputs: tuple[str, ...], out: Path, as_json: bool, **options: Any) -> None:
    """Count human writing into a baseline for words and n-grams. Use writing of the kind the models were asked for."""
    from dataclasses import replace

    from fastslop import outputs
    from fastslop.counting import count_corpus

    counting = counting_of(options)
    counting = replace(counting, label=counting.label or out.name.removesuffix(".parquet"))
    with compile_notice():
        report = count_corpus(inputs, out.with_name(out.name.removesuffix(".parquet") + ".parquet"), counting)
    say_counted(report)
    if as_json:
        print_json(outputs.count_json(report))
        return
    click.echo(str(report.profiles[0].path))


@baseline.command()
@click.argument("baseline", metavar="BASELINE")
@as_json
def info(baseline: str, as_json: bool) -> None:
    """Say what a baseline holds (a file, or wordfreq:LANG)."""
    from fastslop import inspecting

    values = inspecting.baseline_info(baseline)
    if as_json:
        print_json(values)
        return
    for name, value in values.items():
        click.echo(f"{name}: {value}")


@cli.command()
@profiles
@baseline_option
@click.option(
    "--top",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="Features to show of each kind and order.",
)
@as_json
def score(profiles: tuple[str, ...], baseline: str, top: int, as_json: bool) -> None:
    """Say which words, phrases and marks each model overuses."""
    from fastslop import outputs
    from fastslop.members import open_members
    from fastslop.scoring import score_profiles

    scores = score_profiles(open_members(profiles), baseline)
    for note in scores.notes:
        say(f"note: {note}")
    if as_json:
        print_json(outputs.scores_json(scores, top))
    else:
        print_scores(scores, top)


@cli.command()
@profiles
@method_option
@click.option("--top", type=click.IntRange(1), default=3, show_default=True, help="Neighbours to show of each model.")
@as_json
def compare(profiles: tuple[str, ...], method: str, top: int, as_json: bool) -> None:
    """Say how far models are from each other, and who is nearest to whom."""
    from fastslop import outputs
    from fastslop.comparing import compare_profiles
    from fastslop.members import open_members

    comparison = compare_profiles(open_members(profiles), method)
    for note in comparison.notes:
        say(f"note: {note}")
    if as_json:
        print_json(outputs.comparison_json(comparison))
    else:
        print_neighbours(comparison, top)


@cli.command()
@profiles
@click.option(
    "-o",
    "--out",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Ends in .nwk, .nex, .svg or .png.",
)
@method_option
@click.option("--linkage", type=click.Choice(["average", "ward"]), default="average", show_default=True)
@click.option("--title", help="Title of the picture.")
@force
def tree(profiles: tuple[str, ...], out: Path, method: str, linkage: str, title: str | None, force: bool) -> None:
    """Draw the tree of who writes like whom."""
    from fastslop import pipeline
    from fastslop.comparing import compare_profiles
    from fastslop.members import open_members

    pipeline.check_tree_file(out, force=force)
    comparison = compare_profiles(open_members(profiles), method)
    pipeline.write_tree(pipeline.tree_of(comparison, linkage), out, note=comparison.caption, title=title, force=force)
    for note in comparison.notes:
        say(f"note: {note}")
    click.echo(str(out))


@cli.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--top",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="Most frequent n-grams to show of each table.",
)
@click.option("--find", metavar="TEXT", help="Show the counts of this word, phrase or mark instead.")
@as_json
def inspect(file: Path, top: int, find: str | None, as_json: bool) -> None:
    """Look into a profile."""
    from fastslop import inspecting

    values = inspecting.profile_info(file, top=top, find=find)
    if as_json:
        print_json(values)
    else:
        print_profile(values)


@cli.command()
@click.option(
    "-o",
    "--out",
    metavar="OUT",
    type=click.Path(path_type=Path),
    default=Path("fastslop-demo"),
    show_default=True,
)
@click.option("--seed", type=int, default=0, show_default=True)
@force
def demo(out: Path, seed: int, force: bool) -> None:
    """Run the main job on ten synthetic models of a known family tree, and say whether the tree was recovered."""
    from fastslop import demonstration

    with compile_notice():
        result = demonstration.run_demo(out, seed=seed, force=force)
    say_counted(result.report.counted)
    say("These models are synthetic: texts made by a program whose habits were inherited along a known tree.\n")
    print_summary(result.report.scores, result.report.comparison)
    click.echo(f"\nfamilies recovered: {result.n_recovered} of {result.n_families}")
    for line in result.missed:
        click.echo(f"  not recovered: {line}")
    click.echo(f"planted phrases found: {result.n_found} of {result.n_planted}")
    say(f"\nlook at {out / 'tree.svg'}; everything else is in {out}")
    if result.n_recovered < result.n_families:
        sys.exit(1)


def print_summary(scores: Scores, comparison: Comparison | None) -> None:
    """The main findings on a page: each model's slop score, nearest neighbour and first words and phrases."""
    import polars as pl

    nearest: dict[str, str] = {}
    if comparison is not None:
        first = comparison.neighbours.filter(pl.col("rank") == 1)
        nearest = dict(first.select("label", "neighbour").iter_rows())
    header = ("model", "nearest", "slop", "overused words", "overused phrases")
    rows = []
    for label, slop in scores.labels.select("label", "slop_score").iter_rows():
        own = scores.features.filter((pl.col("label") == label) & (pl.col("q_value") <= 0.05))
        words = own.filter((pl.col("kind") == "word") & (pl.col("order") == 1))["feature"].head(5)
        phrases = own.filter((pl.col("kind") == "word") & (pl.col("order") == 3))["feature"].head(2)
        rows.append((label, nearest.get(label, "-"), f"{slop:.0f}", ", ".join(words), "; ".join(phrases)))
    print_columns(header, rows)


def print_columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table whose third column is a number and whose others are text."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    for row in (header, *rows):
        cells = (c.rjust(w) if i == 2 else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True)))
        click.echo("  ".join(cells).rstrip())


def print_scores(scores: Scores, top: int) -> None:
    """The first features of each table of each model."""
    from fastslop.outputs import ranked_top

    shown = ranked_top(scores.features, top)
    for row in scores.labels.iter_rows(named=True):
        totals = f"{row['n_docs']:,} generations, {row['n_words']:,} words, slop score {row['slop_score']:.0f}"
        click.echo(f"\n{row['label']}: {totals}")
        own = shown.filter(shown["label"] == row["label"])
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


def visible(text: str) -> str:
    """Text with line ends shown as such."""
    return text.replace("\n\n", "\\n\\n").replace("\n", "\\n")


def print_neighbours(comparison: Comparison, top: int) -> None:
    """The nearest labels of each label, with their distances."""
    near = comparison.neighbours.filter(comparison.neighbours["rank"] <= top)
    cells: dict[str, list[str]] = {}
    for label, neighbour, _, distance in near.iter_rows():
        cells.setdefault(label, []).append(f"{neighbour} {distance:.3f}")
    width = min(top, len(comparison.labels) - 1)
    click.echo(f"{comparison.caption}\n")
    print_table(("model", *(str(i + 1) for i in range(width))), [(k, *v) for k, v in cells.items()], left=width + 1)


def print_profile(values: Mapping[str, Any]) -> None:
    """What a profile says of itself, and some of its rows."""
    for name, value in values.items():
        if name != "tables":
            click.echo(f"{name}: {value}")
    for table in values["tables"]:
        click.echo(
            f"\n{table['kind']} n-grams of order {table['order']}: {table['n_rows']:,} different, {table['n']:,} in all"
        )
        rows = [
            (f"  {visible(r['feature'])}", f"{r['n']:,}", f"{r['n_docs']:,}", f"{r['n_prompts']:,}")
            for r in table["rows"]
        ]
        if rows:
            print_table(("  feature", "n", "generations", "prompts"), rows)
