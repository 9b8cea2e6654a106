"""The command that writes the report."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from fastslop.base.defaults import JSON_FORMAT, REPLICATES
from fastslop.cli import options as options_of
from fastslop.cli.printing import compile_notice, print_json, say_notes
from fastslop.cli.progress import progress_shown


@click.command()
@options_of.profiles
@options_of.out("FILE", "Ends in .html.")
@options_of.baseline
@options_of.method
@options_of.dates
@options_of.families
@click.option("--title", help="Title of the page.")
@options_of.replicates_of(REPLICATES, least=0, help=options_of.REDRAWN)
@click.option("--no-evidence", is_flag=True, help="Do not weigh the link of each model to its nearest.")
@options_of.texts("adds phrases, quoted passages and contrasts")
@options_of.reading
@options_of.as_json
def report(
    profiles: tuple[str, ...], out: Path, texts: tuple[str, ...], no_evidence: bool, as_json: bool, **options: Any
) -> None:
    """Write one page with the tree, the distances, every model's slop profile and any pair: it needs no network."""
    from fastslop.pipeline.report import write_report
    from fastslop.profiles.profile_set import open_profiles

    with compile_notice() if texts else nullcontext(), progress_shown() as progress:
        opened = open_profiles(*profiles)
        notes = write_report(opened, out, texts=texts or None, evidence=not no_evidence, progress=progress, **options)
    say_notes(notes)
    if as_json:
        print_json({"format": JSON_FORMAT, "path": str(out), "labels": list(opened.labels), "notes": list(notes)})
    else:
        click.echo(str(out))
