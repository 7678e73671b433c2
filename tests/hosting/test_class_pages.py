"""A page that a class turns to at once: made once, sent to all, and then made by each session for itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from cnnviz.hosting import class_pages
from cnnviz.hosting.class_pages import FEWEST, ClassPages
from tests.coroutines import complete

SCOPE = {
    "type": "websocket",
    "path": "/_stcore/stream",
    "headers": [(b"cookie", b"mine"), (b"host", b"here")],
}
PAGES = {"": "a", "join": "j", "pooling": "b"}
"""{page: the hash that stands for it}"""


class Server:
    """An app that answers each wish for a run as Streamlit does.

    Attributes:
        runs: (session, page) of each. headers: of each session. said: all that arrives, but wishes for runs.
        kept: {session: hashes that its browser has kept, it says}.
    """

    def __init__(self) -> None:
        self.runs: list[tuple[str, str]] = []
        self.headers: list[Any] = []
        self.said: list[str] = []
        self.kept = dict[str, list[str]]()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        session = f"s{len(self.headers)}"
        self.headers.append(scope["headers"])
        page = ""
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            said = BackMsg.FromString(message["bytes"])
            if said.WhichOneof("type") != "rerun_script":
                self.said.append(f"{session} {said.WhichOneof('type')}")
                continue
            named = {PAGES[name]: name for name in PAGES}.get(said.rerun_script.page_script_hash, page)
            widgets = (
                said.rerun_script.widget_states.widgets if named == page else ()
            )  # else they are another page's
            page = said.rerun_script.page_name or named
            for state in widgets:
                await self.begin(send, session, page)
                await answer(send, script_finished=ForwardMsg.FINISHED_EARLY_FOR_RERUN)
                page = json.loads(state.json_trigger_value)[0]["value"]["page"]
            self.runs.append((session, page))
            self.kept[session] = list(said.rerun_script.cached_message_hashes)
            await self.begin(send, session, page)
            language = dict(parse_qsl(said.rerun_script.query_string)).get("lang", "")
            text = f"{page} of {session} in {language}"
            large = ForwardMsg(hash=f"hash of {page}", metadata={"cacheable": True})
            large.delta.new_element.markdown.body = text + 5000 * "."
            await send({"type": "websocket.send", "bytes": large.SerializeToString()})
            await answer(send, page_info_changed={"query_string": said.rerun_script.query_string})
            await answer(send, script_finished=ForwardMsg.FINISHED_SUCCESSFULLY)

    async def begin(self, send: Any, session: str, page: str) -> None:
        begins = {"page_script_hash": PAGES[page], "initialize": {"session_id": session}}
        await answer(send, new_session=begins)
        await answer(send, navigation={"page_script_hash": PAGES[page]})


async def answer(send: Any, **message: Any) -> None:
    await send({"type": "websocket.send", "bytes": ForwardMsg(**message).SerializeToString()})


class Browser:
    """One student's, with its connection."""

    def __init__(self, app: ClassPages, query: str) -> None:
        self._query = query
        self._to_app: asyncio.Queue[Any] = asyncio.Queue()
        self.heard: list[ForwardMsg] = []
        self._running = asyncio.ensure_future(app(SCOPE, self._to_app.get, self._hear))
        self._to_app.put_nowait({"type": "websocket.connect"})
        self.say(BackMsg(rerun_script={"query_string": query}))

    async def _hear(self, message: Any) -> None:
        if message["type"] == "websocket.send":
            self.heard.append(ForwardMsg.FromString(message["bytes"]))

    def say(self, message: BackMsg) -> None:
        self._to_app.put_nowait({"type": "websocket.receive", "bytes": message.SerializeToString()})

    def follow(self, page: str, *, known: tuple[str, ...] = ()) -> None:
        """Ask for a page, as a browser does that shows what it was sent last."""
        events = json.dumps([{"event": "follow", "value": {"page": page, "query": "", "number": 2}}])
        widgets = [{"id": "$$KEY_$$ID-1-room__events", "json_trigger_value": events}]
        shown = [
            "a",
            *(each.navigation.page_script_hash for each in self.heard if each.HasField("navigation")),
        ][-1]
        rerun = {"query_string": self._query, "page_script_hash": shown, "cached_message_hashes": known}
        self.say(BackMsg(rerun_script={**rerun, "widget_states": {"widgets": widgets}}))

    async def leave(self) -> None:
        self._to_app.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await self._running

    @property
    def texts(self) -> list[str]:
        """The drawn elements, in order."""
        bodies = [
            each.delta.new_element.markdown.body.rstrip(".") for each in self.heard if each.HasField("delta")
        ]
        return [body for body in bodies if body]

    @property
    def begun(self) -> list[tuple[str, str]]:
        """(session, page's hash) of the runs that were seen to begin."""
        seen = [each.new_session for each in self.heard if each.HasField("new_session")]
        return [(each.initialize.session_id, each.page_script_hash) for each in seen]


def in_class(
    doing: Callable[[Server, list[Browser]], Awaitable[None]],
    students: int,
    query: str = "lang=ko&room=K7M2QX",
) -> None:
    """Do something with students whose first page is there."""

    async def run() -> None:
        server = Server()
        pages = ClassPages(server)
        browsers = [Browser(pages, query) for _ in range(students)]
        await until(lambda: all(browser.texts for browser in browsers))
        for browser in browsers:
            browser.heard.clear()
        server.runs.clear()
        await doing(server, browsers)
        for browser in browsers:
            await browser.leave()

    complete(run())


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(180):
        while not is_so():
            await asyncio.sleep(0.001)


@pytest.fixture(autouse=True)
def _late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let own runs come only when a test has them come."""
    monkeypatch.setattr(class_pages, "REST", 1e6)


def test_a_page_is_made_once_and_sent_to_all() -> None:
    async def turn(server: Server, browsers: list[Browser]) -> None:
        for browser in browsers:
            browser.follow("pooling")
        await until(lambda: all(browser.texts for browser in browsers[FEWEST - 1 :]))
        model = f"s{FEWEST + 5}"
        assert server.runs.count((model, "pooling")) == 1
        assert [page for session, page in server.runs if session == model] == ["join", "pooling"]
        assert {tuple(browser.texts) for browser in browsers[FEWEST - 1 :]} == {
            (f"pooling of {model} in ko",)
        }
        # as their own: first their page is left, then the other begins
        assert browsers[-1].begun == [(f"s{FEWEST + 4}", "a"), (f"s{FEWEST + 4}", "b")]
        assert browsers[-1].heard[-1].session_status_changed == ForwardMsg().session_status_changed
        assert browsers[-1].heard[-2].script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
        # the first ones were too few for that
        assert [browser.texts for browser in browsers[:2]] == [
            ["pooling of s0 in ko"],
            ["pooling of s1 in ko"],
        ]

    in_class(turn, FEWEST + 5)


def test_nothing_of_a_student_reaches_the_model() -> None:
    async def turn(server: Server, browsers: list[Browser]) -> None:
        for browser in browsers:
            browser.follow("pooling")
        await until(lambda: bool(browsers[-1].texts))
        assert dict(server.headers[-1]) == {b"host": b"here", b"sec-websocket-protocol": b"streamlit"}
        assert dict(server.headers[0]) == {b"cookie": b"mine", b"host": b"here"}

    in_class(turn, FEWEST)


def test_own_run_comes_later_and_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_pages, "REST", 0.0)

    async def turn(server: Server, browsers: list[Browser]) -> None:
        for browser in browsers:
            browser.follow("pooling")
        last, own = browsers[-1], (f"s{FEWEST - 1}", "b")
        await until(lambda: len(last.texts) == 2)
        await until(
            lambda: last.heard[-1].script_finished == 0 and last.heard[-1].HasField("script_finished")
        )
        assert last.texts[1] == f"pooling of {own[0]} in ko"
        assert last.begun == [(own[0], "a"), own, own]  # not its page that was left long before

    in_class(turn, FEWEST)


def test_who_touches_something_has_the_own_run_first() -> None:
    async def turn(server: Server, browsers: list[Browser]) -> None:
        for browser in browsers:
            browser.follow("pooling")
        last, session = browsers[-1], f"s{FEWEST - 1}"
        await until(lambda: bool(last.texts))
        last.say(BackMsg(app_heartbeat=True))
        await until(lambda: f"{session} app_heartbeat" in server.said)
        assert (session, "pooling") not in server.runs
        last.say(BackMsg(rerun_script={"query_string": "lang=ko&stride=2"}))
        await until(lambda: len(last.texts) == 3)
        assert [run for run in server.runs if run[0] == session] == 2 * [(session, "pooling")]

    in_class(turn, FEWEST)


def test_a_wish_that_is_over_is_never_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async def turn(server: Server, browsers: list[Browser]) -> None:
        for page in ("pooling", "join", "pooling"):
            for browser in browsers:
                browser.follow(page)
                browser.heard.clear()
            await until(lambda: all(browser.texts for browser in browsers[FEWEST - 1 :]))
        session = f"s{FEWEST + 1}"
        assert not [run for run in server.runs if run[0] == session]
        browsers[-1].say(BackMsg(rerun_script={}))
        await until(lambda: (session, "pooling") in server.runs)
        assert (session, "join") not in server.runs

    in_class(turn, FEWEST + 2)


def test_large_message_that_the_browser_has_kept_is_only_named() -> None:
    async def turn(server: Server, browsers: list[Browser]) -> None:
        for browser in browsers:
            browser.follow("pooling", known=("hash of pooling", "hash of join"))
        last = browsers[-1]
        await until(lambda: bool(last.texts))  # kept long ago, it may be forgotten meanwhile
        last.follow("pooling", known=("hash of pooling", "hash of join"))
        await until(lambda: bool([each for each in last.heard if each.ref_hash]))
        assert len(last.texts) == 1
        assert [each.ref_hash for each in last.heard if each.ref_hash] == ["hash of pooling"]
        # with the model's run the browser may have forgotten all else
        last.say(BackMsg(rerun_script={"cached_message_hashes": ["hash of pooling", "hash of join"]}))
        await until(lambda: server.runs.count((f"s{FEWEST - 1}", "pooling")) == 2)
        assert server.kept[f"s{FEWEST - 1}"] == ["hash of pooling"]

    in_class(turn, FEWEST)


@pytest.mark.parametrize(
    ("students", "query"), [(FEWEST - 1, "lang=ko&room=K7M2QX"), (FEWEST + 1, "lang=ko")]
)
def test_few_students_and_those_of_no_room_make_their_own_pages(students: int, query: str) -> None:
    async def turn(server: Server, browsers: list[Browser]) -> None:
        for browser in browsers:
            browser.follow("pooling")
        await until(lambda: all(browser.texts for browser in browsers))
        assert sorted(server.runs) == sorted((f"s{k}", "pooling") for k in range(students))

    in_class(turn, students, query)


@pytest.mark.parametrize("fault", ["never", "large"])
def test_page_that_the_model_cannot_make_is_made_by_each(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    if fault == "large":
        monkeypatch.setattr(class_pages, "MOST_BYTES", 100)
    else:
        monkeypatch.setattr(class_pages, "PATIENCE", 0.0)

    async def turn(server: Server, browsers: list[Browser]) -> None:
        for browser in browsers:
            browser.follow("pooling")
        await until(lambda: all(browser.texts for browser in browsers))
        assert {browser.texts[0] for browser in browsers} == {f"pooling of s{k} in ko" for k in range(FEWEST)}
        assert {(f"s{k}", "pooling") for k in range(FEWEST)} <= set(server.runs)

    in_class(turn, FEWEST)


def test_others_look_and_other_messages_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        server = Server()
        pages = ClassPages(server)
        browsers = [Browser(pages, f"lang={('ko', 'en')[k % 2]}&room=K7M2QX") for k in range(2 * FEWEST)]
        await until(lambda: all(browser.texts for browser in browsers))
        for browser in browsers:
            browser.heard.clear()
            browser.follow("pooling")
        await until(lambda: all(browser.texts for browser in browsers))
        assert all(browser.texts[0].endswith(("in ko", "in en")[k % 2]) for k, browser in enumerate(browsers))
        assert len(server.headers) == 2 * FEWEST + 2  # a model for each language
        browsers[0].say(BackMsg(load_git_info=True))
        await until(lambda: "s0 load_git_info" in server.said)
        for browser in browsers:
            await browser.leave()

    complete(run())
