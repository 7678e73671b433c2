"""The visitors present, and the background work that each still waits for."""

from __future__ import annotations

import threading
from collections.abc import Hashable

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx


def current() -> str | None:
    """Return the session of the visitor whose script runs in this thread; None outside of scripts."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else None


def is_here(session: str | None) -> bool:
    """Return whether a visitor's browser is connected; work that no visitor asked for is always wanted."""
    return session is None or not runtime.exists() or runtime.get_instance().is_active_session(session)


class Interest:
    """The background work that each visitor asked for last, topic by topic.

    A visitor who changes a setting five times waits for the fifth result only, and one who has left for none.
    """

    def __init__(self) -> None:
        self._last: dict[tuple[str | None, Hashable], object] = {}
        self._lock = threading.Lock()

    def ask(self, topic: Hashable, work: object) -> None:
        """Note that the current visitor waits for `work`, and no longer for earlier work on this topic."""
        with self._lock:
            self._last = {key: value for key, value in self._last.items() if is_here(key[0])}
            self._last[current(), topic] = work

    def wants(self, topic: Hashable, work: object) -> bool:
        """Return whether a visitor who is here waits for `work`."""
        with self._lock:
            asking = [
                session for (session, about), last in self._last.items() if about == topic and last is work
            ]
        return any(map(is_here, asking))
