"""Layer page: any layer of the selected network, with its inputs, equation and stepper."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from cnnviz.components.feature_grid import MapCell
from cnnviz.explain import snippets
from cnnviz.explain.snippet_data import layer_data
from cnnviz.figures.unit_map import unit_map
from cnnviz.networks import zoo
from cnnviz.networks.graph import IMAGE
from cnnviz.pages import (
    batch_section,
    charts,
    figure_cache,
    frame,
    image_selection,
    layer_words,
    link,
    linked_views,
    map_pages,
    model_cache,
    network_menu,
    network_texts,
    predict,
    take_along,
    theme,
    translation,
)
from cnnviz.pages.code_block import code_block
from cnnviz.pages.translation import t
from cnnviz.text import section

picked = image_selection.picked()
graph = zoo.get(picked.model).graph

frame.heading("layer")

with frame.controls(), st.container(horizontal=True):
    titles = network_texts.layer_names(graph)
    name = link.option(
        t("layer.layer"),
        "layer_name",
        {
            info.name: layer_words.option(info.name, titles[info.name])
            for info in graph
            if info.layer.drawn or info.layer.training_only
        },
        width=330,
    )
    info = graph[name]
    maps = info.output_shape[-1]
    index = link.whole(t("layer.map"), "map", 0, maps - 1, default=0, width=140)


def title_of(source: str) -> str:
    """Return the display name of a layer, or of the image."""
    return t("layer.picture") if source == IMAGE else titles[source]


def named(sources: tuple[str, ...]) -> str:
    """Return layers with their output shapes as text: "Convolution 1 (32×32×32)"."""
    return ", ".join(f"{title_of(source)} ({layer_words.times(graph.shape(source))})" for source in sources)


def of_map(source: str) -> str:
    """Return the name of the stepper's input: a map of a layer, or all its maps."""
    words = title_of(source)
    alone = info.layer.channelwise and graph.shape(source)[-1] == maps
    return t("layer.of_map", name=words, map=index) if alone else words


def as_map(x: np.ndarray, index: int) -> np.ndarray:
    """Return one map [H, W]; a vector is laid out in rows, as square as its length allows."""
    if x.ndim == 3:
        return np.asarray(x[..., index])
    rows = next(rows for rows in range(math.isqrt(x.size), 0, -1) if x.size % rows == 0)
    return x.reshape(rows, -1)


def show_training_pass(x: np.ndarray, index: int) -> None:
    """Draw a map before the layer, after it in a training pass, and after it in inference."""
    passes = link.whole(t("layer.pass"), "layer_pass", 1, 999, default=1, width=180)
    trained, off = info.layer.training_pass(x, np.random.default_rng(passes))
    before, after, dropped = (as_map(each, index) for each in (x, trained, off))
    limit = float(np.abs(after).max()) or 1.0
    shown = {"before": (before, None), "training": (after, dropped), "inference": (before, None)}
    for column, (part, (values, gone)) in zip(st.columns(3), shown.items(), strict=True):
        with column, st.container(key=f"layer_pass_{part}"):
            words = t(f"layer.pass_{part}", number=passes)
            st.markdown(f"**{words}**")
            figure = unit_map(values, gone, limit=limit, scale=theme.colour_scale(), dark=theme.dark())
            kept = values.size - (int(gone.sum()) if gone is not None else 0)
            charts.chart(figure, name=f"dropout_{part}", alt=f"{words}: {kept:,}/{values.size:,}")
    means = {part: translation.number(float(values.mean())) for part, (values, _) in shown.items()}
    st.markdown(
        t(
            "layer.pass_note",
            rule=info.layer.call().code(),
            off=int(dropped.sum()),
            count=f"{dropped.size:,}",
            before=means["before"],
            training=means["training"],
        )
    )


sources = graph.shown_inputs(name)
weights = {key: model_cache.weights(picked.model)[0][f"{name}.{key}"] for key in info.weight_shapes}
about = section("feature_grid", translation.language())
left, right = st.columns([3, 2])
with left:
    st.markdown(about.get(f"about_{info.kind}", about["about_other"]))
    many = len(sources) > 1
    st.markdown(t(f"layer.takes_{'many' if many else 'one'}", count=len(sources), names=named(sources)))
    if many and info.layer.symbol == "+":
        st.markdown(t("layer.skips"))
    users = graph.consumers(name)
    takers = ", ".join(titles[user] for user in users)
    if len(users) > 1:
        st.markdown(t("layer.given_to_many", count=len(users), names=takers))
    elif users:
        st.markdown(t("layer.given_to", names=takers))
with right:
    if info.layer.equation:
        st.latex(info.layer.equation)
    own = {key: weight[index] for key, weight in weights.items() if weight.ndim == 1}
    if own:
        values = ", ".join(f"{key} = {translation.number(value)}" for key, value in own.items())
        st.caption(t("layer.weights", values=values))

op = info.layer.sliding_op(
    [image_selection.layer_values(picked, source) for source in sources], weights, index
)
selection = None
if info.layer.training_only:
    show_training_pass(image_selection.layer_values(picked, sources[0]), index)
elif op is None:
    st.caption(t("layer.no_window"))
else:
    if many and op.x.shape[2] == len(sources):  # its channels are the inputs' maps
        op = replace(op, channel_names=tuple(map(of_map, sources)))
    scene = figure_cache.scene(op)
    captions: dict[str, Any] = {
        "input_name": f" {op.sign or '+'} ".join(map(of_map, sources)),
        "output_name": t("layer.of_map", name=titles[name], map=index),
        "rgb": sources == (IMAGE,) and op.x.shape[2] == 3,
    }
    selection = linked_views.step_through(scene, **captions)
    batch_section.draw(info, picked, weights, index)
predict.draw("layer", picked)

with st.container(horizontal=True):
    st.metric(t("layer.shape"), layer_words.times(info.output_shape), width=190)
    st.metric(
        t("layer.parameters"),
        f"{info.total_parameters:,}",
        t("layer.counted", trainable=f"{info.parameters:,}", others=f"{info.non_trainable:,}")
        if info.non_trainable
        else None,
        delta_color="off",
        delta_arrow="off",
        width=260,
    )
    st.metric(t("layer.work"), f"{info.multiply_accumulates:,}", help=t("layer.work_help"), width=220)
    field = info.receptive_field
    st.metric(
        t("layer.field"), layer_words.times(field.max_size) if field else t("layer.whole_picture"), width=250
    )

page = info.layer.page
if len(info.output_shape) == 1 and not network_menu.suits(picked.model, "dense"):
    page = None
if page not in (None, "layer"):
    words = t("layer.own_page", page=t(f"frame.page_{page}"))
    if st.button(words, icon=":material/arrow_forward:"):
        # of a vector the number that was chosen, or the largest: of logits the winning class
        chosen = index or int(np.argmax(image_selection.layer_values(picked, name)))
        row, col = (selection.row, selection.column) if selection else (0, chosen)
        map_pages.open_map(MapCell(name, index if selection else 0, row, col), picked.model)

inputs, own_weights = layer_data(picked.model, name, picked.named)
code_block(layer=lambda library: snippets.layer(library, info.layer, inputs, own_weights))
if selection:
    take_along.row(scene, selection, **captions)
