"""The command line: parse, one call, print. Data goes to stdout, everything else to stderr."""

from __future__ import annotations

import errno
import gc
import io
import os
import sys
from pathlib import Path
from typing import Any

import click

from fastslop import __version__
from fastslop.base.errors import FastslopError
from fastslop.cli import evidence, tree
from fastslop.cli import options as options_of
from fastslop.cli.lists import filter_texts, lists
from fastslop.cli.options import counting_of
from fastslop.cli.printing import (
    compile_notice,
    print_counted,
    print_json,
    print_neighbours,
    print_profile,
    print_scores,
    print_summary,
    print_timings,
    say,
    say_counted,
    timing_json,
)
from fastslop.cli.progress import progress_shown
from fastslop.system.memory import give_back_freed_memory

INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fastslop")
def cli() -> None:
    """Fingerprint language models by the words, phrases and marks they overuse, and see who writes like whom.

    `fastslop run INPUT... -o OUT` does everything; the other commands are its steps.
    """


cli.add_command(evidence.identify)
cli.add_command(evidence.explain)
cli.add_command(tree.tree)
cli.add_command(filter_texts)
cli.add_command(lists)


def main() -> None:
    """Run the command line: known errors become one line and an exit code."""
    give_back_freed_memory()
    gc.set_threshold(100_000, 50, 50)  # what is imported lives on; to look through it again and again took 0.2 s
    # Threads are ours: those of the linear algebra would wait for each other, spinning, on a busy machine.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        if "_FASTSLOP_COMPLETE" in os.environ:
            cli.main(prog_name="fastslop")
        # Not cli.main: it takes a closed pipe, as of `| head`, for a failure.
        with cli.make_context("fastslop", sys.argv[1:]) as context:
            cli.invoke(context)
            sys.stdout.flush()
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
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
        if error.errno == errno.ENOSPC:
            say("make room where the results go, or have what outgrows memory wait on another disk: --temp DIR")
        sys.exit(1)


@cli.command()
@options_of.inputs
@options_of.out("OUT", "Folder for the results.")
@options_of.counting
@options_of.baseline
@options_of.as_json
def run(inputs: tuple[str, ...], out: Path, baseline: str, as_json: bool, **options: Any) -> None:
    """Do everything: count, score, compare and draw what is in INPUT (files, folders, globs, or - for stdin)."""
    from fastslop.pipeline import outputs
    from fastslop.pipeline import run as pipeline

    counting = counting_of(options)
    with compile_notice(), progress_shown() as progress:
        report = pipeline.run(inputs, out, counting, baseline=baseline, progress=progress)
    say_counted(report.counted)
    for note in (*report.scores.notes, *(report.comparison.notes if report.comparison else ())):
        say(f"note: {note}")
    if as_json:
        print_json(outputs.run_json(report.counted, report.scores, report.comparison, out))
        return
    print_summary(report.scores, report.comparison)
    say(f"\nwritten to {out}: " + ", ".join(sorted(p.name for p in out.iterdir())))
    say(f"open {out / 'report.html'} in a browser")


@cli.command()
@options_of.inputs
@options_of.out("PROFILES", "Folder (or one .parquet file).")
@options_of.counting
@options_of.as_json
def count(inputs: tuple[str, ...], out: Path, as_json: bool, **options: Any) -> None:
    """Count INPUT into one profile per model."""
    from fastslop.counting import count as counting
    from fastslop.pipeline import outputs

    with compile_notice(), progress_shown() as progress:
        report = counting.count_corpus(inputs, out, counting_of(options), progress)
    say_counted(report)
    if as_json:
        print_json(outputs.count_json(report))
        return
    print_counted(report.profiles)


@cli.command()
@options_of.profiles
@options_of.out("PROFILE", "File (or folder) to write.")
@click.option("--label", metavar="NAME", help="Pool profiles of different models under this one name.")
@click.option(
    "--min-prompts",
    type=int,
    default=0,
    metavar="M",
    help="Leave out what is in fewer prompts: a final, small profile for a library, not to be merged again.",
)
@options_of.force
@options_of.as_json
def merge(
    profiles: tuple[str, ...], out: Path, label: str | None, min_prompts: int, force: bool, as_json: bool
) -> None:
    """Add up profiles, exactly. Several models give a file each in the folder PROFILE, or are pooled with --label."""
    from fastslop.counting import count as counting
    from fastslop.pipeline import outputs

    with progress_shown() as progress:
        merged = counting.merge_profiles(
            profiles, out, label=label, min_prompts=min_prompts, force=force, progress=progress
        )
    if as_json:
        print_json(outputs.profiles_json(merged))
        return
    print_counted(merged)


@cli.group()
def baseline() -> None:
    """Make and look at a baseline of human writing."""


@baseline.command()
@options_of.inputs
@options_of.out("FILE", "Baseline to write (.parquet).")
@options_of.counting
@options_of.as_json
def build(inputs: tuple[str, ...], out: Path, as_json: bool, **options: Any) -> None:
    """Count human writing into a baseline for words and n-grams. Use writing of the kind the models were asked for."""
    from dataclasses import replace

    from fastslop.counting.count import count_corpus
    from fastslop.pipeline import outputs

    counting = counting_of(options)
    counting = replace(counting, label=counting.label or out.name.removesuffix(".parquet"))
    path = out.with_name(out.name.removesuffix(".parquet") + ".parquet")
    with compile_notice(), progress_shown() as progress:
        report = count_corpus(inputs, path, counting, progress)
    say_counted(report)
    if as_json:
        print_json(outputs.count_json(report))
        return
    click.echo(str(report.profiles[0].path))


@baseline.command()
@click.argument("baseline", metavar="BASELINE")
@options_of.as_json
def info(baseline: str, as_json: bool) -> None:
    """Say what a baseline holds (a file, or wordfreq:LANG)."""
    from fastslop.pipeline import describe as inspecting

    values = inspecting.baseline_info(baseline)
    if as_json:
        print_json(values)
        return
    for name, value in values.items():
        click.echo(f"{name}: {value}")


@cli.command()
@options_of.profiles
@options_of.baseline
@options_of.top(20, "Features to show of each kind and order.")
@options_of.as_json
def score(profiles: tuple[str, ...], baseline: str, top: int, as_json: bool) -> None:
    """Say which words, phrases and marks each model overuses."""
    from fastslop.pipeline import outputs
    from fastslop.profiles.profile_set import open_members
    from fastslop.scoring.score import score_profiles

    with progress_shown() as progress:
        scores = score_profiles(open_members(profiles), baseline, progress)
    for note in scores.notes:
        say(f"note: {note}")
    if as_json:
        print_json(outputs.scores_json(scores, top))
    else:
        print_scores(scores, top)


@cli.command()
@options_of.profiles
@options_of.method
@options_of.top(3, "Neighbours to show of each model.")
@click.option(
    "--heatmap", metavar="FILE", type=click.Path(path_type=Path), help="Draw the distances: .svg, .png, .pdf."
)
@options_of.resampling
@options_of.force
@options_of.as_json
def compare(
    profiles: tuple[str, ...],
    method: str,
    top: int,
    heatmap: Path | None,
    replicates: int,
    seed: int,
    force: bool,
    as_json: bool,
) -> None:
    """Say how far models are from each other, and who is nearest to whom."""
    from fastslop.comparing.compare import compare_profiles
    from fastslop.pipeline import outputs
    from fastslop.pipeline import run as pipeline
    from fastslop.profiles.profile_set import open_members

    if heatmap is not None:
        pipeline.check_file(heatmap, pipeline.PICTURE_SUFFIXES, force=force)
    with progress_shown() as progress:
        members = open_members(profiles)
        comparison = compare_profiles(members, method, n_replicates=replicates, seed=seed, progress=progress)
    for note in comparison.notes:
        say(f"note: {note}")
    if as_json:
        print_json(outputs.comparison_json(comparison))
    else:
        print_neighbours(comparison, top)
    if heatmap is not None:
        pipeline.write_heatmap(comparison, heatmap, force=force)


@cli.command()
@options_of.profiles
@options_of.out("FILE", "Ends in .html.")
@options_of.baseline
@options_of.method
@click.option("--title", help="Title of the page.")
@options_of.force
def report(profiles: tuple[str, ...], out: Path, baseline: str, method: str, title: str | None, force: bool) -> None:
    """Write one page with the tree, the distances, every model's slop profile and any pair: it needs no network."""
    from fastslop.pipeline import run as pipeline

    with progress_shown() as progress:
        notes = pipeline.report(
            profiles, out, baseline=baseline, method=method, title=title, force=force, progress=progress
        )
    for note in notes:
        say(f"note: {note}")
    click.echo(str(out))


@cli.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@options_of.top(10, "Most frequent n-grams to show of each table.")
@click.option("--find", metavar="TEXT", help="Show the counts of this word, phrase or mark instead.")
@options_of.as_json
def inspect(file: Path, top: int, find: str | None, as_json: bool) -> None:
    """Look into a profile."""
    from fastslop.pipeline import describe as inspecting

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
    help="Folder for the results.",
)
@options_of.seed("Of the synthetic models and their texts.")
@options_of.force
def demo(out: Path, seed: int, force: bool) -> None:
    """Run the main job on ten synthetic models of a known family tree, and say whether the tree was recovered."""
    from fastslop.demo import demo as demonstration

    with compile_notice(), progress_shown() as progress:
        result = demonstration.run_demo(out, seed=seed, force=force, progress=progress)
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


@cli.command()
@click.option("--size", type=click.IntRange(1, 1000), default=24, show_default=True, help="MB of text.")
@options_of.seed("Of the synthetic text.")
@options_of.as_json
def bench(size: int, seed: int, as_json: bool) -> None:
    """Time counting on this machine, beside plain Python on the same text; both must agree."""
    from fastslop.demo.bench import self_test

    with compile_notice():
        timings = list(self_test(size * 10**6, seed))
    if as_json:
        print_json({"format": 1, "timings": [timing_json(timing) for timing in timings]})
    else:
        print_timings(timings)
