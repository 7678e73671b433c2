"""A network as a widget: all feature maps of an image, and how each number of them is computed."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np

from cnnviz.components.feature_grid import DrillDown, MapCell, payload, read_cell
from cnnviz.components.value import none_if_malformed
from cnnviz.data.dataset import Preprocessing, as_rgb
from cnnviz.data.registry import names_of
from cnnviz.errors import CnnvizError, as_finite, invalid
from cnnviz.explain import drill
from cnnviz.formats.packing import pack
from cnnviz.layers.base import as_maps
from cnnviz.networks.finite import check_activations
from cnnviz.networks.network import Network
from cnnviz.networks.opening.open import open_network
from cnnviz.notebook import pictures
from cnnviz.notebook.widget import ComponentWidget, script
from cnnviz.text import LANGUAGES
from cnnviz.text.classes import class_name
from cnnviz.text.kinds import layer_names

if TYPE_CHECKING:
    import keras

MAX_BYTES = 20_000_000
"""Size limit of the payload."""
PICTURED = 8
"""Layers in the picture that a saved notebook keeps."""


class NetworkWidget(ComponentWidget):
    """All feature maps of a network for an image, in a notebook.

    Attributes:
        network: that computes them.
        activations: {layer name: float32 array}, as from `Network.activations`.
        cell: the cell whose calculation is shown, as `MapCell`; None while no map is opened.
    """

    _esm = script("feature_grid")

    def __init__(
        self, network: Network, x: np.ndarray, shown: np.ndarray, label: int | None, language: str
    ) -> None:
        self.network = network
        self.cell: MapCell | None = None
        self.activations = network.outputs(x)
        check_activations(self.activations)
        classes = network.data_set.classes
        known = names_of(classes)
        self._ops = drill.all_map_ops(network.graph, network.weights)
        packed = payload(
            self.activations,
            network.layers,
            shown,
            class_names=[class_name(name, language, known) for name in classes],
            true_label=label,
            language=language,
            openable=False,
            drill=DrillDown(self._ops, Preprocessing(), "/kernels", "/maps", input=x),
        )
        if len(packed) > MAX_BYTES:
            raise CnnvizError(
                f"A widget holds at most {MAX_BYTES:,} bytes of maps. Received: {len(packed):,} bytes."
            )
        drawn = {
            info.name: as_maps(self.activations[info.name])
            for info in network.layers
            if info.drawn and len(info.output_shape) > 1
        }
        names = layer_names({info.name: info.kind for info in network.layers}, language)
        rows = {names[name]: maps for name, maps in list(drawn.items())[:PICTURED]}
        super().__init__(packed, {}, pictures.of_maps(rows, as_rgb(shown)), network.name)

    def receive(self, name: str, value: Any) -> None:
        """Take in the cell whose calculation is shown."""
        if name != "drill" or not isinstance(value, dict):
            return
        cells = value.get("cells")
        first = cells[0] if isinstance(cells, list) and cells else None
        read = none_if_malformed(lambda cell: read_cell(cell, self.network.layers, drawn=True))
        self.cell = read(first) if first is not None else None

    @property
    def value(self) -> float | None:
        """The number in the cell whose calculation is shown, or None."""
        if self.cell is None:
            return None
        values = self.activations[self.cell.layer]
        if values.ndim == 1:
            return float(values[self.cell.col])
        return float(as_maps(values)[self.cell.row, self.cell.col, self.cell.map])

    def file(self, address: str) -> bytes | None:
        """Return the kernels of a layer ("/kernels/LAYER" or "/kernels/LAYER/MAP"), or layers' values."""
        parts = urlsplit(address)
        if parts.path == "/maps":
            names = parse_qs(parts.query).get("layer", [])
            if not all(name in self.activations for name in names):
                return None
            return pack({}, {name: _channels_first(self.activations[name]) for name in names})
        found = re.fullmatch(r"/kernels/([^/]+)(?:/(\d+))?", parts.path)
        ops = self._ops.get(unquote(found[1])) if found else None
        if found is None or ops is None or ops.kernel is None:
            return None
        map_ = None if found[2] is None else int(found[2])
        return ops.file(map_) if map_ is None or map_ < len(ops.kernel) else None


def _channels_first(values: np.ndarray) -> np.ndarray:
    return values if values.ndim == 1 else np.moveaxis(as_maps(values), -1, 0)


def network(
    model: keras.Model | Network,
    image: Any,
    *,
    classes: Sequence[str] | None = None,
    label: int | None = None,
    language: str = "en",
) -> NetworkWidget:
    """Return a widget with all feature maps that a network makes of an image.

    A click on a map opens how it is computed: the windows, kernels, products and sums.

    Args:
        model: a Keras model, or a network from `cnnviz.load` or `cnnviz.open_network`.
        image: [H, W, C] with 1 or 3 channels; for a Keras model its input, as in `model.predict`; for a
            network of CNNViz uint8 pixels.
        classes: names of a Keras model's classes, in the order of its outputs; default: numbers.
        label: the right class, if it is to be marked.
        language: "en" or "ko".

    Raises:
        CnnvizError: if the image does not fit, or the model has a layer that CNNViz does not know.
    """
    if language not in LANGUAGES:
        raise invalid("language", f"must be one of {', '.join(LANGUAGES)}", language)
    if isinstance(model, Network):
        shown = np.asarray(image)
        net, x = model, model.data_set.preprocess(shown)
    else:
        net = _opened(model, classes)
        x = as_finite("image", image, ndim=3).astype(np.float32)
        shown = _as_picture(x)
    if label is not None and not 0 <= label < len(net.data_set.classes):
        raise invalid("label", f"must be in 0..{len(net.data_set.classes) - 1}", label)
    return NetworkWidget(net, x, shown, label, language)


def _opened(model: keras.Model, classes: Sequence[str] | None) -> Network:
    """Return a Keras model as a network of CNNViz, by the way of a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{model.name}.keras"
        model.save(path)
        return open_network(path, classes, in_process=True)  # it is no stranger's


def _as_picture(x: np.ndarray) -> np.ndarray:
    """Return an input as uint8: pixels as they are, 0..1 as shares of 255, all else from min to max."""
    low, high = float(x.min()), float(x.max())
    if low < 0 or high > 255:
        x = (x - low) / (high - low or 1.0)  # of one number: all least
        high = 1.0
    return np.rint(x * 255 if high <= 1 else x).astype(np.uint8)
