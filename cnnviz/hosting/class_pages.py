"""A page that a class turns to at once is made once, and sent to all.

Two hundred students who follow their lecturer to another page ask for the same page in the same second, and
making it two hundred times takes Streamlit seconds. So one session that belongs to no student, the model,
makes it for all with the same language and colours, and its messages are sent to all of them at once. A
student's request is handed to their own session a little later, one after the other, or at once if they
touch something; its messages then replace the model's.

The model holds nothing of any student: only the lecturer's view, and the parts of the key.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import OrderedDict, deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from cnnviz.hosting.stream import ends_run, is_stream, parse_message

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send
    from streamlit.proto.ClientState_pb2 import ClientState

OWN = ("lang", "colours", "chart", "room")
"""Choices in a student's link that following does not change."""
FEWEST = 10
"""Students of a room on this replica, below whom each session makes its own pages: that is as quick then."""
MODELS = 8
"""Models at once, each for one room, language and look."""
IDLE_SECONDS = 300.0
"""A model that nobody has needed for so long ends."""
PAGES = 4
"""Pages that a model keeps, for students whose browsers are late."""
MOST_BYTES = 4_000_000
"""Maximum size of one page; a larger one is made by each session."""
PATIENCE = 3.0
"""Seconds that a model may take for a page."""
REST = 1.0
"""Seconds between a page of the model and the first session's own: all browsers come first."""
SECONDS_EACH = 0.05
"""Seconds from one session's own page to the next one's, on average."""
SMALL = 4_000
"""Bytes; messages that begin or end a run are smaller."""
KEPT_RUNS = 4
"""Runs after which the contents of a browser's cache are unknown: it drops messages unseen for twelve runs,
and its reports of them lag behind."""
BESIDE = ("file_urls_response", "backend_operation_response", "heartbeat_ack", "session_event")
"""Types of messages that belong to no run."""


@dataclass(frozen=True)
class Asked:
    """A page that a room's lecturer shows, asked for by the browser of a student.

    Attributes:
        room: its code. target: the component's event, JSON. widget: the name of the component's events.
        state: all that the browser has sent. look: what else changes the page: language, colours.
    """

    room: str
    target: str
    widget: str
    state: ClientState
    look: tuple[Any, ...]


def asked(state: ClientState) -> Asked | None:
    """Return a browser's request if it follows its room's lecturer; None if it does anything else."""
    for widget in state.widget_states.widgets:
        if not widget.id.endswith("-room__events"):
            continue
        try:
            (event,) = json.loads(widget.json_trigger_value or "[]")
            follows = event["event"] == "follow"
        except (TypeError, ValueError, KeyError):  # not a request to follow
            return None
        own = dict(parse_qsl(state.query_string))
        context = state.context_info
        chosen = tuple((key, own.get(key, "")) for key in OWN)
        look = (*chosen, context.locale[:2], context.is_embedded, context.color_scheme)
        room = own.get("room", "")
        return Asked(room, widget.json_trigger_value, widget.id, state, look) if follows and room else None
    return None


class ClassPages:
    """ASGI middleware that sends one session's page to all of a class."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._followers: dict[str, set[_Student]] = {}
        self._models: OrderedDict[tuple[Any, ...], _Model] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; insert the model's messages between a student's browser and their session."""
        if not is_stream(scope):
            await self._app(scope, receive, send)
            return
        student = _Student(self, scope, receive, send)
        try:
            await self._app(scope, student.receive, student.send)
        finally:
            student.end()
            for room in [room for room, all_ in self._followers.items() if student in all_]:
                self._followers[room].discard(student)
                if not self._followers[room]:
                    del self._followers[room]

    def students(self, room: str) -> int:
        """Return the number of students who have followed in a room, on this replica."""
        return len(self._followers.get(room, ()))

    async def page(self, wanted: Asked, student: _Student) -> list[_Sent] | None:
        """Return the messages of a page, made once; None if the student's own session is to make it."""
        followers = self._followers.setdefault(wanted.room, set())
        followers.add(student)
        if len(followers) < FEWEST:
            return None
        model = self._models.get(wanted.look)
        if model is None or model.has_ended:
            model = self._models[wanted.look] = _Model(self._app, student.scope)
        self._models.move_to_end(wanted.look)
        while len(self._models) > MODELS:
            self._models.popitem(last=False)[1].end()
        return await model.page(wanted)


class _Sent:
    """One message of the model's, for any student.

    Args:
        content: as it was sent.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._reference = b""
        self._begins: ForwardMsg | None = None
        self.hash = ""
        message = ForwardMsg.FromString(content)
        if message.metadata.cacheable:
            self.hash = message.hash
            reference = ForwardMsg(ref_hash=message.hash, metadata=message.metadata)
            self._reference = reference.SerializeToString()
        if message.WhichOneof("type") == "new_session":
            self._begins = message

    @property
    def page(self) -> str:
        """The page's hash, of a message that begins a run; else ""."""
        return self._begins.new_session.page_script_hash if self._begins else ""

    def to(self, session: str, page: str, known: Iterable[str]) -> bytes:
        """Return it for one student.

        Args:
            session: theirs. page: hash of the one that their run begins on, "" for the message's own.
            known: hashes of messages that their browser has kept.
        """
        if self._begins:
            message = ForwardMsg()
            message.CopyFrom(self._begins)
            message.new_session.initialize.session_id = session
            if page:
                message.new_session.page_script_hash = page
            return message.SerializeToString()
        return self._reference if self._reference and self.hash in known else self._content


class _Student:
    """The proxy between one browser and its session.

    Args:
        pages: makes pages for a class. scope, receive, send: of the browser's connection.
    """

    def __init__(self, pages: ClassPages, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self._pages = pages
        self._receive, self._send = receive, send
        self._incoming: asyncio.Future[Message] | None = None
        self._held: Message | None = None
        self._due = 0.0
        self._behind: deque[Message] = deque()
        self._session = ""
        self._kept = list[str]()  # hashes of the messages of the model's page, which the browser has kept
        self._runs = 0  # that the browser has seen since
        self._page = ""  # hash of the one that the session has made last
        self._rests = asyncio.Event()  # no run of the session is on its way
        self._rests.set()
        self._awaited = ""  # hash of the page that the model has made, until the session's own comes

    def end(self) -> None:
        """Stop waiting for the browser."""
        if self._incoming:
            self._incoming.cancel()

    async def receive(self) -> Message:
        """Return the browser's next message, or one that was held until now."""
        while True:
            if self._behind:
                with suppress(TimeoutError):  # a run that takes longer is overtaken, as it would be otherwise
                    await asyncio.wait_for(self._rests.wait(), PATIENCE)
                return self._late(self._behind.popleft())
            message = await self._arrived()
            if message is None:
                return self._handed_on()
            heard = parse_message(message.get("bytes") or b"")
            kind = heard.WhichOneof("type") if heard else None
            wanted = asked(heard.rerun_script) if heard and kind == "rerun_script" else None
            if wanted:
                self._held = None  # it leads to a view that is over
                if await self._sees_model(wanted):
                    self._held = message
                    continue
            if self._held and kind not in (None, "app_heartbeat"):
                self._behind.append(message)
                return self._handed_on()
            if kind == "rerun_script":
                self._rests.clear()
            return message

    async def _arrived(self) -> Message | None:
        """Return the browser's next message; None if the held request is due first."""
        self._incoming = self._incoming or asyncio.ensure_future(self._receive())
        clock = asyncio.get_running_loop().time
        while not self._incoming.done():
            left = None if self._held is None else max(0.0, self._due - clock())
            await asyncio.wait({self._incoming}, timeout=left)
            if self._held and self._due <= clock() and not self._incoming.done():
                if self._rests.is_set():
                    return None
                self._due = clock() + SECONDS_EACH  # the session's run before it ends first
        incoming, self._incoming = self._incoming, None
        return incoming.result()

    def _handed_on(self) -> Message:
        """Return the message that was held; the session has not left the page that it was on."""
        held, self._held = self._held, None
        assert held
        return self._late(held, self._page)

    def _late(self, message: Message, page: str = "") -> Message:
        """Return a message that comes after another run: the browser still has what the model's page named.

        Args:
            page: hash of the one that the session is on, if the browser does not know.
        """
        heard = BackMsg.FromString(message["bytes"])
        if heard.WhichOneof("type") == "rerun_script":
            heard.rerun_script.cached_message_hashes[:] = self._kept
            heard.rerun_script.page_script_hash = page or heard.rerun_script.page_script_hash
            self._rests.clear()
        return {**message, "bytes": heard.SerializeToString()}

    async def _sees_model(self, wanted: Asked) -> bool:
        """Send the browser the model's messages, and return whether that was done."""
        page = await self._pages.page(wanted, self) if self._page else None
        if not page:
            return False
        known = set(wanted.state.cached_message_hashes).intersection(self._kept)
        self._kept, self._runs = [each.hash for each in page if each.hash], 0
        begins = wanted.state.page_script_hash
        self._awaited = [each.page for each in page if each.page][-1]
        for each in page:
            await self._send({"type": "websocket.send", "bytes": each.to(self._session, begins, known)})
            if each.page:
                begins = ""  # the first run is that in which the student's page is left
        students = self._pages.students(wanted.room)
        self._due = asyncio.get_running_loop().time() + REST + random.uniform(0, SECONDS_EACH * students)
        return True

    async def send(self, message: Message) -> None:
        """Pass a message of the session on, unless the browser is shown another view already."""
        content = message.get("bytes") or b""
        if content and (self._awaited or not self._session or len(content) < SMALL):
            arrived = ForwardMsg.FromString(content)
            kind = arrived.WhichOneof("type")
            if kind == "new_session":
                self._session = arrived.new_session.initialize.session_id
            elif kind == "navigation":
                self._page = arrived.navigation.page_script_hash
            ends = ends_run(arrived)
            if ends:
                self._rests.set()
                self._runs += 1
                if self._runs > KEPT_RUNS:
                    self._kept.clear()
            if self._awaited and kind not in BESIDE:
                is_own = kind == "new_session" and arrived.new_session.page_script_hash == self._awaited
                if self._held or not (is_own or ends):
                    return
                self._awaited = ""
        await self._send(message)


class _Model:
    """A session of nobody's, which follows the lecturer as a student does.

    Args:
        app: all of the app. scope: a student's, whose addresses and language are the model's too.
    """

    def __init__(self, app: ASGIApp, scope: Scope) -> None:
        headers = [pair for pair in scope["headers"] if pair[0] in (b"host", b"accept-language")]
        headers.append((b"sec-websocket-protocol", b"streamlit"))
        self._scope = {**scope, "headers": headers, "subprotocols": ["streamlit"]}
        self._app = app
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[bytes] = asyncio.Queue()
        self._pages: OrderedDict[str, asyncio.Task[list[_Sent] | None]] = OrderedDict()
        self._turn = asyncio.Lock()
        self._begun: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._page = self._query = ""
        self.has_ended = False

    async def page(self, wanted: Asked) -> list[_Sent] | None:
        """Return the messages of a page, made when it is asked for first."""
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self.end)
        if wanted.target not in self._pages:
            self._pages[wanted.target] = asyncio.create_task(self._made(wanted))
            while len(self._pages) > PAGES:
                self._pages.popitem(last=False)
        return await asyncio.shield(self._pages[wanted.target])

    def end(self) -> None:
        """Leave."""
        self.has_ended = True
        self._to_app.put_nowait({"type": "websocket.disconnect", "code": 1000})

    async def _made(self, wanted: Asked) -> list[_Sent] | None:
        """Follow to a page, and return its messages; None, and the model ends, if that fails."""
        try:
            async with asyncio.timeout(PATIENCE), self._turn:
                if self._begun is None:
                    self._begun = asyncio.ensure_future(self._app(self._scope, self._to_app.get, self._hear))
                    self._to_app.put_nowait({"type": "websocket.connect"})
                    await self._run(wanted)
                page = [_Sent(content) for content in await self._run(wanted, follows=True)]
        except (TimeoutError, DecodeError):
            page = []
        if not any(each.page for each in page):
            self.end()
            return None
        return page

    async def _hear(self, message: Message) -> None:
        if message["type"] == "websocket.send":
            self._from_app.put_nowait(message["bytes"])

    async def _run(self, wanted: Asked, *, follows: bool = False) -> list[bytes]:
        """Ask for a run, and return its messages; [] if there are too many bytes."""
        message = BackMsg()
        rerun = message.rerun_script
        rerun.context_info.CopyFrom(wanted.state.context_info)
        if follows:
            rerun.page_script_hash, rerun.query_string = self._page, self._query
            rerun.widget_states.widgets.add(id=wanted.widget, json_trigger_value=wanted.target)
        else:
            own = dict(parse_qsl(wanted.state.query_string))
            rerun.page_name = "join"
            rerun.query_string = urlencode({key: own[key] for key in OWN if key in own})
        while not self._from_app.empty():
            self._from_app.get_nowait()
        self._to_app.put_nowait({"type": "websocket.receive", "bytes": message.SerializeToString()})
        sent, ends = list[bytes](), False
        while not ends:
            content = await self._from_app.get()
            sent.append(content)
            ends = self._note(ForwardMsg.FromString(content))
        rests = ForwardMsg()
        rests.session_status_changed.script_is_running = False  # comes after the end of a run
        sent.append(rests.SerializeToString())
        return sent if sum(map(len, sent)) <= MOST_BYTES else []

    def _note(self, message: ForwardMsg) -> bool:
        """Take note of the page and its link, and return whether the run is over."""
        match message.WhichOneof("type"):
            case "navigation":
                self._page = message.navigation.page_script_hash
            case "page_info_changed":
                self._query = message.page_info_changed.query_string
        return ends_run(message)
