"""The scripts of visitors take turns: some at once, the others in the order in which they were asked for.

Python computes for one thread at a time. A hundred scripts that run at once all end when the last one does;
in turns, half of the visitors have their page in half of the time. This counts when a class follows its
lecturer to another page.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 2
"""Scripts that run at once: more than one, as some compute outside of Python or are long."""
PATIENCE = 5.0
"""Seconds after which a script runs in any case: those before it may be long."""

_turns = threading.Semaphore(AT_ONCE)
_thread = threading.local()


@contextmanager
def turn() -> Iterator[None]:
    """Wait for this thread's turn, and hold it."""
    _thread.holds = _turns.acquire(timeout=PATIENCE)
    try:
        yield
    finally:
        _give_back()


@contextmanager
def waiting() -> Iterator[None]:
    """Give this thread's turn, if it holds one, to the next meanwhile: it only waits for a result."""
    held = _give_back()
    try:
        yield
    finally:
        if held:
            _thread.holds = _turns.acquire(timeout=PATIENCE)


def _give_back() -> bool:
    held = bool(getattr(_thread, "holds", False))
    if held:
        _thread.holds = False
        _turns.release()
    return held
