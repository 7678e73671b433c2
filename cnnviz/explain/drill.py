"""The computation of each map of a layer from those before it, for any picture, for drill-downs.

All of it comes from `Layer.sliding_op_on_input`, which the stepper's scenes usually take, too; only the
picture's own numbers are not in it. Where the layer has kernels, these travel apart, once to each browser:
all of a layer, or one map's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.explain import step
from cnnviz.explain.scene import curve
from cnnviz.formats.packing import pack
from cnnviz.layers.base import Operation, Shape, SlidingOp, map_shape
from cnnviz.networks.graph import IMAGE, Graph, LayerInfo

WHOLE_SIZE = 600_000
"""Most numbers of a layer's kernels that are sent in one file; of more, each map has its own file."""


@dataclass(frozen=True)
class MapOps:
    """The computation of a layer's maps.

    Attributes:
        operation: as in `SlidingOp`, "softmax", "moved": each number is one of the input, counted
            row by row; or "other": the function of the numbers under the window is unknown. A function that
            differs from map to map is one of "terms".
        window: that slides over the maps before it.
        start: first row and column of the first window; negative in the padding.
        inserted: as in `SlidingOp`.
        channels: how many maps one map is made of.
        sources: "own": of each input the map with the same number; "all": all of the first input; else for
            each map [input, first channel], from which on `channels` of them follow.
        kernel: [maps, kh, kw, channels]; None if there is none, or all are 1. terms: `SlidingOp.constants`,
            [maps, 1, 1, n].
        bias: float32 [maps], or None.
        largest: the largest absolute value of `kernel`.
        op: of the first map, for its function; of `x` only the first cell.
        shape: moved: of the output, [H, W, C].
    """

    operation: Operation | Literal["softmax", "moved", "other"]
    window: Window
    start: tuple[int, int] = (0, 0)
    inserted: tuple[int, int] = (1, 1)
    channels: int = 1
    sources: Literal["own", "all"] | Sequence[tuple[int, int]] = "own"
    kernel: np.ndarray | None = None
    bias: np.ndarray | None = None
    largest: float = 1.0
    op: SlidingOp | None = None
    shape: tuple[int, int, int] | None = None

    def describe(self, x_limit: float, output_limit: float, *, whole: int = WHOLE_SIZE) -> dict[str, Any]:
        """Return all but the kernels, for JSON.

        Args:
            x_limit, output_limit: the largest absolute values of the window's input and of the output,
                by which decimals are chosen.
            whole: most numbers of kernels that are sent in one file.
        """
        x, total = step.decimals(x_limit), step.finer(max(x_limit, output_limit))
        plain = self.kernel is None or self.operation == "terms"
        under = step.finer(x_limit) if plain else x
        described: dict[str, Any] = {
            "operation": self.operation,
            "size": self.window.size,
            "stride": self.window.stride,
            "dilation": self.window.dilation,
            "start": self.start,
            "inserted": self.inserted,
            "channels": self.channels,
            "sources": self.sources,
            "digits": {"x": under, "sum": total if plain else step.finer(output_limit)},
        }
        if self.shape is not None:
            described["shape"] = self.shape
        if self.op is not None and self.op.repeats_edge:
            described["repeats_edge"] = True
        if self.kernel is not None:
            described["file"] = "layer" if self.kernel.size <= whole else "map"
            described["weights"] = self.kernel.size
            described["limit"] = self.largest
            described["digits"] |= {
                "kernel": step.decimals(self.largest),
                "product": step.decimals(x_limit * self.largest),
            }
        if self.op is not None and self.operation == "terms":
            described |= {"formula": self.op.formula, "terms": self.op.terms, "sign": self.op.sign}
            if "squares" in self.op.terms:
                described["neighbours"] = self.op.neighbours
        if self.op is not None and self.operation == "pointwise":
            described["formula"] = step.formula(self.op)
            points = curve(self.op, x_limit)
            described["curve"] = [[float(f"{n:.5g}") for n in point] for point in points]
        return described

    def file(self, map: int | None = None) -> bytes:
        """Pack the kernels of all maps, or of one: `kernel` and, if there is one, `bias`; header {"first"}.

        They are float16 where that is exact, as it is with the networks' own files, else float32.
        """
        return pack({"first": map or 0}, self.kernels(map))

    def kernels(self, map: int | None = None) -> dict[str, np.ndarray]:
        """Return `kernel` [maps, kh, kw, channels] and, if there is one, `bias`: of all maps, or of one."""
        assert self.kernel is not None
        chosen = slice(None) if map is None else slice(map, map + 1)
        kernel = self.kernel[chosen].astype(np.float32)
        with np.errstate(over="ignore"):  # too large numbers for float16 stay float32
            half = kernel.astype(np.float16)
        arrays = {"kernel": half if np.array_equal(half, kernel) else kernel}
        if self.bias is not None:
            arrays["bias"] = self.bias[chosen].astype(np.float32)
        return arrays


def all_map_ops(graph: Graph, weights: Mapping[str, np.ndarray]) -> dict[str, MapOps]:
    """Return {layer name: how its maps are computed}, for the drawn layers of which that is known.

    Args:
        graph: the network. weights: {"layer.weight": array}.
    """
    found = {info.name: layer_map_ops(graph, weights, info.name) for info in graph if info.drawn}
    return {name: ops for name, ops in found.items() if ops is not None}


def layer_map_ops(graph: Graph, weights: Mapping[str, np.ndarray], layer: str) -> MapOps | None:
    """Return how the maps of one layer are computed, or None if that is unknown.

    Args:
        graph, weights: as for `all_map_ops`. layer: its name.
    """
    info = graph[layer]
    own = {name: weights[f"{layer}.{name}"] for name in info.weight_shapes}
    return map_ops(info, own, [graph.shape(source) for source in drawn_inputs(graph, layer)])


def map_ops(info: LayerInfo, weights: Mapping[str, np.ndarray], shapes: Sequence[Shape]) -> MapOps | None:
    """Return how the maps of a layer are computed, or None.

    Args:
        info: the layer. weights: its own, {name: array}.
        shapes: of each of its inputs as it is drawn: of a vector that is flattened maps, those of the maps.
    """
    layer, shape = info.layer, map_shape(info.output_shape)
    if layer.row_major:
        return MapOps("moved", Window(1), shape=shape)
    kernel, maps = weights.get("kernel"), shape[-1]
    if len(info.input_shapes[0]) == 1:
        n = info.input_shapes[0][0]
        if layer.probabilities:
            return MapOps("softmax", Window(1), channels=n, sources="all")
        if kernel is not None and kernel.shape == (n, maps):
            # a unit is a convolution with a window as large as the maps
            rows, cols, channels = map_shape(shapes[0])
            bank = np.moveaxis(kernel.reshape(rows, cols, channels, maps), -1, 0)
            return _with_kernel(
                MapOps("conv", Window((rows, cols)), channels=channels, sources="all"),
                bank,
                weights.get("bias"),
            )
    x = [np.zeros(map_shape(shape), np.float32) for shape in info.input_shapes]
    first = layer.sliding_op_on_input(x, weights, 0)
    if first is None or not _in_a_row(first):
        return None
    # the other maps differ only in parts that do not depend on the size; at full size each would cost a pass
    rows, cols = first.window.size
    cut = [each[:rows, :cols] for each in x]
    others = [layer.sliding_op_on_input(cut, weights, map) for map in range(1, maps)]
    made = [first, *(op for op in others if op is not None and _in_a_row(op))]
    if len(made) < maps:
        return None
    (top, _), (left, _) = first.window.pads(first.x.shape[:2])
    found = MapOps(
        "terms" if first.constants else first.operation,
        first.window,
        (first.origin[0] * first.inserted[0] - top, first.origin[1] * first.inserted[1] - left),
        first.inserted,
        len(first.sources),
        _sources(made, len(x), x[0].shape[2]),
        op=replace(first, x=first.x[:1, :1].copy()),
    )
    if first.constants:
        constants = np.array([op.constants for op in made], np.float32)
        largest = float(np.abs(constants).max())
        return replace(found, kernel=constants[:, np.newaxis, np.newaxis], largest=largest)
    if first.kernel is None:
        return found
    kernels = [op.kernel for op in made if op.kernel is not None]
    if kernel is not None and kernels[-1].base is kernel and kernels[-1].shape == kernel.shape[:-1]:
        bank = np.moveaxis(kernel, -1, 0)  # as they lie there: no copy
    else:
        bank = np.stack(kernels)
    return _with_kernel(found, bank, np.array([op.bias for op in made]))


def _with_kernel(ops: MapOps, kernel: np.ndarray, bias: np.ndarray | None) -> MapOps:
    """Add kernels, unless all they do is to take the numbers as they are."""
    bias = None if bias is None or not bias.any() else bias
    if ops.window.size == (1, 1) and bias is None and np.array_equal(kernel, np.ones_like(kernel)):
        return ops
    return replace(ops, kernel=kernel, bias=bias, largest=max(float(kernel.max()), -float(kernel.min())))


def _in_a_row(op: SlidingOp) -> bool:
    """Return whether the sources of a map are one map of each input, or consecutive maps of one input."""
    (source, first), *_ = op.sources or ((-1, -1),)
    if source < 0:
        return False
    row = tuple((source, first + k) for k in range(len(op.sources)))
    return op.sources in (row, tuple((k, first) for k in range(len(op.sources))))


def _sources(
    ops: Sequence[SlidingOp], inputs: int, channels: int
) -> Literal["own", "all"] | list[tuple[int, int]]:
    found = [op.sources for op in ops]
    if found == [tuple((k, map) for k in range(inputs)) for map in range(len(ops))]:
        return "own"
    if found == [tuple((0, channel) for channel in range(channels))] * len(ops):
        return "all"
    return [each[0] for each in found]


def unknown_op(info: LayerInfo) -> MapOps:
    """Return the sources of a layer's maps, where `map_ops` does not know their computation."""
    window, shape = info.window or Window(1), map_shape(info.input_shape)
    (top, _), (left, _) = window.pads(shape[:2])
    if info.layer.channelwise:
        return MapOps("other", window, (-top, -left), channels=len(info.inputs))
    return MapOps("other", window, (-top, -left), channels=shape[2], sources="all")


def drawn_inputs(graph: Graph, layer: str) -> tuple[str, ...]:
    """Return the inputs of a layer as they are drawn: for flattened maps, the maps."""

    def drawn(source: str) -> str:
        while source != IMAGE and not graph[source].drawn:
            (source,) = graph[source].inputs
        return source

    return tuple(drawn(source) for source in graph[layer].inputs)


@dataclass(frozen=True)
class Part:
    """A part of a layer's maps.

    Attributes:
        map, top, left: the first map, row and column.
        values: float32 [maps, rows, columns].
    """

    map: int
    top: int
    left: int
    values: np.ndarray


def part_around(ops: MapOps, source: int, x: np.ndarray, map: int, cell: tuple[int, int], room: int) -> Part:
    """Return those maps of an input that a map is made of, round the window of one of its cells.

    Args:
        ops: how the map is computed.
        source: the number of the input. x: float32 [H, W, C], the input.
        map: the number of the map. cell: row and column.
        room: most numbers; but the window is whole.
    """
    first, count = _channels(ops, source, x.shape[2], map)
    if ops.shape is not None:
        position = np.unravel_index(np.ravel_multi_index((*cell, map), ops.shape), x.shape)
        row, col, first = (int(k) for k in position)
        cell = row, col
    spans = [_under(ops, axis, cell[axis], x.shape[axis]) for axis in (0, 1)]
    (top, bottom), (left, right) = spans
    while True:
        wider = [
            (max(0, low - 1), min(size, high + 1)) for (low, high), size in zip(spans, x.shape, strict=False)
        ]
        rows, cols = (high - low for low, high in wider)
        if wider == spans or count * rows * cols > room:
            break
        spans = wider
        (top, bottom), (left, right) = spans
    values = np.moveaxis(x[top:bottom, left:right, first : first + count], -1, 0)
    return Part(first, top, left, np.ascontiguousarray(values, np.float32))


def _channels(ops: MapOps, source: int, channels: int, map: int) -> tuple[int, int]:
    """Return which maps of an input a map is made of: the first one, and how many."""
    if ops.op is not None and len(ops.op.terms) > 1:  # a number of all channels is one of the terms
        return 0, channels
    if ops.sources == "own":
        return map, 1
    if ops.sources == "all":
        return (0, channels) if source == 0 else (0, 0)
    own, first = ops.sources[map]
    return (first, ops.channels) if own == source else (0, 0)


def _under(ops: MapOps, axis: int, k: int, size: int) -> tuple[int, int]:
    """Return which rows, or columns, of an input lie under the window of a cell: from, and up to."""
    window, inserted = ops.window, ops.inserted[axis]
    begin = ops.start[axis] + k * window.stride[axis]
    end = begin + (window.size[axis] - 1) * window.dilation[axis]
    return min(size, max(0, begin // inserted)), min(size, max(0, end // inserted + 1))
