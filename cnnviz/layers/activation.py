"""What activation functions share: each number by itself, in maps and vectors alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.layers.base import Layer, Slide, as_maps


@dataclass(frozen=True)
class Activation(Layer):
    """A function of every number by itself.

    Class attributes:
        formula: how it is written, as in `Slide`.
    """

    formula: ClassVar[str]

    channelwise = True

    def slide(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> Slide | None:
        """Return the window of one cell that moves over one map."""
        if inputs[0].ndim == 1:
            return None
        return Slide(
            "pointwise",
            as_maps(inputs[0])[..., map : map + 1],
            Window(1),
            function=self.kind,
            formula=self.formula,
            compute=self.compute,
        )
