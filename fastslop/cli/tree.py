"""The command that draws the tree."""

from __future__ import annotations

from pathlib import Path

import click

from fastslop.base.defaults import LAYOUTS, LINKAGES, PARSIMONY_REPLICATES, REPLICATES
from fastslop.cli import options
from fastslop.cli.printing import print_json, say_notes, write_picture
from fastslop.cli.progress import progress_shown


@click.command()
@options.profiles
@options.out("FILE", "Ends in .nwk, .nex, .svg, .png or .pdf.")
@options.method
@click.option(
    "--linkage",
    type=click.Choice(LINKAGES),
    default=LINKAGES[0],
    show_default=True,
    help="How models are joined: by their distances (nj: neighbour joining), or for the fewest changes of features "
    "(needs PHYLIP).",
)
@click.option("--consensus", is_flag=True, help="Show only the groups that more than half of the replicates have.")
@click.option("--title", help="Title of the picture.")
@click.option(
    "--layout",
    type=click.Choice(LAYOUTS),
    default=LAYOUTS[0],
    show_default=True,
    help="Shape of the picture.",
)
@click.option("--highlight", metavar="LABEL", multiple=True, help="Mark this label in the picture (repeatable).")
@options.families
@click.option(
    "--collapse",
    type=options.Groups(),
    help="Draw groups as a triangle each: those of one family, or those joined lowest until N leaves are left.",
)
@click.option(
    "--hide-support",
    type=click.IntRange(0, 101),
    default=0,
    metavar="N",
    help="Leave out support below N percent (101: all of it).",
)
@options.on_paper
@click.option(
    "--replicates",
    type=click.IntRange(0),
    show_default=f"{REPLICATES}, of parsimony {PARSIMONY_REPLICATES}",
    help="How often prompts are drawn anew, for support and consensus; 0 for none.",
)
@options.seed("Seed of the draws of prompts.")
@options.within_memory
@options.force
@options.as_json
def tree(
    profiles: tuple[str, ...],
    out: Path,
    method: str,
    linkage: str,
    consensus: bool,
    title: str | None,
    layout: str,
    highlight: tuple[str, ...],
    families: Path | None,
    collapse: int | str | None,
    hide_support: int,
    size: str | None,
    dpi: float | None,
    replicates: int | None,
    seed: int,
    force: bool,
    as_json: bool,
) -> None:
    """Draw the tree of who writes like whom."""
    from fastslop.drawing.families import families_of
    from fastslop.drawing.names import check_highlight
    from fastslop.drawing.pictures import check_picture
    from fastslop.profiles.profile_set import open_profiles
    from fastslop.system.atomic import check_target
    from fastslop.system.file_kinds import PICTURE_SUFFIXES
    from fastslop.trees.build import build_tree
    from fastslop.trees.tree import TREE_SUFFIXES

    check_target(out, TREE_SUFFIXES, force=force)
    is_picture = out.suffix.lower() in PICTURE_SUFFIXES
    if is_picture:
        check_picture(out, size=size, dpi=dpi, force=force)
    opened = open_profiles(*profiles)
    check_highlight(opened.labels, highlight)
    known = families_of(opened.labels, families)
    with progress_shown() as progress:
        built = build_tree(
            opened,
            linkage=linkage,
            method=method,
            replicates=replicates,
            seed=seed,
            consensus=consensus,
            progress=progress,
        )
    say_notes(built.notes)
    if is_picture:
        drawn = built.draw(
            layout=layout,
            title=title,
            families=known,
            highlight=highlight,
            hide_support=hide_support,
            collapse=collapse,
        )
        smaller = "; --layout circular and --collapse need less room"
        write_picture(drawn, out, size=size, dpi=dpi, force=force, smaller=smaller)
    else:
        built.write(out, force=force)
    if as_json:
        print_json(built.to_dict() | {"path": str(out)})
    else:
        click.echo(str(out))
