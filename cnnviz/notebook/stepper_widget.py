"""The stepper as a widget: a window slides over the user's array."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.components.stepper import read_selection
from cnnviz.components.value import none_if_malformed
from cnnviz.errors import CnnvizError, as_finite, invalid
from cnnviz.explain.payload import payload
from cnnviz.explain.scene import Scene, scene
from cnnviz.export.offline import MAX_BYTES
from cnnviz.export.titles import describe
from cnnviz.notebook import pictures
from cnnviz.notebook.widget import ComponentWidget, script
from cnnviz.text import LANGUAGES


class StepperWidget(ComponentWidget):
    """A stepper in a notebook.

    Attributes:
        scene: all numbers of the operation.
    """

    _esm = script("stepper")

    def __init__(self, scene: Scene, *, cell: tuple[int, int], language: str) -> None:
        packed = payload(scene, language, cell=cell)
        if len(packed) > MAX_BYTES:
            raise CnnvizError(
                f"A widget holds at most {MAX_BYTES:,} bytes of numbers. Received: {len(packed):,} bytes."
            )
        self.scene = scene
        words = " · ".join(describe(scene, language))
        selection = {"cell": list(cell), "channel": 0}
        super().__init__(packed, selection, pictures.of_step(scene, cell, language), words)

    def receive(self, name: str, value: Any) -> None:
        """Take in the cell that is selected in the browser."""
        rows, cols = self.scene.output.shape
        channels = self.scene.x.shape[2]
        found = none_if_malformed(lambda value: read_selection(value, rows, cols, channels))(value)
        if name == "selection" and found is not None:
            self.selection = {"cell": [found.row, found.column], "channel": found.channel}

    @property
    def cell(self) -> tuple[int, int]:
        """The selected output cell, (row, column) from 0. Setting it moves the stepper.

        Raises:
            CnnvizError: when set to a cell that the output does not have.
        """
        row, column = self.selection["cell"]
        return row, column

    @cell.setter
    def cell(self, cell: tuple[int, int]) -> None:
        self.selection = {**self.selection, "cell": list(checked(cell, self.scene))}

    @property
    def value(self) -> float:
        """The output at the selected cell."""
        return float(self.scene.output[self.cell])

    @property
    def output(self) -> np.ndarray:
        """The whole output, float32 [OH, OW]."""
        return self.scene.output


def stepper(
    x: Any,
    kernel: Any = None,
    bias: float = 0.0,
    *,
    pool: Literal["max", "average"] | None = None,
    size: int | tuple[int, int] = 2,
    filter: int = 0,
    stride: int | tuple[int, int] | None = None,
    padding: Any = "valid",
    dilation: int | tuple[int, int] = 1,
    cell: tuple[int, int] = (0, 0),
    language: str = "en",
) -> StepperWidget:
    """Return a widget that steps through a convolution or a pooling of an array.

    Args:
        x: [H, W] or [H, W, C]; for a pooling [H, W] or [H, W, 1].
        kernel: [kh, kw], [kh, kw, C], or [kh, kw, C, F], of which `filter` is shown; None for a pooling.
        bias: of the filter; a number, or one for each filter.
        pool: "max" or "average" instead of a kernel. size: of its window.
        filter: 0 to F - 1.
        stride: default 1, of a pooling `size`. padding, dilation: as for `Window`.
        cell: the output cell that is shown first, (row, column) from 0.
        language: "en" or "ko".

    Raises:
        CnnvizError: if arguments do not go together.

    Example:
        >>> widget = stepper([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[1, 0], [0, 1]])
        >>> widget.cell = (1, 1)
        >>> widget.value
        14.0
    """
    if language not in LANGUAGES:
        raise invalid("language", f"must be one of {', '.join(LANGUAGES)}", language)
    if (kernel is None) == (pool is None):
        raise CnnvizError("`kernel` or `pool` must be given, and not both.")
    maps = as_finite("x", x)
    if maps.ndim == 2:
        maps = maps[..., np.newaxis]
    if kernel is None:
        if pool not in ("max", "average"):
            raise invalid("pool", 'must be "max" or "average"', pool)
        window = Window(size, size if stride is None else stride, padding, dilation)
        made = scene(maps, window, pool)
    else:
        one, number = _filter(as_finite("kernel", kernel), as_finite("bias", bias), filter)
        window = Window(one.shape[:2], 1 if stride is None else stride, padding, dilation)
        made = scene(maps, window, "conv", kernel=one, bias=number)
    return StepperWidget(made, cell=checked(cell, made), language=language)


def _filter(kernel: np.ndarray, bias: np.ndarray, index: int) -> tuple[np.ndarray, float]:
    """Return one filter [kh, kw, C] of a kernel, and its bias."""
    if kernel.ndim == 2:
        kernel = kernel[..., np.newaxis]
    if kernel.ndim == 3:
        kernel = kernel[..., np.newaxis]
    if kernel.ndim != 4:
        raise CnnvizError(
            "`kernel` must be [kh, kw], [kh, kw, C] or [kh, kw, C, F]. "
            f"Received: kernel.shape={kernel.shape}."
        )
    filters = kernel.shape[3]
    if not 0 <= index < filters:
        raise invalid("filter", f"must be in 0..{filters - 1}", index)
    if bias.shape not in ((), (filters,)):
        raise CnnvizError(
            f"`bias` must be a number, or one for each filter. Received: bias.shape={bias.shape}."
        )
    return kernel[..., index], float(bias if bias.ndim == 0 else bias[index])


def checked(cell: tuple[int, int], made: Scene) -> tuple[int, int]:
    """Return the cell as integers.

    Raises:
        CnnvizError: if the output does not have it.
    """
    rows, cols = made.output.shape
    row, column = (int(n) for n in cell)
    if not (0 <= row < rows and 0 <= column < cols):
        raise invalid("cell", f"must be in (0..{rows - 1}, 0..{cols - 1})", cell)
    return row, column
