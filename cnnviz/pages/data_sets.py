"""The data set of the selected network: its title, its classes, its images on this machine."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnviz import settings
from cnnviz.data import registry
from cnnviz.data.dataset import UNKNOWN, DataSet, Samples
from cnnviz.data.unlabelled import PREFIX
from cnnviz.errors import CnnvizError
from cnnviz.networks import zoo
from cnnviz.pages import link, translation
from cnnviz.pages.translation import t
from cnnviz.text import classes, keys

EVERY_CLASS = "all"
"""The choice of no class, in links."""
FEW_CLASSES, LISTED_CLASSES = 24, 12
"""Most classes that are all listed, and the number listed of more; as in frontend/shared/values.js."""


def class_names(of: DataSet | None = None) -> list[str]:
    """Return the names of a data set's classes in the visitor's language; None = the picked network's."""
    own = (of or selected()).classes
    named = registry.names_of(own)
    return [classes.class_name(name, translation.language(), named) for name in own]


def class_choices() -> list[str]:
    """Return the picked network's classes as in links: their names, but none equal to `EVERY_CLASS`."""
    return [f"={name}" if name.lstrip("=") == EVERY_CLASS else name for name in selected().classes]


def listed_classes(chances: np.ndarray, *always: int) -> list[int]:
    """Return the indices of the classes that are listed, in ascending order.

    Args:
        chances: probabilities [classes]. always: classes that are listed, however improbable.

    Returns:
        All classes up to `FEW_CLASSES`; of more, the `LISTED_CLASSES` most probable ones and `always`.
    """
    if len(chances) <= FEW_CLASSES:
        return list(range(len(chances)))
    return sorted({*np.argsort(-chances, kind="stable")[:LISTED_CLASSES].tolist(), *always})


def note_on_classes() -> None:
    """Say, where there are many classes, that components list the most probable ones only."""
    count = len(selected().classes)
    if count > FEW_CLASSES:
        st.caption(t("frame.some_classes", count=f"{count:,}"))


def selected() -> DataSet:
    """Return the data set of the selected network."""
    if link.asked("model"):  # by the sidebar
        return zoo.get(str(link.current("model"))).data_set
    # a fragment runs alone, or the sidebar has not asked yet, which says so if there is no such network
    try:
        return zoo.get(str(link.stored("model"))).data_set
    except CnnvizError:
        return zoo.get(zoo.names()[0]).data_set


def data_set_title(of: DataSet | None = None, *, capital: bool = False) -> str:
    """Return the title of a data set, by default the picked network's, in the visitor's language.

    Args:
        of: the data set. capital: whether it begins with a capital, on a button.
    """
    of = of or selected()
    if of.name.startswith(PREFIX):
        return t("frame.set_unknown")
    key = f"frame.set_{of.name}"
    title = t(key) if key in keys() else of.title
    return title[:1].upper() + title[1:] if capital else title


def picture_size() -> str:
    """Return the size of the pictures of the picked network's data set: "32×32"."""
    rows, cols = selected().size
    return f"{rows}×{cols}"


def sample_name(samples: Samples, index: int) -> str:
    """Return the name of a sample's class, or the text for an unknown class."""
    label = int(samples.labels[index])
    return sample_title(index) if label == UNKNOWN else class_names()[label]


def sample_title(index: int) -> str:
    """Return the text for a sample of unknown class."""
    key = f"frame.sample_{selected().name}_{index}"
    return t(key) if key in keys() else t("frame.unknown_class")


def no_data() -> str:
    """Say that the whole data set is not here, and what helps."""
    if settings.hosted():
        return t("error.data_hosted")
    other = _set_of_variable()
    if other is not None and other != selected():
        return t("frame.no_data_other", set=data_set_title(), other=data_set_title(other))
    key = f"frame.no_data_{selected().name}"
    return t(key) if key in keys() else t("frame.no_data", set=data_set_title())


def _set_of_variable() -> DataSet | None:
    """Return the data set that the app was started with, by CNNVIZ_DATA; None if there is none."""
    try:
        return registry.find() if settings.DATA() else None
    except CnnvizError:  # the page shows it where it reads the data
        return None
