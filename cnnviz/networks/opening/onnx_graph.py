"""The layers that an ONNX graph becomes, one operator after the other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from cnnviz.layers.base import Layer, Shape
from cnnviz.layers.channel_shuffle import ChannelShuffle
from cnnviz.layers.flatten import Flatten
from cnnviz.layers.reshape import Reshape
from cnnviz.networks.architecture_file import MAX_LAYERS, MAX_NAME, MAX_NUMBERS
from cnnviz.networks.graph import IMAGE, Node
from cnnviz.networks.opening.onnx_message import Budget, Operator
from cnnviz.networks.opening.onnx_tensor import Tensor

CHANNELS_FIRST = (2, 0, 1)
"""The axes of maps [H, W, C] in the order of ONNX."""
Value = Tensor | np.ndarray


class Builder:
    """Collects layers and weights; the operators in `onnx_operators` call it.

    Attributes:
        values: {name in ONNX: constant or tensor}.
        nodes: {layer name: node}, in order.
        weights: {"layer.weight": float32 array}.
        batch: the length of the batch axis in the file.
        opset: version of the operators' definitions.
        uses: {name in ONNX: how many inputs take it}.
        scopes: {"/layer1/layer1.0": how many operators have names that begin with it}.
        channel_factors: number of products with one number per channel.
    """

    def __init__(
        self,
        shape: Shape,
        opset: int,
        batch: int,
        budget: Budget,
        uses: Counter[str],
        scopes: Counter[str] | None = None,
    ) -> None:
        self.values: dict[str, Value] = {}
        self.nodes: dict[str, Node] = {}
        self.weights: dict[str, np.ndarray] = {}
        self.opset, self.batch, self.budget, self.uses = opset, batch, budget, uses
        self.scopes = scopes or Counter()
        self.channel_factors = 0
        self._shapes: dict[str, Shape] = {IMAGE: shape}
        self._arranged: dict[tuple[Any, ...], str] = {}

    # ------------------------------------------------------------ inputs of an operator

    def value(self, op: Operator, index: int) -> Value | None:
        """Return an input of an operator; None if it is left out."""
        name = op.inputs[index] if index < len(op.inputs) else ""
        return self.values[name] if name else None

    def tensor(self, op: Operator, index: int = 0) -> Tensor:
        """Return an input that depends on the picture."""
        value = self.value(op, index)
        if not isinstance(value, Tensor):
            raise op.refuse("whose input does not depend on the picture")
        return value

    def constant(self, op: Operator, index: int, attribute: str = "") -> np.ndarray | None:
        """Return an input that is constant, or the attribute that older files have instead."""
        value = self.value(op, index)
        if isinstance(value, Tensor):
            raise op.refuse("in which a weight or a setting depends on the picture")
        if value is None and attribute in op.attributes:
            value = np.asarray(op.attributes[attribute])
        return value

    def whole(self, op: Operator, index: int, attribute: str = "") -> list[int] | None:
        """Return a constant input as whole numbers, or None if it is left out."""
        value = self.constant(op, index, attribute)
        if value is None:
            return None
        if value.dtype.kind not in "iu" or value.ndim > 1 or value.size > 8:
            raise op.refuse("one of whose settings is not a few whole numbers")
        return [int(n) for n in value.reshape(-1)]

    def shape(self, tensor: Tensor) -> Shape:
        """Return the shape of the array behind a tensor."""
        return self._shapes[tensor.source]

    def axis(self, op: Operator, tensor: Tensor, axis: int) -> int:
        """Return the index in `tensor.axes` of an axis in ONNX, which also counts the batch axis.

        Raises:
            CnnvizError: if it is the batch axis, or there is none.
        """
        count = len(tensor.axes) + 1
        if not -count <= axis < count or axis % count == 0:
            raise op.refuse(f"along axis {axis}")
        return axis % count - 1

    # ------------------------------------------------------------ arrays as layers take them

    def maps(self, op: Operator, tensor: Tensor) -> str:
        """Return the layer with the maps [H, W, C] that ONNX sees as [C, H, W].

        Raises:
            CnnvizError: if it has other axes.
        """
        if len(tensor.axes) != 3:
            raise op.refuse(f"whose input has {len(tensor.axes)} axes, where maps have three")
        (channels, height, width), own = tensor.shape, self.shape(tensor)
        first, rows, cols = tensor.axes
        wanted, shape = (*rows, *cols, *first), (height, width, channels)
        in_order = tuple(range(len(tensor.pieces)))
        if wanted == in_order:
            if own == shape:
                return tensor.source
            return self._arrange(op, tensor, Reshape("", shape), shape)
        outer = len(rows) + len(cols)
        if own == shape and wanted[:outer] == in_order[:outer]:
            cut = first.index(outer)  # start of the pieces that come first in our order
            if (*first[cut:], *first[:cut]) == in_order[outer:]:
                groups = int(np.prod([tensor.pieces[piece] for piece in first[cut:]]))
                return self._arrange(op, tensor, ChannelShuffle("", groups), shape)
        raise op.refuse("whose input has its numbers in an order that no layer here makes")

    def plain_maps(self, op: Operator, tensor: Tensor) -> Tensor:
        """Return the same as a tensor."""
        return self.as_maps(self.maps(op, tensor))

    def as_maps(self, source: str) -> Tensor:
        """Return the maps [H, W, C] of a layer as ONNX has them, [C, H, W]."""
        return Tensor.of(source, self._shapes[source], CHANNELS_FIRST)

    def vector(self, op: Operator, tensor: Tensor) -> Tensor:
        """Return the tensor over a layer whose array is a vector, after flattening it if need be."""
        own = self.shape(tensor)
        if len(own) == 1:
            return tensor
        return tensor.renamed(self._arrange(op, tensor, Flatten(""), (int(np.prod(own)),)))

    def over_channels(self, op: Operator, tensor: Tensor, axis: int) -> tuple[Tensor, np.ndarray]:
        """Return a tensor whose last axis is that axis of ONNX, and where each of its channels lies there.

        Args:
            axis: index in `tensor.axes`.
        """
        ranges = tensor.ranges(self.shape(tensor))
        if ranges is not None and tuple(sorted(tensor.axes[axis])) == ranges[-1]:
            return tensor, tensor.order(axis)
        if all(not each for k, each in enumerate(tensor.axes) if k != axis):
            flat = self.vector(op, tensor)
            return flat, flat.order(axis)
        if axis == 0 and len(tensor.axes) == 3:
            maps = self.plain_maps(op, tensor)
            return maps, maps.order(0)
        raise op.refuse("along an axis that is not the channels")

    def _arrange(self, op: Operator, tensor: Tensor, layer: Layer, shape: Shape) -> str:
        """Return a layer that only arranges numbers, made once for a tensor."""
        key = (tensor.source, tensor.pieces, tensor.axes, layer.kind, shape)
        if key not in self._arranged:
            name = self.name(tensor.label or f"{tensor.source}_{layer.kind}")
            self._arranged[key] = self.add(op, layer.renamed(name), tensor.source)
        return self._arranged[key]

    # ------------------------------------------------------------ outputs of an operator

    def add(self, op: Operator, layer: Layer, *inputs: str, **weights: np.ndarray | None) -> str:
        """Add a layer and its weights; a layer without a name gets that of the operator.

        Args:
            inputs: names of layers. weights: {name: array}; None is left out.

        Returns:
            The layer's name.

        Raises:
            CnnvizError: if the layer cannot take its inputs.
        """
        if not layer.name:
            layer = layer.renamed(self.name_of(op))
        shapes = [self._shapes[source] for source in inputs]
        if len(self.nodes) >= MAX_LAYERS:
            raise op.refuse(f"after {MAX_LAYERS:,} layers")
        reason = layer.incompatibility(*shapes)
        if reason is not None:
            why = {
                "dilated_stride": "which has both a stride and a dilation, and Keras has no such layer",
                "window": "whose window is larger than its input",
            }
            raise op.refuse(why.get(reason, f"which does not fit inputs of {', '.join(map(str, shapes))}"))
        made = layer.output_shape(*shapes)
        if prod(made) > MAX_NUMBERS:
            raise op.refuse(f"whose output {made} has more than {MAX_NUMBERS:,} numbers")
        self._shapes[layer.name] = made
        self.nodes[layer.name] = Node(layer, inputs)
        for name, shape in layer.weight_shapes(*shapes).items():
            array = weights[name]
            if array is None or array.shape != shape:
                received = None if array is None else array.shape
                raise op.refuse(f"whose {name} must be {shape}, and is {received}")
            self.weights[f"{layer.name}.{name}"] = np.ascontiguousarray(array, np.float32)
        return layer.name

    def lacks_bias(self, source: str) -> bool:
        """Return whether a layer has no bias but could, and its output is used only once."""
        if source == IMAGE or getattr(self.nodes[source].layer, "bias", True):
            return False
        return all(self.uses[name] == 1 for name in self._views(source))

    def _views(self, source: str) -> list[str]:
        """Return the names in ONNX of the array of a layer."""
        tensors = ((name, each) for name, each in self.values.items() if isinstance(each, Tensor))
        return [name for name, each in tensors if each.source == source]

    def add_bias(self, source: str, bias: np.ndarray) -> None:
        """Add a bias to a layer that has none, in place.

        Args:
            bias: one number per channel of the layer's output.
        """
        node = self.nodes[source]
        self.nodes[source] = Node(replace(node.layer, bias=True), node.inputs)  # type: ignore[call-arg]
        self.weights[f"{source}.bias"] = np.ascontiguousarray(bias, np.float32)
        for name in self._views(source):
            del self.values[name]

    def pointwise(self, op: Operator, layer: Layer, tensor: Tensor | None = None) -> Tensor:
        """Add a layer that computes every number by itself."""
        tensor = tensor or self.tensor(op)
        return tensor.renamed(self.add(op, layer, tensor.source))

    def name_of(self, op: Operator) -> str:
        """Return a name for an operator's layer.

        Newer exporters of PyTorch call a node "node_Conv_292" and its kernel "layer1.0.conv1.weight".
        """
        if not re.fullmatch(r"n[\d_]+|node_\w+", op.name):
            return self.name(op.name, op.kind)
        for weight in op.inputs[1:]:
            named = re.fullmatch(r"(.+?)(?:[._/](?:weight|kernel)|_[ws]_\d+)(?::0)?", weight)
            if named and isinstance(self.values.get(weight), np.ndarray):
                return self.name(named[1], op.kind)
        own = op.name.removeprefix("node_")
        return self.name(_snake_case(op.kind) if own == op.name else own, op.kind)

    def name(self, wanted: str, kind: str = "") -> str:
        """Return a valid, unique name for a layer, near to that of a node.

        Exporters of PyTorch write "/layer1/layer1.0/conv1/Conv" for `model.layer1[0].conv1`, and
        "/layer1/layer1.0/Add" for the sum in `model.layer1[0]`, which has other operators too.
        """
        parts = [part for part in re.split("/+", wanted) if part]
        if len(parts) > 1 and parts[-1] == kind and self.scopes[wanted.rpartition("/")[0]] == 1:
            parts.pop()
        kept = [
            part
            for k, part in enumerate(parts)
            if k + 1 == len(parts) or not parts[k + 1].startswith(f"{part}.")
        ]
        word = re.sub(r"[^A-Za-z0-9]+", "_", "_".join(kept)).strip("_").lower()[: MAX_NAME - 8]
        if not word or word == IMAGE or word[0].isdigit():
            word = f"{_snake_case(kind) or 'layer'}_{word}".strip("_")
        name, k = word, 1
        while name in self.nodes:
            k += 1
            name = f"{word}_{k}"
        return name


def _snake_case(kind: str) -> str:
    """Return "MaxPool" as "max_pool"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()


def same_order(tensors: Sequence[Tensor]) -> bool:
    """Return whether arrays of equal shape lie alike, so that they can be added number by number."""
    first = tensors[0]
    return all((each.pieces, each.axes) == (first.pieces, first.axes) for each in tensors)
