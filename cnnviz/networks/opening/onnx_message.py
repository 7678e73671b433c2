"""ONNX files as data: a check of the bytes before they are parsed, operators and constants after.

Nothing is executed, and no other file is read. The limits are for the memory that a file can claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.errors import CnnvizError
from cnnviz.networks.opening.refused import listed

if TYPE_CHECKING:
    import onnx

MAX_BYTES = 2**30
"""Size limit of a file."""
MAX_FIELDS = 500_000
"""Protobuf fields outside arrays; DenseNet-121 has 20,000."""
MAX_SMALL_BYTES = 64 * 2**20
"""Bytes outside arrays of numbers: names, settings, weights that are written number by number."""
MAX_DEPTH = 12
"""Nesting of messages."""
MAX_OPERATORS = 10_000
MAX_VALUES = 300_000_000
"""Numbers in all constants of a file."""

# {message: {field number: message in it}}, and the fields that hold arrays as plain bytes.
# Source: onnx.proto in https://github.com/onnx/onnx
_NESTED: Mapping[str, Mapping[int, str]] = {
    "model": {7: "graph", 8: "other", 14: "other", 20: "other", 25: "graph"},
    "graph": {1: "node", 5: "tensor", 11: "other", 12: "other", 13: "other", 15: "other"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph"},
    "tensor": {13: "other"},
    "other": {},
}
_ARRAYS: Mapping[str, tuple[int, ...]] = {"tensor": (4, 9, 10), "attribute": (7,)}
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def check_bytes(content: bytes) -> None:
    """Check that an ONNX file has few enough parts for the parser, without building any of them.

    Raises:
        CnnvizError: if it is no protobuf message, ends too early, or exceeds a limit of this module.
    """
    fields = small = 0
    queue = [("model", 0, len(content), 0)]
    while queue:
        message, start, end, depth = queue.pop()
        if depth > MAX_DEPTH:
            raise damaged(f"it is nested more than {MAX_DEPTH} deep")
        for number, kind, first, last in _fields(content, start, end):
            fields += 1
            if fields > MAX_FIELDS:
                raise damaged(f"it has more than {MAX_FIELDS:,} parts")
            inner = _NESTED[message].get(number) if kind == _BYTES else None
            if inner is not None:
                queue.append((inner, first, last, depth + 1))
            elif number not in _ARRAYS.get(message, ()):
                small += last - first
        if small > MAX_SMALL_BYTES:
            raise damaged(f"it has more than {MAX_SMALL_BYTES:,} bytes besides its arrays")


def _fields(content: bytes, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield (field number, wire type, start, end) of the values in a message."""
    while at < end:
        key, at = _varint(content, at, end)
        number, kind = key >> 3, key & 7
        if kind == _BYTES:
            length, at = _varint(content, at, end)
        elif kind == _VARINT:
            length = _varint(content, at, end)[1] - at
        elif kind in (_FIXED64, _FIXED32):
            length = 8 if kind == _FIXED64 else 4
        else:
            raise damaged("it is no message of protobuf")
        if at + length > end:
            raise damaged("it ends too early")
        yield number, kind, at, at + length
        at += length


def _varint(content: bytes, at: int, end: int) -> tuple[int, int]:
    """Return the number that starts at `at`, and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= end:
            raise damaged("it ends too early")
        byte = content[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise damaged("it is no message of protobuf")


def damaged(why: str) -> CnnvizError:
    """Return the error of a file that is not as its program writes it."""
    return CnnvizError(
        f"`path` must be an undamaged ONNX file. Received: one of which {why}.",
        reason="network_damaged",
        detail=why,
    )


@dataclass(eq=False)
class Operator:
    """One node of an ONNX graph.

    Attributes:
        kind: the operator's name in ONNX: "Conv".
        name: the node's name, or that of its first output.
        inputs, outputs: names of values; "" = left out.
        attributes: {name: int, float, str, list or array}.
    """

    kind: str
    name: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, Any] = field(default_factory=dict)

    def refuse(self, why: str) -> CnnvizError:
        """Return the error that CNNViz has no layer for this node."""
        shown, kind = self.name[:60], self.kind[:60]
        return CnnvizError(
            f"`path` must be of a network whose layers CNNViz knows. Received: the node {shown!r} ({kind}), "
            f"{why}.",
            reason="network_node",
            layer=shown,
            kind=kind,
        )

    def unknown(self) -> CnnvizError:
        """Return the error that CNNViz does not know the operator."""
        shown, kind = self.name[:60], self.kind[:60]
        return CnnvizError(
            f"`path` must be of a network whose layers CNNViz knows. Received: the node {shown!r} of the "
            f"operator {kind}. Export the network without it, or built from convolutions, pooling, "
            "activations and fully connected layers.",
            reason="network_layer",
            layer=shown,
            kind=kind,
        )


@dataclass(eq=False)
class Message:
    """The contents of an ONNX file.

    Attributes:
        operators: in the file's order. constants: {name: array}, the stored weights.
        input_name, input_shape: of the picture, with batch axis; None = left open.
        output_name: of the first output.
        opset: version of the operators' definitions.
        producer: the program that wrote the file: "pytorch 2.8.0".
    """

    operators: list[Operator]
    constants: dict[str, np.ndarray]
    input_name: str
    input_shape: tuple[int | None, ...]
    output_name: str
    opset: int
    producer: str


class Budget:
    """Counts the numbers in all constants of a file."""

    def __init__(self) -> None:
        self._left = MAX_VALUES

    def take(self, count: int) -> None:
        """Raise if the file has more numbers than `MAX_VALUES`."""
        self._left -= count
        if self._left < 0:
            raise damaged(f"its arrays hold more than {MAX_VALUES:,} numbers")


def parse(content: bytes, budget: Budget) -> Message:
    """Parse an ONNX file.

    Raises:
        CnnvizError: if the package onnx is missing, the file is damaged, exceeds a limit of this module,
            keeps weights in other files, or is not a graph from one picture.
    """
    try:
        import onnx
        from google.protobuf.message import DecodeError
    except ImportError:
        raise CnnvizError(
            '`path` can only be an ONNX file if the package onnx is installed: pip install "cnnviz[onnx]".',
            reason="network_no_onnx",
        ) from None
    check_bytes(content)
    try:
        model = onnx.ModelProto.FromString(content)
    except (DecodeError, RecursionError) as error:
        raise damaged(f"it cannot be parsed ({type(error).__name__})") from None
    graph = model.graph
    if not graph.node or not graph.output:
        raise damaged("it has no nodes or no output")
    if len(graph.node) > MAX_OPERATORS:
        raise damaged(f"it has more than {MAX_OPERATORS:,} nodes")
    if graph.sparse_initializer:
        raise damaged("its weights are sparse, which CNNViz does not read")
    _check_text(
        text
        for node in graph.node
        for text in (node.name, node.op_type, node.domain, *node.input, *node.output)
    )
    _check_text(each.name for part in (graph.initializer, graph.input, graph.output) for each in part)
    _check_text((model.producer_name, model.producer_version))
    constants = {each.name: array(each, budget) for each in graph.initializer}
    pictures = [each for each in graph.input if each.name not in constants]
    if len(pictures) != 1:
        names = listed(each.name for each in pictures)
        raise CnnvizError(
            f"`path` must be of a network with one input. Received: {len(pictures)} inputs ({names}).",
            reason="network_inputs",
            count=len(pictures),
            layer=names,
        )
    (picture,) = pictures
    dims = picture.type.tensor_type.shape.dim
    operators = [_operator(node, budget) for node in graph.node]
    return Message(
        operators,
        constants,
        picture.name,
        tuple(dim.dim_value if dim.dim_value > 0 else None for dim in dims),
        graph.output[0].name,
        max((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), default=1),
        f"{model.producer_name} {model.producer_version}".strip()[:60],
    )


def _check_text(texts: Iterable[Any]) -> None:
    """Raise unless all are text: of bytes that are no UTF-8, the parser makes bytes."""
    for text in texts:
        if not isinstance(text, str):
            raise damaged("one of its names is no UTF-8 text")


def _operator(node: onnx.NodeProto, budget: Budget) -> Operator:
    made = Operator(
        node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op_type}",
        node.name or next((name for name in node.output if name), node.op_type),
        list(node.input),
        list(node.output),
    )
    for each in node.attribute:
        value = _attribute(each, budget)
        if value is not None:
            made.attributes[each.name] = value
    return made


def _attribute(each: onnx.AttributeProto, budget: Budget) -> Any:
    """Return an attribute's value; None for those that no known operator has: graphs, types, ..."""
    kind = each.AttributeType
    if each.type == kind.TENSOR:
        return array(each.t, budget)
    if each.type in (kind.INT, kind.FLOAT):
        return each.i if each.type == kind.INT else each.f
    if each.type in (kind.INTS, kind.FLOATS):
        return list(each.ints if each.type == kind.INTS else each.floats)
    return each.s.decode("utf-8", "replace") if each.type == kind.STRING else None


def array(tensor: onnx.TensorProto, budget: Budget) -> np.ndarray:
    """Return a stored array, if its numbers are in the file and match its shape.

    Raises:
        CnnvizError: if they are not, or are no plain numbers.
    """
    import onnx

    name = tensor.name[:80]
    if tensor.external_data or tensor.data_location == onnx.TensorProto.EXTERNAL:
        raise CnnvizError(
            f"`path` must be a file that holds its weights itself. Received: {name!r} lies in another file; "
            "export it with external_data=False.",
            reason="network_external",
        )
    shape = tuple(tensor.dims)
    if len(shape) > 8 or min(shape, default=1) < 0 or tensor.HasField("segment"):
        raise damaged(f"the array {name!r} has the shape {shape[:8]}")
    count = prod(shape)
    budget.take(count)
    try:
        dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
    except (KeyError, TypeError, ValueError):
        dtype = np.dtype(object)
    if dtype.kind not in "biuf":
        raise damaged(f"the array {name!r} is not of plain numbers (type {tensor.data_type})")
    if tensor.HasField("raw_data"):
        stored = len(tensor.raw_data) / dtype.itemsize
    else:
        parts = (
            tensor.float_data,
            tensor.double_data,
            tensor.int32_data,
            tensor.int64_data,
            tensor.uint64_data,
        )
        stored = sum(map(len, parts))
    if stored != count:
        raise damaged(f"the array {name!r} has the shape {shape}, but {stored:g} numbers")
    return onnx.numpy_helper.to_array(tensor)
