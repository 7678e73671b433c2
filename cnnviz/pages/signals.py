"""Signals page: a 1-D convolution over numbers, a syllable or a sentence, and turning the kernel round."""

from dataclasses import replace

import streamlit as st

from cnnviz.explain import signals
from cnnviz.figures.signal import signal_rows
from cnnviz.layers.conv1d import Conv1d
from cnnviz.pages import charts, figure_cache, frame, link, linked_views, theme
from cnnviz.pages.translation import t

SIGNALS = ("numbers", "speech", "text")
PADDINGS = ("same", "valid", "causal")

frame.heading("signals")
with frame.controls(), st.container(horizontal=True, vertical_alignment="bottom"):
    chosen = link.option(
        t("signals.signal"),
        "signal",
        {name: t(f"signals.signal_{name}") for name in SIGNALS},
        draw=st.segmented_control,
        required=True,
    )
    padding = link.option(
        t("signals.padding"),
        "signal_padding",
        {name: name for name in PADDINGS},
        draw=st.segmented_control,
        required=True,
    )
    turn = link.switch(t("signals.turn"), "signal_turn", help=t("signals.turn_help"))

tokens = [tuple(each.split("/")) for each in t("signals.sentence").split()]
words = [word for word, _ in tokens]
if chosen == "text":
    given = signals.sentence([(word, feature) for word, feature in tokens])
else:
    given = signals.syllable() if chosen == "speech" else signals.numbers()
used = signals.turned(given) if turn else given
layer = Conv1d("", 1, bias=False, size=len(used.kernel), padding=padding)
op = layer.sliding_op([used.x], {"kernel": used.kernel}, 0)
assert op is not None  # of a window
names = {"size": t("signals.size"), "animal": t("signals.animal"), "action": t("signals.action")}
if chosen == "text":
    op = replace(op, channel_names=tuple(names[name] for name in signals.FEATURES))
scene = figure_cache.scene(op)

st.markdown(t(f"signals.about_{chosen}"))
with st.container(key="signals_kernel"):
    if chosen == "numbers":
        both = (given, signals.turned(given))
        rows = [", ".join(f"{value:g}" for value in each.kernel[:, 0, 0]) for each in both]
        st.latex(rf"({rows[0]}) \;\longrightarrow\; ({rows[1]})")
with st.container(key="signals_steps"):
    title = t(f"signals.signal_{chosen}")
    linked_views.step_through(scene, input_name=title, output_name=t("signals.output"))
with st.container(key="signals_rows"):
    figure = signal_rows(
        used.x,
        layer.compute(used.x, kernel=used.kernel)[:, 0],
        first={"same": 0, "valid": len(used.kernel) // 2, "causal": 0}[padding],
        titles=(t(f"signals.signal_{chosen}"), t("signals.output")),
        words=words if chosen == "text" else None,
        features=[names[name] for name in signals.FEATURES],
        scale=theme.colour_scale(),
        dark=theme.dark(),
    )
    charts.chart(figure, name="signal", alt=t(f"signals.about_{chosen}"))
st.caption(t(f"signals.padding_{padding}"))
