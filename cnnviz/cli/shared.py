"""Helpers of several commands: the option --data, and numbers in ASCII."""

from __future__ import annotations

import argparse

from cnnviz.text import rounding

DIVERGED = 3
"""Exit code of a run that diverged; argparse uses 2."""


def add_data(parser: argparse.ArgumentParser) -> None:
    """Add --data."""
    parser.add_argument(
        "--data",
        metavar="DIR",
        help="folder with CIFAR-10 or -100, IDX files, or class folders of pictures; an .npz file; digits, "
        "which are bundled (or set CNNVIZ_DATA); default: the network's own set, CIFAR-10 by download",
    )


def rounded(value: float, decimals: int = 0, *, exact: tuple[int, ...] = (0,)) -> str:
    """Format a number in ASCII."""
    return rounding.rounded(value, decimals, exact=exact).replace("\N{NO-BREAK SPACE}", " ").replace("−", "-")


def share(part: float) -> str:
    """Format a share: "0.6512"."""
    return rounded(part, 4, exact=(0, 1))
