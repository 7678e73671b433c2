"""What a filter looks for: a view of the page Why it said so."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from cnnviz.components.gallery import Group, gallery
from cnnviz.data.dataset import as_rgb
from cnnviz.explain import filters
from cnnviz.explain.filters import Ascent, Excitation
from cnnviz.networks import zoo
from cnnviz.pages import background, first_layer, frame, link
from cnnviz.pages.frame import Picked, t
from cnnviz.pages.reasons_map import layer_titles

PATCHES = 9
SIDE = 260
"""px of the large picture."""


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
        return
    draw_patches(picked.model, layers[layer], index, excited.result)
    climbed = background.request(
        picked.model,
        ("filter ascent", layer, index),
        lambda network, progress: filters.ascend(network, layer, index, progress),
    )
    st.header(t("reasons.ascent_title"), anchor=False)
    st.caption(t("reasons.ascent_note"))
    if climbed.result is None:
        climbed.draw()
        return
    draw_ascent(climbed.result)


def draw_units(other: str) -> None:
    """Draw what a network without filters looks for, if one was asked for: the weights of its first layer.

    Args:
        other: the network with filters that is shown below.
    """
    asked = frame.unsuited("reasons")
    images = None if asked is None else first_layer.kernels(asked)
    if asked is None or images is None:
        return
    name = frame.model_name(asked)
    height, width, channels, count = images.shape
    st.header(t("reasons.units_title", name=name), anchor=False)
    left, right = st.columns([2, 1], gap="large")
    with left:
        first_layer.draw(asked, images, name)
    with right:
        size = f"{height}×{width}×{channels}"
        st.markdown(t("reasons.units", count=count, size=size, weights=f"{height * width * channels:,}"))
        st.caption(t("comparison.scaling"))
    st.header(t("reasons.filters_title", name=frame.model_name(other)), anchor=False)


def draw_patches(model: str, layer: str, index: int, excited: Excitation) -> None:
    """Draw the patches of the samples that excite a filter most, and where one of them is in its picture."""
    st.header(t("reasons.patches_title"), anchor=False)
    best = excited.best(index, PATCHES)
    if not best:
        st.caption(t("reasons.no_patches"))
        return
    architecture = zoo.get(model)
    samples = architecture.data_set.samples()
    field = architecture.graph[layer].receptive_field
    size = architecture.data_set.size
    places = [(int(row), int(col)) for row, col in excited.places[best, index]]
    areas = [filters.seen(field, place, size) for place in places]
    words = [frame.sample_name(samples, int(k)) for k in best]
    values = [frame.number(float(excited.values[k, index])) for k in best]
    rows, cols = areas[0].bottom - areas[0].top, areas[0].right - areas[0].left
    st.caption(t("reasons.patches_note", size=f"{rows}×{cols}"))
    chosen = link.value("reasons_patch", 0, place_in(PATCHES), fit=lambda wish: min(wish, len(best) - 1))
    left, right = st.columns([2, 1], gap="large")
    with left:
        gallery(
            np.stack([filters.patch(samples.images[k], area) for k, area in zip(best, areas, strict=True)]),
            [f"{word}, {value}" for word, value in zip(words, values, strict=True)],
            [Group(value, word, 1) for word, value in zip(words, values, strict=True)],
            chosen,
            label=t("reasons.patches_title"),
            key="reasons_patches",
            on_select=lambda pick: link.put(reasons_patch=pick),
            cards=True,
        )
    row, col = places[chosen]
    said = t("reasons.patch", name=words[chosen], value=values[chosen], row=row, col=col)
    with right:
        lit = filters.spotlight(samples.images[best[chosen]], areas[chosen])
        st.image(frame.enlarged_image(lit), width=SIDE, caption=said, alt=said)


def draw_ascent(climbed: Ascent) -> None:
    """Draw the pictures of an ascent with their means, and one of them large."""
    values = [frame.number(float(value)) for value in climbed.activations]
    steps = [t("reasons.after_steps", n=step) for step in climbed.steps]
    last = len(steps) - 1
    chosen = link.value(
        "reasons_ascent", last, place_in(len(filters.KEPT_STEPS)), fit=lambda wish: min(wish, last)
    )
    left, right = st.columns([2, 1], gap="large")
    with left:
        gallery(
            as_rgb(climbed.pictures),
            [f"{step}, {value}" for step, value in zip(steps, values, strict=True)],
            [Group(value, step, 1) for step, value in zip(steps, values, strict=True)],
            chosen,
            label=t("reasons.ascent_title"),
            key="reasons_ascent_steps",
            on_select=lambda pick: link.put(reasons_ascent=pick),
            cards=True,
        )
    said = t("reasons.ascended", n=climbed.steps[chosen], value=values[chosen])
    with right:
        st.image(frame.enlarged_image(climbed.pictures[chosen]), width=SIDE, caption=said, alt=said)


def place_in(count: int) -> Any:
    """Return a parser of an index below `count`."""
    return [str(k) for k in range(count)].index
