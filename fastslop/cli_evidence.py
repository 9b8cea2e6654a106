"""Commands that weigh evidence: who wrote this, and what links two models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from fastslop import cli_options as options_of
from fastslop.cli_print import print_json, print_table, say

if TYPE_CHECKING:
    from fastslop.identifying import Identified


@click.command()
@click.argument("library", metavar="LIBRARY")
@click.argument("queries", metavar="QUERY...", nargs=-1, required=True)
@click.option("--top", type=click.IntRange(1), default=3, show_default=True, help="Candidates to show of each query.")
@click.option(
    "--replicates",
    type=click.IntRange(20),
    default=100,
    show_default=True,
    help="How often prompts are drawn anew, for support.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the prompts drawn.")
@options_of.as_json
def identify(library: str, queries: tuple[str, ...], top: int, replicates: int, seed: int, as_json: bool) -> None:
    """Say which model of LIBRARY (a folder of profiles) wrote each QUERY (profiles or texts), or that none did."""
    from fastslop.identifying import identify as identify_all
    from fastslop.outputs import identified_json

    answers = identify_all(library, queries, n_replicates=replicates, seed=seed)
    for note in dict.fromkeys(note for answer in answers for note in answer.notes):
        say(f"note: {note}")
    if as_json:
        print_json(identified_json(answers))
        return
    for answer in answers:
        print_identified(answer, top)


def print_identified(answer: Identified, top: int) -> None:
    """The verdict on a query, its first candidates, and how good such verdicts are."""
    found = f": {answer.candidates[0].label}" if answer.verdict == "identified" else ""
    size = f"{answer.n_docs:,} generations, {answer.n_words:,} words"
    click.echo(f"\n{answer.label} ({size}): {answer.verdict}{found}\n")
    rows = [
        (f"  {c.label}", f"{c.distance:.3f}", f"{answer.calibration.thresholds[c.label]:.3f}", f"{c.support:.0%}")
        for c in answer.candidates[:top]
    ]
    print_table(("  candidate", "distance", "threshold", "nearest"), rows)
    rule = answer.calibration
    click.echo(
        f"\n  Checked on {rule.n_prompts} prompts taken out of the library, about as many words as the query's: the "
        f"right model is nearest for {rule.own_nearest:.0%},\n  and of models that are left out of the library "
        f"{rule.strangers_refused:.0%} are refused."
    )
