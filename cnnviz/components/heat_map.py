"""A heat map over a picture, of which any one number can be taken apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cnnviz.components import digest, pack, register
from cnnviz.components.message import receiver
from cnnviz.components.value import field, index, integer
from cnnviz.data.dataset import as_rgb
from cnnviz.explain.attribution.base import HeatMap, Method
from cnnviz.explain.attribution.occlusion import GREY
from cnnviz.text import section

_mount = register("heat_map", reserved=("48rem", "44rem"))

LARGEST_SIDE = 1024
"""Most rows and columns of a heat map in a message."""


@dataclass(frozen=True)
class Selection:
    """The selection: a cell of the map, its opacity over the picture in percent, and the class."""

    row: int
    col: int
    opacity: int
    target: int


def heat_map(
    image: np.ndarray,
    method: Method,
    found: HeatMap | None,
    *,
    probabilities: np.ndarray,
    class_names: Sequence[str],
    layer: str,
    selection: Selection,
    language: str,
    key: str,
    on_select: Callable[[Selection], None],
) -> None:
    """Mount the component.

    Args:
        image: uint8 [H, W, C].
        method: that computes the map. found: the map, None while it is computed.
        probabilities: float32 [classes], of the picture.
        class_names: names in `language`.
        layer: title of the layer whose maps are weighted, if the method has one.
        selection: the initial selection; the browser follows it if it differs from the last one it sent.
        language: "en" or "ko".
        key: Streamlit's key of this component.
        on_select: called before the next run with the current selection: at once after another class,
            about half a second after any other change.
    """
    data = payload(
        image,
        method,
        found,
        probabilities=probabilities,
        class_names=class_names,
        layer=layer,
        selection=selection,
        language=language,
    )
    select = receiver(lambda value: read_selection(value, len(class_names)), on_select)
    _mount(data=data, key=key, receivers={"selection": select})


def payload(
    image: np.ndarray,
    method: Method,
    found: HeatMap | None,
    *,
    probabilities: np.ndarray,
    class_names: Sequence[str],
    layer: str,
    selection: Selection,
    language: str,
) -> bytes:
    """Pack the payload. Arguments as for `heat_map`.

    The header holds `digest` of picture and map, `text`, `class_names`, `probabilities`, `method`, `signed`,
    `layer`, `facts` of the map, `grey` (of the square of occlusion) and `selection`.

    The arrays are `picture`, uint8 [H, W, 3], and, unless the map is computed still, `values` and the parts
    of the map by their names, as in `HeatMap`.
    """
    arrays = {"picture": as_rgb(image)}
    if found is not None:
        arrays |= {"values": found.values.astype(np.float32)}
        arrays |= {name: part.astype(np.float32) for name, part in found.parts.items()}
    header = {
        "digest": digest(*arrays.values()),
        "text": section("heat_map", language),
        "class_names": list(class_names),
        "probabilities": [float(share) for share in probabilities],
        "method": method.name,
        "signed": method.signed,
        "layer": layer,
        "facts": dict(found.facts) if found is not None else {},
        "grey": GREY,
        "selection": asdict(selection),
    }
    return pack(header, arrays)


def read_selection(value: Any, classes: int) -> Selection:
    """Parse the browser's selection."""
    return Selection(
        index(field(value, "row"), LARGEST_SIDE),
        index(field(value, "col"), LARGEST_SIDE),
        integer(field(value, "opacity"), 0, 100),
        index(field(value, "target"), classes),
    )
