"""The kinds of data sets that are found in folders and files, besides CIFAR-10, which gives way to them.

A new kind is a module with a function `find` and an entry in `KINDS`.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

from cnnviz.data import cifar100, idx, npz, picture_folder
from cnnviz.data.dataset import DataSet
from cnnviz.data.digits import DIGITS

BUNDLED: tuple[DataSet, ...] = (DIGITS,)
"""The data sets that come with CNNViz as a whole; their names are locations, too."""
KINDS = (cifar100, idx, npz, picture_folder)
"""Modules whose `find(path)` returns the data set at a path, or None; the first one wins."""
_one_at_a_time = threading.Lock()  # so that sessions do not read the same files at once


def find(location: str | os.PathLike[str]) -> DataSet | None:
    """Return the data set in a folder or file, or the bundled one of that name; None if there is none.

    Raises:
        CnnvizError: if it is damaged.
    """
    bundled = next((each for each in BUNDLED if each.name == str(location)), None)
    if bundled is not None:
        return bundled
    with _one_at_a_time:
        found = (kind.find(Path(location)) for kind in KINDS)
        return next((each for each in found if each is not None), None)
