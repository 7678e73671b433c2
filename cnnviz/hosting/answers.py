"""Computations of HTTP requests: one after the other, beside the scripts of visitors.

Python computes for one thread at a time. Forty answers at once, as many as Starlette would begin, leave the
scripts of all others a fortieth of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from cnnviz.hosting import cpu_seconds

if TYPE_CHECKING:
    from starlette.requests import Request

T = TypeVar("T")

AT_ONCE = 1
"""Answers that are computed at once."""
GONE = 499
"""Status, nginx's, of an answer that nobody waits for any more."""
_limiter: RunVar[CapacityLimiter] = RunVar("cnnviz_answers")


async def computed(request: Request, compute: Callable[[], T]) -> T:
    """Call `compute` in a thread, once the request has its turn, and return its result.

    Raises:
        HTTPException: if its browser has gone meanwhile.
        CnnvizError: with the reason "cpu_seconds", if it takes too long.
    """
    try:
        limiter = _limiter.get()
    except LookupError:  # the event loop's first
        limiter = CapacityLimiter(AT_ONCE)
        _limiter.set(limiter)
    async with limiter:
        if await request.is_disconnected():
            raise HTTPException(GONE)
        return await run_in_threadpool(_limited, compute)


def _limited(compute: Callable[[], T]) -> T:
    with cpu_seconds.limited():
        return compute()
