"""A network as a graph of named layers: which layer takes what, and what each makes of it.

This is the one place that knows what stands before a layer. A straight stack is written as a sequence of
layers, each of which takes the one before; a `Node` names its inputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from types import MappingProxyType

from cnnviz.arithmetic.window import ReceptiveField, Window
from cnnviz.errors import CnnvizError, invalid
from cnnviz.layers.base import Layer, Shape, count_parameters

IMAGE = "image"
"""What the first layers take: the network's input. No layer has this name."""


@dataclass(frozen=True)
class Node:
    """A layer, and the names of what it takes: layers that stand earlier, or `IMAGE`."""

    layer: Layer
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class LayerInfo:
    """What one layer of a network takes, makes and costs.

    Attributes:
        layer: its kind and settings.
        inputs: the names of the layers that it takes, or `IMAGE`.
        input_shapes, output_shape: without the batch axis.
        weight_shapes: {"kernel": shape, "bias": shape}, in Keras' order; empty for layers without weights.
        parameters: numbers that training adjusts, Keras' "trainable params".
        non_trainable: numbers that it only measures, Keras' "non-trainable params": batch
            normalisation's running statistics.
        multiply_accumulates: multiplications of one forward pass of one image.
        receptive_field: what one cell sees of the image; None = all of it.
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
        """Unique within the network."""
        return self.layer.name

    @property
    def kind(self) -> str:
        """The kind of layer, a key of `layers.registry.kinds()`."""
        return self.layer.kind

    @property
    def window(self) -> Window | None:
        """What slides over its input, or None."""
        return self.layer.sliding_window

    @property
    def input_shape(self) -> Shape:
        """The shape of its first input."""
        return self.input_shapes[0]

    @property
    def total(self) -> int:
        """All numbers of its weights, Keras' "Param #"."""
        return self.parameters + self.non_trainable


class Graph:
    """Layers in topological order: each takes what stands before it. The last one is the output.

    Args:
        input_shape: of the image, without the batch axis.
        parts: nodes; a layer by itself takes the one before it, the first one the image.

    Attributes:
        input_shape: as given.
        layers: a `LayerInfo` for each node, in order.

    Raises:
        CnnvizError: if a name stands twice, an input does not stand earlier, a layer cannot take its
            inputs, or there is no layer.

    Example:
        >>> from cnnviz.layers.add import Add
        >>> from cnnviz.layers.relu import Relu
        >>> graph = Graph((4, 4, 3), [Relu("relu1"), Node(Add("add1"), ("relu1", "image"))])
        >>> graph["add1"].output_shape, graph.users("image")
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
                raise invalid("inputs", "must be layers that stand earlier", source)
        least, most = layer.inputs
        if not least <= len(node.inputs) <= most:
            raise invalid("inputs", f"must be {least} to {most} layers for {layer.kind}", node.inputs)
        shapes = tuple(self.shape(source) for source in node.inputs)
        reason = layer.incompatibility(*shapes)
        # a layer may know better words for what does not fit
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
        """Return a layer by its name.

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
        """Return the shape of what a layer makes, or of the image."""
        return self.input_shape if name == IMAGE else self[name].output_shape

    def users(self, name: str) -> tuple[str, ...]:
        """Return the layers that take what a layer, or the image, gives, in order."""
        return tuple(info.name for info in self.layers if name in info.inputs)

    def shown_inputs(self, name: str) -> tuple[str, ...]:
        """Return what a layer takes, by the name under which it is shown.

        A layer that is only named, and hands on what it gets (dropout), is passed over.
        """

        def shown(source: str) -> str:
            while source != IMAGE and self[source].layer.training_only:
                (source,) = self[source].inputs
            return source

        return tuple(map(shown, self[name].inputs))

    def up_to(self, name: str) -> Graph:
        """Return the part of the graph that a layer needs, that layer last."""
        needed, queue = {name}, [name]
        while queue:
            for source in self[queue.pop()].inputs:
                if source != IMAGE and source not in needed:
                    needed.add(source)
                    queue.append(source)
        return Graph(self.input_shape, self.nodes(needed))

    def nodes(self, names: Iterable[str] | None = None) -> list[Node]:
        """Return the nodes, or those of some names, in order."""
        wanted = self._infos.keys() if names is None else set(names)
        return [Node(info.layer, info.inputs) for info in self.layers if info.name in wanted]

    def weight_shapes(self) -> dict[str, Shape]:
        """Return {"layer.weight": shape} of all layers, in order."""
        return {
            f"{info.name}.{weight}": shape
            for info in self.layers
            for weight, shape in info.weight_shapes.items()
        }

    def is_straight(self) -> bool:
        """Return whether each layer takes the one before it, and that alone."""
        before = [IMAGE, *(info.name for info in self.layers)]
        return all(info.inputs == (name,) for info, name in zip(self.layers, before, strict=False))


def total(infos: Iterable[LayerInfo]) -> int:
    """Return how many parameters layers have, trained or not: Keras' "total params"."""
    return sum(info.total for info in infos)


def trainable(infos: Iterable[LayerInfo]) -> int:
    """Return how many parameters of layers are trained, Keras' "trainable params"."""
    return sum(info.parameters for info in infos)


def most_bytes(graph: Graph) -> int:
    """Return more bytes than a network's weights take in a file, as float64 and with their names."""
    return 8 * sum(map(prod, graph.weight_shapes().values())) + 2**20
