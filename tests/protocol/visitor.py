"""A visitor who speaks Streamlit's protocol without a browser, and may send what no browser would."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NewSession_pb2 import NewSession
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

MAX_RUNS = 20
"""A message that starts more runs than this starts them without end."""


class EndlessRuns(AssertionError):
    """One message keeps the server busy."""


class Visitor:
    """One session.

    Attributes:
        elements: what is drawn, by its delta path.
        pages: the hash of each page, by its name. page: the current one's.
        query: the address' query, as the server has set it.
        session: what the server has said of itself: settings, theme.
        icon: the tab's, as an address or a sign.
        fragments: the parts of the page that can run alone.
    """

    def __init__(self, channel: ClientConnection) -> None:
        self._channel = channel
        self.elements: dict[tuple[int, ...], Element] = {}
        self.pages: dict[str, str] = {}
        self.page = ""
        self.query = ""
        self.session = NewSession()
        self.icon = ""
        self.fragments: list[str] = []

    def run(
        self,
        page: str | None = None,
        query: str = "",
        *,
        fragment: str = "",
        states: Sequence[WidgetState] = (),
        **values: Any,
    ) -> int:
        """Ask for a run, read until the server has nothing more to do, and return how many runs it took.

        Args:
            page: the page to go to, by its name; None = the current one.
            query: the address' query. fragment: the one to run alone.
            states: values of widgets, as they travel. values: more of them, by the key of the widget:
                a dictionary is what a component holds, True a pressed button, all else a text.
        """
        message = BackMsg()
        script = message.rerun_script
        script.query_string = query
        script.fragment_id = fragment
        if page is None or page in self.pages:
            script.page_script_hash = self.page if page is None else self.pages[page]
        else:
            script.page_name = page  # as a browser does that has only an address
        script.widget_states.widgets.extend(states)
        for key, value in values.items():
            state = script.widget_states.widgets.add(id=self.widget(key))
            if isinstance(value, dict):
                state.json_value = json.dumps(value)
            elif value is True:
                state.trigger_value = True
            else:
                state.string_value = value
        self.send(message)
        runs = self._read(
            lambda kind, answer: (
                kind == "script_finished" and answer.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
            )
        )
        return runs + self._rest()

    def clear_cache(self) -> None:
        """Send the message that clears Streamlit's caches, and wait until the server has taken it in."""
        message = BackMsg()
        message.clear_cache = True
        self.send(message)
        self._rest()

    def widget(self, key: str) -> str:
        """Return the identifier of the widget `key`."""
        return next(each for each in self.widgets() if each.endswith(f"-{key}"))

    def widgets(self) -> list[str]:
        """Return the identifiers of all widgets that are drawn."""
        parts = [getattr(element, element.WhichOneof("type")) for element in self.elements.values()]
        return [part.id for part in parts if getattr(part, "id", "")]

    def drawn(self, kind: str) -> list[Any]:
        """Return the elements of a kind, "markdown" or "exception"."""
        return [getattr(each, kind) for each in self.elements.values() if each.WhichOneof("type") == kind]

    def send(self, message: BackMsg) -> None:
        """Send a message, and wait for nothing."""
        self._channel.send(message.SerializeToString())

    def read_until(self, is_so: Callable[[], bool]) -> None:
        """Read until something is so."""
        self._read(lambda kind, answer: is_so())

    def _rest(self) -> int:
        """Ask for a sign of life, and return how many runs began before it came."""
        message = BackMsg()
        message.app_heartbeat = True
        self.send(message)
        return self._read(lambda kind, _: kind == "heartbeat_ack")

    def _read(self, is_end: Callable[[str, ForwardMsg], bool]) -> int:
        runs = 0
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(self._channel.recv(timeout=120, decode=False))
            kind = str(answer.WhichOneof("type"))
            if kind == "new_session":
                runs += 1
                if runs > MAX_RUNS:
                    raise EndlessRuns(f"one message has started {runs} runs")
            self._take(kind, answer)
            if is_end(kind, answer):
                return runs

    def _take(self, kind: str, answer: ForwardMsg) -> None:
        if kind == "new_session":
            self.session = answer.new_session
            self.page = answer.new_session.page_script_hash
            if not answer.metadata.run.fragment_ids:
                self.elements.clear()
                self.fragments.clear()
        elif kind == "navigation":
            self.pages = {each.url_pathname: each.page_script_hash for each in answer.navigation.app_pages}
            self.page = answer.navigation.page_script_hash
        elif kind == "page_config_changed":
            self.icon = answer.page_config_changed.favicon or self.icon
        elif kind == "page_info_changed":
            self.query = answer.page_info_changed.query_string
        elif kind == "delta" and answer.delta.WhichOneof("type") == "new_element":
            path = tuple(answer.metadata.delta_path)
            self.elements[path] = answer.delta.new_element
            if answer.delta.fragment_id and answer.delta.fragment_id not in self.fragments:
                self.fragments.append(answer.delta.fragment_id)


@contextmanager
def visit(url: str) -> Iterator[Visitor]:
    """Open a session on a server."""
    address = f"{url.replace('http', 'ws')}/_stcore/stream"
    with connect(
        address,
        max_size=None,
        subprotocols=["streamlit"],  # type: ignore[list-item]
        origin=url,  # type: ignore[arg-type]
        ping_interval=None,  # a busy server answers a ping late
    ) as channel:
        yield Visitor(channel)
