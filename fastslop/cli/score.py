"""The command that scores profiles."""

from __future__ import annotations

import click

from fastslop.cli import options
from fastslop.cli.printing import print_json, print_scores, say_notes
from fastslop.cli.progress import progress_shown


@click.command()
@options.profiles
@options.baseline
@options.top(20, "Features to show of each kind and order.")
@options.within_memory
@options.as_json
def score(profiles: tuple[str, ...], baseline: str, top: int, as_json: bool) -> None:
    """Say which words, phrases and marks each model overuses."""
    from fastslop.profiles.profile_set import open_profiles
    from fastslop.scoring.score import score as score_all

    with progress_shown() as progress:
        scores = score_all(open_profiles(*profiles), baseline=baseline, progress=progress)
    say_notes(scores.notes)
    if as_json:
        print_json(scores.to_dict(top))
    else:
        print_scores(scores, top)
