"""The web socket of a room: `/cnnviz/room`. A browser's first message sets its role.

{"do": "open", "view"} opens a room, {"do": "lead", "secret", "view", "poll", "revealed"} leads it, also after
a lost connection, and {"do": "join", "code", "id", "following", "name"} joins one. Then a lecturer sends
{"do": "show", "view"}, {"do": "ask", "poll"}, {"do": "reveal"}, {"do": "qr", "base"}, {"do": "end"}; a
student {"do": "be", "following", "name"} and {"do": "answer", "poll", "values"}; both {"do": "here"} every
20 s or so.

Messages to a browser have `is`: the store's events, and "opened", "joined", "counted", "none" (there
is no such room), "wait" ({"seconds"}: too many tries), "full", "closed" (no rooms on this server), "trouble"
(the store does not answer; it is tried again), "here".
"""

from __future__ import annotations

import asyncio
import functools
import json
import re
import secrets
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any, ClassVar

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from cnnviz import settings
from cnnviz.errors import CnnvizError
from cnnviz.formats import picture_text
from cnnviz.hosting.rooms import base
from cnnviz.hosting.rooms.base import Json, News, NoStore, Room, Store, TooManyRooms
from cnnviz.hosting.rooms.memory_store import MemoryStore
from cnnviz.hosting.rooms.tries import GUESSES, OPENED, Tries

PATH = "/cnnviz/room"
MAX_MESSAGE = 2 * picture_text.MAX_TEXT + 8_000
"""Characters of one message: a view and a question, each with a picture of the lecturer's own."""
SILENT = 30.0
"""Seconds from a browser's connection to its first message, at most."""
COUNTING = 0.4
"""Seconds between two counts that a lecturer is sent."""
REPLICAS_HEADER = "x-cnnviz-replicas"
"""Header from `deploy/nginx.conf` with the number of replicas."""
_BASE = re.compile(r"https?://[\w.:\[\]-]{1,120}(/[\w./~-]{0,80})?")

guesses = Tries(GUESSES)
opened = Tries(OPENED)
joined = Tries(GUESSES)
"""Rooms that addresses have joined. A class has one address: who guesses there locks nobody out of them."""


@functools.cache
def store() -> Store:
    """Return this server's rooms, those of Redis if there is one."""
    life = 3600.0 * settings.ROOM_HOURS()
    limits = {"rooms": settings.ROOMS(), "followers": settings.FOLLOWERS()}
    if not settings.REDIS():
        return MemoryStore(life=life, **limits)
    from cnnviz.hosting.rooms.redis_store import RedisStore  # only hosted replicas have its client

    return RedisStore(settings.REDIS(), life=life, **limits)


async def room(socket: WebSocket) -> None:
    """Talk to one browser until one of the two ends it."""
    await socket.accept()
    try:
        talk = await _begin(socket)
        if talk is not None:
            await talk.run()
        await socket.close()
    except (WebSocketDisconnect, RuntimeError):
        pass  # it has gone; to send then is a RuntimeError


async def _begin(socket: WebSocket) -> Talk | None:
    """Read the first message, and answer it; return the talk that follows, or None."""
    replicas = socket.headers.get(REPLICAS_HEADER, "1")
    if replicas.isdecimal() and int(replicas[:6]) > 1 and not settings.REDIS():
        await socket.send_json({"is": "closed"})
        return None
    address = socket.client.host if socket.client else ""
    try:
        async with asyncio.timeout(SILENT):
            message = await receive(socket)
    except TimeoutError:
        return None  # it would never free its connection
    try:
        if message.get("do") in ("open", "lead"):
            return await Lecturer.begin(socket, message, address)
        if message.get("do") == "join":
            return await Student.begin(socket, message, address)
    except NoStore:
        await socket.send_json({"is": "trouble"})
    except TooManyRooms:
        await socket.send_json({"is": "full"})
    except CnnvizError:
        await socket.send_json({"is": "none"})
    return None


async def receive(socket: WebSocket) -> Json:
    """Return the next message; one that cannot be read is {}."""
    event = await socket.receive()
    if event["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(event["code"])
    text = event.get("text") or ""  # a message of bytes has none
    if len(text) > MAX_MESSAGE:
        return {}
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


class Talk:
    """The conversation between a lecturer's or a student's browser and the server."""

    actions: ClassVar[dict[str, str]]
    """{value of "do" in a message: the method that handles it}."""

    def __init__(self, socket: WebSocket, code: str) -> None:
        self.socket = socket
        self.code = code
        self.store = store()
        self.ended = False

    async def run(self) -> None:
        """Send events and handle messages until the room ends or the browser leaves."""
        async with self.store.subscribed(self.code) as news:
            with suppress(NoStore):
                await self.catch_up()  # with what happened between the first answer and now
            forwarding = asyncio.create_task(self._forward(news))
            listening = asyncio.create_task(self._listen())
            try:
                await asyncio.wait({forwarding, listening}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (forwarding, listening):
                    task.cancel()
                with suppress(NoStore):
                    await self.leave()
            for task in (forwarding, listening):
                with suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                    await task

    async def _listen(self) -> None:
        while not self.ended:
            message = await receive(self.socket)
            action = self.actions.get(str(message.get("do")))
            if action is None:
                continue
            try:
                await getattr(self, action)(message)
            except NoStore:
                await self.socket.send_json({"is": "trouble"})
            except CnnvizError:
                pass  # anyone may send anything: what cannot be read counts as not sent

    async def _forward(self, news: News) -> None:
        while not self.ended:
            for event in await news.next():
                try:
                    await self.hear(event)
                except NoStore:
                    await self.socket.send_json({"is": "trouble"})

    async def here(self, message: Json) -> None:
        """Answer a sign of life."""
        await self.socket.send_json({"is": "here"})

    async def catch_up(self) -> None:
        """Send the state of the room to a browser that has just connected."""

    async def hear(self, event: Json) -> None:
        """Send or handle an event."""
        raise NotImplementedError

    async def leave(self) -> None:
        """Clean up after the browser has gone."""


class Lecturer(Talk):
    """The talk with the browser that leads. What it shows and asks is kept, in case the store loses it."""

    actions: ClassVar[dict[str, str]] = {
        "show": "show",
        "ask": "ask",
        "reveal": "reveal",
        "qr": "qr",
        "end": "end",
        "here": "here",
    }

    def __init__(self, socket: WebSocket, code: str, room: Room) -> None:
        super().__init__(socket, code)
        self.own = room

    @classmethod
    async def begin(cls, socket: WebSocket, message: Json, address: str) -> Lecturer | None:
        """Open a room, or lead it again."""
        view = base.read_view(message.get("view"))
        poll = None if message.get("poll") is None else base.read_poll(message["poll"])
        secret = base.new_secret() if message["do"] == "open" else base.read_id(message.get("secret"))
        code = await asyncio.to_thread(base.code_of, secret)
        room = Room(base.owner_of(secret), view, poll=poll, revealed=message.get("revealed") is True)
        if await store().room(code) is None:  # also who leads a room that was lost opens one
            if seconds := opened.wait(address):
                await socket.send_json({"is": "wait", "seconds": seconds})
                return None
            opened.add(address, code)
        if not await store().open(code, room):
            await socket.send_json({"is": "none"})
            return None
        room = await store().room(code) or room
        await socket.send_json(
            {"is": "opened", "code": code, "secret": secret, "hours": settings.ROOM_HOURS()}
        )
        return cls(socket, code, room)

    async def catch_up(self) -> None:
        """Send the participants and the answers."""
        await self._send_people()
        await self._send_answers()

    async def hear(self, event: Json) -> None:
        """Send counts, some a second at most; open the room again where it was lost."""
        if event["is"] == "people":
            await self._send_people()
            await asyncio.sleep(COUNTING)
        elif event["is"] == "answers":
            await self._send_answers()
            await asyncio.sleep(COUNTING)
        elif event["is"] == "again":
            try:
                leads = await self.store.open(self.code, self.own)
            except TooManyRooms:  # others were opened meanwhile; the browser hears it when it comes back
                leads = False
            if leads:
                await self.catch_up()
            else:
                self.ended = True
        elif event["is"] == "ended":
            self.ended = True
            await self.socket.send_json(event)
        elif event["is"] == "poll":  # of this lecturer's other browser, perhaps
            await self._send_answers()

    async def show(self, message: Json) -> None:
        """Show a view to the class."""
        self.own = replace(self.own, view=base.read_view(message.get("view")))
        await self.store.show(self.code, self.own.view)

    async def ask(self, message: Json) -> None:
        """Ask a question; None takes it back."""
        poll = None if message.get("poll") is None else base.read_poll(message["poll"])
        self.own = replace(self.own, poll=poll, revealed=False)
        await self.store.ask(self.code, poll)

    async def reveal(self, message: Json) -> None:
        """Reveal the answer."""
        self.own = replace(self.own, revealed=True)
        await self.store.reveal(self.code)

    async def here(self, message: Json) -> None:
        """Renew the room's life."""
        await self.store.keep(self.code)
        await super().here(message)
        await self._send_people()  # those who went without a word are no longer counted

    async def qr(self, message: Json) -> None:
        """Send the QR code of the room's address, row by row, "1" = dark."""
        import segno

        address = message.get("base")
        if isinstance(address, str) and _BASE.fullmatch(address):
            made = segno.make_qr(f"{address}/join?room={self.code}", error="m")
            rows = ["".join(str(int(cell)) for cell in row) for row in made.matrix]
            await self.socket.send_json({"is": "qr", "rows": rows})

    async def end(self, message: Json) -> None:
        """End the room."""
        await self.store.end(self.code)

    async def _send_people(self) -> None:
        people = await self.store.people(self.code)
        await self.socket.send_json({"is": "people", **asdict(people)})

    async def _send_answers(self) -> None:
        room = await self.store.room(self.code)
        if room is not None:
            tally = await self.store.tally(self.code) if room.poll else []
            shown = {"poll": room.poll, "revealed": room.revealed, "tally": tally}
            await self.socket.send_json({"is": "answers", **shown})


class Student(Talk):
    """The talk with the browser of one who follows. The answer is kept, in case the store loses it."""

    actions: ClassVar[dict[str, str]] = {"be": "be", "answer": "answer", "here": "here"}

    def __init__(self, socket: WebSocket, code: str, who: str, following: bool, name: str) -> None:
        super().__init__(socket, code)
        self.who = who
        self.following = following
        self.name = name
        self.connection = secrets.token_hex(8)  # an earlier one may end after the next has begun
        self.given: tuple[str, list[float]] | None = None

    @classmethod
    async def begin(cls, socket: WebSocket, message: Json, address: str) -> Student | None:
        """Join a room."""
        code, who = base.read_code(message.get("code")), base.read_id(message.get("id"))
        if (seconds := guesses.wait(address)) and not joined.has(address, code):
            await socket.send_json({"is": "wait", "seconds": seconds})
            return None
        following, name = message.get("following") is not False, base.read_name(message.get("name"))
        if await store().room(code) is None:
            guesses.add(address, code)
            await socket.send_json({"is": "none"})
            return None
        student = cls(socket, code, who, following, name)
        if not await student._enter(again=False):
            await socket.send_json({"is": "full"})
            return None
        joined.add(address, code)
        await socket.send_json({"is": "joined", "code": code, "name": name})
        return student

    async def catch_up(self) -> None:
        """Send the view and the question."""
        room = await self.store.room(self.code)
        if room is None:
            return
        await self.socket.send_json({"is": "view", "view": room.view, "number": room.number})
        tally = await self.store.tally(self.code) if room.poll and room.revealed else []
        poll = room.poll and base.public(room.poll, room.revealed)
        shown = {"poll": poll, "revealed": room.revealed, "tally": tally}
        await self.socket.send_json({"is": "poll", **shown})

    async def hear(self, event: Json) -> None:
        """Send the view that the class is shown."""
        if event["is"] in ("view", "poll", "ended"):
            self.ended = event["is"] == "ended"
            await self.socket.send_json(event)
        elif event["is"] == "again":
            await self._enter_again()

    async def _enter_again(self) -> None:
        """Come back to a room whose store was lost, as soon as its lecturer has opened it again."""
        for _ in range(20):
            if await self._enter():
                if self.given is not None:
                    await self.store.answer(self.code, self.who, *self.given)
                await self.catch_up()
                return
            await asyncio.sleep(COUNTING)
        await self.socket.send_json({"is": "trouble"})

    async def be(self, message: Json) -> None:
        """Follow or wander, under a name or none."""
        self.following, self.name = message.get("following") is True, base.read_name(message.get("name"))
        await self._enter()

    async def answer(self, message: Json) -> None:
        """Answer the question."""
        poll, values = base.read_id(message.get("poll")), base.read_answer(message.get("values"))
        counts = await self.store.answer(self.code, self.who, poll, values)
        if counts:
            self.given = poll, values
        await self.socket.send_json({"is": "counted", "poll": poll, "values": values if counts else None})

    async def here(self, message: Json) -> None:
        """Stay in the room."""
        await self._enter()
        await super().here(message)

    async def leave(self) -> None:
        """Leave the room, unless the participant is in it by a newer connection."""
        await self.store.leave(self.code, self.who, self.connection)

    async def _enter(self, again: bool = True) -> bool:
        return await self.store.enter(
            self.code,
            self.who,
            following=self.following,
            name=self.name,
            connection=self.connection,
            again=again,
        )


ROUTES: list[Any] = [WebSocketRoute(PATH, room)]
