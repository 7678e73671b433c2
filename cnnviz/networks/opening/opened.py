"""The result of a reader of a file format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from cnnviz.data.dataset import Preprocessing
from cnnviz.networks.graph import Graph


@dataclass(frozen=True, eq=False)
class Opened:
    """A network as found in a file.

    Attributes:
        graph: its layers; channels last.
        weights: float32 arrays by "layer.weight", of the shapes of `graph.weight_shapes()`.
        source: the format: "Keras 3.15.1", "ONNX (pytorch 2.8)".
        classes: names of the classes, or None if the file has none.
        preprocessing: of uint8 images, or None if the file has none.
        notes: sentences in English about changes during conversion, for the card.
        origin: {name of a layer in the file: name of the layer in `graph` that has its output}.
    """

    graph: Graph
    weights: Mapping[str, np.ndarray]
    source: str
    classes: tuple[str, ...] | None = None
    preprocessing: Preprocessing | None = None
    notes: tuple[str, ...] = ()
    origin: Mapping[str, str] = field(default_factory=dict)
