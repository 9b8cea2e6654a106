"""The command that draws the tree."""

from __future__ import annotations

from pathlib import Path

import click

from fastslop.cli import options
from fastslop.cli.printing import say
from fastslop.cli.progress import progress_shown


@click.command()
@options.profiles
@options.out("FILE", "Ends in .nwk, .nex, .svg, .png or .pdf.")
@options.method
@click.option(
    "--linkage",
    type=click.Choice(["average", "ward", "nj", "parsimony"]),
    default="average",
    show_default=True,
    help="How labels are joined: by their distances (nj: neighbour joining), or for the fewest changes of features "
    "(needs PHYLIP).",
)
@click.option(
    "--consensus", "is_consensus", is_flag=True, help="Show only the groups that more than half of the replicates have."
)
@click.option("--title", help="Title of the picture.")
@click.option(
    "--layout",
    type=click.Choice(["rectangular", "circular"]),
    default="rectangular",
    show_default=True,
    help="Shape of the picture.",
)
@click.option("--highlight", metavar="LABEL", multiple=True, help="Mark this label in the picture (repeatable).")
@click.option(
    "--replicates",
    type=click.IntRange(0),
    show_default="200, of parsimony 50",
    help="How often prompts are drawn anew, for support and consensus; 0 for none.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the prompts drawn.")
@options.force
def tree(
    profiles: tuple[str, ...],
    out: Path,
    method: str,
    linkage: str,
    is_consensus: bool,
    title: str | None,
    layout: str,
    highlight: tuple[str, ...],
    replicates: int | None,
    seed: int,
    force: bool,
) -> None:
    """Draw the tree of who writes like whom."""
    from fastslop.pipeline.run import TREE_SUFFIXES, check_file
    from fastslop.profiles.profile_set import open_members
    from fastslop.trees.build import grow_tree, write_tree

    check_file(out, TREE_SUFFIXES, force=force)
    with progress_shown() as progress:
        grown = grow_tree(
            open_members(profiles),
            method,
            linkage,
            n_replicates=replicates,
            seed=seed,
            is_consensus=is_consensus,
            progress=progress,
        )
    write_tree(grown, out, layout=layout, title=title, highlight=highlight, force=force)
    for note in grown.notes:
        say(f"note: {note}")
    click.echo(str(out))
