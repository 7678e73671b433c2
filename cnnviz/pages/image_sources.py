"""The images that a visitor can pick from: samples, and complete data sets on this machine."""

from __future__ import annotations

import streamlit as st

from cnnviz.data import registry
from cnnviz.data.dataset import DataSet, Samples, Split
from cnnviz.errors import CnnvizError
from cnnviz.pages import data_sets, error_messages, lecture_state, local_data
from cnnviz.pages.translation import t


def local_data_sets() -> dict[str, Samples]:
    """Return the available images by their origin in links: "sample", "test", "train".

    The samples are always available; a message says why a split is not.
    """
    found = {"sample": data_sets.selected().samples()}
    try:
        folder = data_sets.selected().find(None)
        if folder is not None:
            with st.spinner(t("frame.reading", set=data_sets.data_set_title())):
                for split in ("test", "train"):
                    found[split] = local_data.full_set(data_sets.selected(), split, str(folder))
        elif not lecture_state.in_lecture("data") and data_sets.selected().readable:
            st.caption(data_sets.no_data())
    except CnnvizError as error:
        error_messages.show_error(error)
    return found


def images(origin: str) -> Samples | None:
    """Return the images of an origin, as in links: "sample", "test", "train"; None if they are not here."""
    return data_sets.selected().samples() if origin == "sample" else split(origin)


def split(name: str) -> Samples | None:
    """Return a split of the local data set, or None if there is none; shows an error if it is unreadable."""
    try:
        folder = data_sets.selected().find(None)
        split: Split = "train" if name == "train" else "test"
        return local_data.full_set(data_sets.selected(), split, str(folder)) if folder else None
    except CnnvizError as error:
        error_messages.show_error(error)
        return None


def complete_data_sets() -> list[DataSet]:
    """Return the data sets that are complete on this machine; shows an error if the host's is unusable."""
    try:
        return registry.here()
    except CnnvizError as error:
        error_messages.show_error(error)
        return [each for each in registry.DATA_SETS if each.bundled]
