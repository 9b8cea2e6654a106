"""The command that scores texts by a list, and keeps or drops them by their score."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fastslop.base.wording import plural
from fastslop.cli import options as options_of
from fastslop.cli.printing import compile_notice, print_json, print_table, say
from fastslop.cli.progress import progress_shown

if TYPE_CHECKING:
    from fastslop.base.rates import Rate
    from fastslop.search.filter import LabelScore


@click.command("filter")
@options_of.inputs
@click.option(
    "--list",
    "phrases",
    required=True,
    metavar="LIST",
    type=click.Path(path_type=Path),
    help="Phrases, n-grams and regular expressions to look for: .txt (one a line), .json, .jsonl, .csv or .yaml.",
)
@click.option("-o", "--out", metavar="FILE", type=click.Path(path_type=Path), help="JSON Lines (default: stdout).")
@click.option("--max-score", type=click.FloatRange(0), metavar="X", help="Keep only texts of at most this score.")
@click.option("--min-score", type=click.FloatRange(0), metavar="X", help="Keep only texts of at least this score.")
@options_of.language("rules of contrasts, and stopwords")
@options_of.reading
@click.option("--json", "as_json", is_flag=True, help="Print the sums as JSON; texts go to --out, if it is given.")
def filter_texts(
    inputs: tuple[str, ...],
    phrases: Path,
    out: Path | None,
    max_score: float | None,
    min_score: float | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Score every text of INPUT by LIST, in matches per 1,000 words; or keep and drop texts by their score."""
    from fastslop.reading.corpus import check_first
    from fastslop.reading.options import read_options
    from fastslop.search.filter import filter_texts as filter_all

    if out is None and not as_json:  # what is printed cannot be taken back
        asked = {name: options[name] for name in ("text", "model", "prompt", "label", "shard", "max_bad", "reasoning")}
        check_first(inputs, read_options(**asked))
    # Lines on a terminal are progress enough, and would mix with a line that is drawn over.
    is_wanted = as_json or out is not None or not sys.stdout.isatty()
    with compile_notice(), progress_shown(is_wanted=is_wanted) as progress:
        found = filter_all(
            inputs,
            phrases,
            min_score=min_score,
            max_score=max_score,
            out=out or (lambda lines: None if as_json else click.echo(lines.decode(), nl=False)),
            progress=progress,
            **options,
        )
    for note in found.notes:
        say(note)
    if as_json:
        print_json(found.to_dict())
        return
    _say_scores(found.scores, is_filter=min_score is not None or max_score is not None)


def _say_scores(labels: Sequence[LabelScore], *, is_filter: bool) -> None:
    n_docs, n_kept = sum(own.n_docs for own in labels), sum(own.n_kept for own in labels)
    say(
        f"kept {n_kept:,} of {plural(n_docs, 'text')}, dropped {n_docs - n_kept:,}"
        if is_filter
        else f"scored {plural(n_docs, 'text')}"
    )
    rows = [
        (
            own.label,
            f"{own.n_docs:,}",
            f"{own.n_kept:,}",
            f"{own.n_words:,}",
            f"{own.matches.n:,}",
            *_shown(own.matches),
            f"{own.contrasts.n:,}",
            *_shown(own.contrasts),
        )
        for own in labels
    ]
    rate = ("per 1,000", "95 %")
    print_table(("model", "texts", "kept", "words", "matches", *rate, "contrasts", *rate), rows, err=True)


def _shown(rate: Rate) -> tuple[str, str]:
    """A rate and its interval as they are printed."""
    is_resolved = rate.low is not None and rate.high is not None
    return f"{rate.per_1000:.2f}", f"{rate.low:.2f}..{rate.high:.2f}" if is_resolved else "unresolved"
