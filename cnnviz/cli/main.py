"""The entry point of the command line: argument parser and error handling. See `cnnviz --help`.

A command is a module with a SUMMARY, `add_arguments(parser)` and `execute(options)`, which returns an exit
code, or None for 0.
"""

from __future__ import annotations

import argparse
import io
import sys

from cnnviz import __version__
from cnnviz.cli import (
    activations,
    animate,
    data,
    evaluate,
    handout,
    import_,
    index,
    run,
    settings,
    stamp,
    train,
    worksheet,
)
from cnnviz.cli.shared import DIVERGED
from cnnviz.errors import CnnvizError

COMMANDS = (
    run,
    train,
    evaluate,
    import_,
    index,
    data,
    activations,
    animate,
    handout,
    worksheet,
    settings,
    stamp,
)


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return the exit code; input errors are printed without a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console that lacks a letter shows its code instead
            stream.reconfigure(errors="backslashreplace")
    commands = parser()
    options, others = commands.parse_known_args(arguments)
    if options.execute is run.execute:
        options.streamlit = others
    elif others:
        commands.error(f"unrecognized arguments: {' '.join(others)}")
    try:
        return options.execute(options) or 0
    except (CnnvizError, OSError) as error:
        print(f"cnnviz: {error}", file=sys.stderr)
        return DIVERGED if isinstance(error, CnnvizError) and error.reason == "diverged" else 1
    except KeyboardInterrupt:
        print("\ncnnviz: stopped", file=sys.stderr)
        return 130


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="cnnviz", description="CNNs trained, and every number of them explained."
    )
    top.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        name = command.__name__.rpartition(".")[2].rstrip("_")  # import is a word of Python's
        sub = commands.add_parser(name, help=command.SUMMARY, description=command.SUMMARY)
        command.add_arguments(sub)
        sub.set_defaults(execute=command.execute)
    return top
