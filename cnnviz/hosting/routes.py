"""The app's own routes, below Streamlit's `server.baseUrlPath`."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import Route, WebSocketRoute


def below(path: str, routes: Sequence[Route | WebSocketRoute]) -> list[Route | WebSocketRoute]:
    """Return the routes below a path.

    >>> [route.path for route in below("/viz/", [Route("/healthz", print)])]
    ['/viz/healthz']
    >>> [route.path for route in below("", [Route("/healthz", print)])]
    ['/healthz']
    """
    base = path.strip("/")
    if not base:
        return [*routes]
    return [
        Route(f"/{base}{route.path}", route.endpoint, methods=list(route.methods or ()))
        if isinstance(route, Route)
        else WebSocketRoute(f"/{base}{route.path}", route.endpoint)
        for route in routes
    ]
