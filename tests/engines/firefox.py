"""Debian's Firefox, driven by its own WebDriver BiDi: Playwright drives its own build alone."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from websockets.sync.client import ClientConnection, connect

from tests.browser.conftest import DESKTOP, TIMEOUT, free_port
from tests.engines.engine import Engine

PREFERENCES = {
    "app.normandy.enabled": False,  # asks Mozilla's servers for experiments
    "app.update.disabledForTesting": True,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.server": "data:,",
}


class Element(NamedTuple):
    """An element of the page, by what the browser calls it."""

    shared_id: str


@contextmanager
def firefox(profile: Path) -> Iterator[Engine]:
    """Start it with a new profile in a folder, and end it afterwards."""
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items())
    (profile / "user.js").write_text("\n".join(lines), "utf-8")
    port = free_port()
    command = [shutil.which("firefox-esr") or "firefox", "--headless", "--no-remote"]
    process = subprocess.Popen(
        [*command, "--profile", profile, "--remote-debugging-port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not answers(port):
            assert process.poll() is None, "Firefox ended"
            time.sleep(0.1)
        with connect(f"ws://127.0.0.1:{port}/session", max_size=None, compression=None) as opened:
            yield Firefox(opened)
    finally:
        process.terminate()
        process.wait(TIMEOUT / 1000)


def answers(port: int) -> bool:
    """Whether something listens at a port of this machine."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


class Firefox:
    """An `Engine`."""

    def __init__(self, opened: ClientConnection) -> None:
        """Begin a session, the only one."""
        self._socket = opened
        self._sent = 0
        self._send("session.new", capabilities={})
        (tab,) = self._send("browsingContext.getTree")["contexts"]
        self._tab = {"context": tab["context"]}
        self._send("browsingContext.setViewport", **self._tab, viewport=DESKTOP)

    def open(self, address: str) -> None:
        self._send("browsingContext.navigate", **self._tab, url=address, wait="complete")

    @property
    def address(self) -> str:
        return str(self.run("return location.href"))

    def run(self, script: str, *arguments: Any) -> Any:
        answer = self._send(
            "script.callFunction",
            functionDeclaration=f"function () {{ {script} }}",
            arguments=[_written(each) for each in arguments],
            target=self._tab,
            awaitPromise=True,
            serializationOptions={"maxDomDepth": 0},
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return _read(answer["result"])

    def press(self, *keys: str) -> None:
        steps = [{"type": step, "value": key} for key in keys for step in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keyboard", "actions": steps})

    def click(self, element: Element) -> None:
        origin = {"type": "element", "element": {"sharedId": element.shared_id}}
        buttons = [{"type": step, "button": 0} for step in ("pointerDown", "pointerUp")]
        self._point({"type": "pointerMove", "x": 0, "y": 0, "origin": origin}, *buttons)

    def point_at(self, x: int, y: int) -> None:
        self._point({"type": "pointerMove", "x": x, "y": y})

    def _point(self, *steps: dict[str, Any]) -> None:
        self._act(
            {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": list(steps)}
        )

    def _act(self, source: dict[str, Any]) -> None:
        self._send("input.performActions", **self._tab, actions=[source])

    def _send(self, method: str, **parameters: Any) -> Any:
        """Send a command, and return its result; events are not subscribed to."""
        self._sent += 1
        self._socket.send(json.dumps({"id": self._sent, "method": method, "params": parameters}))
        answer = json.loads(self._socket.recv(timeout=TIMEOUT / 1000))
        assert answer["type"] == "success", answer
        assert answer["id"] == self._sent
        return answer["result"]


def _written(value: Any) -> dict[str, Any]:
    """Return an argument of a script, a simple value or an element, as the protocol has it."""
    if isinstance(value, Element):
        return {"sharedId": value.shared_id}
    kinds = {str: "string", bool: "boolean", int: "number", float: "number"}
    return {"type": kinds[type(value)], "value": value}


def _read(remote: dict[str, Any]) -> Any:
    """Return what a script returned, as `json.loads` would; an element as such."""
    match remote["type"]:
        case "node":
            return Element(remote["sharedId"])
        case "array":
            return [_read(each) for each in remote["value"]]
        case "object":
            return {name: _read(each) for name, each in remote["value"]}
    return remote.get("value")
