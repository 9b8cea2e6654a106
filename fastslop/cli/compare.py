"""The command that compares profiles."""

from __future__ import annotations

from pathlib import Path

import click

from fastslop.cli import options
from fastslop.cli.printing import print_json, print_neighbours, say_notes, write_picture
from fastslop.cli.progress import progress_shown


@click.command()
@options.profiles
@options.method
@options.top(3, "Neighbours to show of each model.")
@click.option(
    "--heatmap", metavar="FILE", type=click.Path(path_type=Path), help="Draw the distances: .svg, .png, .pdf."
)
@click.option(
    "--map",
    "map_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Draw the models on a map, which assumes no tree: .svg, .png, .pdf.",
)
@click.option(
    "--nexus",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write the distances for SplitsTree, which draws a network of them: .nex.",
)
@options.families
@options.on_paper
@options.resampling
@options.within_memory
@options.force
@options.as_json
def compare(
    profiles: tuple[str, ...],
    method: str,
    top: int,
    heatmap: Path | None,
    map_file: Path | None,
    nexus: Path | None,
    families: Path | None,
    size: str | None,
    dpi: float | None,
    replicates: int,
    seed: int,
    force: bool,
    as_json: bool,
) -> None:
    """Say how far models are from each other, and who is nearest to whom."""
    from fastslop.comparing.compare import compare as compare_all
    from fastslop.drawing.families import families_of
    from fastslop.drawing.pictures import check_picture
    from fastslop.profiles.profile_set import open_profiles
    from fastslop.system.atomic import check_target, write_text

    for path in (heatmap, map_file):
        if path is not None:
            check_picture(path, size=size, dpi=dpi, force=force)
    if nexus is not None:
        check_target(nexus, (".nex",), force=force)
    opened = open_profiles(*profiles)
    known = families_of(opened.labels, families)
    with progress_shown() as progress:
        comparison = compare_all(opened, method=method, replicates=replicates, seed=seed, progress=progress)
    say_notes(comparison.notes)
    if as_json:
        print_json(comparison.to_dict())
    else:
        print_neighbours(comparison, top)
    if nexus is not None:
        write_text(nexus, comparison.nexus(), force=force)
    for path, draw in ((heatmap, comparison.heatmap), (map_file, comparison.map)):
        if path is not None:
            write_picture(draw(families=known), path, size=size, dpi=dpi, force=force)
