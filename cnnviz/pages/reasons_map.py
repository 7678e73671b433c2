"""The heat map of an answer, with its method and layer: a view of the page Why it said so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from cnnviz.components.heat_map import Selection, heat_map
from cnnviz.explain import snippets
from cnnviz.explain.attribution import registry, sanity
from cnnviz.explain.attribution.base import GradientMethod, HeatMap, map_layers
from cnnviz.figures.heat_maps import small_map
from cnnviz.networks import zoo
from cnnviz.networks.graph import Graph
from cnnviz.pages import background, data_sets, image_selection, link, network_texts, theme, translation
from cnnviz.pages.code_block import show_program
from cnnviz.pages.image_selection import Picked
from cnnviz.pages.translation import t
from cnnviz.text.rounding import rounded

OPACITY = 60
"""Percent."""
LAYER_WIDTH = 260
"""px of the menu of layers, so that it fits beside the methods on a screen of 1024."""
SIDE = 104
"""Side of a map of the sanity check, in pixels."""
LARGEST_SIDE = 1000
"""Largest side of a map in links."""


def layer_titles(graph: Graph) -> dict[str, str]:
    """Return {layer: "Convolution 2 → ReLU 2"} of the layers with maps for Grad-CAM, the last first."""
    names = network_texts.layer_names(graph)
    return {
        name: names[name] if last == name else f"{names[name]} → {names[last]}"
        for name, last in reversed(map_layers(graph).items())
    }


def pick_class(key: str, target: int) -> int:
    """Draw a menu of the classes, where they are too many to be listed, and return the chosen one.

    Args:
        key: where the link has the class. target: the class that is chosen so far.
    """
    names = data_sets.class_names()
    if len(names) <= data_sets.FEW_CLASSES:
        return target
    link.show(f"{key}_menu", target, dict(enumerate(names)))
    st.selectbox(
        t("reasons.pick_class"),
        range(len(names)),
        key=f"{key}_menu",
        format_func=names.__getitem__,
        on_change=link.take,
        args=(key, f"{key}_menu"),
        help=t("frame.some_classes", count=f"{len(names):,}"),
        width=300,
    )
    return target


def cell(text: str) -> tuple[int, int]:
    """Parse "3,4"."""
    row, col = (int(part) for part in text.split(","))
    if not (0 <= row < LARGEST_SIDE and 0 <= col < LARGEST_SIDE):
        raise ValueError(text)
    return row, col


def opacity(text: str) -> int:
    """Parse a percentage."""
    if not 0 <= int(text) <= 100:
        raise ValueError(text)
    return int(text)


def class_index(text: str) -> int:
    """Parse the index of a class."""
    return [str(k) for k in range(len(data_sets.class_names()))].index(text)


def class_in_link(key: str) -> int | None:
    """Return the index of the class that was chosen, None if none was or the network has no such class."""
    return link.value(
        key, None, class_index, fit=lambda wish: wish if wish in range(len(data_sets.class_names())) else None
    )


def start(found: HeatMap | None, cell: tuple[int, int] | None) -> tuple[int, int]:
    """Return the cell that is taken apart: the link's, or the largest of the map."""
    if found is None:
        return cell or (0, 0)
    row, col = np.unravel_index(int(np.abs(found.values).argmax()), found.values.shape)
    rows, cols = found.values.shape
    return (min(cell[0], rows - 1), min(cell[1], cols - 1)) if cell else (int(row), int(col))


def draw(picked: Picked, controls: Any) -> None:
    """Draw the view.

    Args:
        picked: network and image. controls: the container of the page's controls.
    """
    graph = zoo.get(picked.model).graph
    methods = {method.name: t(f"reasons.method_{method.name}") for method in registry.METHODS}
    with controls, st.container(horizontal=True, vertical_alignment="bottom"):
        name = link.option(
            t("reasons.method"), "reasons_method", methods, draw=st.segmented_control, required=True
        )
        method = registry.get(name)
        layer, titles = None, layer_titles(graph)
        if method.needs_layer:
            layer = link.option(t("reasons.layer"), "reasons_layer", titles, width=LAYER_WIDTH)
    st.markdown(t(f"reasons.about_{name}"))

    probabilities = image_selection.class_probabilities(picked)
    answer = int(probabilities.argmax())
    wish = class_in_link("reasons_class")
    target = pick_class("reasons_class", answer if wish is None else wish)
    of_layer = None if layer is None else map_layers(graph)[layer]
    asked = background.request(
        picked.model,
        ("heat map", picked.image, name, target, of_layer),
        lambda network, progress: method.compute(
            network, picked.image, target, layer=of_layer, progress=progress
        ),
    )
    asked.check()
    start_cell = start(asked.result, link.value("reasons_cell", None, cell))

    def select(chosen: Selection) -> None:
        if (chosen.row, chosen.col) != start_cell:  # left alone, it stays the largest of each map
            link.put(reasons_cell=(chosen.row, chosen.col))
        link.put(reasons_class=None if chosen.target == answer else chosen.target)
        link.put(reasons_opacity=chosen.opacity)

    heat_map(
        picked.image,
        method,
        asked.result,
        probabilities=probabilities,
        class_names=data_sets.class_names(),
        layer="" if layer is None else titles[layer],
        selection=Selection(*start_cell, link.value("reasons_opacity", OPACITY, opacity), target),
        language=translation.language(),
        key="reasons_map",
        on_select=select,
    )
    asked.draw()
    if asked.result is None:
        return
    if isinstance(method, GradientMethod):
        check(picked, method, target, of_layer)
    show_program(
        snippets.about_a_picture(
            picked.model, picked.named, method.code(graph, target, of_layer), asked.result.values.shape
        )
    )


def check(picked: Picked, method: GradientMethod, target: int, layer: str | None) -> None:
    """Draw the sanity check of a method, folded until the visitor asks for it.

    Args:
        picked: network and image. method: of the map. target: index of the class.
        layer: whose maps are weighted, if the method needs one.
    """
    if not link.switch(t("reasons.sanity"), "reasons_sanity"):
        return
    st.markdown(t("reasons.about_sanity"))
    asked = background.request(
        picked.model,
        ("sanity", picked.image, method.name, target, layer),
        lambda network, progress: sanity.cascade(
            method,
            network.graph,
            network.weights,
            network.data_set.preprocess(picked.image),
            target,
            layer=layer,
            progress=progress,
        ),
    )
    if asked.result is not None:
        names = network_texts.layer_names(zoo.get(picked.model).graph)
        with st.container(horizontal=True):
            for stage in asked.result:
                words = caption(stage, names)
                st.image(small_map(stage.values, SIDE, dark=theme.dark()), words, SIDE, alt=words)
    asked.draw()


def caption(stage: sanity.Stage, names: Mapping[str, str]) -> str:
    """Return the caption of a map of the sanity check: the last layer made random, and the similarity."""
    name = t("reasons.sanity_trained") if stage.layer is None else names[stage.layer]
    if np.isnan(stage.similarity):
        return t("reasons.sanity_flat", name=name)
    return t("reasons.sanity_map", name=name, similarity=rounded(stage.similarity, 2))
