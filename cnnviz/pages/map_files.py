"""Files of the overview of a large network: pictures of a layer's maps, and exact numbers.

The numbers are those of one map, or the inputs of one cell of a map.

A request holds all that its answer depends on: the image, and in its address the weights, the layer and which
maps. No visit is kept here.
"""

from __future__ import annotations

import gzip
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

from starlette.responses import Response
from starlette.routing import Route

from cnnviz.pages.drill_files import DIGEST, PREFIX, is_current, picture_in

# the rest is imported in functions: the server's start has no time for it
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from starlette.requests import Request

    from cnnviz.networks.graph import LayerInfo

MAX_PICTURES = 64
"""Most maps in one answer."""
ROOM = 16_000
"""Most numbers round a cell in one answer, unless its window alone holds more."""
LEVEL = {"pictures": 6, "numbers": 1}
"""Levels of compression of responses, 1 to 9; numbers gain little from it."""


def addresses(name: str) -> dict[str, str]:
    """Return the addresses of a network's pictures, values and cells, below the server's own."""
    from cnnviz.pages import model_cache

    version = f"{name}/{model_cache.reference(name).sha256[:DIGEST]}"
    return {sort: f"{PREFIX}/{sort}/{version}" for sort in ("pictures", "values", "cells")}


async def pictures(request: Request) -> Response:
    """Answer an image, uint8 [H, W, C] as bytes, with pictures of a layer's maps from FIRST on.

    The answer's array is `codes`, uint8 [N, h, w].
    """

    def answer(name: str, info: LayerInfo, image: np.ndarray) -> bytes | None:
        first, count = request.path_params["first"], info.output_shape[-1]
        maps = range(first, min(first + MAX_PICTURES, count))
        return _pictures(name, info.name, maps, image) if maps and len(info.output_shape) > 1 else None

    return await _answer(request, answer, "pictures")


async def some_pictures(request: Request) -> Response:
    """Answer an image with pictures of those of a layer's maps that the query names, as `pictures` does."""

    def answer(name: str, info: LayerInfo, image: np.ndarray) -> bytes | None:
        named = request.query_params.getlist("map")[: MAX_PICTURES + 1]
        known = {str(map_): map_ for map_ in range(info.output_shape[-1])}
        there = 0 < len(named) <= MAX_PICTURES and all(map_ in known for map_ in named)
        if not there or len(info.output_shape) == 1:
            return None
        return _pictures(name, info.name, [known[map_] for map_ in named], image)

    return await _answer(request, answer, "pictures")


async def values(request: Request) -> Response:
    """Answer an image with the numbers of one map of a layer, float32 [H, W]."""

    def answer(name: str, info: LayerInfo, image: np.ndarray) -> bytes | None:
        map_ = request.path_params["map"]
        there = len(info.output_shape) > 1 and map_ < info.output_shape[-1]
        return _values(name, info.name, map_, image) if there else None

    return await _answer(request, answer)


async def cells(request: Request) -> Response:
    """Answer an image with the computation of a layer's maps, and the inputs of one cell of a map.

    A vector's cell is its column, as in `MapCell`. The answer's header has `op` (see `MapOps.describe`),
    `window`, and for each input in `inputs` its largest absolute value `limit`, whether it is
    `signed`, and of maps where the part begins that is sent: `map`, `top`, `left`. The arrays are, by number
    of the input, these parts, float32 [maps, rows, columns], and the map's own `kernel` and `bias`.
    """
    from cnnviz.layers.base import map_shape

    def answer(name: str, info: LayerInfo, image: np.ndarray) -> bytes | None:
        cell = tuple(request.path_params[part] for part in ("map", "row", "col"))
        vector = len(info.output_shape) == 1
        rows, cols, maps = (1, *info.output_shape, 1) if vector else map_shape(info.output_shape)
        if not info.drawn or any(k >= end for k, end in zip(cell, (maps, rows, cols), strict=True)):
            return None
        return _cell(name, info, cell, image)

    return await _answer(request, answer)


async def _answer(
    request: Request,
    make: Callable[[str, LayerInfo, np.ndarray], bytes | None],
    sort: Literal["pictures", "numbers"] = "numbers",
) -> Response:
    from starlette.concurrency import run_in_threadpool

    from cnnviz.errors import CnnvizError
    from cnnviz.hosting.answers import computed
    from cnnviz.networks import zoo

    if not await run_in_threadpool(is_current, request):
        return Response(status_code=HTTPStatus.NOT_FOUND)
    name, layer = request.path_params["name"], request.path_params["layer"]
    graph = zoo.get(name).graph
    if layer not in graph:
        return Response(status_code=HTTPStatus.NOT_FOUND)
    image = await picture_in(request, graph.input_shape)
    if image is None:
        return Response(status_code=HTTPStatus.BAD_REQUEST)

    def packed() -> bytes | None:
        try:
            made = make(name, graph[layer], image)
        except CnnvizError:  # not finite: the page says so
            return None
        return None if made is None else gzip.compress(made, LEVEL[sort])

    content = await computed(request, packed)
    if content is None:
        return Response(status_code=HTTPStatus.NOT_FOUND)
    headers = {"Cache-Control": "no-store", "Content-Encoding": "gzip"}
    return Response(content, media_type="application/octet-stream", headers=headers)


def _pictures(name: str, layer: str, chosen: Sequence[int], image: np.ndarray) -> bytes:
    import numpy as np

    from cnnviz.explain.overview import PICTURE, PICTURE_STEP, thumbnails
    from cnnviz.formats.packing import pack
    from cnnviz.layers.base import as_maps
    from cnnviz.pages import activation_cache

    found = as_maps(activation_cache.activations(name, image)[layer])
    full = activation_cache.overview(name, image).maps[layer].full
    shown = thumbnails(found, np.array(chosen), PICTURE, full, step=PICTURE_STEP)
    return pack({}, {"codes": shown.codes})


def _values(name: str, layer: str, map_: int, image: np.ndarray) -> bytes:
    import numpy as np

    from cnnviz.formats.packing import pack
    from cnnviz.layers.base import as_maps
    from cnnviz.pages import activation_cache

    found = as_maps(activation_cache.activations(name, image)[layer])[..., map_]
    return pack({}, {"values": np.ascontiguousarray(found, np.float32)})


def _cell(name: str, info: LayerInfo, cell: Sequence[int], image: np.ndarray) -> bytes:
    import numpy as np

    from cnnviz.components.feature_grid import window_for
    from cnnviz.explain.drill import drawn_inputs, part_around, unknown_op
    from cnnviz.formats.packing import pack
    from cnnviz.layers.base import as_maps
    from cnnviz.networks import zoo
    from cnnviz.networks.graph import IMAGE
    from cnnviz.pages import activation_cache, model_cache

    map_, row, col = cell
    if len(info.output_shape) == 1:
        map_, row, col = col, 0, 0
    architecture, found = zoo.get(name), activation_cache.activations(name, image)
    ops = model_cache.layer_map_ops(name, info.name) or unknown_op(info)
    arrays = ops.kernels(map_) if ops.kernel is not None else {}
    inputs = []
    sources = drawn_inputs(architecture.graph, info.name)
    for k, source in enumerate(sources):
        x = architecture.data_set.preprocess(image) if source == IMAGE else found[source]
        least, largest = float(x.min()), float(x.max())
        entry: dict[str, float | bool] = {"limit": max(-least, largest) or 1.0, "signed": least < 0}
        if source != IMAGE and x.ndim > 1:
            part = part_around(ops, k, as_maps(x), map_, (row, col), ROOM // len(sources))
            arrays[str(k)] = part.values
            entry |= {"map": part.map, "top": part.top, "left": part.left}
        inputs.append(entry)
    own = found[info.name]
    limit = max(entry["limit"] for entry in inputs)
    header = {
        "op": ops.describe(limit, float(np.abs(own).max()) or 1.0, whole=0),
        "window": info.window and window_for(info.window, info.input_shape),
        "inputs": inputs,
    }
    return pack(header, arrays)


ROUTES = [
    Route(f"{PREFIX}/pictures/{{name}}/{{digest}}/{{layer}}/{{first:int}}", pictures, methods=["POST"]),
    Route(f"{PREFIX}/pictures/{{name}}/{{digest}}/{{layer}}", some_pictures, methods=["POST"]),
    Route(
        f"{PREFIX}/cells/{{name}}/{{digest}}/{{layer}}/{{map:int}}/{{row:int}}/{{col:int}}",
        cells,
        methods=["POST"],
    ),
    Route(f"{PREFIX}/values/{{name}}/{{digest}}/{{layer}}/{{map:int}}", values, methods=["POST"]),
]
