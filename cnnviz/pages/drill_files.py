"""Files of drill-downs: a network's kernels, and the exact numbers of a picture's maps.

Kernels travel once to each browser, as their address changes with the weights. The maps that the page sends
are rounded (`map_coding`), and sums of rounded numbers would not be the network's: the browser asks for the
exact ones of the layers that it opens. A request says all that its answer depends on: no visit is kept here.
Of a large network `map_files` answers, with a part of a layer: all of it would be hundreds of megabytes.
"""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

# the rest is imported in functions: the server's start has no time for it
if TYPE_CHECKING:
    import numpy as np
    from starlette.requests import Request

PREFIX = "/cnnviz"
DIGEST = 16
"""Characters of the weights' sha256 in an address."""
MAX_LAYERS = 12
"""Most layers in one request: those that a layer takes, and itself."""
KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}


def addresses(name: str) -> tuple[str, str]:
    """Return the addresses of a network's kernels and of its maps, below the server's own."""
    from cnnviz.pages import model_cache

    version = f"{name}/{model_cache.reference(name).sha256[:DIGEST]}"
    return f"{PREFIX}/kernels/{version}", f"{PREFIX}/maps/{version}"


def kernels(request: Request) -> Response:
    """Answer with the kernels of a layer, or of one of its maps."""
    from cnnviz.pages import model_cache

    if not _is_sent_whole(request):
        return Response(status_code=HTTPStatus.NOT_FOUND)
    ops = model_cache.map_ops(request.path_params["name"]).get(request.path_params["layer"])
    map_ = request.path_params.get("map")
    if ops is None or ops.kernel is None or (map_ is not None and map_ >= len(ops.kernel)):
        return Response(status_code=HTTPStatus.NOT_FOUND)
    return Response(ops.file(map_), media_type="application/octet-stream", headers=KEPT)


async def maps(request: Request) -> Response:
    """Answer a picture, uint8 [H, W, C] as bytes, with layers' values, float32 [maps, H, W] or [n]."""
    from starlette.concurrency import run_in_threadpool

    from cnnviz.errors import CnnvizError
    from cnnviz.hosting.answers import computed
    from cnnviz.networks import zoo

    if not await run_in_threadpool(_is_sent_whole, request):
        return Response(status_code=HTTPStatus.NOT_FOUND)
    name = request.path_params["name"]
    names = request.query_params.getlist("layer")
    if len(names) > MAX_LAYERS or not all(layer in zoo.get(name).graph for layer in names):
        return Response(status_code=HTTPStatus.NOT_FOUND)
    image = await picture_in(request, zoo.get(name).graph.input_shape)
    if image is None:
        return Response(status_code=HTTPStatus.BAD_REQUEST)
    try:
        packed = await computed(request, partial(_maps, name, names, image))
    except CnnvizError:  # not finite: the page says so
        return Response(status_code=HTTPStatus.UNPROCESSABLE_ENTITY)
    return Response(packed, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})


async def picture_in(request: Request, shape: tuple[int, ...]) -> np.ndarray | None:
    """Return the picture that a request's body is, uint8 of that shape; None if it has another size."""
    import numpy as np

    size = 1
    for n in shape:
        size *= n
    content = b""
    try:
        async for chunk in request.stream():
            content += chunk
            if len(content) > size:
                break
    except ClientDisconnect:
        content = b""  # nobody waits for an answer
    return np.frombuffer(content, np.uint8).reshape(shape) if len(content) == size else None


def _maps(name: str, names: list[str], image: np.ndarray) -> bytes:
    from cnnviz.formats.packing import pack
    from cnnviz.pages import activation_cache

    found = activation_cache.activations(name, image)
    return pack({}, {layer: _channels_first(found[layer]) for layer in names})


def _channels_first(values: np.ndarray) -> np.ndarray:
    import numpy as np

    from cnnviz.layers.base import as_maps

    own = values.astype(np.float32, copy=False)
    return own if own.ndim == 1 else np.moveaxis(as_maps(own), -1, 0)


def is_current(request: Request) -> bool:
    """Return whether a request is about weights that are there."""
    from cnnviz.errors import CnnvizError
    from cnnviz.pages import model_cache

    try:
        sha256 = model_cache.reference(request.path_params["name"]).sha256
    except CnnvizError:
        return False
    return sha256[:DIGEST] == request.path_params["digest"]


def _is_sent_whole(request: Request) -> bool:
    """Return whether a request is about weights that are there, of a network whose layers are sent whole."""
    from cnnviz.pages import large_networks

    return is_current(request) and not large_networks.is_large(request.path_params["name"])


ROUTES = [
    Route(f"{PREFIX}/kernels/{{name}}/{{digest}}/{{layer}}", kernels),
    Route(f"{PREFIX}/kernels/{{name}}/{{digest}}/{{layer}}/{{map:int}}", kernels),
    Route(f"{PREFIX}/maps/{{name}}/{{digest}}", maps, methods=["POST"]),
]
