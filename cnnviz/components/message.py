"""Messages from a component in a visitor's browser to Python, each a name and a value.

frontend/shared/message.js sends them, as triggers of Streamlit's; a callback receives each, once, before the
next run. hosting/resending.py sends each again, with its token, until that is in `RECEIVED`. No run reads a
message, so that a later run cannot take it for a new one, and the page's data for the component follow it at
once. Messages are untrusted: one that a reader refuses counts as not sent.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import StopException

from cnnviz.components.value import none_if_malformed

T = TypeVar("T")
Receiver = Callable[[Any], None]
TOKENS = "tokens"
"""The message in which a component's others have their tokens, {name: token}."""
LEADING = ("cell", "follow", "open", "step")
"""Messages that lead to another page."""


class Received:
    """Tokens of the messages that have been received last, of all sessions."""

    MOST = 5_000

    def __init__(self) -> None:
        self._tokens: dict[str, None] = {}
        self._lock = threading.Lock()

    def __contains__(self, token: object) -> bool:
        return token in self._tokens

    def add(self, token: str) -> None:
        """Note a message, and forget the oldest if there are too many."""
        with self._lock:
            self._tokens[token] = None
            while len(self._tokens) > self.MOST:
                del self._tokens[next(iter(self._tokens))]


RECEIVED = Received()


def receiver(read: Callable[[Any], T], handle: Callable[[T], None]) -> Receiver:
    """Return a receiver of a component's message.

    Args:
        read: parses the value; raises CnnvizError if it is malformed, and the message is ignored.
        handle: called with the parsed value. It is kept alive until the next run.
    """

    def receive(value: Any) -> None:
        message = none_if_malformed(read)(value)
        if message is not None:
            handle(message)

    return receive


def callbacks(key: str, receivers: Mapping[str, Receiver]) -> dict[str, Callable[[], None]]:
    """Return the arguments of a component that register receivers, {message name: receiver}.

    Args:
        key: of the component, unique on the page.
    """
    return {f"on_{name}_change": partial(_receive, key, name, each) for name, each in receivers.items()}


def _receive(key: str, name: str, receive: Receiver) -> None:
    values = st.session_state.get(key)
    sent = values if isinstance(values, dict) else {}
    tokens = sent.get(TOKENS)
    token = str(tokens.get(name, "")) if isinstance(tokens, dict) else ""
    if token in RECEIVED:
        return
    overtaken = False
    try:
        receive(sent.get(name))
    except StopException:
        overtaken = True  # it comes again, with the request that has overtaken it
        raise
    finally:
        if token and not overtaken:
            RECEIVED.add(token)
