"""The section of a page with the map of a network."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cnnviz.components.network_map import View, ids_of, network_map
from cnnviz.networks.graph import Graph
from cnnviz.pages import link, translation
from cnnviz.pages.translation import t

ALL = "all"
MOST = 600
"""Characters of the parts that are open, in a link."""


def draw(graph: Graph, *, key: str, on_layer: Callable[[str], None] | None = None) -> None:
    """Draw a folded section with the map of a network.

    Args:
        graph: the network. key: of the section and of its choices in the link.
        on_layer: called with a layer that was opened; None = layers cannot be opened.
    """
    names = [info.name for info in graph]

    def parts(text: str) -> str:
        if text != ALL and any(part not in ids_of(graph) for part in text.split(",")):
            raise ValueError(text)
        return text

    def layer(text: str) -> str:
        return names[names.index(text)]

    opened, picked = link.value(key, "", parts), link.value(f"{key}_layer", "", layer)

    def remember(view: View) -> None:
        text = ALL if set(view.open) == ids_of(graph) else ",".join(view.open)
        while len(text) > MOST:
            text = text.rpartition(",")[0]
        link.put(**{key: text, f"{key}_layer": view.layer})

    shown = tuple(sorted(ids_of(graph)) if opened == ALL else filter(None, opened.split(",")))
    if (wanted := bool(opened or picked)) and not st.session_state.get(f"{key}_wanted"):
        st.session_state[f"{key}_section"] = True
    st.session_state[f"{key}_wanted"] = wanted
    # with another title, in the other language, it is another section, which would be folded again
    if st.session_state.get(f"{key}_open") not in (None, translation.language()):
        st.session_state[f"{key}_section"] = True
    # not `expanded`: to change it makes another section, whose map has lost focus and zoom
    section = st.expander(t("network.map"), key=f"{key}_section", on_change="rerun")
    st.session_state[f"{key}_open"] = translation.language() if section.open else None
    if not section.open:  # its script and layers travel only to who opens it
        return
    with section:
        network_map(
            graph,
            language=translation.language(),
            key=f"{key}_component",
            view=View(shown, picked),
            openable=on_layer is not None,
            on_view=remember,
            on_layer=on_layer or (lambda layer: None),
        )
