"""The demonstration and the self-test of speed."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from fastslop.cli import options
from fastslop.cli.printing import (
    compile_notice,
    print_json,
    print_summary,
    print_timings,
    say,
    say_counted,
    timing_json,
)
from fastslop.cli.progress import progress_shown


@click.command()
@click.option(
    "-o",
    "--out",
    metavar="OUT",
    type=click.Path(path_type=Path),
    default=Path("fastslop-demo"),
    show_default=True,
    help="Folder for the results.",
)
@options.seed("Seed of the synthetic models and their texts.")
@options.force
def demo(out: Path, seed: int, force: bool) -> None:
    """Run the main job on ten synthetic models of a known family tree, and say whether the tree was recovered."""
    from fastslop.demo.demo import run_demo

    with compile_notice(), progress_shown() as progress:
        demonstration = run_demo(out, seed=seed, force=force, progress=progress)
    found = demonstration.result
    say_counted(found.profiles.result)
    say("These models are synthetic: texts made by a program whose habits were inherited along a known tree.\n")
    print_summary(found)
    click.echo(f"\nfamilies recovered: {demonstration.n_recovered} of {demonstration.n_families}")
    for line in demonstration.missed:
        click.echo(f"  not recovered: {line}")
    click.echo(f"planted phrases found: {demonstration.n_found} of {demonstration.n_planted}")
    say(f"\nlook at {out / 'tree.svg'}; everything else is in {out}")
    if demonstration.n_recovered < demonstration.n_families:
        sys.exit(1)


@click.command()
@click.option("--size", type=click.IntRange(1, 1000), default=24, show_default=True, help="MB of text.")
@options.seed("Of the synthetic text.")
@options.as_json
def bench(size: int, seed: int, as_json: bool) -> None:
    """Time counting on this machine, beside plain Python on the same text; both must agree."""
    from fastslop.demo.bench import self_test

    with compile_notice():
        timings = list(self_test(size * 10**6, seed))
    if as_json:
        print_json({"format": 1, "timings": [timing_json(timing) for timing in timings]})
    else:
        print_timings(timings)
