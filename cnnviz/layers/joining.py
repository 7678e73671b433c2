"""Base class of layers with several inputs, such as addition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from cnnviz.arithmetic.window import Window
from cnnviz.layers.base import Field, Layer, Setting, Shape
from cnnviz.layers.batch_norm import BatchNorm
from cnnviz.layers.conv import Conv
from cnnviz.layers.convolution import FILTERS, STRIDE

IDENTITY, CONV, CONV_NORM = "identity", "conv", "convbn"


@dataclass(frozen=True)
class Joining(Layer):
    """A layer that merges several inputs; in the builder it ends a skip connection.

    Attributes:
        back: number of blocks that the skip connection spans in a builder stack.
        on_skip: the layers on it in a builder stack: none ("identity"), a 1x1 convolution ("conv"), or one
            without a bias and batch normalisation after it ("convbn").
        skip_filters, skip_stride: of that convolution.
    """

    back: int = 2
    on_skip: str = IDENTITY
    skip_filters: int = 16
    skip_stride: int = 1

    group = "joining"
    part = "join"
    inputs = (2, 100)
    fields = (
        Field("back", "back", 1, 19, skip=True),
        Field("on_skip", choices=(IDENTITY, CONV, CONV_NORM), default=IDENTITY, omit_default=True),
        replace(FILTERS, name="skip_filters", prefix="f", default=16, omit_default=True, of="on_skip"),
        replace(STRIDE, name="skip_stride", omit_default=True, of="on_skip"),
    )

    @property
    def skip_distance(self) -> int:
        """Number of blocks that the skip connection spans."""
        return self.back

    @property
    def skip_layers(self) -> tuple[Layer, ...]:
        """The 1x1 convolution on the skip connection and its batch normalisation, if any."""
        if self.on_skip == IDENTITY:
            return ()
        window = Window(1, self.skip_stride, "same")
        conv = Conv("", window, self.skip_filters, bias=self.on_skip == CONV)
        return (conv,) if self.on_skip == CONV else (conv, BatchNorm(""))

    def without_skip_layers(self) -> Self:
        """Return the layer with an identity skip connection."""
        return replace(self, on_skip=IDENTITY, skip_filters=16, skip_stride=1)

    def after_skip(self, distance: int, layers: Sequence[Layer]) -> Self:
        """Return the layer with the distance, and with the convolution that comes first of `layers`."""
        settings: dict[str, Setting] = {"back": distance, "on_skip": IDENTITY}
        if layers and (conv := layers[0]).sliding_window is not None:
            settings["on_skip"] = CONV if len(layers) == 1 else CONV_NORM
            settings |= {
                "skip_filters": getattr(conv, "units", 0),
                "skip_stride": conv.sliding_window.stride[0],
            }
        return self.from_settings("", **self.without_skip_layers().settings() | settings)

    def with_skip_layers(self, main: Shape, skip: Shape) -> Self | None:
        """Return the layer with a 1x1 convolution that makes maps of shape `main` of maps of shape `skip`.

        >>> from cnnviz.layers.add import Add
        >>> fitted = Add("").with_skip_layers((16, 16, 32), (32, 32, 8))
        >>> fitted.skip_filters, fitted.skip_stride
        (32, 2)
        """
        if len(main) != 3 or len(skip) != 3 or main[2] > FILTERS.maximum:
            return None
        for stride in range(1, STRIDE.maximum + 1):
            if Window(1, stride, "same").output_size(skip[:2]) == main[:2]:
                on_skip = CONV if self.on_skip == IDENTITY else self.on_skip
                return replace(self, on_skip=on_skip, skip_filters=main[2], skip_stride=stride)
        return None

    @classmethod
    def from_settings(cls, name: str, **settings: Any) -> Self:
        """Return a layer with the settings that `settings` returns; a convolution's count only with one."""
        made = super().from_settings(name, **settings)
        return made if made.skip_layers else made.without_skip_layers()
