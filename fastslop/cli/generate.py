"""The command that has models answer prompts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fastslop.base.defaults import (
    CONCURRENCY,
    KEY_VARIABLE,
    MOST_ANSWER_TOKENS,
    RETRIES,
    STANDARD_PANEL,
    TEMPERATURE,
    TIMEOUT_S,
)
from fastslop.cli import options as options_of
from fastslop.cli.printing import print_json, print_table, say, say_notes, visible
from fastslop.cli.progress import progress_shown
from fastslop.cli.signals import Terminated

if TYPE_CHECKING:
    from fastslop.generating.generate import Generated


class JsonObjects(click.ParamType[dict[str, Any]]):
    """An object of JSON."""

    name = "JSON"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, Any]:
        """The fields of the object."""
        try:
            found = value if isinstance(value, dict) else json.loads(value)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            self.fail(f"{value!r} is no object of JSON; write for example '{{\"top_p\": 0.9}}'", param, ctx)
        return found


@click.command()
@click.option(
    "--base-url",
    metavar="URL",
    help="Address of the endpoint, such as http://localhost:8000/v1.  [default: OPENAI_BASE_URL, else OpenAI's]",
)
@click.option("--model", "models", metavar="NAME", multiple=True, required=True, help="Model to ask (repeatable).")
@options_of.out("FILE", "File of the generations (.jsonl); where it is there, what is missing in it is asked.")
@click.option(
    "--prompts",
    metavar="FILE",
    default=STANDARD_PANEL,
    show_default=True,
    help="Prompts (.jsonl, .json, .csv, .tsv, or .txt with one a line), or the name of a standard panel.",
)
@click.option("--samples", type=click.IntRange(1), default=1, show_default=True, help="Answers to each prompt.")
@click.option(
    "--temperature",
    type=click.FloatRange(0),
    metavar="T",
    default=TEMPERATURE,
    show_default=True,
    help="Temperature of the answers; the known models had this one.",
)
@click.option(
    "--max-tokens",
    type=click.IntRange(1),
    default=MOST_ANSWER_TOKENS,
    show_default=True,
    help="Most tokens of an answer, and of what is thought before it.",
)
@options_of.seed("Seed from which each request has one of its own.")
@click.option("--no-seed", is_flag=True, help="Send no seed, to a service that does not take one.")
@click.option("--extra", type=JsonObjects(), help="Further fields of each request, as the server understands them.")
@click.option("--budget", type=click.IntRange(1), metavar="TOKENS", help="Most tokens to use, of prompts and answers.")
@click.option(
    "--concurrency", type=click.IntRange(1), default=CONCURRENCY, show_default=True, help="Requests under way at once."
)
@click.option(
    "--retries",
    type=click.IntRange(0),
    default=RETRIES,
    show_default=True,
    help="How often a request is sent again that was limited, met a fault or broke off; each time after a longer wait.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    metavar="S",
    default=TIMEOUT_S,
    show_default=True,
    help="Seconds for which a server may be silent.",
)
@click.option(
    "--key-env",
    metavar="NAME",
    default=KEY_VARIABLE,
    show_default=True,
    help="Variable of the environment that holds the key.",
)
@options_of.as_json
def generate(models: tuple[str, ...], out: Path, seed: int, no_seed: bool, as_json: bool, **options: Any) -> None:
    """Have models answer prompts, by any endpoint that speaks as OpenAI's does: vLLM, llama.cpp, Ollama, OpenRouter.

    Give the same command again to go on with what was broken off or failed: nothing that is in FILE is asked twice.
    """
    from fastslop.generating.generate import generate as generate_all

    try:
        with progress_shown() as progress:
            made = generate_all(models, out, seed=None if no_seed else seed, progress=progress, **options)
    except (KeyboardInterrupt, Terminated):
        if out.exists():
            say(f"what came is kept in {out}; the same command goes on from there")
        raise
    say_notes(made.notes)
    if as_json:
        print_json(made.to_dict())
    else:
        print_generated(made)


def print_generated(made: Generated) -> None:
    """What is in the file now, and what it took."""
    rows = [
        (
            visible(own.model),
            f"{own.n_there + own.n_new:,} of {own.n_wanted:,}",
            f"{own.n_new:,}",
            f"{own.n_truncated:,}",
            f"{own.n_failed:,}",
            f"{own.n_tokens:,}",
        )
        for own in made.models
    ]
    print_table(("model", "generations", "new", "cut off", "failed", "tokens"), rows)
    say(f"written to {made.path}")
