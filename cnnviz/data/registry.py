"""The data sets that networks can be trained on, by name. A new one is a module and an entry here."""

from __future__ import annotations

from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.dataset import DataSet, Samples
from cnnviz.data.digits import DIGITS
from cnnviz.data.imagenet import IMAGENET
from cnnviz.errors import invalid

DATA_SETS: tuple[DataSet, ...] = (CIFAR10, IMAGENET, DIGITS)


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
    """Return the bundled images of a data set, with their labels.

    Raises:
        CnnvizError: if there is no such data set.
    """
    return get(data_set).samples()
