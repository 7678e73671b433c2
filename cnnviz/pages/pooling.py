"""Pooling page: max and average pooling of one map, and ReLU and pooling in both orders."""

from typing import Any

import numpy as np
import streamlit as st

from cnnviz import Window
from cnnviz.arithmetic import ops
from cnnviz.explain import snippets
from cnnviz.figures.pooling_order import Orders, both_orders, order_heatmaps
from cnnviz.layers.average_pool import AveragePool
from cnnviz.layers.base import SlidingOp
from cnnviz.layers.max_pool import MaxPool
from cnnviz.networks import zoo
from cnnviz.networks.graph import IMAGE
from cnnviz.pages import (
    charts,
    figure_cache,
    frame,
    image_selection,
    layer_words,
    lecture_state,
    link,
    linked_views,
    network_texts,
    predict,
    take_along,
    theme,
)
from cnnviz.pages.code_block import code_block
from cnnviz.pages.layer_words import orders_in_words
from cnnviz.pages.translation import number, t
from cnnviz.text import unbroken
from cnnviz.text.rounding import percent

picked = image_selection.picked()
graph = zoo.get(picked.model).graph

frame.heading("pooling")

with frame.controls(), st.container(horizontal=True):
    names, titles = (
        [info.name for info in graph if info.layer.page == "pooling"],
        network_texts.layer_names(graph),
    )
    name = link.option(t("pooling.layer"), "pooling_layer", {name: titles[name] for name in names}, width=170)
    (taken,) = graph.shown_inputs(name)
    # a ReLU may come before or after, or the pooling's input may be a sum, another pooling or the picture
    after_relu = taken != IMAGE and graph[taken].layer.page == "relu"
    (before,) = graph.shown_inputs(taken) if after_relu else (taken,)
    index = link.whole(t("pooling.map"), "map", 0, graph[name].output_shape[2] - 1, default=0, width=130)
    own = graph[name].window
    assert own is not None  # every pooling layer of the zoo has one
    (size, _), (stride, _) = own.size, own.stride  # a network of anyone's may have any
    size = link.whole(t("pooling.size"), "pool_size", min(2, size), max(4, size), default=size, width=130)
    stride = link.whole(t("pooling.stride"), "pool_stride", 1, max(4, stride), default=stride, width=130)
    paddings = ("same", "valid") if own.padding == "same" else ("valid", "same")  # the layer's own first
    padding = link.option(
        t("pooling.padding"),
        "pool_padding",
        {choice: t(f"pooling.padding_{choice}") for choice in paddings},
        width=150,
    )
    order = "relu_first"
    if after_relu:
        order = link.option(
            t("pooling.order"),
            "order",
            {choice: t(f"pooling.order_{choice}") for choice in ("relu_first", "pool_first")},
            draw=st.segmented_control,
            required=True,
        )

before_relu = image_selection.layer_values(picked, before)[..., index]
source = taken if order == "relu_first" else before
x = image_selection.layer_values(picked, source)[..., index]
window = Window(size, stride, padding)
rows, cols = window.output_size(x.shape)
st.markdown(
    t(
        "pooling.sizes",
        before=f"{x.shape[0]} × {x.shape[1]}",
        after=f"{rows} × {cols}",
        values_before=f"{x.size:,}",
        values_after=f"{rows * cols:,}",
        percent=percent(rows * cols / x.size),
    )
)
scene = figure_cache.scene(SlidingOp("max", x[..., np.newaxis], window), beside=("average",))
map_name = unbroken(f"{t('pooling.map')} {index}")
captions: dict[str, Any] = {
    "input_name": f"{titles.get(source, t('layer.picture'))} · {map_name}",
    "output_name": f"{titles[name]} · {map_name}",
}
selection = linked_views.step_through(scene, **captions)
predict.draw("pooling", picked)
if order == "pool_first":
    st.markdown(t("pooling.before_relu"))
if (window.size, window.stride) != (own.size, own.stride):
    st.markdown(t("pooling.departs", layer=titles[name], size=own.size[0], stride=own.stride[0]))
elif window.pads(x.shape) != own.pads(x.shape):
    st.markdown(t("pooling.departs_padding", layer=titles[name], padding=layer_words.padding_name(own)))
st.caption(t("pooling.note"))

st.header(t("pooling.swap_title"), anchor=False)
st.markdown(t("pooling.swap_lead", layer=titles.get(before, t("layer.picture"))))
results = {
    pool: both_orders(before_relu, function, size, stride=stride, padding=padding)
    for pool, function in (("max", ops.max_pool), ("average", ops.average_pool))
}
with st.container(key="pooling_orders"):
    charts.shared_chart(
        lambda: order_heatmaps(
            {t(f"pooling.{pool}"): orders for pool, orders in results.items()},
            relu_first=t("pooling.order_relu_first"),
            pool_first=t("pooling.order_pool_first"),
            difference=t("pooling.difference"),
            scale=theme.colour_scale(),
            dark=theme.dark(),
        ),
        before_relu,
        (size, stride, padding),
        name="pooling_order",
        alt=orders_in_words(results),
        height="content" if lecture_state.presenting() else "stretch",  # frame.css: as high as its maps
    )


def example(orders: Orders) -> str:
    """Show the calculation of the cell where the two orders differ most."""
    step = ops.pool_step(
        before_relu[..., np.newaxis],
        *orders.where,
        0,
        operation="average",
        size=size,
        stride=stride,
        padding=padding,
    )
    return t(
        "pooling.example",
        row=orders.where[0],
        col=orders.where[1],
        values=", ".join(number(value) for value in step.patch[np.isfinite(step.patch)]),
        relu_first=number(orders.relu_first[orders.where]),
        mean=number(step.value),
        pool_first=number(orders.pool_first[orders.where]),
    )


cells = results["max"].difference.size
st.markdown(t("pooling.verdict_equal", cells=cells, largest=number(results["max"].largest)))
average = results["average"]
if average.differing:
    st.markdown(
        t(
            "pooling.verdict_different",
            differing=average.differing,
            cells=cells,
            largest=number(average.largest),
        )
        + " "
        + example(average)
    )
else:
    st.markdown(t("pooling.no_negative"))

named = image_selection.map_code(picked, source, index)
code_block(
    max=lambda library: snippets.layer(library, MaxPool(name, window), [named]),
    average=lambda library: snippets.layer(library, AveragePool(name, window), [named]),
)
take_along.row(scene, selection, **captions)
