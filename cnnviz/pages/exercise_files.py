"""Exercises over HTTP: each has an address, which says all that it is made from; no visit is kept here."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from cnnviz.pages.drill_files import DIGEST, PREFIX, is_current, picture_in

# the rest is imported in functions: the server's start has no time for it
if TYPE_CHECKING:
    import numpy as np
    from starlette.requests import Request

    from cnnviz.components.exercise_view import Source
    from cnnviz.explain.exercises.base import Rival, Subject

KEPT = {"Cache-Control": "private, max-age=300"}
"""Next and back come from the browser's own cache."""


def source(model: str, picture: str, language: str, image: np.ndarray, stack: str = "") -> Source:
    """Return the address of the exercises about a network and a picture.

    Args:
        model: the network. picture: as in links: "sample-3". language: "en" or "ko".
        image: uint8 [H, W, C]; it is sent along if it is the visitor's own.
        stack: of the Builder, as in links.
    """
    from cnnviz.components.exercise_view import Source
    from cnnviz.pages import model_cache

    address = f"{PREFIX}/exercise/{model}/{model_cache.reference(model).sha256[:DIGEST]}"
    own = picture == "upload"
    query = {"lang": language} if own else {"lang": language, "picture": picture}
    if stack:
        query["stack"] = stack
    return Source(address, urlencode(query), image if own else None)


def subject(model: str, image: np.ndarray, label: int | None, stack: str = "") -> Subject:
    """Return the subject of exercises about a network, a picture and a stack of the Builder."""
    from cnnviz.explain.exercises.base import Subject
    from cnnviz.networks import zoo
    from cnnviz.pages import activation_cache, model_cache

    return Subject(
        image,
        zoo.get(model).data_set,
        label=label,
        graph=zoo.get(model).graph,
        weights=model_cache.weights(model)[0],
        activations_of=lambda picture: activation_cache.activations(model, picture),
        samples=zoo.get(model).data_set.samples(),
        rivals=_rivals(model),
        stack=stack,
    )


def _rivals(model: str) -> tuple[Rival, ...]:
    """Return the fully connected network and the picked one, or the first CNN if that is it."""
    from cnnviz.explain.exercises.base import Rival
    from cnnviz.networks import shift_counts, zoo
    from cnnviz.pages import inference, model_cache
    from cnnviz.pages.network_menu import BASELINE

    other = zoo.names()[0] if model == BASELINE else model
    if zoo.get(other).data_set != zoo.get(BASELINE).data_set:
        return ()
    return tuple(
        Rival(
            name,
            partial(inference.engine().probabilities, name),
            shift_counts.right(name, model_cache.reference(name).sha256),
        )
        for name in (BASELINE, other)
    )


async def exercise(request: Request) -> Response:
    """Answer with an exercise, packed; 404 if there is none of that name, 422 if the picture allows none."""
    from starlette.concurrency import run_in_threadpool

    from cnnviz.hosting.answers import computed
    from cnnviz.networks import zoo

    if not await run_in_threadpool(is_current, request):
        return Response(status_code=HTTPStatus.NOT_FOUND)
    if request.method != "POST":
        return await computed(request, partial(_answer, request, None))
    image = await picture_in(request, zoo.get(request.path_params["name"]).graph.input_shape)
    if image is None:
        return Response(status_code=HTTPStatus.BAD_REQUEST)
    return await computed(request, partial(_answer, request, image))


def _answer(request: Request, sent: np.ndarray | None) -> Response:
    """Make the exercise of a request's address, about the picture that was sent or that it names."""
    from cnnviz.errors import CnnvizError
    from cnnviz.explain.exercises import registry
    from cnnviz.explain.exercises.base import LEVELS
    from cnnviz.explain.worksheet import MAX_SEED
    from cnnviz.formats.packing import pack
    from cnnviz.networks import builder
    from cnnviz.text import LANGUAGES

    name, kind = request.path_params["name"], request.path_params["kind"]
    level, seed = (_whole(request.path_params[key]) for key in ("level", "seed"))
    language = request.query_params.get("lang")
    found = (sent, None) if sent is not None else _picture(name, request.query_params.get("picture", ""))
    if found is None or language not in LANGUAGES:
        return Response(status_code=HTTPStatus.NOT_FOUND)
    if level not in LEVELS or seed is None or seed > MAX_SEED:
        return Response(status_code=HTTPStatus.NOT_FOUND)
    (image, label), stack = found, request.query_params.get("stack", "")
    try:
        chosen = registry.kind(kind)
        builder.parse(stack)
    except CnnvizError:
        return Response(status_code=HTTPStatus.NOT_FOUND)
    try:
        made = chosen.make(subject(name, image, label, stack), seed, level)
    except CnnvizError:  # no picture of one colour, no network whose numbers are not finite
        return Response(status_code=HTTPStatus.UNPROCESSABLE_ENTITY)
    packed = pack(*made.payload(language))
    return Response(packed, media_type="application/octet-stream", headers=KEPT)


def _picture(model: str, name: str) -> tuple[np.ndarray, int] | None:
    """Return a picture by its name in links, with its label; None if it is not here."""
    from cnnviz.errors import CnnvizError
    from cnnviz.networks import zoo
    from cnnviz.pages import local_data

    data_set = zoo.get(model).data_set
    origin, _, index = name.partition("-")
    number = _whole(index)
    if number is None:
        return None
    if origin == "sample":
        images = data_set.samples()
    else:
        try:
            folder = data_set.find(None)
            if origin not in ("train", "test") or folder is None:
                return None
            images = local_data.full_set(data_set, "train" if origin == "train" else "test", str(folder))
        except CnnvizError:
            return None
    if number >= len(images):
        return None
    return images.images[number], int(images.labels[number])


def _whole(text: str) -> int | None:
    """Return the number of at most seven digits that a text is, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None


_ADDRESS = f"{PREFIX}/exercise/{{name}}/{{digest}}/{{kind}}/{{level}}/{{seed}}"
ROUTES = [Route(_ADDRESS, exercise, methods=["GET", "POST"])]
