"""The data sets that are known by name, and those that are here: found in folders and files, or bundled.

A new data set is a module and an entry in `DATA_SETS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cnnviz import settings
from cnnviz.data import cifar10, kinds
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.dataset import DataSet, Location, Samples
from cnnviz.data.imagenet import IMAGENET
from cnnviz.errors import CnnvizError, invalid

DATA_SETS: tuple[DataSet, ...] = (CIFAR10, IMAGENET, *kinds.BUNDLED)


def get(name: str) -> DataSet:
    """Return the data set of that name.

    Raises:
        CnnvizError: if there is none.
    """
    for data_set in DATA_SETS:
        if data_set.name == name:
            return data_set
    raise invalid("data_set", f"must be one of {', '.join(each.name for each in DATA_SETS)}", name)


def names_of(classes: Sequence[str]) -> str:
    """Return the name of the data set that has these classes in this order, "" if none is known.

    >>> names_of(IMAGENET.classes), names_of(["cat", "dog"])
    ('imagenet', '')
    """
    return next((each.name for each in DATA_SETS if each.classes == tuple(classes)), "")


def as_known(classes: Sequence[str]) -> tuple[str, ...]:
    """Return the names of a known data set's classes, if these are the same but for case and underscores.

    >>> as_known([name.replace(" ", "_") for name in IMAGENET.classes]) == IMAGENET.classes
    True
    """

    def bare(names: Sequence[str]) -> list[str]:
        return [name.replace("_", " ").casefold() for name in names]

    given = bare(classes)
    return next((each.classes for each in DATA_SETS if bare(each.classes) == given), tuple(classes))


def find(location: Location = None) -> DataSet | None:
    """Return the data set in a folder or file; None if no location is given, here or by CNNVIZ_DATA.

    Args:
        location: a folder or file, or the name of a data set that is bundled as a whole.

    Raises:
        CnnvizError: if there is no data set, or it is damaged.
    """
    named = location or settings.DATA()
    if not named:
        return None
    if (found := cifar10.find(Path(named)) or kinds.find(named)) is not None:
        return found
    raise CnnvizError(
        "`data` must hold CIFAR-10 (cifar-10-batches-py or -bin), CIFAR-100, IDX files as MNIST has them, or "
        "a folder of pictures for each class, or be an .npz file of images and labels. "
        f"Received: data={str(named)!r}.",
        reason="data",
    )


def here() -> list[DataSet]:
    """Return the data sets that are here as a whole: that of CNNVIZ_DATA or a download, then bundled ones.

    Raises:
        CnnvizError: if CNNVIZ_DATA holds none, or a damaged one.
    """
    own = find() or (CIFAR10 if CIFAR10.find(None) is not None else None)
    bundled = [each for each in kinds.BUNDLED if each != own]
    return [*([own] if own is not None else []), *bundled]


def samples(data_set: str = CIFAR10.name) -> Samples:
    """Return the bundled images of a data set, with their labels.

    Args:
        data_set: "cifar10", "imagenet" or "digits".

    Raises:
        CnnvizError: if there is no such data set.
    """
    return get(data_set).samples()
