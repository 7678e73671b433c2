"""Helpers of several commands: the option --data, the check of --out, and numbers in ASCII."""

from __future__ import annotations

import argparse
from pathlib import Path

from cnnviz.errors import invalid
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


def check_out(path: str | Path) -> None:
    """Raise a CnnvizError if the folder of an output file does not exist, before the work is done."""
    if not Path(path).absolute().parent.is_dir():
        raise invalid("out", "must be in a folder that exists", str(path))


def rounded(value: float, decimals: int = 0, *, exact: tuple[int, ...] = (0,)) -> str:
    """Format a number in ASCII."""
    return rounding.rounded(value, decimals, exact=exact).replace("\N{NO-BREAK SPACE}", " ").replace("−", "-")


def share(part: float) -> str:
    """Format a share: "0.6512"."""
    return rounded(part, 4, exact=(0, 1))
