"""A visitor without a browser: speaks Streamlit's protocol, moves widgets, notes what re-runs send."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.DownloadButton_pb2 import DownloadButton
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NumberInput_pb2 import NumberInput
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.protocol import State

from cnnviz import samples

SUBPROTOCOL: Any = "streamlit"


@dataclass
class Answer:
    """The messages of one re-run.

    Attributes:
        seconds: from the request to the end of the script.
        bytes: on the socket.
        query: the link after it; "" if it has not changed.
        exceptions: messages of the exceptions that are shown.
    """

    seconds: float = 0.0
    bytes: int = 0
    query: str = ""
    exceptions: list[str] = field(default_factory=list)


class Visitor:
    """One session. Use it with `async with`.

    Args:
        url: the server's. seat: the cookie by which a proxy finds the replica of a browser.

    Attributes:
        pages: {url path: page's hash}, once a first re-run has told.
        page: the hash of the page that is open. query: its link. session: the server's name of this one.
        widgets: {key: the protobuf element} of what the last re-run drew.
        buttons: the files that the last re-run offered.
    """

    def __init__(self, url: str, *, seat: str = "") -> None:
        self._url = url
        self._headers = {"Cookie": f"cnnviz_seat={seat}"} if seat else {}
        self._socket: ClientConnection | None = None
        self.pages: dict[str, str] = {}
        self.page = ""
        self.query = ""
        self.session = ""
        self.widgets: dict[str, Any] = {}
        self.buttons: list[DownloadButton] = []
        self._kept: dict[str, tuple[int, ForwardMsg]] = {}
        self._keep_runs = 2
        self._runs = 0

    async def __aenter__(self) -> Visitor:
        address = self._url.replace("http", "ws") + "/_stcore/stream"
        self._socket = await connect(
            address,
            max_size=None,
            subprotocols=[SUBPROTOCOL],
            origin=self._url,  # type: ignore[arg-type]
            additional_headers=self._headers,
            compression=None,  # it would cost the client more than all else
            ping_interval=None,  # a busy server answers a ping late
        )
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._socket is not None:
            await self._socket.close()

    async def open(self, page: str = "", query: str = "") -> Answer:
        """Open a page by its URL path with a query string; only in a new session its choices count."""
        self.page, self.query, self.widgets = self.pages.get(page, ""), query, {}
        return await self.rerun(name="" if self.page else page)

    async def set(self, key: str, value: int | float | str | bool) -> Answer:
        """Move one of Streamlit's own widgets."""
        state = WidgetState(id=self.widgets[key].id)
        match value:
            case bool():
                state.bool_value = value
            case int() | float():
                state.double_value = value
            case str():
                state.string_value = value
        return await self.rerun(state)

    async def trigger(self, key: str, event: str, value: Any) -> Answer:
        """Let a component tell an event."""
        name = f"$$STREAMLIT_INTERNAL_KEY_{self.widgets[key].id}__events"
        return await self.rerun(
            WidgetState(id=name, json_trigger_value=json.dumps([{"event": event, "value": value}]))
        )

    async def tell(self, key: str, state: Any) -> Answer:
        """Let a component set its state, {name: value}."""
        return await self.rerun(WidgetState(id=self.widgets[key].id, json_value=json.dumps(state)))

    async def rerun(self, *states: WidgetState, name: str = "") -> Answer:
        """Ask for a re-run of the open page, and wait until the script has finished."""
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self.page
        message.rerun_script.page_name = name  # as a browser does that has only an address
        message.rerun_script.widget_states.widgets.extend(states)
        self._runs += 1
        self._kept = {k: each for k, each in self._kept.items() if self._runs - each[0] <= self._keep_runs}
        message.rerun_script.cached_message_hashes.extend(self._kept)
        self.buttons = []
        answer, start = Answer(), time.perf_counter()
        await self.send(message)
        async for arrived in self.messages(answer):
            if (
                arrived.WhichOneof("type") == "script_finished"
                and arrived.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
            ):
                break
        answer.seconds = time.perf_counter() - start
        return answer

    async def download(self, label: str) -> str:
        """Let a file be made, by the label of its button, and return its address; "" if it failed."""
        (button,) = [
            each for each in self.buttons if each.label.endswith(label) and each.HasField("deferred_file_id")
        ]
        message = BackMsg()
        message.backend_operation_request.request_id = button.id
        message.backend_operation_request.session_id = self.session
        message.backend_operation_request.deferred_file.file_id = button.deferred_file_id
        await self.send(message)
        async for arrived in self.messages(Answer()):
            if arrived.WhichOneof("type") == "backend_operation_response":
                return str(arrived.backend_operation_response.deferred_file.url)
        return ""

    async def ended(self) -> None:
        """Wait until the server ends the connection."""
        assert self._socket is not None
        while True:
            await self._socket.recv(decode=False)

    @property
    def is_cut_off(self) -> bool:
        """Whether the server has ended the connection."""
        return self._socket is not None and self._socket.state is State.CLOSED

    async def send(self, message: BackMsg) -> None:
        """Send any message of the protocol."""
        assert self._socket is not None
        await self._socket.send(message.SerializeToString())

    async def messages(self, answer: Answer) -> Any:
        """Yield what arrives, and take note of it."""
        assert self._socket is not None
        while True:
            content = await self._socket.recv(decode=False)
            message = ForwardMsg()
            message.ParseFromString(content)
            answer.bytes += len(content)
            message = self._whole(message)
            self._note(message, answer)
            yield message

    def _whole(self, message: ForwardMsg) -> ForwardMsg:
        """Keep a message for some runs, as a browser does, and return the one that a reference stands for."""
        if message.WhichOneof("type") == "ref_hash":
            kept = ForwardMsg()
            kept.CopyFrom(self._kept[message.ref_hash][1])
            kept.metadata.CopyFrom(message.metadata)
            self._kept[message.ref_hash] = self._runs, kept
            return kept
        if message.metadata.cacheable:
            self._kept[message.hash] = self._runs, message
        return message

    def _note(self, message: ForwardMsg, answer: Answer) -> None:
        match message.WhichOneof("type"):
            case "new_session":
                self._keep_runs = message.new_session.config.max_cached_message_age
                self.session = message.new_session.initialize.session_id
            case "navigation":
                self.page = message.navigation.page_script_hash
                self.pages = {
                    page.url_pathname: page.page_script_hash for page in message.navigation.app_pages
                }
                self.pages[""] = next(
                    page.page_script_hash for page in message.navigation.app_pages if page.is_default
                )
            case "page_info_changed":
                answer.query = self.query = message.page_info_changed.query_string
            case "delta" if message.delta.WhichOneof("type") == "new_element":
                element = message.delta.new_element
                kind = element.WhichOneof("type")
                if kind == "exception":
                    answer.exceptions.append(f"{element.exception.type}: {element.exception.message}")
                drawn = getattr(element, kind)
                if isinstance(drawn, DownloadButton):
                    self.buttons.append(drawn)
                if isinstance(getattr(drawn, "id", None), str) and drawn.id:
                    # an element's ID ends in the key that the script has given it
                    self.widgets[drawn.id.split("-", 2)[-1]] = drawn


async def crowd(
    url: str, *, sessions: int, every: float, acts: int, visitor: type[Visitor] = Visitor
) -> tuple[list[float], list[str]]:
    """Let visitors open pages, pick pictures and move numbers.

    Each of them goes over all pages, in an order of its own. On a page it picks another picture and, where
    there is a number to move, moves it; what has not happened afterwards is an error.

    Args:
        every: seconds from one act of a visitor to the next, on average: each time between half and one and a
            half of it; longer if the answer takes longer.
        acts: how many of each visitor.

    Returns:
        The seconds of each re-run, and what went wrong.
    """
    times, errors = list[float](), list[str]()
    coming, everyone_is_there = sessions, asyncio.Event()

    async def visit(number: int) -> None:
        nonlocal coming
        await asyncio.sleep(every * number / sessions)
        pause = random.Random(number)
        async with visitor(url, seat=f"crowd{number}") as one:
            try:
                await one.open()
            finally:
                coming -= 1
                if not coming:
                    everyone_is_there.set()
            await everyone_is_there.wait()  # to come is a row of its own
            await asyncio.sleep(every * pause.random())
            for what, act, expected in itertools.islice(moves(one, number), acts):
                start = time.perf_counter()
                answer = await act
                times.append(answer.seconds)
                errors.extend(f"{what}: {message}" for message in answer.exceptions)
                if expected not in f"&{one.query}&":
                    errors.append(f"{what}: {expected} is not in {one.query!r}")
                wait = every * pause.uniform(0.5, 1.5)  # people do not keep in step with each other
                await asyncio.sleep(max(0.0, wait - (time.perf_counter() - start)))

    for result in await asyncio.gather(*(visit(k) for k in range(sessions)), return_exceptions=True):
        if isinstance(result, BaseException):
            errors.append(repr(result))
    return times, errors


def moves(visitor: Visitor, number: int) -> Iterator[tuple[str, Any, str]]:
    """Yield (what it is, the coroutine that does it, what the link must hold afterwards) without end."""
    pictures = len(samples())
    for turn in itertools.count(number):
        paths = sorted(path for path in visitor.pages if path)
        path = paths[turn % len(paths)]
        yield f"open {path}", visitor.open(path, visitor.query), ""
        if "thumbnails_sample" in visitor.widgets:
            picked = 1 + turn % (pictures - 1)  # the first one is the default: links leave it out
            pick = visitor.trigger("thumbnails_sample", "selection", picked)
            yield f"pick {picked} on {path}", pick, f"&picture=sample-{picked}&"
        if moved := _number(visitor, turn):
            key, value = moved
            yield f"move {key} on {path}", visitor.set(key, float(value)), f"&{key}={value}&"


def _number(visitor: Visitor, turn: int) -> tuple[str, int] | None:
    """Return a number field of the page and a value for it that is neither its own nor its default."""
    fields = {
        key: element
        for key, element in visitor.widgets.items()
        if isinstance(element, NumberInput)
        and not (element.disabled or key.startswith("sheet_"))  # a worksheet becomes a link when it is made
        and element.max - element.min >= 2
    }
    if not fields:
        return None
    key = sorted(fields)[turn % len(fields)]
    element = fields[key]
    now = element.value if element.set_value else element.default
    others = [v for v in range(int(element.min), int(element.max) + 1) if v not in (now, element.default)]
    return key, others[turn % len(others)]
