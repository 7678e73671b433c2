"""A line on which the server's messages can be held back, as a slow one does."""

from __future__ import annotations

from playwright.sync_api import Page, WebSocketRoute
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


class HeldLine:
    """The connection of a tab that is to be loaded; all messages pass until `hold`.

    Attributes:
        connections: made so far, the last one is in use.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._holds = False
        self._held: list[str | bytes] = []
        self.connections: list[WebSocketRoute] = []
        page.route_web_socket("**/_stcore/stream", self._connect)

    def _connect(self, route: WebSocketRoute) -> None:
        upstream = route.connect_to_server()
        upstream.on_message(
            lambda message: self._held.append(message) if self._holds else route.send(message)
        )
        route.on_message(upstream.send)
        self.connections.append(route)

    def hold(self) -> None:
        """Hold back what comes from now on."""
        self._holds = True

    def wait_for_run(self) -> None:
        """Wait until all of a run is held back."""
        while not any(map(_ends_run, self._held)):
            self._page.wait_for_timeout(50)

    def release(self, *, on_hold: bool = False) -> None:
        """Send what is held back; what comes after that passes, unless it is to stay on hold."""
        self._holds = on_hold
        held, self._held = self._held, []
        for message in held:
            self.connections[-1].send(message)


def _ends_run(message: str | bytes) -> bool:
    return (
        isinstance(message, bytes) and ForwardMsg.FromString(message).WhichOneof("type") == "script_finished"
    )
