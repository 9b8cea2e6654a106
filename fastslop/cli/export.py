"""The command that writes counts for other programs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from fastslop.base.defaults import MAX_ORDER
from fastslop.base.spec import KINDS, note_on_share
from fastslop.base.wording import plural
from fastslop.cli import options
from fastslop.cli.printing import print_json, say, say_notes
from fastslop.cli.progress import progress_shown


@click.command()
@options.profiles
@options.out("OUT", "One file, .parquet, .csv, .jsonl or .ndjson; or a folder: a Parquet file for each profile.")
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only n-grams of this kind (repeatable)."
)
@click.option(
    "--order", "orders", multiple=True, type=click.IntRange(1, MAX_ORDER), help="Only of this order (repeatable)."
)
@click.option(
    "--min-prompts",
    type=click.IntRange(0),
    default=0,
    metavar="M",
    help="Leave out what is in fewer prompts; most n-grams are in one only.",
)
@options.force
@options.as_json
def export(
    profiles: tuple[str, ...],
    out: Path,
    kinds: tuple[str, ...],
    orders: tuple[int, ...],
    min_prompts: int,
    force: bool,
    as_json: bool,
) -> None:
    """Write the counts of profiles as a plain table, for R, pandas, Polars, DuckDB or a spreadsheet."""
    from fastslop.pipeline.export import export_counts

    with progress_shown() as progress:
        exported = export_counts(
            profiles, out, kinds=kinds, orders=orders, min_prompts=min_prompts, force=force, progress=progress
        )
    if as_json:
        files = [asdict(one) | {"path": str(one.path)} for one in exported]
        print_json({"format": 1, "files": files})
        return
    labels = {label for one in exported for label in one.labels}
    say(f"{plural(sum(one.rows for one in exported), 'row')} of {plural(len(labels), 'model')}")
    scaled = max(one.scaled for one in exported)
    if scaled > 1:
        say_notes([f"note: {note_on_share(scaled)}: the others have no rows"])
    for one in exported:
        click.echo(str(one.path))
