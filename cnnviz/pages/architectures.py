"""Architectures: the zoo's networks, AlexNet and VGG at full size, as boxes, as bars and as a table."""

import streamlit as st

from cnnviz.figures import architecture as draw
from cnnviz.networks import famous, graph, zoo
from cnnviz.pages import cache, frame, layer_words, link
from cnnviz.pages.frame import say
from cnnviz.pages.layer_words import times
from cnnviz.text import keys
from cnnviz.text.rounding import percent

networks = {name: say(f"architectures.network_{name}") for name in famous.names()} | {
    name: frame.network_word(name) for name in zoo.names()
}

frame.heading("architectures")
name = link.option(say("architectures.network"), "architectures_network", networks, width=360)
infos = famous.describe(name)
parameters, trainable = graph.total(infos), graph.trainable(infos)
work = sum(info.multiply_accumulates for info in infos)
dense = [info for info in infos if info.layer.part == "vector"]
dense_parameters = graph.total(dense)
dense_work = sum(info.multiply_accumulates for info in dense)

about = f"architectures.about_{name}"
if about in keys() and not frame.in_lecture("architectures"):  # the step's text says it
    st.markdown(say(about))
with st.container(horizontal=True):
    st.metric(say("architectures.input"), times(infos[0].input_shape), width=170)
    st.metric(say("architectures.weighted"), sum(info.multiply_accumulates > 0 for info in infos), width=150)
    st.metric(
        say("architectures.parameters"),
        f"{parameters:,}",
        say("architectures.counted", trainable=f"{trainable:,}", others=f"{parameters - trainable:,}"),
        delta_color="off",
        delta_arrow="off",
        help=say("architectures.parameters_help"),
        width=300,
    )
    st.metric(say("architectures.work"), f"{work:,}", help=say("architectures.work_help"), width=240)

layer_words.drawing(infos, networks[name], key=name)

st.subheader(say("architectures.shares_title"), anchor=False)
if dense_parameters == parameters:
    st.markdown(say("architectures.shares_plain"))
else:
    st.markdown(
        say(
            "architectures.shares",
            weights=percent(dense_parameters / parameters),
            work=percent((work - dense_work) / work),
        )
    )
frame.chart(
    cache.figure(
        ("shares", name, frame.language(), frame.dark()),
        lambda: draw.shares(
            infos,
            parameters=say("architectures.parameters"),
            work=say("architectures.work"),
            conv=say("network.kind_conv"),
            dense=say("network.kind_dense"),
            dark=frame.dark(),
        ),
    ),
    name="shares",
    alt=say("architectures.shares_title"),
)

st.subheader(say("architectures.table_title"), anchor=False)
layer_words.table(infos)
if name in famous.names():
    st.caption(say("architectures.source", source=famous.get(name).source))
if name.startswith("alexnet_"):
    st.caption(say("architectures.source_alexnet"))

st.subheader(say("architectures.compare_title"), anchor=False)
everything = [famous.describe(other) for other in networks]
st.dataframe(
    {
        say("architectures.network"): list(networks.values()),
        say("architectures.input"): [times(other[0].input_shape) for other in everything],
        say("architectures.parameters"): [graph.total(other) for other in everything],
        say("architectures.trainable"): [graph.trainable(other) for other in everything],
        say("architectures.non_trainable"): [
            graph.total(other) - graph.trainable(other) for other in everything
        ],
        say("architectures.work"): [sum(i.multiply_accumulates for i in other) for other in everything],
        say("architectures.per_parameter"): [
            sum(i.multiply_accumulates for i in other) / graph.trainable(other) for other in everything
        ],
    },
    hide_index=True,
    column_config={
        **{
            say(f"architectures.{count}"): st.column_config.NumberColumn(format="localized")
            for count in ("parameters", "trainable", "non_trainable", "work")
        },
        say("architectures.per_parameter"): st.column_config.NumberColumn(format="%.1f"),
    },
)
st.caption(say("architectures.compare_note"))
