"""Streamlit's cookie holds in a frame of another site, over https."""

from __future__ import annotations

from typing import Any

import pytest

from cnnviz.hosting.cookies import FramedCookies
from tests.coroutines import complete

OWN, OTHER = b"_streamlit_xsrf=2|a|b|1; Path=/; SameSite=Lax", b"other=1; Path=/; SameSite=Lax"
IN_FRAMES = b"_streamlit_xsrf=2|a|b|1; Path=/; SameSite=None; Secure; Partitioned"


@pytest.mark.parametrize(
    ("scheme", "headers", "expected"),
    [
        ("http", [], OWN),
        ("http", [(b"x-forwarded-proto", b"http")], OWN),
        ("http", [(b"x-forwarded-proto", b"https")], IN_FRAMES),
        ("http", [(b"x-forwarded-proto", b"http, https")], IN_FRAMES),
        ("https", [], IN_FRAMES),
    ],
)
def test_the_cookie_that_uploads_need(
    scheme: str, headers: list[tuple[bytes, bytes]], expected: bytes
) -> None:
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        cookies = [(b"set-cookie", OTHER), (b"set-cookie", OWN)]
        await send({"type": "http.response.start", "status": 200, "headers": cookies})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/", "scheme": scheme, "headers": headers}
    complete(FramedCookies(app)(scope, None, send))  # type: ignore[arg-type]
    assert [value for _, value in sent[0]["headers"]] == [OTHER, expected]
