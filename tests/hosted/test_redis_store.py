"""Rooms in a real Redis: what every store does, and what happens when Redis is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cnnviz.hosting.rooms.base import NoStore, Room, Store
from cnnviz.hosting.rooms.redis_store import RedisStore
from tests.hosted.conftest import Redis
from tests.hosting.rooms.store_suite import *  # noqa: F403
from tests.hosting.rooms.store_suite import VIEW, MakeStore, finish, heard


@pytest.fixture
def make(redis: Redis) -> MakeStore:
    redis.empty()

    def made(life: float = 3600.0) -> Store:
        return RedisStore(redis.address, life=life, rooms=2, followers=3)

    return made


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Redis]:
    started = Redis(tmp_path)
    started.start()
    yield started
    started.end()


def test_a_lost_redis_is_said_and_its_return_heard(own: Redis) -> None:
    async def whole() -> None:
        store = RedisStore(own.address, life=60.0, rooms=2, followers=3)
        await store.open("CODE22", Room("owner", VIEW))
        async with store.subscribed("CODE22") as news:
            own.end()
            with pytest.raises(NoStore, match="Redis must answer"):
                await store.show("CODE22", VIEW)
            own.start()
            await heard(news, "again")
            assert await store.room("CODE22") is None  # Redis keeps nothing: its lecturer opens it again
            assert await store.open("CODE22", Room("owner", VIEW))
            assert (await heard(news, "view"))["view"] == VIEW
        await store.close()

    finish(whole())


def test_two_processes_hear_of_each_other(make: MakeStore) -> None:
    async def whole() -> None:
        one, other = make(), make()
        await one.open("CODE22", Room("owner", VIEW))
        async with other.subscribed("CODE22") as news:
            await one.show("CODE22", {**VIEW, "page": "relu"})
            event = await heard(news, "view")
            assert (event["view"]["page"], event["number"]) == ("relu", 2)
        await one.close()
        await other.close()

    finish(whole())
