"""Architectures page: diagrams, costs and tables of all networks, and of full-size AlexNet and VGG."""

import streamlit as st

from cnnviz.figures.layer_shares import shares
from cnnviz.networks import famous, graph, zoo
from cnnviz.pages import (
    charts,
    figure_cache,
    frame,
    image_selection,
    layer_words,
    lecture_state,
    link,
    model_cache,
    network_map_section,
    network_menu,
    network_texts,
    predict,
    theme,
    translation,
)
from cnnviz.pages.layer_words import times
from cnnviz.pages.translation import t
from cnnviz.text import keys
from cnnviz.text.kinds import kind_name
from cnnviz.text.rounding import percent

own = {name: network_texts.model_name(name) for name in network_menu.own_models()}
networks = {
    **{name: t(f"architectures.network_{name}") for name in famous.names()},
    **{name: network_texts.architecture_name(name) for name in zoo.names()},
    **own,
}

frame.heading("architectures")
name = link.option(t("architectures.network"), "architectures_network", networks, width=480)
graphs = {each: zoo.get(each).graph if each in own else famous.graph(each) for each in networks}
infos = graphs[name].layers
drawn = (
    f"{name} {model_cache.reference(name).sha256}" if name in own else name
)  # another may be called so later
parameters, trainable = graph.total_parameters(infos), graph.trainable_parameters(infos)
work = sum(info.multiply_accumulates for info in infos)
dense = [info for info in infos if info.layer.part == "vector"]
dense_parameters = graph.total_parameters(dense)
dense_work = sum(info.multiply_accumulates for info in dense)

about = f"architectures.about_{name}"
if about in keys() and not lecture_state.in_lecture("architectures"):  # the step's text says it
    st.markdown(t(about))
with st.container(horizontal=True, key="architecture_totals"):
    st.metric(t("architectures.input"), times(infos[0].input_shape), width=170)
    st.metric(t("architectures.weighted"), sum(info.multiply_accumulates > 0 for info in infos), width=150)
    st.metric(
        t("architectures.parameters"),
        f"{parameters:,}",
        t("architectures.counted", trainable=f"{trainable:,}", others=f"{parameters - trainable:,}"),
        delta_color="off",
        delta_arrow="off",
        help=t("architectures.parameters_help"),
        width=300,
    )
    st.metric(t("architectures.work"), f"{work:,}", help=t("architectures.work_help"), width=240)

with st.container(key="architecture_drawing"):
    layer_words.drawing(infos, networks[name], key=drawn)
layer_words.residual(infos)
network_map_section.draw(graphs[name], key="architecture_map")

st.header(t("architectures.shares_title"), anchor=False)
if dense_parameters == parameters:
    st.markdown(t("architectures.shares_plain"))
else:
    st.markdown(
        t(
            "architectures.shares",
            weights=percent(dense_parameters / parameters),
            work=percent((work - dense_work) / work),
        )
    )
titles = network_texts.layer_names(infos)
heaviest = max(infos, key=lambda info: info.total_parameters)
busiest = max(infos, key=lambda info: info.multiply_accumulates)
charts.chart(
    figure_cache.figure(
        ("shares", drawn, translation.language(), theme.dark()),
        lambda: shares(
            infos,
            names=titles,
            parameters=t("architectures.parameters"),
            work=t("architectures.work"),
            conv=kind_name("conv", translation.language()),
            dense=kind_name("dense", translation.language()),
            dark=theme.dark(),
        ),
    ),
    name="shares",
    alt=t(
        "architectures.shares_alt",
        heaviest=titles[heaviest.name],
        parameters=percent(heaviest.total_parameters / parameters),
        busiest=titles[busiest.name],
        work=percent(busiest.multiply_accumulates / work),
    ),
)

predict.draw("architectures", image_selection.picked())

st.header(t("architectures.table_title"), anchor=False)
with st.container(key="architecture_table"):
    layer_words.table(infos)
if name in famous.names():
    st.caption(t("architectures.source", source=famous.get(name).source))
if name.startswith("alexnet_"):
    st.caption(t("architectures.source_alexnet"))

st.header(t("architectures.compare_title"), anchor=False)
everything = [each.layers for each in graphs.values()]
st.dataframe(
    {
        t("architectures.network"): list(networks.values()),
        t("architectures.input"): [times(other[0].input_shape) for other in everything],
        t("architectures.parameters"): [graph.total_parameters(other) for other in everything],
        t("architectures.trainable"): [graph.trainable_parameters(other) for other in everything],
        t("architectures.non_trainable"): [
            graph.total_parameters(other) - graph.trainable_parameters(other) for other in everything
        ],
        t("architectures.work"): [sum(i.multiply_accumulates for i in other) for other in everything],
        t("architectures.per_parameter"): [
            sum(i.multiply_accumulates for i in other) / graph.trainable_parameters(other)
            for other in everything
        ],
    },
    hide_index=True,
    column_config={
        **{
            t(f"architectures.{count}"): st.column_config.NumberColumn(format="localized")
            for count in ("parameters", "trainable", "non_trainable", "work")
        },
        t("architectures.per_parameter"): st.column_config.NumberColumn(format="%.1f"),
    },
)
st.caption(t("architectures.compare_note"))
