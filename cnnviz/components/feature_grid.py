"""The feature grid: all feature maps of all layers of a network for one image.

Python sends the whole scene once; hovering, colouring and the journey happen in the browser.
Only a click on a map is sent back, as `MapCell`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np

from cnnviz.arithmetic.window import Window
from cnnviz.components import digest, map_coding, pack, register
from cnnviz.components.message import Receiver, receiver
from cnnviz.components.value import array, field, index, one_of
from cnnviz.data.dataset import Preprocessing, as_rgb
from cnnviz.explain.drill import MapOps
from cnnviz.layers.base import as_maps, map_shape
from cnnviz.networks.graph import LayerInfo
from cnnviz.text import section
from cnnviz.text.kinds import kind_name, layer_names
from cnnviz.text.parameters import parameters

FULL_COLOUR = 0.995  # the share of a layer's values that are not yet drawn in full colour

Scale = Literal["layer", "map"]
Ask = Literal["never", "always", "first"]
"""Whether the prediction is hidden until the visitor asks for it; "first": unless this browser remembers that
it has been shown before."""

_mount = register("feature_grid", reserved=("48rem", "58rem"))


@dataclass(frozen=True)
class DrillDown:
    """The data of a view in which a click on a map shows its computation.

    Attributes:
        ops: from `explain.drill.all_map_ops`; {} if they, kernels and maps are fetched for each cell.
        preprocessing: of the picture.
        input: the network's input, float32 [H, W, C], if it is not the preprocessed picture.
        kernels: address, below the server's own, where LAYER and LAYER/MAP are the files of `MapOps.file`.
        maps: address that answers a picture's bytes with layers' exact values; its query names them.
        open: whether the drill-down of the selected map is shown first.
    """

    ops: Mapping[str, MapOps]
    preprocessing: Preprocessing
    kernels: str = ""
    maps: str = ""
    open: bool = False
    input: np.ndarray | None = None


@dataclass(frozen=True)
class EncodedLayer:
    """A layer's encoded values; the attributes are explained at `payload`."""

    arrays: Mapping[str, np.ndarray]
    largest: float
    full: float
    strongest: int
    derived: str | None


@dataclass(frozen=True)
class EncodedMaps:
    """The encoded values of all drawn layers, by their names. digest: of the values."""

    layers: Mapping[str, EncodedLayer]
    digest: bytes


@dataclass(frozen=True)
class MapCell:
    """The cell (row, col) of one feature map; all from 0.

    From the flattening on, `col` is the number of the unit (or of the class, or the entry of the
    vector); map and row are 0.
    """

    layer: str
    map: int
    row: int
    col: int


def feature_grid(
    activations: Mapping[str, np.ndarray] | EncodedMaps,
    layers: Sequence[LayerInfo],
    image: np.ndarray,
    *,
    class_names: Sequence[str],
    true_label: int | None,
    language: str,
    key: str,
    selected: MapCell | None = None,
    scale: Scale = "layer",
    ask: Ask = "never",
    journey: bool = False,
    on_scale: Callable[[Scale], None] = lambda scale: None,
    on_ask: Callable[[bool], None] = lambda asks: None,
    on_journey: Callable[[bool], None] = lambda plays: None,
    on_open: Callable[[MapCell], None] | None = None,
    drill: DrillDown | None = None,
    on_drill: Callable[[MapCell | None], None] = lambda cell: None,
) -> None:
    """Mount the grid of all layers of a network for one image.

    Args:
        activations: {layer name: array of the layer's output shape}, as `Network.activations` returns; or
            what `encode` has made of them.
        layers: as `zoo.describe` returns them.
        image: uint8 [H, W, 1 or 3].
        class_names: names in `language`.
        true_label: the class, or None for an upload.
        language: "en" or "ko".
        key: Streamlit's key of this grid.
        selected: the map to show first; by default the strongest map of the first convolution.
        scale: whether the colour scale is common to all maps of a layer, or per map.
        ask: whether the prediction is hidden at first.
        journey: whether the journey through the network begins by itself.
        on_scale: called before the next run when the visitor has chosen the other scale.
        on_ask: called before the next run when the visitor wants predictions hidden, or shown at once.
        on_journey: called before the next run when the visitor has ended a journey that began by itself.
        on_open: called before the next run when a cell was clicked, to open the page that computes it;
            None = a click opens nothing.
        drill: lets a click on a map show in place how it is computed.
        on_drill: called before the next run with the cell that is shown so, or with None once it is closed.
    """
    data = payload(
        activations,
        layers,
        image,
        class_names=class_names,
        true_label=true_label,
        language=language,
        selected=selected,
        scale=scale,
        ask=ask,
        journey=journey,
        openable=on_open is not None,
        drill=drill,
    )
    receivers = {
        "scale": receiver(lambda value: one_of(value, get_args(Scale)), on_scale),
        "ask": receiver(lambda value: one_of(value, (True, False)), on_ask),
        "journey": receiver(lambda value: one_of(value, (False,)), on_journey),
    }
    if on_open is not None:
        receivers["cell"] = receiver(lambda value: read_cell(value, layers), on_open)
    if drill is not None:
        receivers["drill"] = drill_receiver(layers, on_drill)
    _mount(data=data, key=key, receivers=receivers)


def drill_receiver(layers: Sequence[LayerInfo], on_drill: Callable[[MapCell | None], None]) -> Receiver:
    """Return the receiver of the cell that a drill-down shows, or of None once it is closed."""
    return receiver(
        lambda value: [read_cell(cell, layers, drawn=True) for cell in array(field(value, "cells"), 1)],
        lambda cells: on_drill(cells[0] if cells else None),
    )


def drill_header(drill: DrillDown, language: str) -> dict[str, Any]:
    """Return the part of a drill-down's data that is not a layer's, for JSON."""
    return {
        "text": section("drill", language),
        "kernels": drill.kernels,
        "maps": drill.maps,
        "open": drill.open,
        **asdict(drill.preprocessing),
    }


def drawn_indices(layers: Sequence[LayerInfo]) -> dict[str, int]:
    """Return {layer name: its index among the drawn layers}; of another layer, that of its input."""
    indices: dict[str, int] = {}
    drawn = 0
    for layer in layers:
        if layer.drawn:
            indices[layer.name] = drawn
            drawn += 1
        elif layer.inputs[0] in indices:
            indices[layer.name] = indices[layer.inputs[0]]
    return indices


def payload(
    activations: Mapping[str, np.ndarray] | EncodedMaps,
    layers: Sequence[LayerInfo],
    image: np.ndarray,
    *,
    class_names: Sequence[str],
    true_label: int | None,
    language: str,
    selected: MapCell | None = None,
    scale: Scale = "layer",
    ask: Ask = "never",
    journey: bool = False,
    openable: bool = True,
    drill: DrillDown | None = None,
) -> bytes:
    """Pack the payload. Arguments as for `feature_grid`.

    The header holds `digest`, `text`, `grey` (whether the picture has one channel), `language`,
    `class_names`, `true_label`, `scale`, `ask`, `journey`,
    `openable`,
    `selected` (or null), `before` (layers that are not drawn and come before the first that is) and
    `layers`, one entry for each drawn layer:

        name, kind, output_shape
        kind_name   the kind in words
        parameters  how many, in words; counted: how many of them are trained
        field       {size, jump, start} of the receptive field, or null: everything
        window      {size, stride, start: its first row and column}, or null
        takes       the index in this list of each input layer, or null: the image
        channelwise whether each map is made of the maps of the same number
        part        "conv", "pool", "vector" or null: its form in an architecture diagram
        filters     whether each map has its own filter
        symbol      of layers of several inputs: the symbol where these meet
        answer      whether it is a probability for each class
        scores      whether such a layer takes it
        openable    whether a click on a cell opens its page
        largest     the largest absolute value of the layer
        full        the absolute value drawn in full colour: for maps, 99.5% of the layer's lie below it
        strongest   the map whose values differ most
        after       the layers that are not drawn and follow it: [{name, kind, output_shape}]
        derived     null; or the function that gives its values from its input: "relu", "max_pool"
        drill       with `drill`: how its maps are computed (see `MapOps.describe`), if known

    and with `drill`, `drill`: {text, kernels, maps, open, divisor, mean, deviation}.

    The arrays are `image`, uint8 [H, W, 3]; `input`, float32 [C, H, W], if `drill` has it; for each drawn
    layer NAME.range, float32 [C, 2], the exact minimum and maximum of each map; and unless they are
    derived, its values as NAME, float32 [C, H, W] or [n], or as NAME.bits, NAME.lows, NAME.widths and
    NAME.parts (see `map_coding.Coded`).
    """
    grey = image.shape[-1] == 1
    image = as_rgb(np.asarray(image, np.uint8))
    arrays: dict[str, np.ndarray] = {"image": image}
    encoded = activations if isinstance(activations, EncodedMaps) else encode(activations, layers)
    drawn: list[dict[str, Any]] = []
    indices = drawn_indices(layers)
    before: list[dict[str, Any]] = []
    titles = layer_names({layer.name: layer.kind for layer in layers}, language)
    for layer in layers:
        if not layer.drawn:
            note = {
                "name": layer.name,
                "title": titles[layer.name],
                "kind": layer.kind,
                "output_shape": layer.output_shape,
                "openable": openable and _is_openable(layer),
            }
            (drawn[-1]["after"] if drawn else before).append(note)
            continue
        own, window = encoded.layers[layer.name], layer.window
        takes = [indices.get(source) for source in layer.inputs]
        arrays |= own.arrays
        drawn.append(
            {
                "name": layer.name,
                "title": titles[layer.name],
                "kind": layer.kind,
                "kind_name": kind_name(layer.kind, language),
                "output_shape": _shape(layer),
                "parameters": parameters(layer.total_parameters, 0, language, brief=True),
                "counted": parameters(layer.parameters, layer.non_trainable, language),
                "field": receptive_field(layer),
                "window": window and window_for(window, layer.input_shape),
                "openable": openable and _is_openable(layer),
                "takes": takes,
                "channelwise": layer.layer.channelwise and layer.input_shape[-1] == layer.output_shape[-1],
                "part": layer.layer.part,
                "filters": layer.layer.filters,
                "answer": layer.layer.probabilities,
                "largest": own.largest,
                "full": own.full,
                "strongest": own.strongest,
                "after": [],
                "derived": own.derived,
            }
            | ({"symbol": layer.layer.symbol} if layer.layer.symbol else {})
        )
        if drill is not None and layer.name in drill.ops:
            limits = [1.0 if index is None else drawn[index]["largest"] for index in takes]
            drawn[-1]["drill"] = drill.ops[layer.name].describe(max(limits), own.largest)
    for entry in drawn:
        takers = [other for other in drawn if drawn.index(entry) in other["takes"]]
        entry["scores"] = any(other["answer"] for other in takers)
    in_a_row = [None, *range(len(drawn) - 1)]
    branches = any(entry["takes"] != [before_it] for entry, before_it in zip(drawn, in_a_row, strict=True))
    header = {
        "digest": digest(image, encoded.digest),
        "language": language,
        "text": section("feature_grid", language) | (section("joins", language) if branches else {}),
        "grey": grey,
        "class_names": list(class_names),
        "true_label": None if true_label is None else int(true_label),
        "scale": scale,
        "ask": ask,
        "journey": journey,
        "selected": asdict(selected) if selected else None,
        "openable": openable,
        "before": before,
        "layers": drawn,
    }
    if drill is not None:
        header["drill"] = drill_header(drill, language)
        if drill.input is not None:
            arrays["input"] = np.moveaxis(drill.input.astype(np.float32), -1, 0)
    return pack(header, arrays)


def encode(activations: Mapping[str, np.ndarray], layers: Sequence[LayerInfo]) -> EncodedMaps:
    """Return the activations of one image in the form in which they are sent.

    It takes most of the time that a payload takes.

    Args:
        activations: {layer: float32 [H, W, C] or [n]}. layers: of the network, in order.
    """
    names, indices = [layer.name for layer in layers if layer.drawn], drawn_indices(layers)
    encoded: dict[str, EncodedLayer] = {}
    values_seen = hashlib.blake2s()
    for layer in layers:
        if not layer.drawn:
            continue
        # channels first: each map is then one run of memory, and one tile in the browser
        own = np.asarray(activations[layer.name], np.float32)
        values = np.moveaxis(as_maps(own) if own.ndim == 2 else own, -1, 0)
        maps = values.reshape(len(values), -1) if values.ndim == 3 else values.reshape(1, -1)
        size = np.abs(maps)
        largest = float(size.max())
        # a few outliers would otherwise leave all other maps of the layer pale
        full = float(np.quantile(size, FULL_COLOUR)) if values.ndim == 3 else largest
        taken, made = indices.get(layer.inputs[0]), None
        if taken is not None and len(layer.inputs) == 1 and not layer.total_parameters:
            made = map_coding.derived(activations[layer.name], activations[names[taken]], layer.window)
        sent = {} if made else _coded(layer.name, values, largest)
        for part in sent.values():
            values_seen.update(part.tobytes())
        limits = {f"{layer.name}.range": np.stack([maps.min(axis=1), maps.max(axis=1)], axis=1)}
        strongest = int(maps.std(axis=1).argmax())
        encoded[layer.name] = EncodedLayer(sent | limits, largest, full or largest, strongest, made)
    return EncodedMaps(encoded, values_seen.digest())


def _coded(name: str, values: np.ndarray, largest: float) -> dict[str, np.ndarray]:
    """Return the arrays that encode a layer's values."""
    if values.ndim == 3 and largest <= map_coding.LARGEST:
        return {f"{name}.{part}": array for part, array in map_coding.encode(values)._asdict().items()}
    return {name: values}


def _shape(layer: LayerInfo) -> Sequence[int]:
    """Return the shape in which a layer is drawn; a signal is drawn as maps of one row."""
    shape = layer.output_shape
    return map_shape(shape) if len(shape) == 2 else shape


def receptive_field(layer: LayerInfo) -> dict[str, list[float]] | None:
    """Return a receptive field for JSON, with floats instead of fractions."""
    field = layer.receptive_field
    if field is None:
        return None
    return {name: [n if isinstance(n, int) else float(n) for n in pair] for name, pair in vars(field).items()}


def window_for(window: Window, shape: Sequence[int]) -> dict[str, Any]:
    """Return a window for JSON: its size and stride, and where the first one starts in maps of a shape."""
    (top, _), (left, _) = window.pads(map_shape(tuple(shape))[:2])
    return {"size": window.size, "stride": window.stride, "start": (-top, -left)}


def read_cell(value: Any, layers: Sequence[LayerInfo], *, drawn: bool = False) -> MapCell:
    """Parse a cell of these layers' maps.

    Args:
        value: from the browser. layers: of the network.
        drawn: whether it may be of any layer that is drawn; else of any with a page.

    Raises:
        CnnvizError: if it is malformed, or of another layer.
    """
    allowed = (info for info in layers if (info.drawn if drawn else _is_openable(info)))
    shapes = {info.name: _shape(info) for info in allowed}
    name = one_of(field(value, "layer"), shapes)
    shape = shapes[name]
    rows, cols, maps = shape if len(shape) == 3 else (1, *shape, 1)
    return MapCell(
        name,
        index(field(value, "map"), maps),
        index(field(value, "row"), rows),
        index(field(value, "col"), cols),
    )


def _is_openable(layer: LayerInfo) -> bool:
    return layer.layer.page is not None
