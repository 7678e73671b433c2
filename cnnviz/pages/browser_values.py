"""The widgets' values that a session's browser already has, so that only others are sent to it.

A sent value arrives late on a slow connection, and undoes the visitor's choice since; one that is not sent
may not be shown. So each is sent once, and again where a run's answer may not have arrived.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

ANSWER = 10.0
"""Seconds that an answer may take to reach the browser."""
SENT = 0.5
"""Seconds after which a run's values are on their way; a run that begins earlier replaces them."""
_NOTHING = object()


@dataclass
class BrowserValues:
    """Values by the keys of their widgets.

    Attributes:
        shown: the values that runs last asked for. known: those that the browser certainly shows.
        sent: by this run, or the one that ended at `ended`; not certain to have arrived.
        drawn: whose each widget was last, a page's or the frame's, and with which options.
        late: when another value than the browser showed was sent to it.
    """

    shown: dict[str, Any] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)
    sent: dict[str, Any] = field(default_factory=dict)
    drawn: dict[str, tuple[str, Mapping[Any, str] | None]] = field(default_factory=dict)
    late: dict[str, float] = field(default_factory=dict)
    ended: float = math.inf

    def begin(self) -> None:
        """Start a run of the whole page."""
        self._learn()
        self.sent, self.ended = {}, math.inf

    def end(self) -> None:
        """End a run, of the page or of a fragment, that has drawn all its widgets."""
        self.ended = time.monotonic()

    def _learn(self) -> None:
        if time.monotonic() - self.ended >= SENT:
            self.known |= self.sent
            self.sent, self.ended = {}, math.inf

    def changed(self, key: str) -> bool:
        """Return whether the visitor has changed a widget since a run last asked for its value."""
        return key in st.session_state and st.session_state[key] != self.shown.get(key)

    def show(self, key: str, choice: Any, options: Mapping[Any, str] | None = None) -> None:
        """Let the widget that is drawn next show a choice: set it in session state if need be.

        Args:
            options: {choice: text}; the browser names a choice by its text, so other texts need it to be set.
        """
        self._learn()
        widget = (ThreadState.get().active_script_hash, options)  # on another page it is another one
        now, known, crossed = time.monotonic(), self.known.pop(key, _NOTHING), False
        if self.changed(key):
            known = st.session_state[key]  # the browser has said so,
            crossed = now - self.late.get(key, -ANSWER) < ANSWER  # and another may have been sent since
        if self.drawn.get(key) != widget:
            known = _NOTHING
        self.shown[key], self.drawn[key] = choice, widget
        if key in st.session_state and st.session_state[key] == known == choice and not crossed:
            self.known[key] = choice
            return
        if known is not _NOTHING:
            self.late[key] = now
        st.session_state[key] = self.sent[key] = choice
