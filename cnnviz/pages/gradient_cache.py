"""Steps of gradient descent on one image: weights, gradients and losses after them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from cnnviz import settings
from cnnviz.explain.descent import OneKernel, Outlook, step
from cnnviz.explain.descent import outlook as outlook_of
from cnnviz.explain.gradients import backpropagate
from cnnviz.networks import zoo
from cnnviz.networks.gradients import Gradients, Target
from cnnviz.networks.network import ModelRef
from cnnviz.pages import model_cache
from cnnviz.pages.byte_cache import MB, byte_cache

OUTLOOK_BYTES = 1 * MB
"""Limit of losses and probabilities after steps of gradient descent; 0.3 kB each."""


@dataclass(frozen=True)
class Descent:
    """Some steps of gradient descent on one picture; hashable by content.

    Attributes:
        name: the network. image: uint8 [H, W, C]. label: the class that it shall be.
        rate: the learning rate. only: the kernel that moves, or None for all weights. steps: how many.
    """

    name: str
    image: np.ndarray
    label: int
    rate: float
    only: OneKernel | None
    steps: int

    def after(self, steps: int) -> Descent:
        """Return the same with another number of steps; without any, rate and kernel make no difference."""
        return replace(self, steps=steps) if steps else replace(self, steps=0, rate=0.0, only=None)


def descended_weights(descent: Descent) -> Mapping[str, np.ndarray]:
    """Return the weights after the steps, {"layer.weight": array}; read-only.

    Raises:
        CnnvizError: if a number on the way is not finite.
    """
    if not descent.steps:
        return model_cache.weights(descent.name)[0]
    return _descended_weights(model_cache.reference(descent.name), descent)


@byte_cache(settings.DESCENT() * MB)
def _descended_weights(ref: ModelRef, descent: Descent) -> Mapping[str, np.ndarray]:
    before = descent.after(descent.steps - 1)
    return step(descended_weights(before), gradients(before).weights, descent.rate, descent.only)


def gradients(descent: Descent) -> Gradients:
    """Return the gradients of the loss after the steps, by NumPy: it needs no TensorFlow; read-only.

    Raises:
        CnnvizError: if a number is not finite.
    """
    return _gradients(model_cache.reference(descent.name), descent)


@byte_cache(settings.DESCENT() * MB)
def _gradients(ref: ModelRef, descent: Descent) -> Gradients:
    architecture = zoo.get(descent.name)
    x = architecture.data_set.preprocess(descent.image)
    return backpropagate(architecture.graph, descended_weights(descent), x, Target(descent.label))


def outlook(descent: Descent) -> Outlook:
    """Return the loss and the probabilities after the steps.

    Raises:
        CnnvizError: if a number is not finite.
    """
    return _outlook(model_cache.reference(descent.name), descent)


@byte_cache(OUTLOOK_BYTES)
def _outlook(ref: ModelRef, descent: Descent) -> Outlook:
    architecture = zoo.get(descent.name)
    x = architecture.data_set.preprocess(descent.image)
    return outlook_of(architecture.graph, descended_weights(descent), x, descent.label)
