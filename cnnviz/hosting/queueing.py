"""Exports take a core for seconds: few are made at once, few visitors wait, and nobody's is made in vain."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cnnviz import settings
from cnnviz.errors import CnnvizError
from cnnviz.hosting import visitors

POLL_SECONDS = 0.5
"""Interval between checks whether somebody is waiting."""


class Turns:
    """Turns at work of which only so much is done at once.

    Args:
        at_once: how much. most_waiting: how many may wait for their turn; None = everybody.
    """

    def __init__(
        self,
        at_once: Callable[[], int] = settings.EXPORTS,
        most_waiting: Callable[[], int] | None = settings.WAITING,
    ) -> None:
        self._at_once, self._most_waiting = at_once, most_waiting
        self._changed = threading.Condition()
        self._working = 0
        self._waiting = 0
        self._begun = 0
        self._waited = 0.0

    @property
    def working(self) -> int:
        """Number of turns in progress."""
        return self._working

    @property
    def waiting(self) -> int:
        """Number of callers waiting for their turn."""
        return self._waiting

    @property
    def begun(self) -> int:
        """Number of turns so far, including those in progress."""
        return self._begun

    @property
    def waited(self) -> float:
        """Seconds that everybody together has waited."""
        return self._waited

    @contextmanager
    def turn(self, session: str | None = None) -> Iterator[None]:
        """Wait for a turn, and hold it.

        Args:
            session: the visitor who waits, who may leave meanwhile.

        Raises:
            CnnvizError: with the reason "busy", if too many wait; "left", if the visitor has gone.
        """
        with self._changed:
            full = self._most_waiting is not None and self._waiting >= self._most_waiting()
            if full and self._working >= self._at_once():
                raise CnnvizError("Too many exports are waiting; try again in a minute.", reason="busy")
            self._waiting += 1
            start = time.monotonic()
            try:
                while self._working >= self._at_once():
                    self._changed.wait(POLL_SECONDS)
                    if not visitors.is_here(session):
                        raise CnnvizError("The visitor who asked for this has left.", reason="left")
            finally:
                self._waiting -= 1
                self._waited += time.monotonic() - start
            self._working += 1
            self._begun += 1
        try:
            yield
        finally:
            with self._changed:
                self._working -= 1
                self._changed.notify()
