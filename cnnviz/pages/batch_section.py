"""The part of the page of any layer about a batch: its statistics in training, the moving ones in use."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from cnnviz.arithmetic.normalization import BatchNormStep
from cnnviz.figures.histogram import value_histogram
from cnnviz.layers.batch_norm import BatchNorm, complete
from cnnviz.networks.graph import LayerInfo
from cnnviz.pages import cache, frame, link
from cnnviz.pages.frame import Picked, t

KERAS_MOMENTUM = 0.99
"""How much of a moving statistic stays at each batch, unless the recipe says otherwise."""


def draw(
    info: LayerInfo, picked: Picked, weights: Mapping[str, np.ndarray], channel: int, cell: tuple[int, int]
) -> None:
    """Draw the switch and, if it is on, the histograms and the arithmetic of one value, both ways.

    Args:
        info: a layer of maps; if it is no batch normalisation, nothing is drawn.
        picked: the network and the picture, the first of the batch.
        weights: the layer's. channel, cell: which map, and which of its values is taken apart.
    """
    if not isinstance(info.layer, BatchNorm):
        return
    st.header(t("layer.batch_title"), anchor=False)
    if not link.switch(t("layer.batch"), "layer_batch", help=t("layer.batch_help")):
        return
    batch = cache.layer_inputs(picked.model, info.name, picked.image)
    own = info.layer.batch_statistics(batch)
    ways = {"training": {**weights, **own}, "inference": dict(weights)}
    outputs = {way: info.layer.compute(batch, **used)[..., channel] for way, used in ways.items()}
    shown = {"before": batch[..., channel], **outputs}
    for column, (part, values) in zip(st.columns(3), shown.items(), strict=True):
        with column, st.container(key=f"layer_batch_{part}"):
            words = t(f"layer.batch_{part}", count=len(batch))
            numbers = t("layer.batch_spread", mean=_number(values.mean()), variance=_number(values.var()))
            st.markdown(f"**{words}**  \n{numbers}")
            figure = value_histogram(
                values,
                below=t("layer.batch_below"),
                above=t("layer.batch_above"),
                axis_value=t("layer.batch_axis"),
                axis_count=t("layer.batch_count"),
                scale=frame.colour_scale(),
                dark=frame.dark(),
            )
            frame.chart(figure, name=f"batch_{part}", alt=f"{words}: {numbers}")
    st.markdown(t("layer.batch_value", row=cell[0], col=cell[1], x=_number(batch[0, *cell, channel])))
    for column, (way, used) in zip(st.columns(2), ways.items(), strict=True):
        mean, variance, gamma, beta = (
            float(complete(used)[name][channel])
            for name in ("moving_mean", "moving_variance", "gamma", "beta")
        )
        step = BatchNormStep(float(batch[0, *cell, channel]), mean, variance, gamma, beta, info.layer.epsilon)
        with column, st.container(key=f"layer_batch_steps_{way}"):
            st.markdown(f"**{t(f'layer.batch_{way}', count=len(batch))}**")
            st.latex(_formula(step))
    momentum = cache.weights(picked.model)[1].get("recipe", {}).get("batch_norm_momentum", KERAS_MOMENTUM)
    st.caption(t("layer.batch_note", kept=f"{momentum:g}", new=f"{1 - momentum:.3g}"))


def _number(value: float) -> str:
    return frame.number(float(value))


def _formula(step: BatchNormStep) -> str:
    """Return the steps as LaTeX, a line each."""
    lines = (
        ("x - \\mu", f"{_put(step.x)} - {_put(step.mean)}", step.centred),
        (
            "\\sqrt{\\sigma^2 + \\epsilon}",
            f"\\sqrt{{{_number(step.variance)} + {step.epsilon:g}}}",
            step.deviation,
        ),
        (
            "\\hat{x}",
            f"{_put(step.centred)} \\div {_number(step.deviation)}",
            step.normalised,
        ),
        (
            "y",
            f"{_put(step.gamma)} \\cdot {_put(step.normalised)} + {_put(step.beta)}",
            step.value,
        ),
    )
    rows = (f"{name} &= {numbers} = {_number(result)}" for name, numbers, result in lines)
    return r"\begin{aligned}" + r"\\".join(rows).replace("−", "-") + r"\end{aligned}"


def _put(value: float) -> str:
    """Write a number as a term: in brackets if it is below zero."""
    return f"({_number(value)})" if value < 0 else _number(value)
