"""Texts over HTTP, for what few visitors see: a browser fetches them when it needs them, and keeps them."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from cnnviz.pages.drill_files import DIGEST, KEPT, PREFIX
from cnnviz.text import LANGUAGES, section

if TYPE_CHECKING:
    from starlette.requests import Request

TOPICS = ("room", "exercise_view")


def address(language: str) -> str:
    """Return the address of the topics' texts in a language, below the server's; the topic is appended."""
    return f"{PREFIX}/texts/{_digest()}/{language}"


@cache
def _content(language: str, topic: str) -> bytes:
    return json.dumps(section(topic, language), ensure_ascii=False, allow_nan=False).encode()


@cache
def _digest() -> str:
    """Return a digest of all texts."""
    content = b"\n".join(_content(language, topic) for language in LANGUAGES for topic in TOPICS)
    return hashlib.sha256(content).hexdigest()[:DIGEST]


def texts(request: Request) -> Response:
    """Answer with the texts of a topic: {name: text}.

    A page that another version has served gets this one's, and does not keep them.
    """
    language, topic = request.path_params["language"], request.path_params["topic"]
    if language not in LANGUAGES or topic not in TOPICS:
        return Response(status_code=HTTPStatus.NOT_FOUND)
    current = request.path_params["digest"] == _digest()
    headers = KEPT if current else {"Cache-Control": "no-store"}
    return Response(_content(language, topic), media_type="application/json", headers=headers)


ROUTES = [Route(f"{PREFIX}/texts/{{digest}}/{{language}}/{{topic}}", texts)]
