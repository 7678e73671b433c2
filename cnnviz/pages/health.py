"""Whether this server can take visitors: `GET /healthz`, for a proxy or an orchestrator."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request


async def healthz(request: Request) -> JSONResponse:
    """Answer 200 once every bundled network has been loaded, else 503; a first question starts loading them.

    The body counts networks: {"ready": true, "loaded": 6, "failed": []}.
    """
    from cnnviz.pages import inference  # here, as its imports would slow down the server's start

    engine = await run_in_threadpool(inference.engine)
    engine.begin()
    state = engine.state()
    ready = state.waiting == 0
    return JSONResponse(
        {"ready": ready, "loaded": state.loaded, "waiting": state.waiting, "failed": state.failed},
        HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE,
        {"Cache-Control": "no-store"},
    )


ROUTES = [Route("/healthz", healthz)]
