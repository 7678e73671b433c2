"""Base of all methods of attribution: their interface, heat maps, cells taken apart, gradients."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cnnviz.errors import invalid
from cnnviz.networks.gradients import Gradients, Target, logits
from cnnviz.networks.graph import Graph

if TYPE_CHECKING:
    from cnnviz.networks.network import Network

BATCH = 64
"""Pictures in one pass; a report of progress follows each."""
Progress = Callable[[float], None]
"""Called with the share that is done, 0..1. It may raise to end a computation that nobody waits for."""


def unreported(share: float) -> None:
    """Ignore the progress."""


@dataclass(frozen=True)
class Term:
    """A term of a cell's sum.

    Attributes:
        index: of the map, channel or copy that it belongs to.
        weight, value: its factors. product: weight x value.
    """

    index: int
    weight: float
    value: float

    @property
    def product(self) -> float:
        """The term itself."""
        return self.weight * self.value


@dataclass(frozen=True)
class Cell:
    """One number of a heat map, taken apart.

    Attributes:
        terms: the largest first, by size.
        total: the sum of the terms before the last step: a ReLU, an absolute value.
        value: the number in the heat map.
    """

    terms: tuple[Term, ...]
    total: float
    value: float


@dataclass(frozen=True, eq=False)
class HeatMap:
    """The result of a method for a picture, a network and a class.

    Attributes:
        method: name of the method.
        values: float32 [h, w]; larger = the class rests more on this position. The map lies over the picture:
            cell (i, j) covers rows i * H / h to (i + 1) * H / h.
        parts: arrays that the values are made of, by name; see each method.
        facts: single numbers about the whole map, by name.
    """

    method: str
    values: np.ndarray
    parts: Mapping[str, np.ndarray]
    facts: Mapping[str, float] = field(default_factory=dict)


class Method(ABC):
    """A method of attribution.

    Class attributes:
        name: in links and texts.
        needs_layer: whether it looks at the maps of a layer, which the visitor picks.
        needs_gradients: whether it needs TensorFlow; the others need predictions only.
        signed: whether the values have a sign.
    """

    name: ClassVar[str]
    needs_layer: ClassVar[bool] = False
    needs_gradients: ClassVar[bool] = True
    signed: ClassVar[bool] = False

    @abstractmethod
    def compute(
        self,
        network: Network,
        image: np.ndarray,
        target: int,
        *,
        layer: str | None = None,
        progress: Progress = unreported,
    ) -> HeatMap:
        """Compute the heat map.

        Args:
            network: runs the picture.
            image: uint8 [H, W, C].
            target: index of the class.
            layer: a layer with maps, for methods with `needs_layer`.
            progress: see `Progress`.

        Raises:
            CnnvizError: if there is no such class or layer.
        """

    @abstractmethod
    def take_apart(self, heat_map: HeatMap, i: int, j: int) -> Cell:
        """Return the terms of the value in row i, column j of a heat map."""

    @abstractmethod
    def code(self, graph: Graph, target: int, layer: str | None = None) -> list[str]:
        """Return the lines of a program that computes the heat map as `result`.

        They follow lines that make `net`, `image`, and `x`, the image as the network is given it.

        Args:
            graph: of the network. target, layer: as for `compute`.
        """


class GradientMethod(Method):
    """A method that needs no more than the gradients of the class's logit for the picture itself."""

    def compute(
        self,
        network: Network,
        image: np.ndarray,
        target: int,
        *,
        layer: str | None = None,
        progress: Progress = unreported,
    ) -> HeatMap:
        """Compute the heat map; None = the default layer of the method, if it looks at one."""
        self.check_layer(network.graph, layer)
        found = network.gradients(image, logit(network.graph, target), weights=False)
        progress(1.0)
        return self.from_gradients(network.graph, found, layer)

    def check_layer(self, graph: Graph, layer: str | None) -> None:
        """Check that the method can look at a layer.

        Raises:
            CnnvizError: if `graph` has no such layer, or it makes no maps.
        """
        if self.needs_layer and layer is not None and len(graph[layer].output_shape) != 3:
            raise invalid("layer", "must have maps", layer)

    @abstractmethod
    def from_gradients(self, graph: Graph, found: Gradients, layer: str | None = None) -> HeatMap:
        """Return the heat map that follows from the gradients of the class's logit."""


def sorted_terms(weights: np.ndarray, values: np.ndarray) -> tuple[Term, ...]:
    """Return the terms weights[k] * values[k], the largest by size first."""
    order = np.argsort(-np.abs(weights * values), kind="stable")
    return tuple(Term(int(k), float(weights[k]), float(values[k])) for k in order)


def map_layers(graph: Graph) -> dict[str, str]:
    """Return {convolution or join: the layer whose maps are looked at}.

    Those are its own maps after normalisation and activation: the output of the last of the layers that
    follow without a branch and change each number of a map by itself. A join (of a skip connection) is any
    layer with several inputs.
    """
    found: dict[str, str] = {}
    for info in graph:
        if len(info.output_shape) == 3 and (info.layer.filters or len(info.inputs) > 1):
            last = info.name
            while len(after := graph.consumers(last)) == 1 and _is_elementwise(graph, after[0]):
                (last,) = after
            found[info.name] = last
    return found


def _is_elementwise(graph: Graph, name: str) -> bool:
    info = graph[name]
    return (
        info.layer.channelwise
        and info.window is None
        and len(info.inputs) == 1
        and info.output_shape == info.input_shape
    )


def gradients_code(graph: Graph, target: int) -> str:
    """Return the line that computes the gradients of a class's logit."""
    score = logit(graph, target)
    return f'found = net.gradients(image, Target({score.index}, "{score.of}"), weights=False)'


def logit(graph: Graph, target: int) -> Target:
    """Return the score that the methods take gradients of: a class's before softmax.

    Raises:
        CnnvizError: if the network has no such class.
    """
    found = Target(target, logits(graph).name)
    found.check(graph)
    return found
