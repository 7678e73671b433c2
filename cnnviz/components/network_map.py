"""The map of a network: its graph, drawn, with blocks that open where they are.

Python sends the layers and how they are folded, once; opening, searching and zooming happen in the browser.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from cnnviz.components import pack, register
from cnnviz.components.message import receiver
from cnnviz.components.value import array, field, index
from cnnviz.errors import invalid
from cnnviz.layers.registry import kind as kind_of
from cnnviz.networks.folding import Part, fold
from cnnviz.networks.graph import IMAGE, Graph
from cnnviz.text import section, translate
from cnnviz.text.kinds import kind_name, layer_names

MAX_OPEN = 1500
"""Most parts that are open at once."""
KEPT = 24
"""Maps that are kept, of each network and language; up to 0.5 MB each."""

_mount = register("network_map")
_ID = re.compile(r"\d{1,4}-\d{1,4}")


class View(NamedTuple):
    """The open parts and the picked layer of a map.

    Attributes:
        open: ids of parts, "FIRST-COUNT": the number of its first layer and how many it has.
        layer: the name of the layer that is picked, or "".
    """

    open: tuple[str, ...]
    layer: str


def network_map(
    graph: Graph,
    *,
    language: str,
    key: str,
    view: View | None = None,
    openable: bool = False,
    on_view: Callable[[View], None],
    on_layer: Callable[[str], None] = lambda layer: None,
) -> None:
    """Mount the map of a network.

    Args:
        graph: the network.
        language: "en" or "ko".
        key: the component's key, unique on the page.
        view: the parts that are open, and the layer that is picked, at first.
        openable: whether a layer can be opened elsewhere.
        on_view: called before the next run with the open parts and the picked layer, half a second after
            a change.
        on_layer: called before the next run with the layer that was opened.
    """
    names = [info.name for info in graph]
    receivers = {
        "selection": receiver(lambda value: read_view(value, names), on_view),
        "layer": receiver(lambda value: names[index(value, len(names))], on_layer),
    }
    _mount(data=payload(graph, language, view=view, openable=openable), key=key, receivers=receivers)


def ids_of(graph: Graph) -> frozenset[str]:
    """Return the ids of all parts of a network that open."""

    def ids(parts: Sequence[Any]) -> list[str]:
        own = [part for part in parts if isinstance(part, dict)]
        return [part["id"] for part in own] + [each for part in own for each in ids(part["parts"])]

    return frozenset(ids(_header(graph, "en", False)["parts"]))


def read_view(value: Any, names: Sequence[str]) -> View:
    """Parse the browser's view of a map of these layers.

    Raises:
        CnnvizError: if it is malformed.
    """
    opened = array(field(value, "open"), MAX_OPEN)
    for each in opened:
        if not isinstance(each, str) or not _ID.fullmatch(each):
            raise invalid("open", "must be ids of parts", type(each).__name__)
    picked = field(value, "picked")
    return View(tuple(opened), "" if picked is None else names[index(picked, len(names))])


def payload(graph: Graph, language: str, *, view: View | None = None, openable: bool = False) -> bytes:
    """Pack the payload. Arguments as for `network_map`.

    The header holds `digest` of all but `view`, `language`, `text`, `openable`, `open` and `picked` (of
    `view`; `picked` is a number of `layers` or null), `image` (the input's shape), `layers`, for each layer

        name, title, kind (in words), group (of `registry.GROUPS`), shape, parameters, work
        (multiply-accumulates), inputs (numbers of layers, -1: the image)

    and `parts`, a tree of layers' numbers and of {id, kind, title, parts}.
    """
    header = dict(_header(graph, language, openable))
    indices = {info.name: k for k, info in enumerate(graph)}
    header["open"] = list(view.open) if view else []
    header["picked"] = indices.get(view.layer) if view else None
    return pack(header, {})


@lru_cache(KEPT)
def _header(graph: Graph, language: str, openable: bool) -> Mapping[str, Any]:
    """Return all of the payload but the view; read-only."""
    indices = {IMAGE: -1} | {info.name: k for k, info in enumerate(graph)}
    titles = layer_names({info.name: info.kind for info in graph}, language)
    header: dict[str, Any] = {
        "language": language,
        "text": section("network_map", language),
        "openable": openable,
        "image": graph.input_shape,
        "layers": [
            {
                "name": info.name,
                "title": titles[info.name],
                "kind": kind_name(info.kind, language),
                "group": kind_of(info.kind).group,
                "shape": info.output_shape,
                "parameters": info.total_parameters,
                "work": info.multiply_accumulates,
                "inputs": [indices[source] for source in info.inputs],
            }
            for info in graph
        ],
    }
    numbers = {"block": 0, "stage": 0}
    header["parts"] = [_described(part, indices, titles, numbers, graph, language) for part in fold(graph)]
    digest = hashlib.blake2s(json.dumps(header, ensure_ascii=False, allow_nan=False).encode(), digest_size=8)
    return {**header, "digest": digest.hexdigest()}


def _described(
    part: Part,
    indices: Mapping[str, int],
    titles: Mapping[str, str],
    numbers: dict[str, int],
    graph: Graph,
    language: str,
) -> Any:
    """Return a part for JSON; `numbers` counts the blocks and stages until now."""
    if part.kind == "layer":
        return indices[part.name]
    if part.kind in numbers:
        numbers[part.kind] += 1
    if part.kind == "unit":
        title = titles[part.layers[0]]
    elif part.kind == "stage":
        size = "×".join(map(str, graph.shape(part.exit)[:-1]))
        title = translate("network.map_stage", language, number=numbers["stage"], size=size)
    else:
        title = part.name or translate("network.map_block", language, number=numbers["block"])
    return {
        "id": f"{indices[part.layers[0]]}-{len(part.layers)}",
        "kind": part.kind,
        "title": title,
        "parts": [_described(each, indices, titles, numbers, graph, language) for each in part.parts],
    }
