"""The view of fully connected layers: flattening, one unit's weighted sum, logits and softmax.

Python sends one scene: everything there is to see of one unit. Pointing at entries and cells, the
temperature, and the steps of softmax happen in the browser; the selection is sent back, as
`Selection`.
JavaScript computes softmax itself (`softmaxStep` in arithmetic.js is `ops.softmax_step`), as the
temperature has to answer at once; every other number comes from here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import floor, isfinite, log10
from typing import Any

import numpy as np

from cnnviz.arithmetic import ops
from cnnviz.components import pack, register
from cnnviz.components.message import receiver
from cnnviz.components.value import field, index, number, one_of
from cnnviz.errors import CnnvizError, invalid
from cnnviz.networks.graph import IMAGE, Graph, LayerInfo, dense_layers
from cnnviz.text import section
from cnnviz.text.rounding import guessing

TOP = 5
"""Number of largest positive and of most negative contributions that are listed."""
TEMPERATURES = (0.1, 10.0)
FULL_COLOUR = 0.995
"""Quantile of the maps' absolute values that is drawn in full colour."""
DIGITS = (3, 6)

_mount = register("dense_view", reserved=("48rem", "68rem"))


@dataclass(frozen=True)
class Selection:
    """The visitor's selection.

    Attributes:
        layer, unit: a dense layer and one of its units.
        entry: index of the selected entry of the flattened vector.
        temperature: of the softmax, in `TEMPERATURES`.
    """

    layer: str
    unit: int
    entry: int
    temperature: float


@dataclass(frozen=True, eq=False)
class DenseScene:
    """The numbers of one unit of a dense layer.

    Attributes:
        source: float32 [H, W, C]. What is flattened: the last maps, or the picture in [0, 1].
        source_name: the layer it comes from, or None for the picture.
        pooled: the shape [H, W, C] of the maps whose means the source is, or None if it is flattened.
        layers: the dense layers, input to output; the last gives the scores.
        values: {dense layer: float32 [units]}, its output, after ReLU if one follows.
        relus: {dense layer: the ReLU after it}, where there is one.
        layer, unit: the selected unit.
        x: float32 [n]. The inputs of the chosen layer.
        from_source: whether these are the flattened source.
        step: the unit's weighted sum.
        logits: float32 [units]. The scores, before softmax.
    """

    source: np.ndarray
    source_name: str | None
    pooled: tuple[int, ...] | None
    layers: tuple[LayerInfo, ...]
    values: Mapping[str, np.ndarray]
    relus: Mapping[str, str]
    layer: LayerInfo
    unit: int
    x: np.ndarray
    from_source: bool
    step: ops.DenseStep
    logits: np.ndarray

    @property
    def digits(self) -> int:
        """Decimals of the sum: two digits of the smallest listed contribution, within `DIGITS`."""
        largest = np.abs(self.step.contributions[[*self.step.positive, *self.step.negative]])
        wanted = 1 - floor(log10(largest.min())) if largest.size else DIGITS[0]
        return min(max(wanted, DIGITS[0]), DIGITS[1])

    def as_entry(self, text: str) -> int:
        """Parse an index of the vector from a link; raise ValueError or LookupError if it is invalid."""
        entry = int(text)
        if not 0 <= entry < self.source.size:
            raise LookupError(text)
        return entry

    def payload(
        self,
        text: Mapping[str, str],
        *,
        titles: Mapping[str, str],
        class_names: Sequence[str],
        true_label: int | None,
        entry: int = 0,
        temperature: float = 1.0,
    ) -> bytes:
        """Pack the scene for the browser.

        The header holds `text`, `class_names`, `guessing` (how often guessing is right, in words),
        `true_label`, `source_name` (its display name), `shape` [H, W, C], `pooled`,
        `full` (the source's absolute value in full colour), `layers` [{name, title, size, relu, limit}],
        `layer` and `unit` (indices), `from_source`, `digits`, `terms` [{index, x, weight, shown}],
        and `rest` {count, shown}, `bias` (or null), `value`: the `shown`, and these two, are whole
        numbers of 10**-digits that add up. `entry` and `temperature` are where to begin. `digest`
        covers all but these two: if it is the same, the browser has nothing to redraw.

        The arrays are `source`, and `values_K` for each of `layers`, the last being the scores.
        """
        step, shown = self.step, self.step.rounded(self.digits)
        chosen = [*step.positive.tolist(), *step.negative.tolist()]
        header = {
            "text": dict(text),
            "class_names": list(class_names),
            "guessing": guessing(len(class_names)),
            "true_label": None if true_label is None else int(true_label),
            "source_name": self.source_name and titles[self.source_name],
            "shape": self.source.shape,
            "pooled": self.pooled,
            "full": float(np.quantile(np.abs(self.source), FULL_COLOUR)) or 1.0,
            "layers": [
                {
                    "name": info.name,
                    "title": titles[info.name],
                    "size": info.output_shape[0],
                    "relu": titles.get(self.relus.get(info.name, "")),
                    "limit": float(np.abs(self.values[info.name]).max()) or 1.0,
                }
                for info in self.layers
            ],
            "layer": self.layers.index(self.layer),
            "unit": self.unit,
            "from_source": self.from_source,
            "digits": shown.digits,
            "terms": [
                {"index": k, "x": float(self.x[k]), "weight": float(step.weights[k]), "shown": whole}
                for k, whole in zip(chosen, shown.largest, strict=True)
            ],
            "rest": {"count": step.rest_count, "shown": shown.rest},
            "bias": shown.bias,
            "value": shown.value,
        }
        arrays = {"source": self.source}
        for k, info in enumerate(self.layers):
            arrays[f"values_{k}"] = self.values[info.name]
        digest = hashlib.blake2b(
            json.dumps(header, ensure_ascii=False, allow_nan=False).encode(), digest_size=12
        )
        for array in arrays.values():
            digest.update(array.tobytes())
        start = {"entry": entry, "temperature": temperature, "digest": digest.hexdigest()}
        return pack(header | start, arrays)


def owner(name: str, layers: Sequence[LayerInfo]) -> str:
    """Return the dense layer that explains layer `name`, at or after the flattening.

    That is itself, or the one before it (ReLU, dropout, softmax), or the one after it (flatten).

    Raises:
        CnnvizError: if there is no such layer, or it comes before the flattening.
    """
    index = next((k for k, info in enumerate(layers) if info.name == name), None)
    if index is None or len(layers[index].output_shape) != 1:
        raise invalid("name", "must be a layer at or after the flattening", name)
    dense = dense_layers(layers)
    before = [info.name for info in dense if layers.index(info) <= index]
    return before[-1] if before else dense[0].name


def first_vector(graph: Graph) -> LayerInfo:
    """Return the first layer that makes a vector: where maps, or the picture, become one."""
    return next(info for info in graph if len(info.output_shape) == 1)


def pooled_shape(graph: Graph) -> tuple[int, ...] | None:
    """Return the shape of the maps whose means are the vector, or None if these are flattened."""
    first = first_vector(graph)
    return first.input_shape if first.drawn else None


def scene(
    activations: Mapping[str, np.ndarray],
    graph: Graph,
    weights: Mapping[str, np.ndarray],
    picture: np.ndarray,
    *,
    layer: str,
    unit: int,
) -> DenseScene:
    """Compute the scene of one unit.

    Args:
        activations: {layer name: float32 array}, as `Network.activations` returns.
        graph: the network's; one of its layers makes a vector of maps.
        weights: as `network.read_weights` returns them.
        picture: float32 [H, W, C] in [0, 1], the network's input; flattened if no map comes first.
        layer: the name of a dense layer. unit: one of its units.

    Raises:
        CnnvizError: if there is no such layer or unit.
    """
    layers = graph.layers
    dense = dense_layers(layers)
    if layer not in [info.name for info in dense]:
        raise invalid("layer", "must be a dense layer", layer)
    (before,) = graph.shown_inputs(layer)
    first = first_vector(graph)
    (maps,) = graph.shown_inputs(first.name)
    if first.drawn:  # it computes the vector, a mean of each map: then the vector is shown
        maps = first.name
    source = picture if maps == IMAGE else activations[maps]
    relus = {
        info.name: taker
        for info in dense
        for taker in graph.consumers(info.name)
        if graph[taker].layer.page == "relu"
    }
    x = activations[before]
    step = ops.dense_step(x, weights[f"{layer}.kernel"], weights.get(f"{layer}.bias"), unit, TOP)
    return DenseScene(
        source=(source if source.ndim == 3 else source[np.newaxis, np.newaxis]).astype(
            np.float32, copy=False
        ),
        source_name=None if maps == IMAGE else maps,
        pooled=pooled_shape(graph),
        layers=dense,
        values={info.name: activations[relus.get(info.name, info.name)] for info in dense},
        relus=relus,
        layer=graph[layer],
        unit=int(unit),
        x=x,
        from_source=before == first.name,
        step=step,
        logits=activations[dense[-1].name],
    )


def dense_view(
    scene: DenseScene,
    *,
    titles: Mapping[str, str],
    class_names: Sequence[str],
    true_label: int | None,
    language: str,
    entry: int = 0,
    temperature: float = 1.0,
    on_select: Callable[[Selection], None],
    key: str,
) -> None:
    """Mount the component on a scene.

    Args:
        scene: from `scene`. titles: {name of a layer: its display name}, of all of the network.
        class_names: names in `language`, "en" or "ko". true_label: the class, or None if nobody knows.
        entry: the entry of the flattened vector to begin with. temperature: likewise.
        on_select: called before the next run, once another unit was clicked, or about half a second
            after the visitor's last move to another entry or temperature.
        key: the component's key, unique on the page.
    """
    pooled = section("dense_view_pooled", language) if scene.pooled else {}
    data = scene.payload(
        section("dense_view", language) | pooled,
        titles=titles,
        class_names=class_names,
        true_label=true_label,
        entry=entry,
        temperature=temperature,
    )
    sizes = {info.name: info.output_shape[0] for info in scene.layers}
    entries = scene.source.size
    select = receiver(lambda value: read_selection(value, sizes, entries), on_select)
    _mount(data=data, key=key, receivers={"selection": select})


def read_selection(value: Any, sizes: Mapping[str, int], entries: int) -> Selection:
    """Parse the browser's selection.

    Args:
        sizes: {dense layer: number of units}. entries: size of the flattened vector.
    """
    layer = one_of(field(value, "layer"), sizes)
    return Selection(
        layer,
        index(field(value, "unit"), sizes[layer]),
        index(field(value, "entry"), entries),
        number(field(value, "temperature"), *TEMPERATURES),
    )


def as_temperature(value: float | str) -> float:
    """Parse a temperature within `TEMPERATURES`.

    Raises:
        CnnvizError: if it is outside. ValueError: if it is no number.
    """
    number = float(value)
    if not isfinite(number) or not TEMPERATURES[0] <= number <= TEMPERATURES[1]:
        raise CnnvizError(f"`temperature` must be in 0.1..10. Received: temperature={value!r}.")
    return number
