"""A scene: all numbers of a sliding-window operation, computed once.

The stepper, the animated GIF and the offline page are drawn from it. It contains every
result: outputs, sums, winners and geometry. Drawing code only multiplies a patch with
the kernel, to show the products. step.py contains the texts, and payload.py the format for the browser.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, get_args

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.arithmetic.window import Pads, Window
from cnnviz.errors import CnnvizError, as_finite, invalid
from cnnviz.layers.base import Operation, SlidingOp

WINDOWED = ("conv", "max", "average")
"""Operations with a window of any size; that of the others is 1x1."""


@dataclass(frozen=True, eq=False)
class Scene:
    """The numbers of a sliding-window operation.

    Attributes:
        operation: "conv", "max", "average", "pointwise" or "terms".
        window: the sliding window.
        pads: ((top, bottom), (left, right)).
        x: float32 [H, W, C].
        kernel: float32 [kh, kw, C], or None unless the operation is a convolution.
        bias: added to each output value, 0.0 if there is none.
        outputs: {operation: float32 [OH, OW]}, the main one first, then those beside it.
        rows, cols: int16 [OH, kh] and [OW, kw]. `Window.cells` of every output row and column.
        sums: conv: float32 [OH, OW, C], the products summed within each input channel. terms: `x`.
        totals: float32 [OH, OW]. conv: `sums` over all channels; average: the sum that is divided.
        winners: max: int16 [OH, OW], the window cell with the largest value, row by row from 0; int32 if
            the window has more cells than int16 can count, as over a whole large map.
        counts: max, average: as `winners`, window cells that are not padding.
        curve: pointwise: float32 [n, 2], points (x, f(x)) of a polyline that approximates f.
        function, formula, compute, terms, constants, inserted, channel_names: as in `SlidingOp`.
        sign: as in `SlidingOp`; "+" where inputs are added.
    """

    operation: Operation
    window: Window
    pads: Pads
    x: np.ndarray
    kernel: np.ndarray | None
    bias: float
    outputs: Mapping[str, np.ndarray]
    rows: np.ndarray
    cols: np.ndarray
    sums: np.ndarray | None = None
    totals: np.ndarray | None = None
    winners: np.ndarray | None = None
    counts: np.ndarray | None = None
    curve: np.ndarray | None = None
    function: str = ""
    formula: str = ""
    compute: Callable[[np.ndarray], np.ndarray] | None = None
    inserted: tuple[int, int] = (1, 1)
    terms: tuple[str, ...] = ()
    constants: tuple[float, ...] = ()
    sign: str = ""
    channel_names: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The function, such as "relu" or "add", or else the operation."""
        return self.function or self.operation

    @property
    def is_sum(self) -> bool:
        """Whether the channels of x are added as they are: a kernel that would only be ones is not shown."""
        return self.operation == "conv" and bool(self.function) and self.window == Window(1)

    @property
    def listed(self) -> bool:
        """Whether results are made of one number of each channel of x: these are listed, without a window."""
        return self.is_sum or self.operation == "terms"

    @property
    def output(self) -> np.ndarray:
        """The main output, float32 [OH, OW]."""
        return self.outputs[self.operation]

    def is_inserted(self, row: int, col: int) -> bool:
        """Return whether a cell of x is an inserted zero of a transposed convolution."""
        by_row, by_col = self.inserted
        return bool(row % by_row or col % by_col)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all arrays by name; the outputs are output_0, output_1."""
        named = {
            "x": self.x,
            "kernel": self.kernel,
            "rows": self.rows,
            "cols": self.cols,
            "sums": self.sums,
            "totals": self.totals,
            "winners": self.winners,
            "counts": self.counts,
            "curve": self.curve,
        } | {f"output_{k}": output for k, output in enumerate(self.outputs.values())}
        return {name: array for name, array in named.items() if array is not None}

    @cached_property
    def limits(self) -> dict[str, Any]:
        """The largest absolute values of input, kernel, sums and outputs, for symmetric colour scales."""
        channels = np.abs(self.x).max(axis=(0, 1))
        if self.x.shape[2] <= 3:  # shown together, so coloured alike
            channels = np.full_like(channels, channels.max())
        limits: dict[str, Any] = {"x": channels.tolist()}
        limits["output"] = [float(np.abs(output).max()) for output in self.outputs.values()]
        if self.kernel is not None:
            limits["kernel"] = float(np.abs(self.kernel).max())
        if self.sums is not None:
            limits["sums"] = float(np.abs(self.sums).max())
        return limits

    @cached_property
    def picture_range(self) -> tuple[float, float]:
        """The values that are black and white where the input is drawn as an image.

        They are 0 and 1, unless the preprocessing leaves others: then the least and the largest.
        """
        low, high = float(self.x.min()), float(self.x.max())
        return (0.0, 1.0) if low >= 0 and high <= 1 else (low, max(high, low + 1e-6))

    @cached_property
    def digest(self) -> str:
        """A hash of all contents."""
        about: list[Any] = [
            self.operation,
            list(self.outputs),
            self.window.size,
            self.window.dilation,
            self.pads,
        ]
        about += [self.bias, self.function, self.formula, self.inserted, self.channel_names]
        about += [self.terms, self.constants, self.sign]
        digest = hashlib.blake2b(json.dumps(about, allow_nan=False).encode(), digest_size=12)
        for name, array in self.arrays().items():
            digest.update(f"{name} {array.shape}".encode())
            digest.update(array.tobytes())
        return digest.hexdigest()


def scene(
    x: Any,
    window: Window,
    operation: Operation,
    *,
    kernel: Any = None,
    bias: float = 0.0,
    beside: Sequence[Operation] = (),
) -> Scene:
    """Compute the stepper's data for a sliding window; the parameters are those of `SlidingOp`.

    Args:
        x: [H, W, C] finite. For a convolution the whole input with all channels (1 to 128);
            for every other operation one map, [H, W, 1].
        window: how the window slides; its size is the kernel's.
        operation: "conv", "max" (pooling) or "average" (pooling).
        kernel: [kh, kw, C]. One filter; needed for "conv".
        bias: the filter's bias. 0 is not shown.
        beside: as for `scene_of`.

    Raises:
        CnnvizError: as `scene_of`.

    Example:
        >>> scene(np.arange(9.0).reshape(3, 3, 1), Window(2), "max").output.tolist()
        [[4.0, 5.0], [7.0, 8.0]]
    """
    return scene_of(SlidingOp(operation, x, window, kernel, bias), beside=beside)


def scene_of(op: SlidingOp, *, beside: Sequence[Operation] = ()) -> Scene:
    """Compute the scene of a sliding-window operation.

    Args:
        op: the sliding-window operation of a feature map, from `Layer.sliding_op`.
        beside: more outputs, drawn beside the main one and made from the same window:
            "average" beside "max" or the other way round.

    Raises:
        CnnvizError: as `Window.output_size`, `conv2d`, `max_pool`, and if arguments do not go together.
    """
    operation, window, kernel, bias = op.operation, op.window, op.kernel, op.bias
    operations = (operation, *beside)
    _check(x := as_finite("x", op.x, ndim=3), window, operations, kernel)
    height, width, _ = x.shape
    out_height, out_width = window.output_size((height, width))
    outputs: dict[str, np.ndarray] = {}
    more: dict[str, np.ndarray] = {}
    if operation == "conv":
        how = {"stride": window.stride, "padding": window.padding, "dilation": window.dilation}
        bank = as_finite("kernel", kernel, ndim=3)[..., np.newaxis]
        outputs["conv"] = ops.conv2d(x, bank, [bias], **how)[..., 0]
        more["sums"] = ops.channel_sums(x, bank, 0, **how)
        more["totals"] = more["sums"].sum(axis=2)
    elif operation in ("pointwise", "terms"):
        if op.compute is None:
            raise invalid("compute", f"must be given for {operation}", op.compute)
        outputs[operation] = op.compute(x)[..., 0]
        if operation == "pointwise":
            more["curve"] = curve(op, float(np.abs(x).max()))
        else:
            more["sums"] = x
    else:
        pool = {"stride": window.stride, "padding": window.padding}
        for name in operations:
            compute = ops.max_pool if name == "max" else ops.average_pool
            outputs[name] = compute(x, window.size, **pool)[..., 0]
        more["counts"] = counts = _counts(window, (height, width))
        if "max" in outputs:
            more["winners"] = ops.pool_winners(x, window.size, **pool)[..., 0].astype(counts.dtype)
        if "average" in outputs:
            more["totals"] = outputs["average"] * counts
    return Scene(
        operation=operation,
        window=window,
        pads=window.pads((height, width)),
        x=x.astype(np.float32),
        kernel=None if kernel is None else np.asarray(kernel, np.float32),
        bias=float(bias),
        outputs={name: output.astype(np.float32) for name, output in outputs.items()},
        rows=np.array([window.cells(i, 0, (height, width))[0] for i in range(out_height)], np.int16),
        cols=np.array([window.cells(0, j, (height, width))[1] for j in range(out_width)], np.int16),
        function=op.function,
        formula=op.formula,
        compute=op.compute,
        inserted=op.inserted,
        terms=op.terms,
        constants=op.constants,
        sign="+" if operation == "conv" and op.function and window == Window(1) else op.sign,
        channel_names=op.channel_names,
        **{name: a.astype(np.float32) if a.dtype.kind == "f" else a for name, a in more.items()},
    )


def _check(x: np.ndarray, window: Window, operations: Sequence[str], kernel: Any) -> None:
    operation, *beside = operations
    if operation not in get_args(Operation):
        raise invalid("operation", f"must be one of {', '.join(get_args(Operation))}", operation)
    if len(set(operations)) != len(operations) or (beside and not set(operations) <= {"max", "average"}):
        raise invalid("beside", "must be the other one of max and average", tuple(beside))
    if (operation == "conv") != (kernel is not None):
        raise invalid("kernel", "must be given for conv, and for nothing else", type(kernel).__name__)
    if operation == "conv":
        if np.shape(kernel)[:2] != window.size:
            raise CnnvizError(
                "`kernel` must be as large as the window. Received: "
                f"kernel.shape={np.shape(kernel)}, window.size={window.size}."
            )
        return
    if operation in ("pointwise", "terms") and window != Window(1):
        raise invalid("window", f"must be Window(1) for {operation}", window)
    if operation == "terms":
        return
    if x.shape[2] != 1:
        raise CnnvizError(f"`x` must be one map, [H, W, 1]. Received: x.shape={x.shape}.")
    if window.dilation != (1, 1):
        raise invalid("window", "must have dilation 1 for pooling", window)


def _counts(window: Window, input_size: tuple[int, int]) -> np.ndarray:
    """Return int16 or int32 [OH, OW]: the number of cells of each window that are not padding."""
    ones = np.ones((*input_size, 1))
    bank = np.ones((*window.size, 1, 1))
    counted = ops.conv2d(ones, bank, stride=window.stride, padding=window.padding)[..., 0]
    return counted.astype(np.int16 if prod(window.size) <= np.iinfo(np.int16).max else np.int32)


def curve(op: SlidingOp, limit: float) -> np.ndarray:
    """Return points (x, f(x)) of a pointwise function, [N, 2], over -limit..limit; none on straight parts."""
    assert op.compute is not None
    x = np.arange(-128, 129) / 128 * (limit or 1.0)  # 0, where many functions have a corner, is one of them
    y = op.compute(x)
    bends = np.abs(np.diff(y, 2)) > 1e-6 * (np.ptp(y) or 1.0)
    return np.stack([x, y], axis=1)[np.concatenate([[True], bends, [True]])]
