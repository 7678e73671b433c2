"""A room over two replicas, Redis and nginx: its lecturer at one, students at the other; what gets lost."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from cnnviz.text import translate
from tests.browser.conftest import TIMEOUT
from tests.hosted.conftest import Proxy, Redis, Replica
from tests.hosting.rooms.client import HOME, Client

VIEW = {"page": "pooling", "query": "picture=sample-3", "moment": ""}
POLL = {"id": "question1", "form": "choice", "question": "?", "options": ["a", "b"], "right": 1}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    started = Redis(tmp_path_factory.mktemp("redis"))
    started.start()
    yield started
    started.end()


@pytest.fixture(scope="module")
def pair(folder: Path, own: Redis) -> Iterator[list[Replica]]:
    variables = {"CNNVIZ_REDIS": own.address}
    both = [Replica(folder / f"room{k}.txt", variables=variables) for k in range(2)]
    for replica in both:
        replica.start()
    yield both
    for replica in both:
        replica.end()


@pytest.fixture(scope="module")
def front(folder: Path, pair: list[Replica]) -> Iterator[Proxy]:
    started = Proxy(folder / "rooms-proxy", pair)
    started.start()
    yield started
    started.end()


def test_a_class_at_another_replica_follows_and_answers(pair: list[Replica]) -> None:
    one, other = (f"http://{replica.address}" for replica in pair)
    with Client.open(one, VIEW) as lecturer, Client.join(other, lecturer.code) as student:
        assert student.wait("view")["view"] == VIEW
        lecturer.send("show", view=HOME)
        student.wait("view", lambda event: event["view"] == HOME)
        lecturer.wait("people", lambda event: event["following"] == 1)
        lecturer.send("ask", poll=POLL)
        student.wait("poll", lambda event: event["poll"])
        student.send("answer", poll="question1", values=[1])
        lecturer.wait("answers", lambda event: event["tally"] == [[[1], 1]])
        lecturer.send("reveal")
        student.wait("poll", lambda event: event["revealed"] and event["poll"]["right"] == 1)


def test_a_redis_that_comes_back_empty_has_its_rooms_and_answers_again(
    own: Redis, pair: list[Replica]
) -> None:
    one, other = (f"http://{replica.address}" for replica in pair)
    with Client.open(one, VIEW) as lecturer, Client.join(other, lecturer.code) as student:
        lecturer.send("ask", poll=POLL)
        student.wait("poll", lambda event: event["poll"])
        student.send("answer", poll="question1", values=[0])
        student.wait("counted")
        own.end()
        lecturer.send("show", view=HOME)
        lecturer.wait("trouble")
        own.start()
        student.wait("view", lambda event: event["view"] == HOME)  # shown while there was no Redis
        lecturer.wait("answers", lambda event: event["tally"] == [[[0], 1]])
        lecturer.send("here")
        lecturer.wait("people", lambda event: event["following"] == 1)
        with Client.join(one, lecturer.code) as late:
            late.wait("view", lambda event: event["view"] == HOME)


def test_students_of_a_replica_that_is_killed_are_back_in_the_room(
    front: Proxy, pair: list[Replica], chromium: Browser
) -> None:
    with Client.open(f"http://{pair[1].address}", VIEW) as lecturer:
        contexts = [chromium.new_context(locale="en-US") for _ in range(2)]
        students = [context.new_page() for context in contexts]
        for student in students:  # seats are drawn by lot
            student.goto(f"{front.url}/join?room={lecturer.code}")
            student.wait_for_url("**/pooling?**picture=sample-3**", timeout=TIMEOUT)
        lecturer.wait("people", lambda event: event["following"] == 2)
        pair[0].end(signal.SIGKILL)
        lecturer.send("show", view={**VIEW, "page": "relu", "query": "picture=sample-4"})
        for student in students:
            student.wait_for_url("**/relu?**picture=sample-4**", timeout=TIMEOUT)
            said = student.locator(".room_said")
            code = f"{lecturer.code[:3]}-{lecturer.code[3:]}"
            expect(said).to_have_text(translate("room.following", "en", code=code))
            assert (
                student.locator("[data-testid=stException], [data-testid=stAlertContentError]").count() == 0
            )
        pair[0].start()
        for context in contexts:
            context.close()


def test_replicas_without_redis_say_so(proxy: Proxy) -> None:
    with Client.open(proxy.url) as lecturer:
        assert lecturer.first == {"is": "closed"}
