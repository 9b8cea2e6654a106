"""How much a command tells beside its results and errors: ``-q`` and ``-v``, before the command's name or after it."""

from __future__ import annotations

import click

QUIET, USUAL, VERBOSE = range(3)
_KEY = "fastslop.loudness"


def loudness() -> int:
    """What was asked for; ``USUAL`` outside of a command, where errors are told."""
    context = click.get_current_context(silent=True)
    return USUAL if context is None else int(context.meta.get(_KEY, USUAL))


def _ask_for(asked: int, context: click.Context, is_given: bool) -> None:
    """Keep what is asked for, for the command and those inside of it."""
    if is_given and context.meta.setdefault(_KEY, asked) != asked:
        raise click.UsageError("-q and -v exclude each other", context)


def _flag(names: list[str], asked: int, help: str) -> click.Option:
    return click.Option(
        names,
        is_flag=True,
        expose_value=False,
        callback=lambda context, _, is_given: _ask_for(asked, context, is_given),
        help=help,
    )


def with_loudness(command: click.Command) -> None:
    """Give a command the two options, and all commands inside of it."""
    command.params += [
        _flag(["-q", "--quiet"], QUIET, "Say nothing but results and errors."),
        _flag(["-v", "--verbose"], VERBOSE, "Say what was done and how long each step took."),
    ]
    if isinstance(command, click.Group):
        for inside in command.commands.values():
            with_loudness(inside)
