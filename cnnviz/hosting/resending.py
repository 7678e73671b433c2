"""Components' messages are received even if the run that was to receive them is superseded.

Streamlit ends a run once its browser asks for another, and a message not yet handed to the run's callbacks
is lost: a picture that is pressed right before a link. And a run on another page begins by forgetting the
components' states, without which no message can be read: a picture that is pressed right after a link. So a
message goes on with its component's state and a token, and again with each request until its receiver has
noted the token.
"""

from __future__ import annotations

import json
import secrets
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, Protocol

from streamlit.runtime.state.session_state import STREAMLIT_INTERNAL_KEY_PREFIX

from cnnviz.hosting.stream import asked_run, is_stream

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

BEFORE, AFTER = f"{STREAMLIT_INTERNAL_KEY_PREFIX}_", "__events"
"""Prefix and suffix of a component's identifier in that of its messages."""
PATIENCE = 10.0
"""Seconds for which a message is sent again; later it would surprise."""
KEPT, LONGEST = 8, 50_000
"""Messages of a browser that are sent again, and characters of one; more go on once."""


class Received(Protocol):
    """Tokens of messages that need not be sent again."""

    def __contains__(self, token: object) -> bool: ...

    def add(self, token: str) -> None:
        """Note that a message has been received, or no longer counts."""


class Resending:
    """ASGI middleware that sends a component's messages again. It has to be the innermost.

    Args:
        received: of all sessions.
        tokens: name of the message that has the tokens of the others, {name: token}.
        leading: names of those that lead to another page; a later press that does so replaces them.
    """

    def __init__(self, app: ASGIApp, received: Received, tokens: str, leading: Collection[str]) -> None:
        self._app = app
        self._arguments = received, tokens, leading

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, with the messages that have not been received."""
        if not is_stream(scope):
            await self._app(scope, receive, send)
            return
        outbox = Outbox(*self._arguments)

        async def receive_all() -> Message:
            message = await receive()
            content = message.get("bytes")
            return {**message, "bytes": outbox.passed_on(content)} if content else message

        await self._app(scope, receive_all, send)


class _Sent(NamedTuple):
    value: str  # JSON
    token: str
    at: float


class Outbox:
    """The messages of one browser's components that have not been received, as far as is known.

    Args: as for `Resending`.
    """

    def __init__(self, received: Received, tokens: str, leading: Collection[str]) -> None:
        self._received, self._tokens, self._leading = received, tokens, leading
        self._sent: dict[tuple[str, str], _Sent] = {}

    def passed_on(self, content: bytes) -> bytes:
        """Return the messages for Streamlit: a `BackMsg`, and those resent before it."""
        heard = asked_run(content)
        if heard is None:
            return content
        now, state = time.monotonic(), heard.rerun_script
        widgets = state.widget_states.widgets
        new = {each.id: self._events(each.json_trigger_value) for each in widgets if each.id.endswith(AFTER)}
        named = [name for events in new.values() for name in events]
        turns = (
            state.is_history_navigation
            or any(each.trigger_value for each in widgets)
            or not set(self._leading).isdisjoint(named)
        )
        for (widget, name), sent in list(self._sent.items()):
            if name in new.get(widget, ()) or (turns and name in self._leading):
                self._received.add(sent.token)
            if sent.token in self._received or now - sent.at > PATIENCE:
                del self._sent[widget, name]
        if not (new or self._sent):
            return content
        due: dict[str, dict[str, str]] = {}
        tokens: dict[str, dict[str, str]] = {}
        for (widget, name), sent in self._sent.items():  # in the order in which they were sent first
            due.setdefault(widget, {})[name] = sent.value
            tokens.setdefault(widget, {})[name] = sent.token
        for widget, events in new.items():
            for name, value in events.items():
                due.setdefault(widget, {})[name] = value
                if len(self._sent) < KEPT and len(value) <= LONGEST:
                    sent = self._sent[widget, name] = _Sent(value, secrets.token_hex(8), now)
                    tokens.setdefault(widget, {})[name] = sent.token
        others = [each for each in widgets if each.id not in new]
        known = {each.id for each in others}
        del widgets[:]
        for widget, events in due.items():
            values = {**events, self._tokens: _written(tokens.get(widget, {}))}
            listed = (f'{{"event": {_written(name)}, "value": {value}}}' for name, value in values.items())
            widgets.add(id=widget, json_trigger_value=f"[{', '.join(listed)}]")
            component = widget.removeprefix(BEFORE).removesuffix(AFTER)
            if component not in known:
                widgets.add(id=component, json_value="{}")
        widgets.extend(others)
        return heard.SerializeToString()

    def _events(self, text: str) -> dict[str, str]:
        """Return a component's message, {name: value as JSON}, without values that no browser sends."""
        with suppress(ValueError, TypeError, KeyError, RecursionError):
            listed = [(each["event"], _written(each["value"])) for each in json.loads(text)]
            return {name: value for name, value in listed if isinstance(name, str) and name != self._tokens}
        return {}


def _written(value: object) -> str:
    return json.dumps(value, allow_nan=False)
