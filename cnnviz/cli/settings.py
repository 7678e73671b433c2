"""`cnnviz settings`: the settings of the server."""

from __future__ import annotations

import argparse

from cnnviz import settings

SUMMARY = "Print the environment variables that a host can set, and check those that are set."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser: there are none."""


def execute(options: argparse.Namespace) -> None:
    """Print the table of settings.

    Raises:
        CnnvizError: naming the first variable that is out of its range.
    """
    settings.check()
    print(settings.table(), end="")
