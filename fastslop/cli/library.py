"""The commands on known models: list, add, remove, export, import."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fastslop.base.defaults import JSON_FORMAT
from fastslop.cli import options as options_of
from fastslop.cli.printing import print_counted, print_json, print_table, visible
from fastslop.cli.progress import progress_shown

if TYPE_CHECKING:
    from fastslop.profiles.files import CountedProfile


@click.group()
def library() -> None:
    """See and change the known models, which `identify` and `run --beside known` compare with.

    Those that come with the package are fixed. Yours lie in the folder that FASTSLOP_LIBRARY names, or in
    ~/.local/share/fastslop/library.
    """


@library.command("list")
@options_of.as_json
def list_models(as_json: bool) -> None:
    """List the known models."""
    from fastslop.known.models import is_built_in, open_known

    known = open_known()
    origins = {member.name: "package" if is_built_in(member) else "added" for member in known.members}
    rows = [row | {"from": origins[row["label"]]} for row in known.totals.to_dicts()]
    if as_json:
        print_json({"format": JSON_FORMAT, "models": rows})
        return
    columns = ("n_docs", "n_prompts", "n_words")
    shown = [
        (visible(row["label"]), visible(row["panel"]), *(f"{row[name]:,}" for name in columns), row["from"])
        for row in rows
    ]
    print_table(("model", "prompts of", "generations", "prompts", "words", "from"), shown, right={2, 3, 4})


@library.command()
@options_of.profiles
@click.option("--panel", metavar="NAME", help="Name of the prompts that these models answered.")
@options_of.force
@options_of.as_json
def add(profiles: tuple[str, ...], panel: str | None, force: bool, as_json: bool) -> None:
    """Add models to the known ones, from their profiles (or the folder of a run)."""
    from fastslop.known.models import add_known
    from fastslop.profiles.profile_set import open_profiles

    with progress_shown() as progress:
        added = add_known(open_profiles(*profiles), panel=panel, force=force, progress=progress)
    _say_added(added, as_json=as_json)


@library.command()
@click.argument("labels", metavar="MODEL...", nargs=-1, required=True)
def remove(labels: tuple[str, ...]) -> None:
    """Remove models that were added."""
    from fastslop.known.models import remove_known

    for path in remove_known(labels):
        click.echo(f"removed {path}")


@library.command()
@click.argument("labels", metavar="[MODEL...]", nargs=-1)
@options_of.out("FILE", "File to write (.zip).")
@options_of.force
def export(labels: tuple[str, ...], out: Path, force: bool) -> None:
    """Write models that were added (all, or those named) into one file, and print its SHA-256."""
    from fastslop.known.exchange import export_known

    click.echo(f"{export_known(out, labels, force=force)}  {out}")


@library.command("import")
@click.argument("place", metavar="FILE|ADDRESS")
@click.option("--sha256", metavar="HEX", help="The file's SHA-256; an address (http or https) needs it.")
@options_of.force
@options_of.as_json
def import_models(place: str, sha256: str | None, force: bool, as_json: bool) -> None:
    """Add the models of a file of `library export`, all or none; each is checked to the last row."""
    from fastslop.known.exchange import import_known

    with progress_shown() as progress:
        added = import_known(place, sha256=sha256, force=force, progress=progress)
    _say_added(added, as_json=as_json)


def _say_added(added: Sequence[CountedProfile], *, as_json: bool) -> None:
    from fastslop.profiles.files import profiles_dict

    if as_json:
        print_json(profiles_dict(added))
    else:
        print_counted(added)
