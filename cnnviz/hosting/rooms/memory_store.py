"""Rooms in this process' memory: for one replica."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cnnviz.hosting.rooms.base import (
    STALE_SECONDS,
    Json,
    People,
    Room,
    Store,
    TooManyRooms,
    count_people,
    public,
    tally_of,
)


@dataclass
class _Held:
    room: Room
    ends: float
    answers: dict[str, list[float]] = field(default_factory=dict)
    people: dict[str, Json] = field(default_factory=dict)


class MemoryStore(Store):
    """A store of rooms for the visitors of one process."""

    def __init__(self, *, life: float, rooms: int, followers: int) -> None:
        super().__init__(life=life, rooms=rooms, followers=followers)
        self._rooms: dict[str, _Held] = {}

    async def open(self, code: str, room: Room) -> bool:
        held = self._find(code)
        if held is None:
            if len(self._rooms) >= self.most_rooms:
                await self._end_unled()
            if len(self._rooms) >= self.most_rooms:
                raise TooManyRooms(f"Rooms must be at most {self.most_rooms}. Received: one more.")
            held = self._rooms[code] = _Held(room, self._end())
        elif held.room.owner != room.owner:
            return False
        else:
            held.room = replace(held.room, view=room.view, number=held.room.number + 1)
        await self.keep(code)
        self.hub.deliver(code, {"is": "view", "view": room.view, "number": held.room.number})
        return True

    async def room(self, code: str) -> Room | None:
        held = self._find(code)
        return held.room if held else None

    async def keep(self, code: str) -> None:
        if held := self._find(code):
            held.ends = self._end()

    async def show(self, code: str, view: Json) -> None:
        if held := self._find(code):
            held.room = replace(held.room, view=view, number=held.room.number + 1)
            held.ends = self._end()
            self.hub.deliver(code, {"is": "view", "view": view, "number": held.room.number})

    async def ask(self, code: str, poll: Json | None) -> None:
        if held := self._find(code):
            held.room = replace(held.room, poll=poll, revealed=False)
            held.answers.clear()
            held.ends = self._end()
            shown = poll and public(poll, False)
            self.hub.deliver(code, {"is": "poll", "poll": shown, "revealed": False, "tally": []})

    async def reveal(self, code: str) -> None:
        if (held := self._find(code)) and held.room.poll:
            shown, tally = public(held.room.poll, True), tally_of(held.answers.values())
            held.room = replace(held.room, revealed=True)
            self.hub.deliver(code, {"is": "poll", "poll": shown, "revealed": True, "tally": tally})

    async def answer(self, code: str, who: str, poll_id: str, values: Sequence[float]) -> bool:
        held = self._find(code)
        if held is None or held.room.poll is None or held.room.revealed or held.room.poll["id"] != poll_id:
            return False
        if who not in held.answers and len(held.answers) >= self.most_followers:
            return False
        held.answers[who] = list(values)
        self.hub.deliver(code, {"is": "answers"})
        return True

    async def tally(self, code: str) -> list[list[Any]]:
        held = self._find(code)
        return tally_of(held.answers.values()) if held else []

    async def enter(
        self, code: str, who: str, *, following: bool, name: str, connection: str = "", again: bool = False
    ) -> bool:
        held, now = self._find(code), time.time()
        if held is None:
            return False
        known = held.people.get(who)
        if again and known and known["by"] != connection and now - known["at"] < STALE_SECONDS:
            return True
        if len(held.people) >= self.most_followers:
            here = {key: each for key, each in held.people.items() if now - each["at"] < STALE_SECONDS}
            held.people = here
            if who not in here and len(here) >= self.most_followers:
                return False
        held.people[who] = {"at": now, "following": following, "name": name, "by": connection}
        self.hub.deliver(code, {"is": "people"})
        return True

    async def leave(self, code: str, who: str, connection: str = "") -> None:
        held = self._find(code)
        if held and who in held.people and held.people[who]["by"] == connection:
            del held.people[who]
            self.hub.deliver(code, {"is": "people"})

    async def people(self, code: str) -> People:
        held = self._find(code)
        return count_people(held.people.values() if held else (), time.time())

    async def end(self, code: str) -> None:
        if self._rooms.pop(code, None):
            self.hub.deliver(code, {"is": "ended"})

    async def close(self) -> None:
        self._rooms.clear()

    async def _end_unled(self) -> None:
        """End the room that has been without its lecturer for longest, if that is long."""
        unled = [code for code, held in self._rooms.items() if self._end() - held.ends >= self.unled]
        for code in sorted(unled, key=lambda each: self._rooms[each].ends)[:1]:
            await self.end(code)

    def _end(self) -> float:
        return time.monotonic() + self.life

    def _find(self, code: str) -> _Held | None:
        now = time.monotonic()
        for each in [each for each, held in self._rooms.items() if held.ends < now]:
            del self._rooms[each]
        return self._rooms.get(code)
