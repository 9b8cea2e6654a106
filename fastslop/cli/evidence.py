"""Commands that weigh evidence: who wrote this, and what links two models."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fastslop.base.defaults import EXPLAIN_REPLICATES, IDENTIFY_REPLICATES, JSON_FORMAT, LEAST_REPLICATES
from fastslop.base.errors import UsageError
from fastslop.base.wording import meant, p_value, plural
from fastslop.cli import options
from fastslop.cli.printing import print_json, print_table, say_notes, visible
from fastslop.cli.progress import progress_shown

if TYPE_CHECKING:
    from fastslop.evidence.explain import Explanation
    from fastslop.evidence.identify import Identification
    from fastslop.evidence.neighbours import Neighbours
    from fastslop.profiles.profile_set import ProfileSet


@click.command()
@click.argument("places", metavar="[LIBRARY] QUERY...", nargs=-1, required=True)
@options.top(3, "Candidates to show of each query.")
@options.resampling_of(
    IDENTIFY_REPLICATES, least=LEAST_REPLICATES, help="How often prompts are drawn anew, for support."
)
@options.querying
@options.within_memory
@options.as_json
def identify(places: tuple[str, ...], top: int, replicates: int, seed: int, as_json: bool, **read: Any) -> None:
    """Say which model of LIBRARY (a folder of profiles) wrote each QUERY (profiles or texts), or that none did.

    Without a LIBRARY, where there is one QUERY only or the first place holds texts, the known models are asked: see
    `fastslop library list`. The word `known` for LIBRARY asks them in any case.
    """
    from fastslop.pipeline.identify import identify as identify_all
    from fastslop.pipeline.identify import library_first

    with progress_shown() as progress:
        known, queries = library_first(places)
        answers = identify_all(known, queries, replicates=replicates, seed=seed, progress=progress, **read)
    say_notes(dict.fromkeys(note for answer in answers for note in answer.notes))
    if as_json:
        print_json({"format": JSON_FORMAT, "queries": [answer.to_dict() for answer in answers]})
        return
    for answer in answers:
        print_identified(answer, top)


def print_identified(answer: Identification, top: int) -> None:
    """The verdict on a query, its first candidates, and how good such verdicts are."""
    size = f"{plural(answer.n_docs, 'generation')}, {plural(answer.n_words, 'word')}"
    click.echo(f"\n{answer.label} ({size}): {_said(answer)}\n")
    rows = [
        (f"  {c.label}", f"{c.distance:.3f}", f"{answer.calibration.thresholds[c.label]:.3f}", f"{c.support:.0%}")
        for c in answer.candidates[:top]
    ]
    print_table(("  candidate", "distance", "own within", "nearest"), rows)
    rule = answer.calibration
    company = "one by one" if rule.n_together == 1 else f"{rule.n_together} together"
    click.echo(
        f"\n  Of texts by others than the label they are nearest to, {answer.p_wrong:.1%} look as much like it; of "
        f"texts by models of the library, {answer.p_known:.1%} look as little;\n"
        f"  of models' own texts, {answer.p_own:.1%} look as little like theirs as this like "
        f"{answer.candidates[0].label}.\n"
        f"  Checked {company} on {rule.n_prompts} prompts taken out of the library: the right model is nearest for "
        f"{rule.own_nearest:.0%} and named for {rule.own_named:.0%};\n  of models that are left out of the library "
        f"{rule.strangers_refused:.0%} are refused, and for {rule.strangers_named:.0%} a wrong one is named."
    )


def _said(answer: Identification) -> str:
    """The verdict with the name that belongs to it."""
    name = answer.candidates[0].label
    said = {"identified": f"identified: {name}", "a close relative": f"{name} or a close relative of {name}"}
    return said.get(answer.verdict, answer.verdict)


@click.command()
@click.argument("words", metavar="PROFILES... A [B]", nargs=-1, required=True)
@click.option("--base", metavar="A0", help="The model that A was tuned from: what A has from it is no evidence.")
@click.option("--sibling", metavar="A1", help="A model like A that predates the suspicion, likewise.")
@options.dates
@options.top(10, "Features and rivals to show, or neighbours of A.")
@options.resampling_of(
    EXPLAIN_REPLICATES, least=LEAST_REPLICATES, help="How often prompts are drawn anew, for support and intervals."
)
@options.within_memory
@options.as_json
def explain(
    words: tuple[str, ...],
    base: str | None,
    sibling: str | None,
    dates: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Weigh the evidence for a link of model A to model B among PROFILES: supported, not supported, or unresolved.

    Without B, the models nearest to A are named, with a verdict on each.
    """
    from fastslop.evidence.explain import explain as explain_pair
    from fastslop.evidence.neighbours import explain_neighbours

    with progress_shown() as progress:
        places, profiles, a, b = named_models(words)
        if b is None:
            if base or sibling or dates:
                raise UsageError("--base, --sibling and --dates are of a pair: name the model B after A")
            near = explain_neighbours(profiles, a, progress=progress, **options)
        else:
            found = explain_pair(profiles, a, b, base=base, sibling=sibling, dates=dates, progress=progress, **options)
    if b is None:
        say_notes([f"no verdicts: {near.no_verdicts}"] if near.no_verdicts else [])
        if as_json:
            print_json(near.to_dict())
        else:
            print_near(near, places)
        return
    say_notes(found.date_notes)
    if as_json:
        print_json(found.to_dict())
    else:
        print_explanation(found, options["top"])


def named_models(words: Sequence[str]) -> tuple[Sequence[str], ProfileSet, str, str | None]:
    """The places of profiles that come first among the words, the profiles there, A, and B if it is named.

    Raises
    ------
    UsageError
        If no model is named.
    """
    from fastslop.profiles.profile_set import open_profiles

    if len(words) == 1:
        labels = open_profiles(*words).labels
        raise UsageError(f"name the model to explain after the profiles; {meant(words[0], labels)}")
    if len(words) == 2:
        return words[:1], open_profiles(words[0]), words[1], None
    *places, a, b = words
    profiles = open_profiles(*places)
    if a not in profiles.labels and Path(a).exists():  # a place, too: there is no B
        return words[:-1], open_profiles(*words[:-1]), b, None
    return places, profiles, a, b


def print_near(near: Neighbours, places: Sequence[str]) -> None:
    """The models nearest to one with the verdict on each, and the commands that say what a verdict rests on."""
    click.echo(f"The nearest to {near.a} of {plural(near.n_labels - 1, 'other model')}\n")
    rows = [
        (
            f"  {row['neighbour']}",
            f"{row['distance']:.3f}",
            f"{row['low']:.3f}..{row['high']:.3f}",
            f"{row['support']:.0%}",
            row["verdict"] or "-",
        )
        for row in near.neighbours
    ]
    print_table(("  model", "distance", "95 %", "nearest", "link"), rows, right={1, 2, 3})
    click.echo(
        f"\nnearest: share of replicates in which it is the nearest. link: what the link of {near.a} to it is worth."
    )
    if near.no_verdicts is None:
        click.echo("\nWhat a link rests on, and what speaks against it:\n")
        for row in near.neighbours:
            click.echo(f"  {command_of(places, near.a, row['neighbour'])}")


def command_of(places: Sequence[str], a: str, b: str) -> str:
    """The command that weighs a pair; labels that look like options stand behind ``--``."""
    ends_options = ["--"] if any(word.startswith("-") for word in (*places, a, b)) else []
    return shlex.join(["fastslop", "explain", *ends_options, *places, a, b])


def print_explanation(found: Explanation, top: int) -> None:
    """The verdict on a pair first, then what it rests on, then what it cannot show."""
    a, b, of_pair = found.a, found.b, found.evidence
    click.echo(f"{a} and {b}: {found.said}\n  {found.reason}.\n")
    click.echo(
        f"distance {of_pair['distance']:.3f} (95 % {of_pair['low']:.3f}..{of_pair['high']:.3f}), rank "
        f"{of_pair['rank']} of {a}'s neighbours; nearest in {of_pair['support']:.0%} of replicates"
    )
    if of_pair["floor"] is not None:
        click.echo(f"on halves of the prompts {of_pair['split']:.2f}; {a} from itself {of_pair['floor']:.2f}")
    click.echo(
        f"excess over what two such models have: {found.z:+.1f} standard deviations, p {p_value(found.p)}; "
        f"{p_value(found.p_all_pairs)} if any pair might have been asked about"
    )
    click.echo(f"\nRivals: how much more similar {a} is to {b}, tested over prompts, p adjusted over all rivals\n")
    rows = [(f"  {r['label']}", f"{r['difference']:+.3f}", p_value(r["p"])) for r in found.rivals[:top]]
    print_table(("  rival", "difference", "p"), rows)
    print_controls(found)
    for title, features in (("Shared and overused: what carries the link", found.shared), ("Apart", found.separating)):
        click.echo(f"\n{title}\n")
        header = ("  feature", "share", f"n of {a}", f"n of {b}", "prompts", "prompts", "over mean", "over mean")
        origins = _origins_told(features)
        print_table((*header, *origins.values()), [(*_feature_row(row), *_told(row, origins)) for row in features])
    if found.sources:
        before = found.sibling or found.base
        click.echo(f"\nPatterson's D: above 0 where {a} shares more with a source than {before} does\n")
        tested = [(f"  {s['source']}", f"{s['d']:+.4f}", f"{s['error']:.4f}", p_value(s["p"])) for s in found.sources]
        print_table(("  source", "D", "error", "p"), tested)
        n = sum(1 for s in found.sources if s["p"] <= 0.05)
        click.echo(f"\n  above 0: {n} of {len(found.sources)} sources; many mean a common teacher, or a changed manner")
    if found.time_order:
        click.echo(f"\nBy dates of release: {found.time_order.sentence}.")
    click.echo(f"\nThis cannot show {'; nor '.join(found.cannot_show)}.")


def print_controls(found: Explanation) -> None:
    """Whether a base, a sibling or a common teacher explains the link."""
    if found.controls:
        click.echo(
            f"\nDoes a third explain it? How much more alike {found.a} and {found.b} are than it and {found.b}\n"
        )
        rows = [
            (f"  {c['label']}", c["role"], f"{c['difference']:+.3f}", p_value(c["p"]), c["explains"])
            for c in found.controls
        ]
        print_table(("  third", "as", "difference", "p", "explains it"), rows)


def _origins_told(features: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What is known of where features come from, by column, with its heading."""
    headings = {"echo_a": "echo", "echo_b": "echo", "is_name": "name"}
    return {
        name: heading
        for name, heading in headings.items()
        if any(row["is_name"] if name == "is_name" else row[name] is not None for row in features)
    }


def _told(row: Mapping[str, Any], origins: Mapping[str, str]) -> Iterator[str]:
    for name in origins:
        value = row[name]
        yield ("name" if value else "") if name == "is_name" else "" if value is None else f"{value:.0%}"


def _feature_row(row: Mapping[str, Any]) -> tuple[str, ...]:
    name = f"  {visible(row['feature'])}"
    counts = (f"{row[n]:,}" for n in ("n_a", "n_b", "n_prompts_a", "n_prompts_b"))
    return (name, f"{row['share']:.1%}", *counts, f"x{row['ratio_a']:.1f}", f"x{row['ratio_b']:.1f}")
