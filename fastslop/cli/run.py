"""The command that does everything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fastslop.cli import options as options_of
from fastslop.cli.printing import compile_notice, print_json, print_summary, say, say_counted, say_notes
from fastslop.cli.progress import progress_shown


@click.command()
@options_of.inputs
@options_of.out("OUT", "Folder for the results.")
@options_of.counting
@options_of.min_prompts
@options_of.resume
@options_of.baseline
@options_of.dates
@options_of.families
@click.option(
    "--beside",
    metavar="PROFILES",
    help="Models to stand beside these in the comparison: `known` (see `library list`), or a folder of profiles.",
)
@options_of.listed
@options_of.genres
@options_of.as_json
def run(inputs: tuple[str, ...], out: Path, baseline: str, as_json: bool, **options: Any) -> None:
    """Do everything: count, score, compare and draw what is in INPUT (files, folders, globs, or - for stdin)."""
    from fastslop.pipeline.run import run as run_all

    with compile_notice(), progress_shown() as progress:
        found = run_all(inputs, out, baseline=baseline, progress=progress, **options)
    say_counted(found.profiles.result)
    say_notes(found.notes)
    if as_json:
        print_json(found.to_dict())
        return
    print_summary(found)
    say(f"\nwritten to {out}: " + ", ".join(sorted(p.name for p in out.iterdir())))
    say(f"open {out / 'report.html'} in a browser")
