"""A scene: all the numbers of a window that slides over an input, computed once.

The stepper in the browser, the animated GIF and the offline page are drawn from it. It holds every
number that is a result: outputs, sums, winners, geometry; whoever draws only multiplies a patch with
the kernel, to show the products.

The payload (see `pack`) is a JSON header and these arrays; which of them depends on the operation:

    x         float32 [H, W, C]     the input
    kernel    float32 [kh, kw, C]   conv: one filter
    rows      int16 [OH, kh]        input rows of each output row; outside 0..H-1 is padding
    cols      int16 [OW, kw]        input columns of each output column
    output_k  float32 [OH, OW]      one for each name in the header's `outputs`
    sums      float32 [OH, OW, C]   conv: the products summed within each input channel
    totals    float32 [OH, OW]      conv: `sums` over all channels; average: the sum that is divided
    winners   int16 [OH, OW]        max: the window cell with the largest value, row by row from 0
    counts    int16 [OH, OW]        max, average: window cells that are not padding
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.arithmetic.window import Pads, Window
from cnnviz.errors import CnnvizError, as_finite, invalid
from cnnviz.formats.packing import pack

Operation = Literal["conv", "max", "average", "relu"]


@dataclass(frozen=True, eq=False)
class Scene:
    """All that the stepper shows, computed.

    Attributes:
        operation: "conv", "max", "average" or "relu".
        window: its geometry.
        pads: ((top, bottom), (left, right)).
        x: float32 [H, W, C].
        kernel: float32 [kh, kw, C], or None unless the operation is a convolution.
        bias: added to each output value, 0.0 if there is none.
        outputs: {operation: float32 [OH, OW]}, the main one first, then those beside it.
        rows, cols: int16 [OH, kh] and [OW, kw]. `Window.cells` of every output row and column.
        sums, totals, winners, counts: as in the payload, None where they have no meaning.
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

    @property
    def output(self) -> np.ndarray:
        """float32 [OH, OW]. The main output."""
        return self.outputs[self.operation]

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays of the payload by name."""
        named = {
            "x": self.x,
            "kernel": self.kernel,
            "rows": self.rows,
            "cols": self.cols,
            "sums": self.sums,
            "totals": self.totals,
            "winners": self.winners,
            "counts": self.counts,
        } | {f"output_{k}": output for k, output in enumerate(self.outputs.values())}
        return {name: array for name, array in named.items() if array is not None}

    def payload(
        self,
        text: Mapping[str, str],
        *,
        cell: tuple[int, int] = (0, 0),
        channel: int = 0,
        input_name: str = "",
        output_name: str = "",
        rgb: bool = False,
    ) -> bytes:
        """Pack the scene for the browser; the parameters are those of `stepper`.

        The header's `digest` covers all but `cell` and `channel`: if it is the same, the
        browser has nothing to redraw.
        """
        arrays = self.arrays()
        header = {
            "operation": self.operation,
            "outputs": list(self.outputs),
            "size": self.window.size,
            "dilation": self.window.dilation,
            "pads": self.pads,
            "bias": self.bias,
            "limits": self._limits(),
            "text": dict(text),
            "input_name": input_name,
            "output_name": output_name,
            "rgb": rgb,
        }
        digest = hashlib.blake2b(
            json.dumps(header, ensure_ascii=False, allow_nan=False).encode(), digest_size=12
        )
        for name, array in arrays.items():
            digest.update(f"{name} {array.shape}".encode())
            digest.update(array.tobytes())
        place = {"cell": list(cell), "channel": channel, "digest": digest.hexdigest()}
        return pack(header | place, arrays)

    def _limits(self) -> dict[str, Any]:
        """Return the largest absolute value of each thing that is coloured, for symmetric scales."""
        channels = np.abs(self.x).max(axis=(0, 1))
        if self.x.shape[2] <= 3:  # shown together, so coloured alike
            channels = np.full_like(channels, channels.max())
        limits: dict[str, Any] = {"x": channels.tolist()}
        limits["output"] = [float(np.abs(output).max()) for output in self.outputs.values()]
        if self.kernel is not None and self.sums is not None:
            limits["kernel"] = float(np.abs(self.kernel).max())
            limits["sums"] = float(np.abs(self.sums).max())
        return limits


def scene(
    x: Any,
    window: Window,
    operation: Operation,
    *,
    kernel: Any = None,
    bias: float = 0.0,
    beside: Sequence[Operation] = (),
) -> Scene:
    """Compute what the stepper shows.

    Args:
        x: [H, W, C] finite. For a convolution the whole input with all channels (1 to 128);
            for every other operation one map, [H, W, 1].
        window: how the window slides; its size is the kernel's. ReLU takes `Window(1)`.
        operation: "conv", "max" (pooling), "average" (pooling) or "relu".
        kernel: [kh, kw, C]. One filter; needed for "conv".
        bias: the filter's bias. 0 is not shown.
        beside: more outputs, drawn beside the main one and made from the same window:
            "average" beside "max" or the other way round.

    Raises:
        CnnvizError: as `Window.output_size`, `conv2d`, `max_pool`, and if arguments do not go together.

    Example:
        >>> scene(np.arange(9.0).reshape(3, 3, 1), Window(2), "max").output.tolist()
        [[4.0, 5.0], [7.0, 8.0]]
    """
    operations = (operation, *beside)
    _check(x := as_finite("x", x, ndim=3), window, operations, kernel)
    height, width, _ = x.shape
    out_height, out_width = window.output_size((height, width))
    outputs: dict[str, np.ndarray] = {}
    more: dict[str, np.ndarray] = {}
    if operation == "conv":
        slide = {"stride": window.stride, "padding": window.padding, "dilation": window.dilation}
        bank = as_finite("kernel", kernel, ndim=3)[..., np.newaxis]
        outputs["conv"] = ops.conv2d(x, bank, [bias], **slide)[..., 0]
        more["sums"] = ops.channel_sums(x, bank, 0, **slide)
        more["totals"] = more["sums"].sum(axis=2)
    elif operation == "relu":
        outputs["relu"] = ops.relu(x)[..., 0]
    else:
        pool = {"stride": window.stride, "padding": window.padding}
        for name in operations:
            compute = ops.max_pool if name == "max" else ops.average_pool
            outputs[name] = compute(x, window.size, **pool)[..., 0]
        more["counts"] = counts = _counts(window, (height, width))
        if "max" in outputs:
            more["winners"] = ops.pool_winners(x, window.size, **pool)[..., 0].astype(np.int16)
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
        **{name: a if a.dtype == np.int16 else a.astype(np.float32) for name, a in more.items()},
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
    if x.shape[2] != 1:
        raise CnnvizError(f"`x` must be one map, [H, W, 1]. Received: x.shape={x.shape}.")
    if operation == "relu" and window != Window(1):
        raise invalid("window", "must be Window(1) for relu", window)
    if window.dilation != (1, 1):
        raise invalid("window", "must have dilation 1 for pooling", window)


def _counts(window: Window, input_size: tuple[int, int]) -> np.ndarray:
    """Return int16 [OH, OW]: how many cells of each window are not padding."""
    ones = np.ones((*input_size, 1))
    bank = np.ones((*window.size, 1, 1))
    return ops.conv2d(ones, bank, stride=window.stride, padding=window.padding)[..., 0].astype(np.int16)
