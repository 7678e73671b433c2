"""An architecture for another data set: the same layers, another input and another number of classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from math import prod
from typing import Any

from cnnviz.data.dataset import DataSet
from cnnviz.errors import CnnvizError
from cnnviz.networks.architecture import Architecture
from cnnviz.networks.gradients import logits, trained_weights
from cnnviz.networks.graph import Graph, Node

MAX_PARAMETERS = 50_000_000
"""Maximum of a user's network to be trained: 600 MB with gradients and momentum."""
MAX_NUMBERS = 10_000_000
"""Activations of all its layers together, for one image: with gradients and a batch of 32, 2.6 GB."""


def fit(architecture: Architecture, data_set: DataSet) -> Architecture:
    """Return an architecture for a data set; its recipe changes with it (`Recipe.fitted`).

    All layers stay, except that the last fully connected one has as many units as there are classes. The
    parameters change with the size of the images where a fully connected layer takes whole maps.

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
    nodes = with_classes(architecture.graph.nodes(), len(data_set.classes))
    rows, cols = data_set.size
    try:
        graph = Graph(data_set.shape, nodes)
    except CnnvizError as error:
        raise CnnvizError(
            f"`name` must be of a network that takes images of {rows}x{cols} pixels. "
            f"Received: name={architecture.name!r}, which needs larger ones: {error}"
        ) from None
    recipe = architecture.recipe.fitted(data_set) if architecture.recipe is not None else None
    return replace(architecture, graph=graph, recipe=recipe, data_set=data_set)


def with_classes(nodes: Sequence[Node], classes: int) -> list[Node]:
    """Return layers of which the last one with units, dense or a convolution, has one for each class.

    Without any they stay as they are.
    """
    changed = list(nodes)
    dense = (k for k, node in enumerate(nodes) if any(each.name == "units" for each in fields(node.layer)))
    if (last := max(dense, default=None)) is not None:
        units: dict[str, Any] = {"units": classes}
        changed[last] = Node(replace(nodes[last].layer, **units), nodes[last].inputs)
    return changed


def check_trainable(architecture: Architecture) -> None:
    """Check that a user's network can be trained.

    Raises:
        CnnvizError: with the reason "train_end" if it does not end in the probabilities of its data set's
            classes, "train_weights" if it has no weights, "train_size" if it is too large.
    """
    graph, classes = architecture.graph, len(architecture.data_set.classes)
    try:
        answers = logits(graph).output_shape
    except CnnvizError:
        answers = None
    if answers != (classes,):
        raise CnnvizError(
            f"`layers` must end in {classes} numbers and their softmax to be trained. "
            f"Received: {graph.output.kind}, output {graph.output.output_shape}.",
            reason="train_end",
            count=f"{classes:,}",
        )
    if not trained_weights(graph):
        raise CnnvizError("`layers` must have weights to be trained. Received: none.", reason="train_weights")
    for what, count, limit in (
        ("parameters", sum(info.total_parameters for info in graph), MAX_PARAMETERS),
        ("activations", sum(prod(info.output_shape) for info in graph), MAX_NUMBERS),
    ):
        if count > limit:
            raise CnnvizError(
                f"`layers` must have at most {limit:,} {what} to be trained. Received: {count:,}.",
                reason="train_size",
            )


def fits(architecture: Architecture, data_set: DataSet) -> bool:
    """Return whether an architecture takes the images of a data set."""
    try:
        fit(architecture, data_set)
    except CnnvizError:
        return False
    return True
