"""ReLU page: one map before and after ReLU, and the share of values set to zero."""

from typing import Any

import streamlit as st

from cnnviz.explain import snippets
from cnnviz.figures.histogram import value_histogram
from cnnviz.networks import zoo
from cnnviz.pages import (
    charts,
    figure_cache,
    frame,
    image_selection,
    link,
    linked_views,
    network_texts,
    predict,
    take_along,
    theme,
    translation,
)
from cnnviz.pages.code_block import code_block
from cnnviz.pages.translation import t
from cnnviz.text import unbroken
from cnnviz.text.rounding import percent

picked = image_selection.picked()
graph = zoo.get(picked.model).graph

frame.heading("relu")

with frame.controls(), st.container(horizontal=True):
    names = [info.name for info in graph if info.layer.page == "relu" and len(info.output_shape) == 3]
    titles = network_texts.layer_names(graph)
    name = link.option(t("relu.layer"), "relu_layer", {name: titles[name] for name in names}, width=180)
    after = image_selection.layer_values(picked, name)
    index = link.whole(t("relu.map"), "map", 0, after.shape[2] - 1, default=0, width=140)
(before_name,) = graph.shown_inputs(name)
before = image_selection.layer_values(picked, before_name)
before_title = titles.get(before_name, t("layer.picture"))
x = before[..., index]

op = graph[name].layer.sliding_op([before], {}, index)
assert op is not None  # of maps
scene = figure_cache.scene(op)
map_name = unbroken(f"{t('relu.map')} {index}")
captions: dict[str, Any] = {
    "input_name": f"{before_title} · {map_name}",
    "output_name": f"{titles[name]} · {map_name}",
}
selection = linked_views.step_through(scene, **captions)
predict.draw("relu", picked)


zeroed = int((x < 0).sum())
with st.container(key="relu_numbers"):
    columns = st.columns(3)
columns[0].metric(
    t("relu.zeroed"),
    percent(zeroed / x.size),
    help=t("relu.zeroed_of", count=f"{zeroed:,}", cells=f"{x.size:,}"),
)
columns[1].metric(t("relu.range_before"), f"{translation.number(x.min())} … {translation.number(x.max())}")
columns[2].metric(
    t("relu.range_after"),
    f"{translation.number(after[..., index].min())} … {translation.number(after[..., index].max())}",
)

st.header(t("relu.histogram"), anchor=False)
charts.shared_chart(
    lambda: value_histogram(
        x,
        below=t("relu.below"),
        above=t("relu.above"),
        axis_value=t("relu.axis_value"),
        axis_count=t("relu.axis_count"),
        scale=theme.colour_scale(),
        dark=theme.dark(),
    ),
    x,
    name="relu_histogram",
    alt=f"{t('relu.histogram')}. {t('relu.below')}: {(x < 0).sum():,}, {t('relu.above')}: {(x >= 0).sum():,}",
)
share = float((before < 0).mean())
st.markdown(t("relu.note", maps=after.shape[2], layer=titles[name], percent=percent(share)))

of_map = image_selection.map_code(picked, before_name, index)
code_block(relu=lambda library: snippets.layer(library, graph[name].layer, [of_map]))
take_along.row(scene, selection, **captions)
