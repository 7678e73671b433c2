"""The output of an opened network, turned into a probability for each class where its file does not do so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from cnnviz.layers.dense import Dense
from cnnviz.layers.sigmoid import Sigmoid
from cnnviz.layers.softmax import Softmax
from cnnviz.networks.graph import Graph, Node

TWO_CLASSES = (
    "Its one answer z describes two classes: the first has the logit 0, the second z. Their softmax is the "
    "sigmoid of z."
)
ADDED = "A softmax was added, which turns the answers into probabilities."


def as_probabilities(
    graph: Graph, weights: Mapping[str, np.ndarray]
) -> tuple[Graph, dict[str, np.ndarray], tuple[str, ...]]:
    """Return a network that answers with probabilities, its weights, and notes on the changes, in English.

    One unit with a sigmoid, or with nothing behind it, says how likely the second of two classes is: it
    becomes two units with a softmax, of which the first has weights of 0. The numbers are the same:
    1 / (1 + e^-z) = e^z / (e^0 + e^z).
    Several units with a sigmoid each answer about classes that do not exclude each other: they stay.

    Args:
        graph: a network that answers with a vector. weights: float32 arrays by "layer.weight".
    """
    nodes = graph.nodes()
    last = graph.output
    if last.layer.probabilities:
        return graph, dict(weights), ()
    if last.output_shape == (1,):
        unit = graph[last.inputs[0]] if isinstance(last.layer, Sigmoid) and last.inputs[0] in graph else last
        alone = unit is last or graph.consumers(unit.name) == (last.name,)
        if isinstance(unit.layer, Dense) and alone:
            layer = replace(unit.layer, units=2)
            kept = [
                replace(node, layer=layer) if node.layer.name == unit.name else node
                for node in nodes
                if node.layer.name != last.name or last is unit
            ]
            two = {
                key: np.concatenate([np.zeros_like(array), array], axis=-1)
                if key.rpartition(".")[0] == unit.name
                else array
                for key, array in weights.items()
            }
            return _with_softmax(graph, kept), two, (TWO_CLASSES,)
    if isinstance(last.layer, Sigmoid):
        return graph, dict(weights), ()
    return _with_softmax(graph, nodes), dict(weights), (ADDED,)


def _with_softmax(graph: Graph, nodes: list[Node]) -> Graph:
    """Return a network of these nodes with a softmax behind them."""
    name = next(name for name in ("softmax", "probabilities", "answers_softmax") if name not in graph)
    return Graph(graph.input_shape, [*nodes, Softmax(name)])
