"""The command line: parse, one call, print. Data goes to stdout, everything else to stderr."""

from __future__ import annotations

import errno
import gc
import io
import os
import sys

import click

from fastslop import __version__
from fastslop.base.errors import INTERRUPTED, TERMINATED, FastslopError, UsageError
from fastslop.cli.compare import compare
from fastslop.cli.count import baseline, count, merge
from fastslop.cli.demo import bench, demo
from fastslop.cli.evidence import explain, identify
from fastslop.cli.export import export
from fastslop.cli.filter import filter_texts
from fastslop.cli.generate import generate
from fastslop.cli.inspect import inspect
from fastslop.cli.library import library
from fastslop.cli.lists import lists
from fastslop.cli.look import look
from fastslop.cli.loudness import with_loudness
from fastslop.cli.printing import say
from fastslop.cli.report import report
from fastslop.cli.run import run
from fastslop.cli.score import score
from fastslop.cli.signals import Terminated, signals_raised
from fastslop.cli.tasks import tasks
from fastslop.cli.tree import tree
from fastslop.system.memory import give_back_freed_memory
from fastslop.system.object_paths import remove_kept_copies

OUT_OF_MEMORY = "the machine has no more memory: give fewer texts at once, or free some; see --memory and --workers"
_NO_FOLDER = "a file is there, where a folder must be"
REFUSALS = {errno.ENOENT: "no such file or folder", errno.EEXIST: _NO_FOLDER, errno.ENOTDIR: _NO_FOLDER}
"""What is said of a file instead of the system's words."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fastslop")
def cli() -> None:
    """Fingerprint language models by the words, phrases and marks they overuse, and see who writes like whom.

    `fastslop run INPUT... -o OUT` does everything; the other commands are its steps.

    Exit codes: 0 done, 1 bad data, 2 bad usage or a file that is not there, 3 profiles that cannot be compared,
    130 interrupted, 143 terminated.
    """


for command in (
    run,
    generate,
    look,
    count,
    merge,
    tasks,
    export,
    baseline,
    score,
    lists,
    filter_texts,
    compare,
    tree,
    explain,
    identify,
    library,
    report,
    inspect,
    demo,
    bench,
):
    cli.add_command(command)
with_loudness(cli)


def main() -> None:
    """Run the command line: known errors become one line and an exit code."""
    give_back_freed_memory()
    gc.set_threshold(100_000, 50, 50)  # what is imported lives on; to look through it again and again took 0.2 s
    # Threads are ours: those of the linear algebra would wait for each other, spinning, on a busy machine.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        if "_FASTSLOP_COMPLETE" in os.environ:
            cli.main(prog_name="fastslop")
        # Not cli.main: it takes a closed pipe, as of `| head`, for a failure.
        with signals_raised(), cli.make_context("fastslop", sys.argv[1:]) as context:
            cli.invoke(context)
            sys.stdout.flush()
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        say_unusable(error)
        sys.exit(error.exit_code)
    except (click.exceptions.Abort, KeyboardInterrupt):
        say("interrupted")
        sys.exit(INTERRUPTED)
    except Terminated:
        say("terminated")
        sys.exit(TERMINATED)
    except FastslopError as error:
        say(f"error: {error}")
        sys.exit(error.exit_code)
    except MemoryError:
        say(f"error: {OUT_OF_MEMORY}")
        sys.exit(1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        say_refused(error)
        sys.exit(UsageError.exit_code if error.errno == errno.ENOENT else 1)
    finally:
        remove_kept_copies()  # here, since the process leaves at once


def say_refused(error: OSError) -> None:
    """What the system refused, of which file, and what helps."""
    reason = REFUSALS.get(error.errno or 0, error.strerror or str(error))
    say(f"error: {f'{error.filename}: ' if error.filename else ''}{reason}")
    if error.errno == errno.ENOSPC:
        say("make room where the results go, or have what outgrows memory wait on another disk: --temp DIR")


def say_unusable(error: click.ClickException) -> None:
    """What is wrong with a command, spelt as all errors are; click begins with a capital."""
    if not isinstance(error, click.UsageError) or error.ctx is None:
        say(f"error: {error.format_message()}")
    elif isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
    else:
        say(f"{error.ctx.get_usage()}\nTry '{error.ctx.command_path} --help' for help.\n")
        say(f"error: {error.format_message()}")
