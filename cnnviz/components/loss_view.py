"""The view of softmax cross-entropy: -ln p as a curve, on which the right class's probability is dragged.

Python sends the logits. The probabilities, the loss and its gradient follow in the browser while the right
class's logit moves (`lossStep` in loss_math.js is `cross_entropy` and `cross_entropy_gradient` of
arithmetic/gradients.py); where it is left is sent back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cnnviz.components import register
from cnnviz.components.message import receiver
from cnnviz.components.value import number, present
from cnnviz.text import section

PROBABILITIES = (0.001, 0.999)
"""Minimum and maximum of the probability of the right class."""

_mount = register("loss_view", reserved=("48rem", "max(32.75rem, 46rem - 16vw)"))


def loss_view(
    logits: np.ndarray,
    label: int,
    *,
    class_names: Sequence[str],
    p: float | None,
    language: str,
    key: str,
    on_select: Callable[[float | None], None],
) -> None:
    """Mount the component.

    Args:
        logits: float32 [n], the network's for one picture. label: the right class.
        class_names: n names in `language`.
        p: the probability that the right class is given, within `PROBABILITIES`; None: the network's own.
        language: "en" or "ko". key: unique on the page.
        on_select: called with `p` before the next run, half a second after the visitor's last move.
    """
    data = {
        "text": section("loss_view", language),
        "logits": [float(z) for z in logits],
        "label": label,
        "class_names": list(class_names),
        "p": p,
    }
    select = receiver(read_selection, lambda chosen: on_select(chosen[0]))
    _mount(data=data, key=key, receivers={"selection": select})


def read_selection(value: Any) -> tuple[float | None]:
    """Parse the browser's selection: {p}."""
    p = present(value, "p")
    return (None if p is None else number(p, *PROBABILITIES),)


def as_probability(text: str) -> float:
    """Parse a probability of a link.

    Raises:
        ValueError: if it is not within `PROBABILITIES`.
    """
    p = float(text)
    if not PROBABILITIES[0] <= p <= PROBABILITIES[1]:
        raise ValueError(text)
    return p
