"""Options that several commands share, and the kinds of values they take."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from fastslop.base.defaults import (
    DEFAULT_BASELINE,
    DEFAULT_METHOD,
    DROP_REASONING,
    LIST_TIERS,
    MAX_BAD,
    MAX_ORDER,
    MAX_SCALED,
    REASONINGS,
    REPLICATES,
    TIERS,
)
from fastslop.base.errors import UsageError
from fastslop.base.sizes import bytes_of

F = TypeVar("F", bound=Callable[..., Any])


class Sizes(click.ParamType[int]):
    """A number of bytes such as ``800MB`` or ``2GB``."""

    name = "SIZE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The bytes meant."""
        try:
            return bytes_of(value)
        except UsageError as error:
            self.fail(str(error), param, ctx)


class Shards(click.ParamType[tuple[int, int]]):
    """A shard ``I/N``, I from 0."""

    name = "I/N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """The shard and how many there are."""
        if isinstance(value, tuple):
            return value
        try:
            index, n_shards = map(int, str(value).split("/"))
        except ValueError:
            self.fail(f"{value!r} is no shard; write I/N, for example 0/8", param, ctx)
        if not 0 <= index < n_shards:
            self.fail(f"{value!r}: I runs from 0 to N - 1", param, ctx)
        return index, n_shards


class Orders(click.ParamType[tuple[int, ...]]):
    """N-gram orders such as ``1,2,3`` or ``1-4``."""

    name = "ORDERS"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """The orders, rising."""
        if isinstance(value, tuple):
            return value
        orders: set[int] = set()
        try:
            for part in str(value).split(","):
                first, _, last = part.partition("-")
                low, high = int(first), int(last or first)
                if not 1 <= low <= high <= MAX_ORDER:
                    raise ValueError
                orders.update(range(low, high + 1))
        except ValueError:
            self.fail(f"{value!r} are no orders from 1 to {MAX_ORDER}; write for example 1,2,3 or 1-4", param, ctx)
        return tuple(sorted(orders))


class Names(click.ParamType[tuple[str, ...]]):
    """Some of several known names, between commas."""

    name = "NAMES"

    def __init__(self, known: Sequence[str]) -> None:
        self.known = known

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """The names."""
        names = value if isinstance(value, tuple) else tuple(str(value).split(","))
        for name in names:
            if name not in self.known:
                self.fail(
                    f"{name!r} is none of {', '.join(self.known)}; write for example {','.join(self.known[:2])}",
                    param,
                    ctx,
                )
        return names


def together(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one decorator."""

    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def out(metavar: str, help: str, *, in_stores: bool = False) -> Callable[[F], F]:
    """The place to write to, which may be one in an object store if ``in_stores``."""
    kind = click.STRING if in_stores else click.Path(path_type=Path)
    return click.option("-o", "--out", required=True, metavar=metavar, type=kind, help=help)


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON (its shape is versioned).")
force = click.option("--force", is_flag=True, help="Replace files that are already there.")
inputs = click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)
profiles = click.argument("profiles", metavar="PROFILES...", nargs=-1, required=True)
baseline = click.option(
    "--baseline",
    default=DEFAULT_BASELINE,
    show_default=True,
    metavar="B",
    help="wordfreq:LANG, or a file of `baseline build`.",
)
method = click.option(
    "--method",
    default=DEFAULT_METHOD,
    show_default=True,
    help="The fingerprint: fastslop, or slop-forensics to compare with.",
)


def _table(name: str, help: str) -> Callable[[F], F]:
    """The file of a small table that the user knows."""
    return click.option(name, metavar="FILE", type=click.Path(path_type=Path), help=help)


dates = _table(
    "--dates",
    "CSV of label,date: when models were released (2024-11-05 or 2024-11), and so who can have learnt from whom.",
)
genres = _table(
    "--genres",
    "CSV of prompt,genre, or a .jsonl of prompts or generations with a genre: a list for each. "
    "If not given, genres are looked for in the words of the answers.",
)
families = _table(
    "--families", "CSV of label,family, for colours; families of other labels are guessed from their names."
)


class Groups(click.ParamType[int | str]):
    """What is drawn as one leaf: ``families``, or a number of leaves."""

    name = "families|N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """The word or the number."""
        text = str(value)
        if text != "families" and not (text.isdecimal() and int(text) >= 2):
            self.fail(f"{text!r}: write families, or how many leaves are to be left, 2 at least", param, ctx)
        return text if text == "families" else int(text)


on_paper = together(
    click.option("--size", metavar="MM", help="Size of the picture in mm: a width, or WIDTHxHEIGHT to stay within."),
    click.option(
        "--dpi",
        type=click.FloatRange(48, 2400),
        help="Dots per inch of a PNG.  [default: 192; 300 with --size]",
    ),
)


def top(default: int, help: str) -> Callable[[F], F]:
    """How many rows of a result are shown."""
    return click.option("--top", type=click.IntRange(1), default=default, show_default=True, help=help)


listed = together(
    click.option(
        "--kinds",
        type=Names(TIERS),
        default=",".join(LIST_TIERS),
        show_default=True,
        metavar="KINDS",
        help=f"Entries of lists, of {', '.join(TIERS)}; topics are what the prompts explain, foreign what has "
        "other letters than the language.",
    ),
    click.option("--no-names", is_flag=True, help="Leave proper names out of lists."),
    click.option(
        "--exclude",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="List of words and phrases (as of `filter --list`) that no entry of lists is to hold.",
    ),
)


def seed(of: str) -> Callable[[F], F]:
    """The seed of what is drawn at random."""
    return click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help=of)


def replicates_of(default: int, *, least: int, help: str) -> Callable[[F], F]:
    """How often prompts are drawn anew."""
    return click.option("--replicates", type=click.IntRange(least), default=default, show_default=True, help=help)


def resampling_of(default: int, *, least: int, help: str) -> Callable[[F], F]:
    """How often prompts are drawn anew, and the seed of that."""
    return together(replicates_of(default, least=least, help=help), seed("Seed of the draws of prompts."))


def texts(adds: str) -> Callable[[F], F]:
    """The texts behind profiles."""
    return click.option(
        "--texts",
        metavar="INPUT",
        multiple=True,
        help=f"The texts that were counted (repeatable): {adds}. Read twice where memory cannot hold them.",
    )


REDRAWN = "How often prompts are drawn anew, for support and intervals; 0 for none."
resampling = resampling_of(REPLICATES, least=0, help=REDRAWN)
_fields = together(
    click.option("--text", metavar="FIELD", help="Field that holds the generation (found by itself in many shapes)."),
    click.option("--model", metavar="FIELD", help="Field that names the model; else a file is a model."),
    click.option("--prompt", metavar="FIELD", help="Field that names the prompt."),
    click.option("--label", metavar="NAME", help="All input is this one model."),
    click.option(
        "--reasoning",
        type=click.Choice(REASONINGS),
        default=DROP_REASONING,
        show_default=True,
        help="What a model thought before it answered: left out, counted with the answer, or counted alone.",
    ),
)


def _bound_threads(context: click.Context, option: click.Parameter, workers: int | None) -> int | None:
    """Bound Polars' threads too, which it settles when it is imported: a batch job has the cores it asked for."""
    if workers:
        os.environ.setdefault("POLARS_MAX_THREADS", str(workers))
    return workers


max_bad = click.option(
    "--max-bad",
    type=click.FloatRange(0, 1),
    default=MAX_BAD,
    show_default=True,
    help="Share of bad records to stop at.",
)


def within_memory(function: F) -> F:
    """The memory that a command stays within, or stops at."""

    @click.option(
        "--memory",
        type=Sizes(),
        help="Memory to stay within, such as 2GB: a job that needs more stops and says how much.",
    )
    @wraps(function)
    def bounded(*arguments: Any, memory: int | None, **options: Any) -> Any:
        from fastslop.system.ceiling import ceiling

        with ceiling.at(memory):
            return function(*arguments, **options)

    return cast(F, bounded)


workers = click.option(
    "--workers", type=click.IntRange(1), callback=_bound_threads, help="Threads (default: all cores)."
)
temp = click.option("--temp", type=click.Path(path_type=Path), metavar="DIR", help="Folder for what outgrows memory.")


def counting_memory(help: str) -> Callable[[F], F]:
    """The memory that counting stays within, whatever is counted."""
    return click.option("--memory", type=Sizes(), help=help)


_limits = together(
    click.option(
        "--shard",
        type=Shards(),
        default=(0, 1),
        help="Count only the Ith of N shares of the records (I from 0).",
    ),
    max_bad,
    workers,
    counting_memory("Memory to stay within, such as 2GB.  [default: half of what is free]"),
    temp,
    force,
)


def language(chosen: str) -> Callable[[F], F]:
    """The language of texts, by which this is ``chosen``."""
    return click.option(
        "--language",
        default="auto",
        show_default=True,
        metavar="LANG",
        help=f"What texts are in, such as zh: chooses {chosen}.",
    )


scaled = click.option(
    "--scaled",
    type=click.IntRange(1, MAX_SCALED),
    metavar="S",
    help="Keep one n-gram in S, the same whoever counts: profiles a fraction of the size that still add up.",
)
counted_as = together(
    _fields,
    click.option("--panel", metavar="NAME", help="The set of prompts answered (else found from shared prompts)."),
    click.option(
        "--spec", default="default", show_default=True, help="default, words, slop-forensics, or a JSON file."
    ),
    click.option("--orders", type=Orders(), help="Orders of word n-grams, e.g. 1-4, instead of the specification's."),
    language("stopwords and baseline"),
    scaled,
)
counting = together(counted_as, _limits)
resume = click.option(
    "--resume", is_flag=True, help="Go on with what was broken off: keep profiles that are there, of the same texts."
)
min_prompts = click.option(
    "--min-prompts",
    type=click.IntRange(0),
    default=0,
    metavar="M",
    help="Leave out what is in fewer prompts: final, small profiles, not to be merged again.",
)
reading = together(_fields, _limits)
querying = together(_fields, max_bad)
