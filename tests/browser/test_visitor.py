"""Visitors without a browser, on the real server: what they do has the effect that a browser's doing has."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.thorough import thorough
from tests.visitor import Visitor, crowd


def awaited(doing: Coroutine[Any, Any, Any]) -> Any:
    """Return a coroutine's result; run in a thread of its own, as Playwright has a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, doing).result()


def shown(visitor: Visitor) -> bytes:
    """Return what the feature grid is drawn from."""
    return bytes(visitor.widgets["grid"].bytes)


def test_a_picked_picture_and_a_moved_number_change_what_is_sent_and_the_link(server: str) -> None:
    async def visit() -> Any:
        async with Visitor(server) as visitor:
            await visitor.open(query="lang=en")
            before = shown(visitor)
            await visitor.trigger("thumbnails_sample", "selection", 3)
            assert "picture=sample-3" in visitor.query
            assert shown(visitor) != before
            await visitor.open("convolution", visitor.query)
            before = visitor.widgets["stepper_conv"].bytes
            await visitor.set("stride_rows", 2.0)
            assert "picture=sample-3" in visitor.query
            assert "stride_rows=2" in visitor.query
            assert visitor.widgets["stepper_conv"].bytes != before

    awaited(visit())


def test_a_link_counts_once_a_session(server: str) -> None:
    # which is why a crowd that only sends other links would measure nothing of pictures
    async def visit() -> Any:
        async with Visitor(server) as visitor:
            await visitor.open(query="lang=en&picture=sample-3")
            before = shown(visitor)
            await visitor.open(query="lang=en&picture=sample-4")
            assert shown(visitor) == before

    awaited(visit())


def test_a_crowd_says_what_did_not_happen(server: str) -> None:
    class Deaf(Visitor):
        """One whose picks do not arrive."""

        async def trigger(self, key: str, event: str, value: Any) -> Any:
            return await self.rerun()

    acts = 40 if thorough() else 10
    times, errors = awaited(crowd(server, sessions=2, every=0.1, acts=acts))
    assert len(times) == 2 * acts
    assert errors == []
    times, errors = awaited(crowd(server, sessions=1, every=0.1, acts=3, visitor=Deaf))
    assert len(times) == 3
    assert any(error.startswith("pick 1 on architectures: &picture=sample-1& is not in") for error in errors)
