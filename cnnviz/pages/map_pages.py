"""From a cell of a feature map to the page that explains it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cnnviz.arithmetic.window import Window
from cnnviz.components.dense_view import owner
from cnnviz.components.feature_grid import MapCell
from cnnviz.explain.exercises import grids
from cnnviz.networks import zoo
from cnnviz.pages import link, navigation, network_menu


def open_map(opened: MapCell, model: str) -> None:
    """Switch to the page that explains a clicked cell of a feature map."""
    graph = zoo.get(model).graph
    layer, layers = graph[opened.layer], graph.layers
    page = layer.layer.page
    assert page is not None  # other layers cannot be clicked
    window = layer.window
    if page == "convolution":
        own_window = None if window is None else grids.convolution_choices(window)
    elif page == "pooling":
        own_window = None if window is None else _pooling_choices(window)
    else:
        own_window = {}
    # layers that the page about their kind cannot show as they are
    if own_window is None or (
        len(layer.output_shape) == 1 and page != "layer" and not network_menu.suits(model, "dense")
    ):
        page = "layer"
    if page == "layer":
        maps = len(layer.output_shape) == 3
        position = (opened.map, opened.row, opened.col) if maps else (opened.col, 0, 0)
        link.put(layer_name=opened.layer, map=position[0], cell=position[1:], channel=0)
        link.put(look=(opened.layer, opened.map, opened.row, opened.col))
        st.switch_page(navigation.script(page))
    if len(layer.output_shape) == 1:
        link.put(dense_layer=owner(layer.name, layers))
        if not layer.drawn:  # the grid does not show it
            link.put(dense_unit="auto", dense_entry=opened.col)
        else:
            link.put(dense_unit=str(opened.col), look=(opened.layer, 0, 0, opened.col))
        st.switch_page(navigation.script("dense"))
    choices: dict[str, Any] = {
        "map": opened.map,
        "cell": (opened.row, opened.col),
        "channel": 0,
        f"{page}_layer": opened.layer,
    }
    # the layer's settings instead of earlier choices on that page
    if page == "convolution":
        choices["kernel"] = "trained"
    elif page == "pooling":
        choices["order"] = "relu_first"
    for key, text in (own_window or {}).items():
        choices[key] = int(text) if text.isdigit() else text
    link.put(look=(opened.layer, opened.map, opened.row, opened.col), **choices)
    st.switch_page(navigation.script(page))


def _pooling_choices(window: Window) -> dict[str, str] | None:
    """Return the choices of the pooling page for a layer's window, or None if it has none for it."""
    (rows, cols), (down, right) = window.size, window.stride
    padding = "valid" if window.padding == ((0, 0), (0, 0)) else window.padding
    if rows != cols or down != right or not isinstance(padding, str):
        return None
    return {"pool_size": str(rows), "pool_stride": str(down), "pool_padding": padding}
