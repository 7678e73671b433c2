"""Late messages of a page do not lead back to it after its visitor has asked for another one.

Every message of a browser names the page that it shows. One that is sent between the press on a link and the
first answer of the new page therefore names the page that is left: a component's message, or the clock of a
fragment that reruns every second. Streamlit merges it with the request for the new page while that
waits, and the later page wins: the turn was undone, and the address with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.hosting.stream import asked_run, is_stream

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send
    from streamlit.proto.ClientState_pb2 import ClientState


class PageTurns:
    """ASGI middleware that keeps to the page that a browser asked for last."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, late messages with the new page's name or not at all."""
        if not is_stream(scope):
            await self._app(scope, receive, send)
            return
        turn = Turn()

        async def receive_in_turn() -> Message:
            while True:
                message = await receive()
                content = message.get("bytes")
                if not content:
                    return message
                content = turn.passed_on(content)
                if content is not None:
                    return {**message, "bytes": content}

        await self._app(scope, receive_in_turn, send)


class Turn:
    """The page that one browser asked for last by a link, or by Back or Forward."""

    def __init__(self) -> None:
        self._page = self._path = ""

    def passed_on(self, content: bytes) -> bytes | None:
        """Return the message to pass on to Streamlit, or None for nothing.

        Args:
            content: a `BackMsg`. It is late if the address is the new page's already, but not the page.
        """
        message = asked_run(content)
        if message is None:
            return content
        state = message.rerun_script
        path = _path(state)
        if state.is_history_navigation:
            self._page, self._path = state.page_script_hash, path
        elif self._page and path == self._path and state.page_script_hash != self._page:
            if state.fragment_id:
                # nothing of the old page is drawn any more, but its components' messages still count
                if not any(each.json_trigger_value for each in state.widget_states.widgets):
                    return None
                state.fragment_id = ""
            state.page_script_hash = self._page
            return message.SerializeToString()
        return content


def _path(state: ClientState) -> str:
    """Return the address that the browser shows, without its choices."""
    return state.context_info.url.partition("#")[0].partition("?")[0].rstrip("/")
