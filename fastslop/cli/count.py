"""The commands that make profiles: count, merge, baseline."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

import click

from fastslop.cli import options as options_of
from fastslop.cli.printing import compile_notice, print_counted, print_json, say_counted, say_notes
from fastslop.cli.progress import progress_shown


@click.command()
@options_of.inputs
@options_of.out("PROFILES", "Folder (or one .parquet file).", in_stores=True)
@options_of.counting
@options_of.min_prompts
@options_of.resume
@options_of.as_json
def count(inputs: tuple[str, ...], out: str, as_json: bool, **options: Any) -> None:
    """Count INPUT into one profile per model."""
    from fastslop.counting.count import count as count_texts

    with compile_notice(), progress_shown() as progress:
        result = count_texts(inputs, out=out, progress=progress, **options).result
    say_counted(result)
    if as_json:
        print_json(result.to_dict())
    else:
        print_counted(result.profiles)


@click.command()
@options_of.profiles
@options_of.out("PROFILE", "File (or folder) to write.", in_stores=True)
@click.option("--label", metavar="NAME", help="Pool profiles of different models under this one name.")
@click.option("--panel", metavar="NAME", help="Pool answers to different named panels under this one name.")
@options_of.min_prompts
@options_of.scaled
@options_of.within_memory
@options_of.force
@options_of.as_json
def merge(profiles: tuple[str, ...], out: str, as_json: bool, **options: Any) -> None:
    """Add up profiles, exactly. Several models or panels give a file each in the folder PROFILE, unless pooled."""
    from fastslop.profiles.files import profiles_dict
    from fastslop.profiles.merge_files import merge as merge_all
    from fastslop.profiles.merge_files import notes_on_missing

    with progress_shown() as progress:
        merged = merge_all(*profiles, out=out, progress=progress, **options).written
    say_notes(notes_on_missing(merged))
    if as_json:
        print_json(profiles_dict(merged))
    else:
        print_counted(merged)


@click.group()
def baseline() -> None:
    """Make and look at a baseline of human writing."""


@baseline.command()
@options_of.inputs
@options_of.out("FILE", "Baseline to write (.parquet).", in_stores=True)
@options_of.counting
@options_of.as_json
def build(inputs: tuple[str, ...], out: str, as_json: bool, label: str | None, **options: Any) -> None:
    """Count human writing into a baseline for words and n-grams. Use writing of the kind the models were asked for."""
    from fastslop.counting.count import count as count_texts

    path = f"{out.removesuffix('.parquet')}.parquet"
    name = PurePath(path).stem
    with compile_notice(), progress_shown() as progress:
        result = count_texts(inputs, out=path, label=label or name, progress=progress, **options).result
    say_counted(result)
    if as_json:
        print_json(result.to_dict())
    else:
        click.echo(path)


@baseline.command()
@click.argument("baseline", metavar="BASELINE")
@options_of.as_json
def info(baseline: str, as_json: bool) -> None:
    """Say what a baseline holds (a file, wordfreq:LANG, or human-en/1)."""
    from fastslop.pipeline.describe import describe_baseline

    values = describe_baseline(baseline)
    if as_json:
        print_json(values)
        return
    for name, value in values.items():
        click.echo(f"{name}: {value}")
