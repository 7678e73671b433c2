"""A lecturer and students without browsers: what they say to a server's rooms over a web socket.

with Client.open(url) as lecturer, Client.join(url, lecturer.code) as student:
    lecturer.send("show", view={"page": "relu", "query": "", "moment": ""})
    student.wait("view", lambda event: event["view"]["page"] == "relu")
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from cnnviz.hosting.rooms.socket import PATH

Event = dict[str, Any]
TIMEOUT = 120.0
HOME: Event = {"page": "", "query": "", "moment": ""}


class Client:
    """A connection to the rooms of a server. `first` is the server's first answer, {} if it gives none."""

    def __init__(
        self, url: str, message: Event | str | bytes, headers: Mapping[str, str] | None = None
    ) -> None:
        """Connect, and say who this is.

        Args:
            url: of the server: "http://127.0.0.1:8501", with its path. headers: of the request.
        """
        address = url.replace("http", "ws", 1) + PATH
        connecting = connect(
            address,
            additional_headers=dict(headers or {}),
            open_timeout=TIMEOUT,
            proxy=None,
            ping_interval=None,  # a busy server answers a ping late
        )
        self._end = ExitStack()
        self.socket: ClientConnection = self._end.enter_context(connecting)
        with suppress(ConnectionClosed):
            self.socket.send(json.dumps(message) if isinstance(message, dict) else message)
        try:
            self.first = self.receive()
        except ConnectionClosed:
            self.first = {}

    @classmethod
    def open(cls, url: str, view: Event = HOME, **headers: str) -> Client:
        """Open a room."""
        return cls(url, {"do": "open", "view": view}, headers)

    @classmethod
    def lead(cls, url: str, secret: str, view: Event = HOME, **more: Any) -> Client:
        """Lead a room again."""
        return cls(url, {"do": "lead", "secret": secret, "view": view, **more})

    @classmethod
    def join(cls, url: str, code: str, **more: Any) -> Client:
        """Join a room."""
        return cls(url, {"do": "join", "code": code, "id": secrets.token_hex(8), **more})

    @property
    def code(self) -> str:
        """Code of the room."""
        return str(self.first["code"])

    def send(self, do: str, **values: Any) -> None:
        """Send a message."""
        self.socket.send(json.dumps({"do": do, **values}))

    def receive(self) -> Event:
        """Wait for the next event."""
        event: Event = json.loads(self.socket.recv(TIMEOUT))
        return event

    def wait(self, kind: str, like: Callable[[Event], bool] = lambda event: True) -> Event:
        """Wait for an event of a kind."""
        while True:
            event = self.receive()
            if event["is"] == kind and like(event):
                return event

    def is_closed(self) -> bool:
        """Wait until the server says nothing more, and return whether it has closed the connection."""
        try:
            while True:
                self.receive()
        except ConnectionClosed:
            return True
        except TimeoutError:
            return False

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.close()
