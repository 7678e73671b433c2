"""ONNX files, as PyTorch and many other programs export them.

The graph is read as data and mapped onto our layers, operator by operator. Channels-first is turned once,
here: kernels are transposed, and a fully connected layer after flattened maps gets its rows in our order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from math import isclose, prod, sqrt
from pathlib import Path
from typing import Any

import numpy as np

from cnnviz.errors import CnnvizError, invalid
from cnnviz.formats import decoding
from cnnviz.networks.architecture_file import MAX_SIDE, bounded_graph
from cnnviz.networks.graph import IMAGE
from cnnviz.networks.opening.onnx_graph import CHANNELS_FIRST, Builder
from cnnviz.networks.opening.onnx_message import (
    MAX_BYTES,
    MAX_DEPTH,
    Budget,
    Message,
    Operator,
    damaged,
    parse,
)
from cnnviz.networks.opening.onnx_operators import OPERATORS
from cnnviz.networks.opening.onnx_tensor import Tensor
from cnnviz.networks.opening.opened import Opened
from cnnviz.networks.opening.refused import in_words

CHANNELS_LAST = (0, 1, 2)


def recognised(start: bytes) -> bool:
    """Return whether a file starts like ONNX: with a small version, and then a known field of the model.

    >>> recognised(bytes([8, 7, 18, 7]) + b"pytorch"), recognised(b"PK")
    (True, False)
    """
    return (
        len(start) > 2 and start[0] == 8 and 0 < start[1] < 64 and start[2] in b"\x12\x1a\x22\x28\x32\x3a\x42"
    )


def read(path: Path, *, size: tuple[int, int] | None = None) -> Opened:
    """Read a network from an ONNX file. Nothing is executed, and no other file is read.

    Args:
        path: the file. size: (rows, columns) of the picture, if the file leaves them open.

    Raises:
        CnnvizError: if the package onnx is missing; if the file is damaged, exceeds a limit, keeps its
            weights elsewhere or leaves the picture's size open; or if CNNViz does not know an operator.
    """
    try:
        content = decoding.read_bytes(path, MAX_BYTES)
    except (OSError, ValueError) as error:
        raise damaged(f"{path.name} cannot be read: {error}") from None
    return convert(content, size).opened


@dataclass(frozen=True, eq=False)
class Converted:
    """A network from ONNX, and which of its arrays each value of the file is.

    Attributes:
        opened: the network.
        tensors: {name in ONNX: tensor} of all values that depend on the picture.
    """

    opened: Opened
    tensors: Mapping[str, Tensor]


def convert(content: bytes, size: tuple[int, int] | None = None) -> Converted:
    """Convert the bytes of an ONNX file; the arguments and errors of `read`."""
    budget = Budget()
    message = parse(content, budget)
    uses, operators = _simplified(message)
    shape, axes = _picture(message, operators, size)
    scopes = Counter(scope for op in message.operators for scope in _scopes(op.name))
    net = Builder(shape, message.opset, message.input_shape[0] or 1, budget, uses, scopes)
    net.values |= message.constants
    net.values[message.input_name] = Tensor.of(IMAGE, shape, axes)
    made_by_any = {output for op in operators for output in op.outputs}
    for op in operators:
        for name in op.inputs:
            if name and name not in net.values:
                known = "comes from a later node, or from itself" if name in made_by_any else "no node makes"
                raise op.refuse(f"whose input {name[:80]!r} {known}")
        _convert(net, op)
    notes = [f"Read from ONNX, operator set {message.opset}; channels turned to the last axis."]
    if net.channel_factors:
        notes.append(
            f"{net.channel_factors} products with one number per channel are 1x1 depthwise convolutions here."
        )
    output = net.values.get(message.output_name)
    if not isinstance(output, Tensor):
        raise CnnvizError(
            "`path` must be of a network whose output depends on its picture. Received: a constant."
        )
    _end(net, output)
    graph = bounded_graph(shape, list(net.nodes.values()))
    source = f"ONNX ({message.producer})" if message.producer else "ONNX"
    opened = Opened(graph, net.weights, source, notes=tuple(notes))
    return Converted(opened, {k: v for k, v in net.values.items() if isinstance(v, Tensor)})


def _scopes(name: str) -> list[str]:
    """Return the scopes that a node's name names: "/a/b/Conv" lies in "/a/b" and "/a"."""
    return list(accumulate(name.split("/")[:-1], "{}/{}".format))[-MAX_DEPTH:]


def _picture(
    message: Message, operators: list[Operator], size: tuple[int, int] | None
) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Return the picture's shape [H, W, C], and the order in which ONNX has these axes.

    Raises:
        CnnvizError: if it is no picture, or its size is open and not given.
    """
    shape = message.input_shape
    if len(shape) != 4:
        raise CnnvizError(
            "`path` must be of a network that takes pictures, with four axes. Received: an input of "
            f"{len(shape)} axes, {message.input_name[:60]!r}.",
            reason="network_images",
            size=in_words(shape[1:]),
        )
    turned = any(
        op.kind == "Transpose"
        and op.inputs == [message.input_name]
        and op.attributes.get("perm") == [0, 3, 1, 2]
        for op in operators
    )
    axes = CHANNELS_LAST if turned or (shape[1] not in (1, 3) and shape[3] in (1, 3)) else CHANNELS_FIRST
    found = [shape[1 + axes.index(axis)] for axis in range(3)]
    if found[2] not in (1, 3):
        raise CnnvizError(
            f"`path` must be of a network that takes pictures of 1 or 3 channels. Received: {shape[1:]}.",
            reason="network_images",
            size=in_words(shape[1:]),
        )
    if found[0] is None or found[1] is None:
        if size is None:
            raise CnnvizError(
                "`size` must be given as (rows, columns), as this file leaves the size of its pictures open. "
                "Received: none.",
                reason="network_size",
            )
        found[:2] = [own or wanted for own, wanted in zip(found[:2], size, strict=True)]
    rows, cols, channels = (n or 0 for n in found)
    if not 1 <= min(rows, cols) <= max(rows, cols) <= MAX_SIDE:
        raise invalid("size", f"must be in 1..{MAX_SIDE}", (rows, cols))
    return (rows, cols, channels), axes


def _convert(net: Builder, op: Operator) -> None:
    """Set the outputs of an operator."""
    inputs = [net.values[name] for name in op.inputs if name]
    constants = [each for each in inputs if isinstance(each, np.ndarray)]
    if op.kind == "Shape" and inputs and isinstance(inputs[0], Tensor):
        made: Any = np.array((net.batch, *inputs[0].shape), np.int64)
        made = made[op.attributes.get("start", 0) : op.attributes.get("end", 8)]
    elif op.kind in _FOLDED and len(constants) == len(inputs):
        made = _folded(net, op)
    elif op.kind in OPERATORS:
        try:
            made = OPERATORS[op.kind](net, op)
        except CnnvizError:
            raise
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:  # a setting of another type
            raise op.refuse(f"whose settings do not fit ({type(error).__name__})") from None
    else:
        raise op.unknown()
    outputs = made if isinstance(made, list) else [made]
    net.values.update((name, value) for name, value in zip(op.outputs, outputs, strict=False) if name)


def _end(net: Builder, output: Tensor) -> None:
    """Make the output the last layer, and a vector if it is one in the file; drop all it does not need."""
    end = Operator("Flatten", output.label or "output", [], [])
    if sum(bool(axis) for axis in output.axes) <= 1:
        output = net.vector(end, output)
        if (output.order() != np.arange(prod(output.shape))).any():
            raise end.refuse("whose numbers come in an order that no layer here makes")
    last = output.source
    if last not in net.nodes:
        raise CnnvizError("`path` must be of a network with layers. Received: none.")
    # the output is the last layer; after it there may be layers that only another output needs
    net.nodes[last] = net.nodes.pop(last)
    needed, queue = {last}, [last]
    while queue:
        for source in net.nodes[queue.pop()].inputs:
            if source != IMAGE and source not in needed:
                needed.add(source)
                queue.append(source)
    for name in [name for name in net.nodes if name not in needed]:
        del net.nodes[name]
    net.weights = {key: w for key, w in net.weights.items() if key.partition(".")[0] in needed}


# ---------------------------------------------------------------- constants


_DTYPES: Mapping[int, type[np.generic]] = {
    1: np.float32,
    6: np.int32,
    7: np.int64,
    9: np.bool_,
    10: np.float32,
    11: np.float64,
}
_FOLDED: Mapping[str, Callable[..., Any]] = {
    "Identity": lambda op, x: x,
    "Cast": lambda op, x: x.astype(_DTYPES[op.attributes["to"]]),
    "Shape": lambda op, x: np.array(x.shape, np.int64)[
        op.attributes.get("start", 0) : op.attributes.get("end", x.ndim)
    ],
    "ConstantOfShape": lambda op, shape: np.full(
        tuple(shape), np.asarray(op.attributes.get("value", np.float32(0))).reshape(-1)[0]
    ),
    "Gather": lambda op, x, index: np.take(x, index, axis=op.attributes.get("axis", 0)),
    "Concat": lambda op, *xs: np.concatenate(xs, axis=op.attributes["axis"]),
    "Unsqueeze": lambda op, x, axes=None: np.expand_dims(x, _axes(op, axes) or ()),
    "Squeeze": lambda op, x, axes=None: np.squeeze(x, _axes(op, axes)),
    "Transpose": lambda op, x: np.transpose(x, op.attributes.get("perm")),
    "Reshape": lambda op, x, shape: x.reshape([x.shape[k] if n == 0 else n for k, n in enumerate(shape)]),
    "Slice": lambda op, x, starts, ends, axes=None, steps=None: x[_slices(x, starts, ends, axes, steps)],
    "Add": lambda op, a, b: a + b,
    "Sub": lambda op, a, b: a - b,
    "Mul": lambda op, a, b: a * b,
    "Div": lambda op, a, b: a // b + ((a % b != 0) & ((a < 0) != (b < 0))) if a.dtype.kind in "iu" else a / b,
    "Neg": lambda op, x: -x,
    "Sqrt": lambda op, x: np.sqrt(x),
    "Floor": lambda op, x: np.floor(x),
}
"""{operator: its function of constants}, for the arithmetic of shapes and prepared weights."""


def _axes(op: Operator, axes: np.ndarray | None) -> tuple[int, ...] | None:
    found = op.attributes.get("axes") if axes is None else axes.reshape(-1).tolist()
    return None if found is None else tuple(found)


def _slices(
    x: np.ndarray, starts: np.ndarray, ends: np.ndarray, axes: np.ndarray | None, steps: np.ndarray | None
) -> tuple[slice, ...]:
    made = [slice(None)] * x.ndim
    for k, start in enumerate(starts.tolist()):
        step = 1 if steps is None else int(steps[k])
        made[k if axes is None else int(axes[k])] = slice(start, int(ends[k]), step)
    return tuple(made)


def _folded(net: Builder, op: Operator) -> np.ndarray:
    """Return the result of an operator on constants.

    Raises:
        CnnvizError: if they do not fit it.
    """
    given = [net.values[name] if name else None for name in op.inputs]
    if op.kind == "ConstantOfShape":
        sizes = net.whole(op, 0) or []
        if min(sizes, default=1) < 0:
            raise op.refuse("whose shape has an axis below 0")
        net.budget.take(prod(sizes))
        return np.asarray(_FOLDED[op.kind](op, sizes))
    net.budget.take(sum(each.size for each in given if isinstance(each, np.ndarray)))
    try:
        with np.errstate(all="ignore"):
            return np.asarray(_FOLDED[op.kind](op, *given))
    except (
        ArithmeticError,
        AttributeError,
        IndexError,
        KeyError,
        TypeError,
        ValueError,
        MemoryError,
    ) as error:
        raise op.refuse(f"whose constants do not fit ({type(error).__name__})") from None


# ---------------------------------------------------------------- several operators that are one layer


def _simplified(message: Message) -> tuple[Counter[str], list[Operator]]:
    """Return the number of uses of each value, and the operators that the output needs.

    The pieces of an activation that ONNX writes as several operators are one: swish, hard swish and GELU.
    """
    made_by: dict[str, Operator] = {}
    for op in message.operators:
        for name in filter(None, op.outputs):
            if name in made_by or name in message.constants or name == message.input_name:
                raise op.refuse(f"whose output {name[:80]!r} has two origins")
            made_by[name] = op
    needed: set[int] = set()
    queue = [message.output_name]
    while queue:
        maker = made_by.get(queue.pop())
        if maker is not None and id(maker) not in needed:
            needed.add(id(maker))
            queue += filter(None, maker.inputs)
    operators = []
    for op in message.operators:
        value = op.attributes.get("value", op.attributes.get("value_int", op.attributes.get("value_ints")))
        if op.kind == "Constant" and value is None:
            value = op.attributes.get("value_float", op.attributes.get("value_floats"))
        if id(op) in needed and op.kind == "Constant" and not op.inputs and value is not None and op.outputs:
            message.constants[op.outputs[0]] = np.asarray(value)
        elif id(op) in needed:
            operators.append(op)
    uses = Counter(name for op in operators for name in op.inputs)
    uses[message.output_name] += 1
    pieces = _Pieces(operators, message.constants, uses)
    for op in operators:
        pieces.join(op)
    return uses, [op for op in operators if id(op) not in pieces.gone]


class _Pieces:
    """Finds activations that are written as several operators; the last of them becomes the activation."""

    def __init__(
        self, operators: list[Operator], constants: Mapping[str, np.ndarray], uses: Counter[str]
    ) -> None:
        self.gone: set[int] = set()
        self._constants, self._uses = constants, uses
        self._made_by = {name: op for op in operators for name in op.outputs}

    def join(self, op: Operator) -> None:
        """Turn a product into the activation that it ends, if it is one."""
        if op.kind != "Mul" or len(op.inputs) != 2:
            return
        for x, other in (op.inputs, op.inputs[::-1]):
            maker = self._only(other)
            if maker is not None and maker.kind in ("Sigmoid", "HardSigmoid") and maker.inputs == [x]:
                kind = "Swish" if maker.kind == "Sigmoid" else "HardSwish"
                rises, at_zero = maker.attributes.get("alpha", 0.2), maker.attributes.get("beta", 0.5)
                if kind == "Swish" or (isclose(rises, 1 / 6, rel_tol=1e-4) and at_zero == 0.5):
                    self._become(op, kind, x, [maker])
                    return
        factors, made = self._factors(op)
        halves = [name for name in factors if self._is(name, 0.5)]
        shares = [found for name in factors if (found := self._erf(name)) is not None]
        if len(factors) == 3 and len(halves) == len(shares) == 1:
            x, parts = shares[0]
            if x in factors:
                self._become(op, "Gelu", x, [*made, *parts])

    def _become(self, op: Operator, kind: str, x: str, parts: list[Operator]) -> None:
        self.gone |= {id(each) for each in parts}
        self._uses[x] -= len([1 for each in (op, *parts) if x in each.inputs]) - 1
        op.kind, op.inputs, op.attributes = kind, [x], {}
        op.name = op.name.rpartition("/")[0] + f"/{kind}" if "/" in op.name else op.name

    def _only(self, name: str) -> Operator | None:
        """Return the node that makes a value, if the value is used once."""
        return self._made_by.get(name) if self._uses[name] == 1 else None

    def _is(self, name: str, number: float) -> bool:
        value = self._constants.get(name)
        return (
            value is not None
            and value.size == 1
            and isclose(float(value.reshape(-1)[0]), number, rel_tol=1e-4)
        )

    def _factors(self, op: Operator) -> tuple[list[str], list[Operator]]:
        """Return the factors of a product of two or three, and the inner product."""
        for k in (0, 1):
            inner = self._only(op.inputs[k])
            if inner is not None and inner.kind == "Mul" and len(inner.inputs) == 2:
                return [*inner.inputs, op.inputs[1 - k]], [inner]
        return list(op.inputs), []

    def _erf(self, name: str) -> tuple[str, list[Operator]] | None:
        """Return x of `1 + erf(x / sqrt(2))` and its operators, if the value is that."""
        total = self._only(name)
        if total is None or total.kind != "Add" or len(total.inputs) != 2:
            return None
        for inner, one in (total.inputs, total.inputs[::-1]):
            erf = self._only(inner)
            scaled = self._only(erf.inputs[0]) if erf is not None and erf.kind == "Erf" else None
            if erf is None or scaled is None or not self._is(one, 1.0) or len(scaled.inputs) != 2:
                continue
            x, number = scaled.inputs
            wanted = {"Div": sqrt(2), "Mul": 1 / sqrt(2)}.get(scaled.kind)
            if wanted is not None and self._is(number, wanted):
                return x, [total, erf, scaled]
        return None
