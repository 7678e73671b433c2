"""Rooms over a real web socket: lecturers, students, and those who try codes."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from cnnviz import settings
from cnnviz.formats import picture_text
from cnnviz.hosting.rooms import socket, tries
from cnnviz.hosting.rooms.base import code_of
from cnnviz.hosting.routes import below
from tests.browser.conftest import free_port
from tests.coroutines import complete
from tests.hosting.rooms.client import HOME, TIMEOUT, Client

VIEW = {"page": "pooling", "query": "picture=sample-3", "moment": ""}
EXERCISE = {
    "id": "question1",
    "form": "exercise",
    "address": "/cnnviz/exercise/keras_lecture/0123456789abcdef/relu/1/7",
    "query": "picture=sample-3",
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Serve rooms alone, below a path."""
    port, starting = free_port(), threading.Event()
    app = Starlette(routes=below("/viz", socket.ROUTES))
    config = uvicorn.Config(app, port=port, log_level="warning", ws="websockets-sansio")

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
            await super().startup()
            starting.set()

    server = Server(config)
    socket.store.cache_clear()
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert starting.wait(TIMEOUT)
    yield f"http://127.0.0.1:{port}/viz"
    server.should_exit = True
    thread.join(TIMEOUT)
    socket.store.cache_clear()


@pytest.fixture(autouse=True)
def _nobody_tried_and_nothing_failed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    monkeypatch.setattr(socket, "guesses", tries.Tries(tries.GUESSES))
    monkeypatch.setattr(socket, "opened", tries.Tries(tries.OPENED))
    monkeypatch.setattr(socket, "joined", tries.Tries(tries.GUESSES))
    yield
    assert not [each.getMessage() for each in caplog.get_records("call") if each.levelno >= logging.ERROR]


def test_a_class_follows_its_lecturer(url: str) -> None:
    with Client.open(url, VIEW) as lecturer, Client.join(url, lecturer.code.lower()) as student:
        assert lecturer.first["hours"] == settings.ROOM_HOURS()
        assert lecturer.code == code_of(lecturer.first["secret"])
        assert student.first == {"is": "joined", "code": lecturer.code, "name": ""}
        assert student.wait("view")["view"] == VIEW
        lecturer.send("show", view=HOME)
        assert student.wait("view")["view"] == HOME
        largest = picture_text.write(np.full((64, 64, 3), 255, np.uint8))
        own = {**VIEW, "query": "x" * 4000, "picture": largest}
        lecturer.send("show", view=own)
        assert student.wait("view")["view"] == own
        lecturer.wait("people", lambda event: event["following"] == 1)
        student.send("be", following=False, name=" Mi\u202ena\n ")
        counted = lecturer.wait("people", lambda event: event["wandered"] == 1)
        assert (counted["following"], counted["names"]) == (0, ["Mina"])
        student.send("here")
        student.wait("here")
        student.socket.close()
        lecturer.wait("people", lambda event: event["wandered"] == 0)


def test_a_question_is_answered_counted_and_revealed(url: str) -> None:
    with Client.open(url) as lecturer, Client.join(url, lecturer.code) as student:
        lecturer.send("ask", poll=EXERCISE)
        assert student.wait("poll", lambda event: event["poll"])["poll"] == EXERCISE
        student.send("answer", poll="question1", values=[3])
        student.send("answer", poll="question1", values=[2.5])
        assert student.wait("counted")["values"] == [3]
        assert student.wait("counted")["values"] == [2.5]
        lecturer.wait("answers", lambda event: event["tally"] == [[[2.5], 1]])
        lecturer.send("reveal")
        assert student.wait("poll", lambda event: event["revealed"])["tally"] == [[[2.5], 1]]
        student.send("answer", poll="question1", values=[1])
        assert student.wait("counted")["values"] is None
        with Client.join(url, lecturer.code) as late:
            assert late.wait("poll")["tally"] == [[[2.5], 1]]


def test_the_secret_leads_again_and_nothing_else_does(url: str) -> None:
    with Client.open(url, VIEW) as lecturer, Client.join(url, lecturer.code) as student:
        secret = lecturer.first["secret"]
        lecturer.socket.close()
        with Client.lead(url, secret, HOME) as again:
            assert again.code == lecturer.code
            student.wait("view", lambda event: event["view"] == HOME)
            student.send("show", view=VIEW)  # a student who asks for it
            student.send("end")
            student.send("here")
            student.wait("here")
            again.send("end")
            student.wait("ended")
            assert student.is_closed()
    with Client.join(url, lecturer.code) as late:
        assert late.first == {"is": "none"}
    with Client.lead(url, secret, VIEW) as after:  # its lecturer opens it anew
        assert after.code == lecturer.code


def test_a_lecturer_leads_again_with_pictures_in_view_and_question(url: str) -> None:
    largest = picture_text.write(np.full((64, 64, 3), 255, np.uint8))
    view = {**VIEW, "query": "x" * 4000, "picture": largest}
    poll = {**EXERCISE, "picture": largest}
    with Client.open(url) as lecturer, Client.join(url, lecturer.code) as student:
        secret = lecturer.first["secret"]
        lecturer.socket.close()
        with Client.lead(url, secret, view, poll=poll) as again:
            assert again.code == lecturer.code
            student.wait("view", lambda event: event["view"] == view)


def test_who_tries_codes_has_to_wait_and_a_class_has_not(url: str) -> None:
    with Client.open(url) as lecturer, Client.open(url) as other:
        with Client.join(url, other.code) as student:
            assert student.first["is"] == "joined"
        for k in range(2 * tries.GUESSES):  # a class that waits for a room that was lost tries one code
            with Client.join(url, "222222") as student:
                assert student.first == {"is": "none"}, k
        firsts = []
        for k in range(tries.GUESSES):
            with Client.join(url, f"2222{22 + k // 8 * 10 + k % 8}".replace("0", "2")) as guess:
                firsts.append(guess.first["is"])
        for letter in "3456789ABCDEFGHJKMNPQR":
            with Client.join(url, f"22222{letter}") as guess:
                firsts.append(guess.first["is"])
        assert firsts[-1] == "wait"
        with Client.join(url, lecturer.code) as guess:  # even the right code says nothing now
            assert guess.first["is"] == "wait"
            assert 1 <= guess.first["seconds"] <= tries.SECONDS
        with Client.join(url, other.code) as student:  # that of a room that others there are in is no guess
            assert student.first["is"] == "joined"


def test_an_address_opens_only_so_many_rooms(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "opened", tries.Tries(1))
    with Client.open(url) as lecturer, Client.open(url) as second:
        assert (lecturer.first["is"], second.first["is"]) == ("opened", "wait")
        with Client.lead(url, "a-secret-of-no-room") as third:  # which would open one
            assert third.first["is"] == "wait"
        with Client.lead(url, lecturer.first["secret"]) as again:
            assert again.first["is"] == "opened"


def test_a_student_whose_lost_connection_ends_late_stays_counted(url: str) -> None:
    with Client.open(url) as lecturer:
        lost = Client.join(url, lecturer.code, id="student1")
        with Client.join(url, lecturer.code, id="student1") as student:
            student.wait("poll")
            lost.send("here")  # a sign of life that was long on its way
            lost.wait("here")
            lost.socket.close()
            while len(socket.store().hub.waiting[lecturer.code]) > 2:
                time.sleep(0.01)
            lecturer.send("here")
            lecturer.wait("here")
            assert lecturer.wait("people")["following"] == 1


def test_a_lost_room_that_there_is_no_place_for_ends_its_lecturers_connection(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Client.open(url) as lecturer:
        held = socket.store()
        complete(held.close())
        monkeypatch.setattr(held, "most_rooms", 0)  # others were opened meanwhile
        held.hub.deliver_to_all({"is": "again"})
        lecturer.send("here")  # wakes the server's loop, which is in another thread
        assert lecturer.is_closed()
        with Client.lead(url, lecturer.first["secret"]) as again:
            assert again.first == {"is": "full"}


def test_several_replicas_without_redis_say_so(url: str) -> None:
    headers = {socket.REPLICAS_HEADER: "2"}
    with Client(url, {"do": "join", "code": "222222", "id": "student1"}, headers) as student:
        assert student.first == {"is": "closed"}
        assert student.is_closed()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "[" * 5000,
        json.dumps({"do": "open", "view": {"page": "../x", "query": "", "moment": ""}}),
        json.dumps({"do": "open", "view": {"page": "relu", "query": "x" * 5000, "moment": ""}}),
        json.dumps({"do": "join", "code": 3, "id": "student1"}),
        json.dumps({"do": "lead", "secret": "short", "view": HOME}),
        json.dumps({"do": "end"}),
        "x" * 30_000,
        b"{}",
    ],
)
def test_a_first_message_that_makes_no_sense_ends_the_talk(url: str, text: str | bytes) -> None:
    with Client(url, text) as broken:
        assert broken.first in ({}, {"is": "none"})
        assert broken.is_closed()


def test_who_connects_and_says_nothing_is_let_go(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "SILENT", 0.05)
    address = url.replace("http", "ws", 1) + socket.PATH
    with connect(address, proxy=None) as silent, pytest.raises(ConnectionClosed):
        silent.recv(TIMEOUT)


def test_what_a_browser_sends_wrongly_counts_as_not_sent(url: str) -> None:
    with Client.open(url, VIEW) as lecturer, Client.join(url, lecturer.code) as student:
        student.wait("view")
        for message in (
            {"do": "show", "view": {"page": 1}},
            {"do": "show", "view": {**VIEW, "query": "\ud800"}},  # half a letter, which cannot be sent on
            {"do": "ask", "poll": {**EXERCISE, "query": "picture=upload"}},
            {"do": "ask", "poll": {**EXERCISE, "address": "https://elsewhere"}},
            {"do": "ask", "poll": {"id": "question1", "form": "choice", "question": "?", "options": ["one"]}},
            {"do": "run"},
            {"do": "__init__"},
            {"do": "qr", "base": "javascript:x"},
        ):
            lecturer.socket.send(json.dumps(message))
        lecturer.send("qr", base="https://example.org/viz")
        rows = lecturer.wait("qr")["rows"]
        assert {len(row) for row in rows} == {len(rows)}
        student.socket.send(b"\x00")
        student.send("answer", poll="question1", values=["x"])
        student.send("answer", poll="question1", values=[1] * 9)
        student.send("here")
        assert student.wait("here") == {"is": "here"}
        lecturer.send("show", view=HOME)
        assert student.wait("view")["view"] == HOME  # and nothing before it


def test_a_qr_code_is_one_of_the_rooms_link(url: str) -> None:
    import segno

    with Client.open(url) as lecturer:
        lecturer.send("qr", base="https://example.org/viz")
        wanted = segno.make_qr(f"https://example.org/viz/join?room={lecturer.code}", error="m")
        assert lecturer.wait("qr")["rows"] == ["".join(map(str, row)) for row in wanted.matrix]
