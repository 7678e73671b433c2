"""An architecture for another data set: the same layers, another input and another number of classes."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from cnnviz.data.dataset import DataSet
from cnnviz.errors import CnnvizError
from cnnviz.networks.architecture import Architecture
from cnnviz.networks.graph import Graph, Node


def fit(architecture: Architecture, data_set: DataSet) -> Architecture:
    """Return an architecture for a data set; its recipe changes with it (`Recipe.fitted`).

    All layers stay, except that the last fully connected one has as many units as there are classes. The
    parameters change with the size of the images wherever a fully connected layer takes all of a map.

    Raises:
        CnnvizError: if the images are too small for a layer.

    Example:
        >>> from cnnviz.data.digits import DIGITS
        >>> from cnnviz.networks import zoo
        >>> fitted = fit(zoo.get("keras_lecture"), DIGITS)
        >>> fitted.graph.input_shape, fitted.graph["pool1"].output_shape, fitted.graph.output.output_shape
        ((8, 8, 1), (4, 4, 32), (10,))
    """
    if data_set == architecture.data_set:
        return architecture
    nodes = architecture.graph.nodes()
    last = max(k for k, node in enumerate(nodes) if any(each.name == "units" for each in fields(node.layer)))
    units: dict[str, Any] = {"units": len(data_set.classes)}
    nodes[last] = Node(replace(nodes[last].layer, **units), nodes[last].inputs)
    rows, cols = data_set.size
    try:
        graph = Graph(data_set.shape, nodes)
    except CnnvizError as error:
        raise CnnvizError(
            f"`name` must be of a network that takes images of {rows}x{cols} pixels. "
            f"Received: name={architecture.name!r}, which needs larger ones: {error}"
        ) from None
    recipe = architecture.recipe.fitted(data_set) if architecture.recipe is not None else None
    return Architecture(architecture.name, graph, recipe, data_set)


def fits(architecture: Architecture, data_set: DataSet) -> bool:
    """Return whether an architecture takes the images of a data set."""
    try:
        fit(architecture, data_set)
    except CnnvizError:
        return False
    return True
