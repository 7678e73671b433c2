"""The cookie that shows that an upload comes from a page of ours also works in a frame of another site.

A course page and Hugging Face's Spaces show the app so. Browsers keep Streamlit's cookie from such a frame,
and every upload is refused. Over https it can be one for frames, held apart for each site that shows one; who
makes a browser send a request still cannot read it, and has to name what is in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LAX, FRAMED = b"SameSite=Lax", b"SameSite=None; Secure; Partitioned"
FORWARDED = b"x-forwarded-proto"
"""Header with the scheme of a proxy's request; a visitor who forges it changes their own cookie only."""


class FramedCookies:
    """ASGI middleware that lets Streamlit's cookie into frames of other sites, over https."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and the answer back."""

        async def send_framed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(name, framed(name, value)) for name, value in message["headers"]]
                message = {**message, "headers": headers}
            await send(message)

        over_https = scope["type"] == "http" and _over_https(scope)
        await self._app(scope, receive, send_framed if over_https else send)


def framed(name: bytes, value: bytes) -> bytes:
    """Return a header's value, of Streamlit's cookie one that holds in frames."""
    own = name.lower() == b"set-cookie" and value.startswith(XSRF_COOKIE_NAME.encode() + b"=")
    return value.replace(LAX, FRAMED) if own else value


def _over_https(scope: Scope) -> bool:
    forwarded = dict(scope["headers"]).get(FORWARDED, b"")
    return scope.get("scheme") == "https" or forwarded.rpartition(b",")[2].strip() == b"https"
