"""A network as a directed acyclic graph of named layers, with the shape and cost of each.

This is the only module that knows how layers are connected. A sequential network is a sequence of layers,
each of which takes the preceding one; a `Node` names its inputs explicitly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from types import MappingProxyType

from cnnviz.arithmetic.window import ReceptiveField, Window
from cnnviz.errors import CnnvizError, invalid
from cnnviz.layers.base import Layer, Shape, count_parameters

IMAGE = "image"
"""The name of the network's input. No layer may have this name."""


@dataclass(frozen=True)
class Node:
    """A layer and the names of its inputs: earlier layers, or `IMAGE`."""

    layer: Layer
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class LayerInfo:
    """A layer within a network: its inputs, shapes and cost.

    Attributes:
        layer: the layer's kind and settings.
        inputs: the names of its input layers, or `IMAGE`.
        input_shapes, output_shape: without the batch axis.
        weight_shapes: {"kernel": shape, "bias": shape}, in Keras' order; empty for layers without weights.
        parameters: number of trainable parameters, Keras' "trainable params".
        non_trainable: number of parameters that are not trained by gradients, Keras' "non-trainable
            params": the moving statistics of batch normalisation.
        multiply_accumulates: of one forward pass of one image.
        receptive_field: in the input image; None = the whole image.
    """

    layer: Layer
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape, ...]
    output_shape: Shape
    weight_shapes: Mapping[str, Shape]
    parameters: int
    non_trainable: int
    multiply_accumulates: int
    receptive_field: ReceptiveField | None

    @property
    def name(self) -> str:
        """The layer's name, unique within the network."""
        return self.layer.name

    @property
    def kind(self) -> str:
        """The kind of layer, a key of `layers.registry.kinds()`."""
        return self.layer.kind

    @property
    def window(self) -> Window | None:
        """The window that slides over the input, or None."""
        return self.layer.sliding_window

    @property
    def drawn(self) -> bool:
        """Whether the grid of feature maps draws the output."""
        return self.layer.is_drawn(*self.input_shapes)

    @property
    def input_shape(self) -> Shape:
        """The shape of the first input."""
        return self.input_shapes[0]

    @property
    def total_parameters(self) -> int:
        """Number of all parameters, Keras' "Param #"."""
        return self.parameters + self.non_trainable


class Graph:
    """Layers in topological order; the last one is the output.

    Args:
        input_shape: of the image, without the batch axis.
        parts: nodes, or layers that take the preceding layer (the first one takes the image).

    Attributes:
        input_shape: as given.
        layers: a `LayerInfo` per node, in order.

    Raises:
        CnnvizError: if there is no layer, a name is used twice, an input is not an earlier layer, or a
            layer cannot take its inputs.

    Example:
        >>> from cnnviz.layers.add import Add
        >>> from cnnviz.layers.relu import Relu
        >>> graph = Graph((4, 4, 3), [Relu("relu1"), Node(Add("add1"), ("relu1", "image"))])
        >>> graph["add1"].output_shape, graph.consumers("image")
        ((4, 4, 3), ('relu1', 'add1'))
    """

    def __init__(self, input_shape: Shape, parts: Iterable[Layer | Node]) -> None:
        self.input_shape = tuple(input_shape)
        self._infos: dict[str, LayerInfo] = {}
        last = IMAGE
        for part in parts:
            node = part if isinstance(part, Node) else Node(part, (last,))
            self._add(node)
            last = node.layer.name
        if not self._infos:
            raise CnnvizError("`parts` must have a layer. Received: none.")
        self.layers: tuple[LayerInfo, ...] = tuple(self._infos.values())

    def _add(self, node: Node) -> None:
        layer, name = node.layer, node.layer.name
        if not name or name == IMAGE or name in self._infos:
            raise invalid("name", f'must be unique within the network, and not "{IMAGE}"', name)
        for source in node.inputs:
            if source != IMAGE and source not in self._infos:
                raise invalid("inputs", "must be earlier layers", source)
        least, most = layer.inputs
        if not least <= len(node.inputs) <= most:
            raise invalid("inputs", f"must be {least} to {most} layers for {layer.kind}", node.inputs)
        shapes = tuple(self.shape(source) for source in node.inputs)
        reason = layer.incompatibility(*shapes)
        # `output_shape` first: its own error may be more precise than the reason
        output = () if reason in ("needs_maps", "needs_vector") else layer.output_shape(*shapes)
        if reason is not None:
            raise CnnvizError(f"`{name}` must fit its inputs. Received: {layer.kind} of {shapes} ({reason}).")
        weights = layer.weight_shapes(*shapes)
        non_trainable = {key: shape for key, shape in weights.items() if key in layer.non_trainable_weights}
        fields = [ReceptiveField() if s == IMAGE else self._infos[s].receptive_field for s in node.inputs]
        self._infos[name] = LayerInfo(
            layer=layer,
            inputs=node.inputs,
            input_shapes=shapes,
            output_shape=output,
            weight_shapes=MappingProxyType(weights),
            parameters=count_parameters(weights) - count_parameters(non_trainable),
            non_trainable=count_parameters(non_trainable),
            multiply_accumulates=layer.multiply_accumulates(*shapes),
            receptive_field=layer.receptive_field(fields, shapes),
        )

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[LayerInfo]:
        return iter(self.layers)

    def __contains__(self, name: object) -> bool:
        return name in self._infos

    def __getitem__(self, name: str) -> LayerInfo:
        """Return the layer of that name.

        Raises:
            CnnvizError: if there is none.
        """
        if name not in self._infos:
            raise invalid("layer", f"must be one of {', '.join(self._infos)}", name)
        return self._infos[name]

    @property
    def output(self) -> LayerInfo:
        """The last layer."""
        return self.layers[-1]

    def shape(self, name: str) -> Shape:
        """Return the output shape of a layer, or the shape of the image."""
        return self.input_shape if name == IMAGE else self[name].output_shape

    def consumers(self, name: str) -> tuple[str, ...]:
        """Return the names of the layers whose inputs include a layer or the image, in order."""
        return tuple(info.name for info in self.layers if name in info.inputs)

    def shown_inputs(self, name: str) -> tuple[str, ...]:
        """Return a layer's inputs, skipping layers that are the identity outside training (dropout)."""

        def shown(source: str) -> str:
            while source != IMAGE and self[source].layer.training_only:
                (source,) = self[source].inputs
            return source

        return tuple(map(shown, self[name].inputs))

    def subgraph(self, name: str) -> Graph:
        """Return the graph that computes a layer: the layer, as the output, and all its ancestors."""
        needed, queue = {name}, [name]
        while queue:
            for source in self[queue.pop()].inputs:
                if source != IMAGE and source not in needed:
                    needed.add(source)
                    queue.append(source)
        return Graph(self.input_shape, self.nodes(needed))

    def nodes(self, names: Iterable[str] | None = None) -> list[Node]:
        """Return all nodes, or those with the given names, in order."""
        wanted = self._infos.keys() if names is None else set(names)
        return [Node(info.layer, info.inputs) for info in self.layers if info.name in wanted]

    def weight_shapes(self) -> dict[str, Shape]:
        """Return {"layer.weight": shape} for all layers, in order."""
        return {
            f"{info.name}.{weight}": shape
            for info in self.layers
            for weight, shape in info.weight_shapes.items()
        }

    def is_sequential(self) -> bool:
        """Return whether the only input of each layer is the preceding one."""
        return is_sequential(self.layers)

    def ends_in_dense(self) -> bool:
        """Return whether the numbers of the output come from a dense layer.

        A network may end in a convolution and a mean over each map instead.
        """
        dense = dense_layers(self.layers)
        return bool(dense) and dense[-1].output_shape == self.output.output_shape


def is_sequential(infos: Sequence[LayerInfo]) -> bool:
    """Return whether the only input of each layer is the preceding one, and of the first the image."""
    before = [IMAGE, *(info.name for info in infos)]
    return all(info.inputs == (name,) for info, name in zip(infos, before, strict=False))


def dense_layers(infos: Iterable[LayerInfo]) -> tuple[LayerInfo, ...]:
    """Return the dense layers among some layers, in their order: those with a kernel that make a vector."""
    return tuple(info for info in infos if "kernel" in info.weight_shapes and len(info.output_shape) == 1)


def total_parameters(infos: Iterable[LayerInfo]) -> int:
    """Return the number of all parameters of some layers, Keras' "total params"."""
    return sum(info.total_parameters for info in infos)


def trainable_parameters(infos: Iterable[LayerInfo]) -> int:
    """Return the number of trainable parameters of some layers, Keras' "trainable params"."""
    return sum(info.parameters for info in infos)


def max_file_size(graph: Graph) -> int:
    """Return an upper bound of the size of a weights file in bytes: float64 values plus 1 MB of names."""
    return 8 * sum(map(prod, graph.weight_shapes().values())) + 2**20
