"""The part of the page of any layer about a batch: its statistics in training, the moving ones in use."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from cnnviz.components.batch_view import STAGES, WAYS, Selection, batch_view
from cnnviz.figures.histogram import value_histogram
from cnnviz.layers.base import map_shape
from cnnviz.layers.batch_norm import BatchNorm, complete
from cnnviz.networks.graph import LayerInfo
from cnnviz.pages import activation_cache, charts, link, model_cache, theme, translation
from cnnviz.pages.image_selection import Picked
from cnnviz.pages.translation import t

KERAS_MOMENTUM = 0.99
"""Momentum of moving statistics, unless the recipe sets another."""
LARGEST_SIDE = 1000
"""Largest side of a map in links."""


def draw(info: LayerInfo, picked: Picked, weights: Mapping[str, np.ndarray], channel: int) -> None:
    """Draw the switch and, if it is on, a channel that is stepped through, and its histograms, both ways.

    Args:
        info: a layer of maps; if it is no batch normalisation, nothing is drawn.
        picked: the network and the picture, the first of the batch.
        weights: the layer's. channel: which map.
    """
    if not isinstance(info.layer, BatchNorm):
        return
    st.header(t("layer.batch_title"), anchor=False)
    if not link.switch(t("layer.batch"), "layer_batch", help=t("layer.batch_help")):
        return
    inputs = activation_cache.layer_inputs(picked.model, info.name, picked.image)
    batch = inputs.reshape(len(inputs), *map_shape(info.input_shape))
    own = info.layer.batch_statistics(batch)
    ways = {"training": {**weights, **own}, "inference": dict(weights)}
    outputs = {way: info.layer.compute(batch, **used)[..., channel] for way, used in ways.items()}
    step_through(batch[..., channel], info.layer, ways, channel)
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
                scale=theme.colour_scale(),
                dark=theme.dark(),
            )
            charts.chart(figure, name=f"batch_{part}", alt=f"{words}: {numbers}")
    momentum = model_cache.card(picked.model).get("recipe", {}).get("batch_norm_momentum", KERAS_MOMENTUM)
    st.caption(t("layer.batch_note", kept=f"{momentum:g}", new=f"{1 - momentum:.3g}"))


def step_through(
    values: np.ndarray, layer: BatchNorm, ways: Mapping[str, Mapping[str, np.ndarray]], channel: int
) -> None:
    """Draw the values of a channel, [N, H, W], stepped through with the weights of either way."""
    statistics = {
        way: {
            "mean": used["moving_mean"][channel],
            "variance": used["moving_variance"][channel],
            "gamma": used["gamma"][channel],
            "beta": used["beta"][channel],
            "epsilon": layer.epsilon,
        }
        for way, used in ((way, complete(weights)) for way, weights in ways.items())
    }
    last = tuple(count - 1 for count in values.shape)  # all values: their sum is the whole one
    wish = link.value("layer_batch_place", None, parse_cell)

    def select(chosen: Selection) -> None:
        link.put(layer_batch_way=chosen.way, layer_batch_stage=chosen.stage)
        link.put(layer_batch_place=None if chosen.cell == last else chosen.cell)

    batch_view(
        values,
        statistics,
        Selection(
            link.value("layer_batch_way", WAYS[0], lambda text: WAYS[WAYS.index(text)]),
            link.value("layer_batch_stage", STAGES[0], lambda text: STAGES[STAGES.index(text)]),
            tuple(map(min, wish or last, last)),
        ),
        language=translation.language(),
        key="layer_batch_view",
        on_select=select,
    )


def parse_cell(text: str) -> tuple[int, int, int]:
    """Parse "PICTURE,ROW,COLUMN"."""
    picture, row, col = (int(part) for part in text.split(","))
    if not all(0 <= part < LARGEST_SIDE for part in (picture, row, col)):
        raise ValueError(text)
    return picture, row, col


def _number(value: float) -> str:
    return translation.number(float(value))
