"""Tests of every store of rooms, run on each of them with a fixture `make` that makes one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cnnviz.hosting.rooms.base import Json, News, People, Room, Store, TooManyRooms

MakeStore = Callable[..., Store]
VIEW = {"page": "pooling", "query": "picture=sample-3", "moment": ""}
OTHER = {"page": "", "query": "", "moment": "cnn 1"}
POLL: Json = {
    "id": "question1",
    "form": "choice",
    "question": "?",
    "options": ["a", "b"],
    "right": 1,
}


def finish(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine in a thread of its own: Playwright has a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


def running(test: Callable[[Store], Awaitable[None]]) -> Callable[[MakeStore], None]:
    """Run a test on a store of its own, with the room CODE in it."""

    def run(make: MakeStore) -> None:
        async def whole() -> None:
            store = make()
            try:
                assert await store.open("CODE22", Room("owner", VIEW))
                await test(store)
            finally:
                await store.close()

        finish(whole())

    run.__name__ = test.__name__  # type: ignore[attr-defined]
    return run


async def heard(news: News, kind: str, like: Callable[[Json], bool] = lambda event: True) -> Json:
    """Wait for an event."""
    while True:
        for event in await asyncio.wait_for(news.next(), 60):
            if event["is"] == kind and like(event):
                return event


@running
async def test_a_room_shows_what_its_lecturer_shows(store: Store) -> None:
    async with store.subscribed("CODE22") as news, store.subscribed("CODE33") as others:
        await store.show("CODE22", OTHER)
        assert await heard(news, "view") == {"is": "view", "view": OTHER, "number": 2}
        assert await store.room("CODE22") == Room("owner", OTHER, 2)
        await store.show("CODE33", VIEW)  # there is none
        assert await store.room("CODE33") is None
        await store.open("CODE33", Room("other", VIEW))
        assert (await heard(others, "view"))["view"] == VIEW


@running
async def test_only_its_owner_leads_a_room_again_and_its_question_stays(store: Store) -> None:
    await store.ask("CODE22", POLL)
    assert await store.answer("CODE22", "student1", "question1", [1])
    assert not await store.open("CODE22", Room("another", OTHER))
    assert await store.open("CODE22", Room("owner", OTHER))
    found = await store.room("CODE22")
    assert found is not None
    assert (found.owner, found.view, found.poll) == ("owner", OTHER, POLL)
    assert await store.tally("CODE22") == [[[1], 1]]


@running
async def test_a_lost_room_is_opened_again_with_its_question(store: Store) -> None:
    await store.open("CODE33", Room("owner", VIEW, poll=POLL, revealed=True))
    found = await store.room("CODE33")
    assert found is not None
    assert (found.poll, found.revealed) == (POLL, True)


@running
async def test_who_follows_and_who_has_wandered_is_counted(store: Store) -> None:
    async with store.subscribed("CODE22") as news:
        assert await store.enter("CODE22", "student1", following=True, name="Mina")
        await heard(news, "people")
    assert await store.enter("CODE22", "student2", following=True, name="")
    assert await store.enter("CODE22", "student2", following=False, name="")
    assert await store.people("CODE22") == People(1, 1, ("Mina",))
    await store.leave("CODE22", "student1")
    assert await store.people("CODE22") == People(0, 1, ())
    assert not await store.enter("CODE33", "student1", following=True, name="")


@running
async def test_a_connection_that_ends_late_takes_nobody_along_who_came_by_another(store: Store) -> None:
    for connection in ("lost", "next"):
        await store.enter("CODE22", "student1", following=True, name="", connection=connection)
    assert await store.people("CODE22") == People(1, 0, ())
    await store.leave("CODE22", "student1", "lost")
    assert await store.people("CODE22") == People(1, 0, ())
    await store.enter("CODE22", "student1", following=False, name="", connection="lost", again=True)
    assert await store.people("CODE22") == People(1, 0, ())  # a late sign of life changes nothing
    await store.leave("CODE22", "student1", "lost")
    assert await store.people("CODE22") == People(1, 0, ())
    await store.enter("CODE22", "student1", following=False, name="", connection="next", again=True)
    assert await store.people("CODE22") == People(0, 1, ())
    await store.leave("CODE22", "student1", "next")
    assert await store.people("CODE22") == People(0, 0, ())
    await store.enter("CODE22", "student1", following=True, name="", connection="next", again=True)
    assert await store.people("CODE22") == People(1, 0, ())  # back in a room that was lost


@running
async def test_a_full_room_takes_nobody_but_those_who_are_in_it(store: Store) -> None:
    for k in range(3):
        assert await store.enter("CODE22", f"student{k}", following=True, name="")
    assert not await store.enter("CODE22", "student3", following=True, name="")
    assert await store.enter("CODE22", "student1", following=False, name="")


@running
async def test_there_are_only_so_many_rooms(store: Store) -> None:
    await store.open("CODE33", Room("owner", VIEW))
    with pytest.raises(TooManyRooms, match="at most 2"):
        await store.open("CODE44", Room("owner", VIEW))
    await store.end("CODE33")
    assert await store.open("CODE44", Room("owner", VIEW))


@running
async def test_a_room_without_its_lecturer_makes_room_for_another(store: Store) -> None:
    await store.open("CODE33", Room("owner", VIEW))
    await store.keep("CODE22")  # its lecturer is there
    async with store.subscribed("CODE33") as news:
        store.unled = 0.0
        assert await store.open("CODE44", Room("owner", VIEW))
        await heard(news, "ended")
    assert await store.room("CODE33") is None
    assert await store.room("CODE22") is not None


@running
async def test_an_answer_can_be_changed_until_it_is_revealed(store: Store) -> None:
    assert not await store.answer("CODE22", "student1", "question1", [0])  # nothing was asked
    async with store.subscribed("CODE22") as news:
        await store.ask("CODE22", POLL)
        asked = await heard(news, "poll")
        assert "right" not in asked["poll"]
        assert not await store.answer("CODE22", "student1", "question0", [0])
        for who, value in (("student1", 0), ("student2", 1), ("student1", 1), ("student3", 0)):
            assert await store.answer("CODE22", who, "question1", [value])
        await heard(news, "answers")
        assert not await store.answer("CODE22", "student4", "question1", [0])  # more than can be in the room
        await store.reveal("CODE22")
        revealed = await heard(news, "poll")
        assert revealed["tally"] == [[[1], 2], [[0], 1]]
        assert revealed["poll"]["right"] == 1
        assert not await store.answer("CODE22", "student1", "question1", [0])
        await store.ask("CODE22", {**POLL, "id": "question2"})
        assert await store.tally("CODE22") == []
        await heard(news, "poll", lambda event: not event["revealed"])
        await store.ask("CODE22", None)
        assert (await heard(news, "poll"))["poll"] is None


@running
async def test_who_is_in_a_room_hears_its_end(store: Store) -> None:
    await store.enter("CODE22", "student1", following=True, name="")
    async with store.subscribed("CODE22") as news:
        await store.end("CODE22")
        await heard(news, "ended")
    assert await store.room("CODE22") is None
    assert await store.people("CODE22") == People(0, 0, ())
    await store.reveal("CODE22")  # of nothing


def test_a_room_ends_by_itself_without_its_lecturer(make: Any) -> None:
    async def whole() -> None:
        store = make(life=0.2)
        await store.open("CODE22", Room("owner", VIEW))
        while await store.room("CODE22") is not None:
            await store.enter(
                "CODE22", "student1", following=True, name=""
            )  # that students stay is not enough
            await asyncio.sleep(0.01)
        await store.keep("CODE22")
        assert await store.room("CODE22") is None
        assert await store.open("CODE22", Room("another", VIEW))
        await store.close()

    finish(asyncio.wait_for(whole(), 60))
