"""Rooms in Redis: for several replicas, each of which hears through Redis what happens at the others.

A room is a hash, its answers and its people are two more, and all three end by themselves. Events travel by
publish and subscribe, one subscription a process.
"""

from __future__ import annotations

import asyncio
import functools
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, ParamSpec, TypeVar

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.exceptions import RedisError

from cnnviz.hosting.rooms.base import (
    STALE_SECONDS,
    Json,
    News,
    NoStore,
    People,
    Room,
    Store,
    TooManyRooms,
    count_people,
    public,
    tally_of,
)

P = ParamSpec("P")
T = TypeVar("T")

PREFIX = "cnnviz:room:"
ROOMS = "cnnviz:rooms"
"""Sorted set of codes, by when they end."""
LEAVE = """
local entry = redis.call("HGET", KEYS[1], ARGV[1])
if not entry or cjson.decode(entry)["by"] ~= ARGV[2] then return 0 end
return redis.call("HDEL", KEYS[1], ARGV[1])
"""
"""Deletes a participant, if no other connection has entered since; in one go, as replicas do so at once."""
RENEW = """
local entry = redis.call("HGET", KEYS[1], ARGV[1])
local held = entry and cjson.decode(entry)
if held and held["by"] ~= ARGV[2] and held["at"] > tonumber(ARGV[4]) then return 0 end
redis.call("HSET", KEYS[1], ARGV[1], ARGV[3])
return 1
"""
"""Writes a participant, unless another connection has entered since, and was heard of after a time."""
CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 3.0
AGAIN_SECONDS = 0.3
"""Until a lost Redis is looked for again."""


def _reaching(method: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Raise `NoStore` where a method cannot reach Redis."""

    @functools.wraps(method)
    async def reaching(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await method(*args, **kwargs)
        except (RedisError, OSError) as error:
            raise NoStore(f"Redis must answer. Received: {type(error).__name__}.") from error

    return reaching


class RedisStore(Store):
    """A store of rooms for all processes that use the same Redis."""

    def __init__(self, address: str, *, life: float, rooms: int, followers: int) -> None:
        super().__init__(life=life, rooms=rooms, followers=followers)
        settings: dict[str, Any] = {
            "decode_responses": True,
            "socket_connect_timeout": CONNECT_SECONDS,
            "socket_timeout": ANSWER_SECONDS,
        }
        # a connection of before a restart fails once; but no retry may hide that events were lost
        self._redis = Redis.from_url(address, retry=Retry(ConstantBackoff(0.05), 1), **settings)
        self._events = Redis.from_url(address, retry=Retry(ConstantBackoff(0), 0), **settings)
        self._leaving = self._redis.register_script(LEAVE)
        self._renewing = self._redis.register_script(RENEW)
        self._reader: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    @asynccontextmanager
    async def subscribed(self, code: str) -> AsyncIterator[News]:
        if self._reader is None:
            self._reader = asyncio.create_task(self._read())
        try:
            await asyncio.wait_for(self._listening.wait(), CONNECT_SECONDS)
        except TimeoutError:
            pass  # "again" comes once Redis does
        async with super().subscribed(code) as news:
            yield news

    @_reaching
    async def open(self, code: str, room: Room) -> bool:
        owner = await self._redis.hget(PREFIX + code, "owner")
        if owner is not None and owner != room.owner:
            return False
        if owner is None:
            await self._redis.zremrangebyscore(ROOMS, 0, time.time())
            if await self._redis.zcard(ROOMS) >= self.most_rooms:
                await self._end_unled()
            if await self._redis.zcard(ROOMS) >= self.most_rooms:
                raise TooManyRooms(f"Rooms must be at most {self.most_rooms}. Received: one more.")
            if not await self._redis.hsetnx(PREFIX + code, "owner", room.owner):
                return await self.open(code, room)  # somebody was faster
            poll = json.dumps(room.poll, allow_nan=False) if room.poll else ""
            first: dict[Any, Any] = {"number": room.number - 1, "poll": poll, "revealed": int(room.revealed)}
            await self._redis.hset(PREFIX + code, mapping=first)
        await self._show(code, room.view)
        return True

    @_reaching
    async def room(self, code: str) -> Room | None:
        held = {str(key): str(text) for key, text in (await self._redis.hgetall(PREFIX + code)).items()}
        if "owner" not in held or "view" not in held:
            return None
        poll = json.loads(held["poll"]) if held.get("poll") else None
        return Room(
            held["owner"], json.loads(held["view"]), int(held["number"]), poll, held.get("revealed") == "1"
        )

    @_reaching
    async def keep(self, code: str) -> None:
        if await self._exists(code):
            await self._keep(code)

    @_reaching
    async def show(self, code: str, view: Json) -> None:
        if await self._exists(code):
            await self._show(code, view)

    @_reaching
    async def ask(self, code: str, poll: Json | None) -> None:
        if not await self._exists(code):
            return
        async with self._redis.pipeline() as pipe:
            pipe.hset(
                PREFIX + code,
                mapping={"poll": json.dumps(poll, allow_nan=False) if poll else "", "revealed": 0},
            )
            pipe.delete(_answers(code))
            await pipe.execute()
        await self._keep(code)
        shown = poll and public(poll, False)
        await self._publish(code, {"is": "poll", "poll": shown, "revealed": False, "tally": []})

    @_reaching
    async def reveal(self, code: str) -> None:
        poll = await self._redis.hget(PREFIX + code, "poll")
        if not poll:
            return
        await self._redis.hset(PREFIX + code, "revealed", "1")
        tally = await self._tally(code)
        shown = public(json.loads(poll), True)
        await self._publish(code, {"is": "poll", "poll": shown, "revealed": True, "tally": tally})

    @_reaching
    async def answer(self, code: str, who: str, poll_id: str, values: Sequence[float]) -> bool:
        poll, revealed = await self._redis.hmget(PREFIX + code, ["poll", "revealed"])
        if not poll or revealed == "1" or json.loads(poll)["id"] != poll_id:
            return False
        known = await self._redis.hexists(_answers(code), who)
        if not known and await self._redis.hlen(_answers(code)) >= self.most_followers:
            return False
        await self._redis.hset(_answers(code), who, json.dumps(list(values), allow_nan=False))
        await self._expire(_answers(code))
        await self._publish(code, {"is": "answers"})
        return True

    @_reaching
    async def tally(self, code: str) -> list[list[Any]]:
        return await self._tally(code)

    @_reaching
    async def enter(
        self, code: str, who: str, *, following: bool, name: str, connection: str = "", again: bool = False
    ) -> bool:
        now = time.time()
        if not await self._exists(code):
            return False
        if await self._redis.hlen(_people(code)) >= self.most_followers:
            people = {
                key: json.loads(text) for key, text in (await self._redis.hgetall(_people(code))).items()
            }
            gone = [key for key, each in people.items() if now - each["at"] >= STALE_SECONDS]
            if gone:
                await self._redis.hdel(_people(code), *gone)
            elif who not in people:
                return False
        entry = {"at": now, "following": following, "name": name, "by": connection}
        text, key = json.dumps(entry, allow_nan=False), _people(code)
        if not again:
            await self._redis.hset(key, who, text)
        elif not await self._renewing(keys=[key], args=[who, connection, text, now - STALE_SECONDS]):
            return True
        await self._expire(_people(code))
        await self._publish(code, {"is": "people"})
        return True

    @_reaching
    async def leave(self, code: str, who: str, connection: str = "") -> None:
        if await self._leaving(keys=[_people(code)], args=[who, connection]):
            await self._publish(code, {"is": "people"})

    @_reaching
    async def people(self, code: str) -> People:
        return count_people(map(json.loads, await self._redis.hvals(_people(code))), time.time())

    @_reaching
    async def end(self, code: str) -> None:
        await self._redis.zrem(ROOMS, code)
        if await self._redis.delete(PREFIX + code, _answers(code), _people(code)):
            await self._publish(code, {"is": "ended"})

    async def _end_unled(self) -> None:
        """End the room that has been without its lecturer for longest, if that is long."""
        long_unled = time.time() + self.life - self.unled
        for code in await self._redis.zrangebyscore(ROOMS, 0, long_unled, 0, 1):
            await self.end(str(code))

    async def close(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
        await self._redis.aclose()
        await self._events.aclose()

    async def _exists(self, code: str) -> bool:
        return bool(await self._redis.exists(PREFIX + code))

    async def _show(self, code: str, view: Json) -> None:
        async with self._redis.pipeline() as pipe:
            pipe.hset(PREFIX + code, "view", json.dumps(view, allow_nan=False))
            pipe.hincrby(PREFIX + code, "number", 1)
            number = (await pipe.execute())[-1]
        await self._keep(code)
        await self._publish(code, {"is": "view", "view": view, "number": number})

    async def _keep(self, code: str) -> None:
        await self._redis.zadd(ROOMS, {code: time.time() + self.life})
        for key in (PREFIX + code, _answers(code), _people(code)):
            await self._expire(key)

    async def _expire(self, key: str) -> None:
        await self._redis.pexpire(key, max(1, int(1000 * self.life)))

    async def _tally(self, code: str) -> list[list[Any]]:
        return tally_of(map(json.loads, await self._redis.hvals(_answers(code))))

    async def _publish(self, code: str, event: Json) -> None:
        await self._redis.publish(f"{PREFIX}{code}:events", json.dumps(event, allow_nan=False))

    async def _read(self) -> None:
        """Hand on what happens in rooms of any process, as long as this one lives."""
        lost = False
        while True:
            try:
                async with self._events.pubsub() as channel:
                    await channel.psubscribe(f"{PREFIX}*:events")
                    while True:
                        message = await channel.get_message(timeout=ANSWER_SECONDS)
                        if message is None:
                            await channel.ping()  # a connection that died without a word is noticed
                        elif message["type"] == "psubscribe":
                            self._listening.set()
                            if lost:
                                self.hub.deliver_to_all({"is": "again"})
                            lost = False
                        elif message["type"] == "pmessage":
                            code = message["channel"][len(PREFIX) :].partition(":")[0]
                            self.hub.deliver(code, json.loads(message["data"]))
            except (RedisError, OSError):
                lost = True
                await asyncio.sleep(AGAIN_SECONDS)


def _answers(code: str) -> str:
    return f"{PREFIX}{code}:answers"


def _people(code: str) -> str:
    return f"{PREFIX}{code}:people"
