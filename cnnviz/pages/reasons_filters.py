"""Filters' preferences: a view of the page Why it said so."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cnnviz.components.ascent_view import ascent_view
from cnnviz.explain import ascents, filters, snippets
from cnnviz.explain.filters import Ascent
from cnnviz.networks import zoo
from cnnviz.pages import (
    background,
    first_layer,
    link,
    model_cache,
    network_menu,
    network_texts,
    reasons_patches,
    translation,
)
from cnnviz.pages.code_block import show_program
from cnnviz.pages.image_selection import Picked
from cnnviz.pages.reasons_map import layer_titles
from cnnviz.pages.translation import t


def draw(picked: Picked, controls: Any) -> None:
    """Draw the view.

    Args:
        picked: the network; the image makes no difference. controls: the container of the page's controls.
    """
    graph = zoo.get(picked.model).graph
    layers = filters.filter_layers(graph)
    with controls, st.container(horizontal=True, vertical_alignment="bottom"):
        titles = {name: title for name, title in layer_titles(graph).items() if name in layers}
        layer = link.option(t("reasons.layer"), "reasons_filter_layer", titles, width=300)
        count = graph[layers[layer]].output_shape[-1]
        index = link.whole(
            t("reasons.filter", last=count - 1), "reasons_filter", 0, count - 1, default=0, width=160
        )
    draw_units(picked.model)
    st.markdown(t("reasons.about_filters"))
    images = zoo.get(picked.model).data_set.samples().images
    excited = background.request(
        picked.model,
        ("filter patches", layer),
        lambda network, progress: filters.excite(network, images, layers[layer], progress),
    )
    if excited.result is None:
        excited.draw()
    else:
        reasons_patches.draw(picked.model, layers[layer], index, excited.result)
    shipped = ascents.find(model_cache.reference(picked.model), layer, index)
    if shipped is None and excited.result is None:
        return
    st.header(t("reasons.ascent_title"), anchor=False)
    st.caption(t("reasons.ascent_note"))
    if shipped is not None:
        draw_ascent(shipped)
        draw_program(picked.model, layer, index)
        return
    climbed = background.request(
        picked.model,
        ("filter ascent", layer, index),
        lambda network, progress: filters.ascend(network, layer, index, progress),
    )
    if climbed.result is None:
        climbed.draw()
    else:
        draw_ascent(climbed.result)
        draw_program(picked.model, layer, index)


def draw_program(model: str, layer: str, index: int) -> None:
    """Draw the program of a gradient ascent on a filter's activation."""
    network = zoo.get(model)
    lines = filters.code(network.graph, layer, index)
    show_program(snippets.about_a_picture(model, None, lines, network.data_set.shape))


def draw_units(other: str) -> None:
    """Draw, for a network without filters, the weights of its first layer, if one was asked for.

    Args:
        other: the network with filters that is shown below.
    """
    asked = network_menu.unsuited("reasons")
    images = None if asked is None else first_layer.kernels(asked)
    if asked is None or images is None:
        return
    name = network_texts.model_name(asked)
    height, width, channels, count = images.shape
    st.header(t("reasons.units_title", name=name), anchor=False)
    left, right = st.columns([2, 1], gap="large")
    with left:
        first_layer.draw(asked, images, name)
    with right:
        size = f"{height}×{width}×{channels}"
        st.markdown(t("reasons.units", count=count, size=size, weights=f"{height * width * channels:,}"))
        st.caption(t("comparison.scaling"))
    st.header(t("reasons.filters_title", name=network_texts.model_name(other)), anchor=False)


def draw_ascent(climbed: Ascent) -> None:
    """Draw an ascent, which runs from grey or is scrubbed through."""
    values = [translation.number(float(value)) for value in climbed.activations]
    last = len(values) - 1
    chosen = link.value(
        "reasons_ascent",
        last,
        reasons_patches.index_below(len(filters.KEPT_STEPS)),
        fit=lambda wish: min(wish, last),
    )
    ascent_view(
        climbed,
        values,
        chosen,
        language=translation.language(),
        key="reasons_ascent_steps",
        on_select=lambda pick: link.put(reasons_ascent=pick),
    )
