"""The overview of a large network: a few maps of every layer, and one layer opened, page by page.

Python sends the overview once. An opened layer's maps come over HTTP as pictures (`pages.map_files`), and so
do exact numbers: those of the selected map, and the inputs of one of its cells for the drill-down.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from PIL import Image

from cnnviz.components import digest, pack, register
from cnnviz.components.feature_grid import (
    DrillDown,
    MapCell,
    drawn_indices,
    drill_header,
    drill_receiver,
    read_cell,
    receptive_field,
)
from cnnviz.components.message import receiver
from cnnviz.components.value import field
from cnnviz.data.dataset import as_rgb
from cnnviz.explain.overview import LEVELS, ZERO, Thumbnails
from cnnviz.layers.base import map_shape
from cnnviz.networks.graph import LayerInfo
from cnnviz.networks.skips import Skip, skips
from cnnviz.text import section, translate
from cnnviz.text.kinds import kind_name, layer_names

COMPRESSION = 6
"""Level of the payload's compression: 1 to 9."""
BEST = 5
"""Number of classes that are named."""

_mount = register("layer_overview")


def layer_overview(
    maps: Mapping[str, Thumbnails],
    vectors: Mapping[str, np.ndarray],
    layers: Sequence[LayerInfo],
    image: np.ndarray,
    *,
    class_names: Sequence[str],
    true_label: int | None,
    addresses: Mapping[str, str],
    drill: DrillDown,
    language: str,
    key: str,
    selected: MapCell | None = None,
    on_select: Callable[[MapCell], None],
    on_open: Callable[[MapCell], None],
    on_drill: Callable[[MapCell | None], None],
) -> None:
    """Mount the overview of a network for one image.

    Args:
        maps, vectors: thumbnails and values of the layers, as `pages.activation_cache.overview` returns them.
        layers: of the network.
        image: uint8 [H, W, 1 or 3].
        class_names: names in `language`. true_label: the class, or None if it is not known.
        addresses: below the server's own, of what answers the image's bytes: with a layer's maps as
            `pictures`, with their exact `values`, with what `cells` are made of.
        drill: how the image is preprocessed, and whether the drill-down of the selected cell is shown first.
        language: "en" or "ko".
        key: the component's key, unique on the page.
        selected: the cell that is shown first; by default the middle of the first layer's first map.
        on_select: called before the next run with the cell that is looked at, half a second after a move.
        on_open: called before the next run when a cell was opened, to show the page that computes it.
        on_drill: called before the next run with the cell that the drill-down shows, or with None once it is
            closed.
    """
    data = payload(
        maps,
        vectors,
        layers,
        image,
        class_names=class_names,
        true_label=true_label,
        addresses=addresses,
        drill=drill,
        language=language,
        selected=selected,
    )
    receivers = {
        "selection": receiver(lambda value: read_cell(field(value, "cell"), layers, drawn=True), on_select),
        "cell": receiver(lambda value: read_cell(value, layers), on_open),
        "drill": drill_receiver(layers, on_drill),
    }
    _mount(data=data, key=key, receivers=receivers)


def payload(
    maps: Mapping[str, Thumbnails],
    vectors: Mapping[str, np.ndarray],
    layers: Sequence[LayerInfo],
    image: np.ndarray,
    *,
    class_names: Sequence[str],
    true_label: int | None,
    addresses: Mapping[str, str],
    drill: DrillDown,
    language: str,
    selected: MapCell | None = None,
) -> bytes:
    """Pack the payload, and compress it, as zlib does. Arguments as for `layer_overview`.

    The header holds `digest` of image and values, `language`, `text`, `words` (those of the feature grid that
    are used here too), `zero`, `levels` (see `Thumbnails`), `size` of the image, `grey` (whether it has one
    channel), `addresses`, `drill` (see `drill_header`), `class_names`, `selected`, `best`
    [{name, share, true}], and `layers`, one entry for each drawn layer:

        name, title
        shape       [H, W, C] or [n]
        parameters  how many
        field       receptive field, or null: the whole image
        openable    whether a page computes it
        maps        numbers of the maps that are shown; null for a vector
        strongest   the one of them whose values differ most; of a vector the index of the largest number
        full        the absolute value drawn in full colour
        kind        which the texts describe
        kind_name   the kind in words
        takes       for each of its inputs the number of a drawn layer, or null: the image
        more        what else is to say of this layer, in words

    The arrays are `picture`, uint8: the image as a lossless WebP; and for each drawn layer NAME: the codes
    uint8 [N, h, w] of its maps, or float32 [n].
    """
    arrays: dict[str, np.ndarray] = {"picture": lossless(image)}
    drawn = []
    titles = layer_names({info.name: info.kind for info in layers}, language)
    indices = drawn_indices(layers)
    shortcuts: dict[str, list[Skip]] = {}
    for skip in skips(layers):
        shortcuts.setdefault(skip.target, []).append(skip)
    for info in layers:
        if not info.drawn:
            continue
        shown = maps.get(info.name)
        own = shown.codes if shown is not None else np.asarray(vectors[info.name], np.float32)
        arrays[info.name] = own
        drawn.append(
            {
                "name": info.name,
                "title": titles[info.name],
                "shape": info.output_shape if shown is None else map_shape(info.output_shape),
                "parameters": info.total_parameters,
                "field": receptive_field(info),
                "openable": info.layer.page is not None,
                "maps": None if shown is None else shown.maps.tolist(),
                "kind": info.kind,
                "kind_name": kind_name(info.kind, language),
                "takes": [indices.get(source) for source in info.inputs],
                "more": " ".join(_more(info, titles, shortcuts.get(info.name, ()), language)),
                "strongest": int(own.argmax()) if shown is None else _strongest(shown),
                "full": float(np.abs(own).max()) or 1.0 if shown is None else shown.full,
            }
        )
    header = {
        "digest": digest(*arrays.values()),
        "language": language,
        "text": section("layer_overview", language),
        "words": _words(layers, language),
        "zero": ZERO,
        "levels": LEVELS,
        "size": image.shape[:2],
        "grey": image.shape[-1] == 1,
        "addresses": addresses,
        "drill": drill_header(drill, language),
        "class_names": list(class_names),
        "selected": vars(selected) if selected else None,
        "best": _best(layers, vectors, class_names, true_label),
        "layers": drawn,
    }
    return zlib.compress(pack(header, arrays), COMPRESSION)


def _words(layers: Sequence[LayerInfo], language: str) -> dict[str, str]:
    """Return the feature grid's texts about cells, and about these kinds of layers."""
    used = {"at_cell", "at_unit", "input", "about_other", *(f"about_{info.kind}" for info in layers)}
    return {key: words for key, words in section("feature_grid", language).items() if key in used}


def _strongest(shown: Thumbnails) -> int:
    deviations = shown.codes.reshape(len(shown.codes), -1).std(axis=1)
    return int(shown.maps[deviations.argmax()])


def _more(
    info: LayerInfo, titles: Mapping[str, str], shortcuts: Sequence[Skip], language: str
) -> Iterator[str]:
    """Describe the weights that a channelwise layer saves, and the skip connections that end in a layer."""
    kernel = info.weight_shapes.get("kernel")
    if info.layer.channelwise and kernel is not None:
        weights = prod(kernel)
        yield translate(
            "layer_more.channelwise",
            language,
            own=f"{weights:,}",
            ordinary=f"{weights * info.input_shape[-1]:,}",
        )
    for skip in shortcuts:
        source = titles.get(skip.source)
        if source is not None:
            yield translate("layer_more.skip", language, source=source, passed=len(skip.passed))


def lossless(image: np.ndarray) -> np.ndarray:
    """Return an image, uint8 [H, W, 1 or 3], as the bytes of a lossless WebP: uint8 [n]."""
    buffer = io.BytesIO()
    Image.fromarray(as_rgb(image)).save(buffer, "WEBP", lossless=True, quality=20, method=1)
    return np.frombuffer(buffer.getvalue(), np.uint8)


def _best(
    layers: Sequence[LayerInfo],
    vectors: Mapping[str, np.ndarray],
    class_names: Sequence[str],
    true_label: int | None,
) -> list[dict[str, Any]]:
    """Return the most probable classes; [] if the network does not end in probabilities."""
    if not layers[-1].layer.probabilities:
        return []
    chances = vectors[layers[-1].name]
    return [
        {"name": class_names[k], "share": float(chances[k]), "true": k == true_label}
        for k in np.argsort(-chances, kind="stable")[:BEST].tolist()
    ]
