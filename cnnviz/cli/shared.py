"""What several commands share: the option --data, numbers in letters that every terminal has."""

from __future__ import annotations

import argparse

from cnnviz.text import rounding

DIVERGED = 3
"""Exit code of a run whose loss or weights stopped being finite; 2 is argparse's, of a wrong option."""


def add_data(parser: argparse.ArgumentParser) -> None:
    """Add --data."""
    parser.add_argument(
        "--data",
        metavar="DIR",
        help="folder with cifar-10-batches-py or -bin (or set CNNVIZ_DATA); default: download",
    )


def rounded(value: float, decimals: int = 0, *, exact: tuple[int, ...] = (0,)) -> str:
    """Write a number in letters that every terminal has."""
    return rounding.rounded(value, decimals, exact=exact).replace("\N{NO-BREAK SPACE}", " ").replace("−", "-")


def share(part: float) -> str:
    """Write a share of 1: "0.6512"."""
    return rounded(part, 4, exact=(0, 1))
