"""The data sets that networks are trained on, by name; a new one is a file in this folder and a line here."""

from __future__ import annotations

from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.dataset import DataSet, Samples
from cnnviz.errors import invalid

DATA_SETS: tuple[DataSet, ...] = (CIFAR10,)


def get(name: str) -> DataSet:
    """Return the data set of that name.

    Raises:
        CnnvizError: if there is none.
    """
    for data_set in DATA_SETS:
        if data_set.name == name:
            return data_set
    raise invalid("data_set", f"must be one of {', '.join(each.name for each in DATA_SETS)}", name)


def samples(data_set: str = CIFAR10.name) -> Samples:
    """Return the pictures of a set that are bundled, with their labels.

    Raises:
        CnnvizError: if there is no such set.
    """
    return get(data_set).samples()
