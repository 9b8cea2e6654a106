"""The commands of lists: what models overuse as files for other programs, and texts scored and sorted by them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fastslop.base.wording import plural
from fastslop.cli import options as options_of
from fastslop.cli.printing import compile_notice, print_table, say, say_skipped
from fastslop.cli.progress import progress_shown

if TYPE_CHECKING:
    from fastslop.search.filter import LabelScore, Rate
    from fastslop.search.matcher import Matcher


PLACES_SHOWN = 5


@click.command("filter")
@options_of.inputs
@click.option(
    "--list",
    "phrases",
    required=True,
    metavar="LIST",
    type=click.Path(path_type=Path),
    help="Words and phrases to look for: .txt (one a line), .json, .jsonl or .csv.",
)
@click.option("-o", "--out", metavar="FILE", type=click.Path(path_type=Path), help="JSON Lines (default: stdout).")
@click.option("--max-score", type=click.FloatRange(0), metavar="X", help="Keep only texts of at most this score.")
@click.option("--min-score", type=click.FloatRange(0), metavar="X", help="Keep only texts of at least this score.")
@options_of.reading
def filter_texts(
    inputs: tuple[str, ...],
    phrases: Path,
    out: Path | None,
    max_score: float | None,
    min_score: float | None,
    **options: Any,
) -> None:
    """Score every text of INPUT by LIST, in matches per 1,000 words; or keep and drop texts by their score."""
    from fastslop.profiles.files import write_atomically
    from fastslop.reading.tally import Tally
    from fastslop.search.filter import Bounds, filter_corpus

    matcher = _matcher_of(phrases)
    tally, bounds, reading = Tally(), Bounds(min_score, max_score), options_of.counting_of(options)
    labels: list[LabelScore] = []

    def write_lines(write: Callable[[bytes], object]) -> None:
        labels.extend(filter_corpus(inputs, matcher, bounds, reading, tally, write, progress))

    def write_beside(beside: Path) -> None:
        with beside.open("wb") as stream:
            write_lines(stream.write)

    # Lines on a terminal are progress enough, and would mix with a line that is drawn over.
    is_wanted = out is not None or not sys.stdout.isatty()
    with compile_notice(), progress_shown(is_wanted=is_wanted) as progress:
        if out is None:
            write_lines(lambda lines: click.echo(lines.decode(), nl=False))
        else:
            write_atomically(out, write_beside, force=reading.force)
    say_skipped(tally)
    _say_scores(labels, is_filter=bounds.are_given)


def _matcher_of(path: Path) -> Matcher:
    """A matcher of a list's phrases; what it cannot look for is said."""
    from fastslop.base.spec import PRESETS
    from fastslop.lists.files import read_phrases
    from fastslop.search.matcher import matcher_of_words, split_phrases

    split = split_phrases(read_phrases(path), PRESETS["default"])
    for reason in sorted(set(split.unusable.values())):
        own = [phrase for phrase, why in split.unusable.items() if why == reason]
        shown = ", ".join(map(repr, own[:PLACES_SHOWN])) + (", ..." if len(own) > PLACES_SHOWN else "")
        say(f"left out {len(own):,} of {path}, since {reason}: {shown}")
    return matcher_of_words(list(split.words.values()), PRESETS["default"])


def _say_scores(labels: list[LabelScore], *, is_filter: bool) -> None:
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


@click.command()
@options_of.profiles
@options_of.out("DIR", "Folder for the lists.")
@options_of.baseline
@click.option(
    "--texts",
    metavar="INPUT",
    multiple=True,
    help="The texts that were counted (repeatable): adds phrases as they stand in them. Read twice.",
)
@options_of.top(300, "Entries of each kind of a list.")
@options_of.reading
def lists(
    profiles: tuple[str, ...], out: Path, baseline: str, texts: tuple[str, ...], top: int, **options: Any
) -> None:
    """Write what models overuse as lists for other programs: of each model, and pooled over all of them."""
    from fastslop.counting.count import text_chunks
    from fastslop.lists.slop_lists import build_lists, with_phrases, write_lists
    from fastslop.profiles.files import refuse_to_overwrite
    from fastslop.profiles.profile_set import open_members
    from fastslop.reading.tally import Tally
    from fastslop.scoring.score import score_profiles
    from fastslop.search.phrases import STEPS

    reading, tally = options_of.counting_of(options), Tally()
    refuse_to_overwrite(out / "models", force=reading.force)
    if "-" in texts:
        raise click.UsageError("texts are read twice; stdin can be read once only")
    members = open_members(profiles)
    tallies, steps = iter((tally, Tally())), iter(STEPS)
    with compile_notice() if texts else nullcontext(), progress_shown() as progress:
        scores = score_profiles(members, baseline, progress)
        built = build_lists(scores, members, top)
        if texts:
            built = with_phrases(
                built,
                members,
                lambda: text_chunks(texts, reading, next(tallies), progress, next(steps)),
                top=top,
                workers=reading.workers,
            )
    for note in scores.notes:
        say(f"note: {note}")
    say_skipped(tally)
    if not texts:
        say("note: n-grams are listed without stopwords; for phrases as they stand in the texts, name these (--texts)")
    write_lists(built, out, force=reading.force)
    click.echo(str(out))
