"""Keep docs/reference/commands.md true: what stands between its markers is what the commands say of themselves.

``python scripts/make_commands.py`` writes usage, help and options of every command between ``<!-- command: NAME -->``
and ``<!-- end -->``, adds a section for a command that has none, and puts the sections into the order in which the
command line has its commands; ``--check`` only says what is stale.
"""

from __future__ import annotations

import argparse
import difflib
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "commands.md"
IN_HELP = re.compile(r"\s*\[default: (?P<default>[^\]]+)\]|\s*\(default: (?P<other>[^)]+)\)")
"""A default that only the text of the help tells."""
SECTION = re.compile(r"<!-- command: (?P<name>[^\n]+?) -->\n(?P<body>.*?)<!-- end -->\n", re.S)


def commands_in(group: click.Group, above: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that is no group, by its full name, such as ``baseline build``."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands_in(command, f"{above}{name} ")
        else:
            yield above + name, command


def described(name: str, command: click.Command) -> str:
    """Usage, help and a table of the options of one command, as Markdown."""
    context = click.Context(command, info_name=f"fastslop {name}")
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    options = [param for param in command.params if isinstance(param, click.Option)]
    rows = [f"| {_names(option, context)} | {_default(option)} | {_help(option)} |" for option in options]
    table = ["| option | default | does |", "|---|---|---|", *rows]
    return "\n".join(["```sh", usage, "```", "", inspect.cleandoc(command.help or ""), "", *table, ""])


def _names(option: click.Option, context: click.Context) -> str:
    value = "" if option.is_flag or _choices(option) else f" {_metavar(option, context)}"
    return ", ".join([*(f"`{name}`" for name in option.opts[:-1]), f"`{option.opts[-1]}{value}`"])


def _metavar(option: click.Option, context: click.Context) -> str:
    number = isinstance(option.type, click.IntRange) and option.metavar is None
    return "N" if number else str(option.make_metavar(context)).removesuffix(" RANGE")


def _default(option: click.Option) -> str:
    if option.required:
        return "required"
    if isinstance(option.show_default, str):
        return option.show_default
    if told := IN_HELP.search(option.help or ""):
        return told["default"] or told["other"]
    if option.is_flag or not option.show_default or option.default is None:
        return ""
    return f"`{option.default}`"


def _choices(option: click.Option) -> str:
    return ", ".join(f"`{choice}`" for choice in option.type.choices) if isinstance(option.type, click.Choice) else ""


def _help(option: click.Option) -> str:
    choices = _choices(option)
    text = " ".join(IN_HELP.sub("", option.help or "").split()).replace("|", "\\|")
    return f"{text} One of {choices}." if choices else text


def renewed(text: str, commands: dict[str, click.Command]) -> str:
    """The page with a section for every command, as the command is now, in the order of the commands.

    Raises
    ------
    SystemExit
        If the page has a section of a command that does not exist, or of none.
    """
    head, *sections = re.split(r"^(?=## )", text, flags=re.M)
    by_name = {match["name"] if (match := SECTION.search(section)) else "": section for section in sections}
    if unknown := by_name.keys() - commands.keys():
        raise SystemExit(f"{PAGE.name} has sections of commands that do not exist: {', '.join(sorted(unknown))}")
    new = [by_name.get(name, f"## {name}\n\n<!-- command: {name} -->\n<!-- end -->\n") for name in commands]
    return SECTION.sub(
        lambda m: f"<!-- command: {m['name']} -->\n{described(m['name'], commands[m['name']])}<!-- end -->\n",
        "\n".join(part.rstrip("\n") + "\n" for part in (head, *new)),
    )


def stale() -> str:
    """What differs between the page and the commands; empty where nothing does."""
    old, new = _old_and_new()
    return "\n".join(difflib.unified_diff(old.splitlines(), new.splitlines(), PAGE.name, "as it is", n=1, lineterm=""))


def _old_and_new() -> tuple[str, str]:
    from fastslop.cli.main import cli

    old = PAGE.read_text(encoding="utf-8")
    return old, renewed(old, dict(commands_in(cli)))


def main() -> None:
    """Renew or check the page."""
    parser = argparse.ArgumentParser(description="Renew the options shown in docs/reference/commands.md.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 where something is stale")
    check = parser.parse_args().check
    difference = stale()
    if difference and not check:
        PAGE.write_text(_old_and_new()[1], encoding="utf-8")
    print(difference or "the commands are current")
    sys.exit(1 if difference and check else 0)


if __name__ == "__main__":
    main()
