"""The command that looks into a profile."""

from __future__ import annotations

import click

from fastslop.cli import options
from fastslop.cli.printing import print_json, print_profile


@click.command()
@click.argument("file", metavar="FILE")
@options.top(10, "Most frequent n-grams to show of each table.")
@click.option("--find", metavar="TEXT", help="Show the counts of this word, phrase or mark instead.")
@options.as_json
def inspect(file: str, top: int, find: str | None, as_json: bool) -> None:
    """Look into a profile."""
    from fastslop.pipeline.describe import describe_profile

    values = describe_profile(file, top=top, find=find)
    if as_json:
        print_json(values)
    else:
        print_profile(values)
