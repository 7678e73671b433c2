"""Whether all numbers of a network are finite, and in which layer they are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cnnviz.errors import CnnvizError


@dataclass(frozen=True)
class NotFinite:
    """The first layer with numbers that are not finite.

    Attributes:
        layer: its name. count: number of NaN and infinite values. size: number of all values.
    """

    layer: str
    count: int
    size: int


def first_not_finite(arrays: Mapping[str, np.ndarray]) -> NotFinite | None:
    """Return the first layer with NaN or infinite numbers, or None if all are finite.

    Args:
        arrays: activations by layer, or weights by "layer.weight", in the order of the network.

    >>> first_not_finite({"conv1": np.ones(3), "dense1": np.array([1.0, np.nan, np.inf, 2.0])})
    NotFinite(layer='dense1', count=2, size=4)
    """
    for name, array in arrays.items():
        if count := int((~np.isfinite(array)).sum()):
            return NotFinite(name, count, array.size)
    return None


def check_activations(activations: Mapping[str, np.ndarray]) -> None:
    """Check that all activations, {layer: array of any shape}, are finite.

    Raises:
        CnnvizError: with the reason "not_finite", naming the first layer where they are not.
    """
    if (found := first_not_finite(activations)) is not None:
        raise _not_finite("activations", found, reason="not_finite")


def check_weights(weights: Mapping[str, np.ndarray]) -> None:
    """Check that all weights are finite.

    Raises:
        CnnvizError: with the reason "weights_not_finite", naming the first layer where they are not.
    """
    if (found := first_not_finite(weights)) is not None:
        raise _not_finite("weights", found, reason="weights_not_finite")


def _not_finite(argument: str, found: NotFinite, *, reason: str) -> CnnvizError:
    return CnnvizError(
        f"`{argument}` must be finite. Received: in {found.layer}, the first layer where they are not, "
        f"{found.count:,} of {found.size:,} numbers are NaN or infinite.",
        reason=reason,
        layer=found.layer,
        count=f"{found.count:,}",
        size=f"{found.size:,}",
    )
