"""What a network is before it has weights: its name, its graph and the data set whose images it takes."""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.dataset import DataSet
from cnnviz.errors import invalid
from cnnviz.networks.graph import Graph, LayerInfo
from cnnviz.networks.recipe import Recipe


@dataclass(frozen=True)
class Architecture:
    """A named graph of layers, its training recipe, and the data set that it is trained on.

    Attributes:
        name: the network's name.
        graph: its layers.
        recipe: how it is trained here; None = it is not.
        data_set: the images that it takes and the classes that it answers with.

    Raises:
        CnnvizError: if the graph takes images of another shape than the data set's.
    """

    name: str
    graph: Graph
    recipe: Recipe | None = None
    data_set: DataSet = CIFAR10

    def __post_init__(self) -> None:
        if self.graph.input_shape != self.data_set.shape:
            raise invalid("graph", f"must take {self.data_set.shape}", self.graph.input_shape)

    @property
    def layers(self) -> tuple[LayerInfo, ...]:
        """The layers, in topological order."""
        return self.graph.layers
