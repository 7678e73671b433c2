"""A limit of CPU seconds for one request of a visitor: beyond it the computation ends with an error."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cnnviz import settings
from cnnviz.errors import CnnvizError
from cnnviz.hosting import metrics

POLL_SECONDS = 0.5
"""Interval between readings of the clocks."""


class OverLimitError(BaseException):
    """Raised in a thread that has computed too long; `except Exception` on the way does not catch it."""


@dataclass(eq=False)
class _Computation:
    """A thread's computation. clock: its CPU clock. end: when it has to end by that clock, in seconds."""

    thread: int
    clock: int
    end: float


class _Watch:
    """Polls the clocks of computations in a separate thread, while there are any."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = set[_Computation]()
        self._thread: threading.Thread | None = None

    def add(self, computation: _Computation) -> None:
        with self._changed:
            self._running.add(computation)
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="cpu-seconds", daemon=True)
                self._thread.start()
            self._changed.notify()

    def remove(self, computation: _Computation) -> None:
        """End a computation: afterwards nothing is raised in its thread any more."""
        with self._changed:
            self._running.discard(computation)
            _raise_in(computation.thread, None)

    def _look(self) -> None:
        while True:
            with self._changed:
                while not self._running:
                    self._changed.wait()
                for each in [*self._running]:
                    if time.clock_gettime(each.clock) > each.end:
                        self._running.remove(each)
                        _raise_in(each.thread, OverLimitError)
            time.sleep(POLL_SECONDS)


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    """Raise an error in another thread, at its next instruction of Python; None = take it back."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), None if error is None else ctypes.py_object(error)
    )


_watch = _Watch()


@contextmanager
def limited() -> Iterator[None]:
    """Let this thread compute for `settings.CPU_SECONDS` on a public server; waiting does not count.

    What other threads compute for it, and where the system has no clock of threads all, is not limited.

    Raises:
        CnnvizError: with the reason "cpu_seconds" and {"count": the limit}, once they are over.
    """
    if not settings.hosted() or not hasattr(time, "pthread_getcpuclockid"):
        yield
        return
    thread, seconds = threading.get_ident(), settings.CPU_SECONDS()
    mine = _Computation(thread, time.pthread_getcpuclockid(thread), time.thread_time() + seconds)
    _watch.add(mine)
    try:
        try:
            yield
        finally:
            _watch.remove(mine)
    except OverLimitError:
        metrics.REFUSED.add(of="cpu_seconds")
        raise over(seconds) from None


def over(seconds: int) -> CnnvizError:
    """Return the error of a computation that took more than a number of CPU seconds."""
    return CnnvizError(
        f"The computation takes more than {seconds} CPU seconds.", reason="cpu_seconds", count=seconds
    )
