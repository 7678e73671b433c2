"""The weights of a network's first layer as pictures: of filters, or of units that see the whole picture."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import streamlit as st

from cnnviz.arithmetic.kernels import CLASSIC
from cnnviz.figures.weight_images import strongest, weight_mosaic
from cnnviz.networks import zoo
from cnnviz.pages import figure_cache, model_cache
from cnnviz.pages.translation import t

SHOWN, ACROSS = 32, 8  # weight images at once, and in a row
WRITTEN = ("sobel_x", "sobel_y", "laplacian", "emboss")
"""Classic kernels that stand beside the learned ones."""
CHANNELS = (1, 3)
"""Channels of pictures, grey or in colour."""


def kernels(model: str) -> np.ndarray | None:
    """Return the first layer's weights as images, float32 [h, w, channels, units].

    None if they are no images: if the layer has neither filters nor a weight for every number of the input,
    or not of grey or colour.
    """
    first = next((layer for layer in zoo.get(model).layers if layer.multiply_accumulates), None)
    weights = None if first is None else model_cache.weights(model)[0].get(f"{first.name}.kernel")
    if first is None or weights is None:
        return None
    shape = zoo.get(model).graph.input_shape
    if not first.layer.filters:
        if len(shape) != 3 or weights.ndim != 2 or len(weights) != math.prod(shape):
            return None
        weights = weights.reshape(*shape, -1)  # flatten lists rows, then columns, then channels: undone here
    return weights if weights.ndim == 4 and weights.shape[2] in CHANNELS else None


def draw(model: str, images: np.ndarray, title: str, group: int = 0) -> None:
    """Draw the units with the largest weights.

    Args:
        model: the network. images: its `kernels`. title: the network's name in the alternative text.
        group: 0 for the largest `SHOWN`, 1 for the next.
    """
    chosen = strongest(images)[group * SHOWN : (group + 1) * SHOWN]
    mosaic = figure_cache.png(
        ("weights", model, model_cache.reference(model).sha256, group),
        lambda: weight_mosaic(images[..., chosen], across=ACROSS),
    )
    order = t("comparison.order", units=", ".join(map(str, chosen)))
    st.image(mosaic, width="stretch", alt=f"{title}: {order}")
    st.caption(order)


def draw_classic() -> None:
    """Draw kernels that people wrote, in the same way."""
    with st.container(horizontal=True):
        for name in WRITTEN:
            grey = np.repeat(CLASSIC[name][..., np.newaxis, np.newaxis], 3, axis=2)
            tile = figure_cache.png(("classic", name), partial(weight_mosaic, grey, across=1, tile=192))
            words = t(f"convolution.classic_{name}")
            st.image(tile, words, 150, alt=words)
