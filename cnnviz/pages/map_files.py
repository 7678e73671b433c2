"""What the overview of a large network fetches: a layer's maps as pictures, and a map's exact numbers.

A request holds all that its answer depends on: the image, and in its address the weights, the layer and which
maps. No visit is kept here.
"""

from __future__ import annotations

import gzip
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from cnnviz.pages.drill_files import DIGEST, PREFIX, is_current, picture_in

if TYPE_CHECKING:
    import numpy as np
    from starlette.requests import Request

MAX_PICTURES = 64
"""Most maps in one answer."""


def addresses(name: str) -> tuple[str, str]:
    """Return the addresses of a network's pictures and of its values, below the server's own."""
    from cnnviz.pages import cache

    place = f"{name}/{cache.reference(name).sha256[:DIGEST]}"
    return f"{PREFIX}/pictures/{place}", f"{PREFIX}/values/{place}"


async def pictures(request: Request) -> Response:
    """Answer an image, uint8 [H, W, C] as bytes, with pictures of a layer's maps from FIRST on.

    The answer's arrays are `codes`, uint8 [N, h, w], and `range`, float32 [N, 2]: least and largest value.
    """
    return await _answer(request, "first")


async def values(request: Request) -> Response:
    """Answer an image with the numbers of one map of a layer, float32 [H, W]."""
    return await _answer(request, "map")


async def _answer(request: Request, place: str) -> Response:
    from starlette.concurrency import run_in_threadpool

    from cnnviz.errors import CnnvizError
    from cnnviz.networks import zoo

    if not await run_in_threadpool(is_current, request):
        return Response(status_code=HTTPStatus.NOT_FOUND)
    name, layer, number = (request.path_params[part] for part in ("name", "layer", place))
    graph = zoo.get(name).graph
    if layer not in graph or len(graph[layer].output_shape) == 1 or number >= graph[layer].output_shape[-1]:
        return Response(status_code=HTTPStatus.NOT_FOUND)
    image = await picture_in(request, graph.input_shape)
    if image is None:
        return Response(status_code=HTTPStatus.BAD_REQUEST)
    make = _pictures if place == "first" else _values
    try:
        packed = await run_in_threadpool(lambda: gzip.compress(make(name, layer, number, image), 1))
    except CnnvizError:  # not finite: the page says so
        return Response(status_code=HTTPStatus.NOT_FOUND)
    headers = {"Cache-Control": "no-store", "Content-Encoding": "gzip"}
    return Response(packed, media_type="application/octet-stream", headers=headers)


def _pictures(name: str, layer: str, first: int, image: np.ndarray) -> bytes:
    import numpy as np

    from cnnviz.explain.overview import PICTURE, thumbnails
    from cnnviz.formats.packing import pack
    from cnnviz.layers.base import as_maps
    from cnnviz.pages import cache

    found = as_maps(cache.activations(name, image)[layer])
    maps = np.arange(first, min(first + MAX_PICTURES, found.shape[-1]))
    shown = thumbnails(found, maps, PICTURE, cache.overview(name, image).maps[layer].full)
    own = found[..., maps].reshape(-1, len(maps))
    limits = np.stack([own.min(axis=0), own.max(axis=0)], axis=1).astype(np.float32)
    return pack({"first": first}, {"codes": shown.codes, "range": limits})


def _values(name: str, layer: str, map_: int, image: np.ndarray) -> bytes:
    import numpy as np

    from cnnviz.formats.packing import pack
    from cnnviz.layers.base import as_maps
    from cnnviz.pages import cache

    found = as_maps(cache.activations(name, image)[layer])[..., map_]
    return pack({}, {"values": np.ascontiguousarray(found, np.float32)})


ROUTES = [
    Route(f"{PREFIX}/pictures/{{name}}/{{digest}}/{{layer}}/{{first:int}}", pictures, methods=["POST"]),
    Route(f"{PREFIX}/values/{{name}}/{{digest}}/{{layer}}/{{map:int}}", values, methods=["POST"]),
]
