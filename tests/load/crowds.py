"""Simulated crowds of visitors, and each one's waiting times."""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from playwright.async_api import Browser, ViewportSize, async_playwright
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from cnnviz.hosting.rooms.socket import PATH
from cnnviz.text import translate
from tests.browser.conftest import CHROMIUM_FLAGS
from tests.find_chromium import find_chromium
from tests.visitor import Visitor, moves

LAG_SECONDS = 0.02
"""Interval between measurements of the clients' event loop's lag."""
LATE_SECONDS = 1.0
"""From a file's being made until its browser asks for it."""
PATIENCE = 60.0
"""Seconds after which a visitor gives up."""
PING_SECONDS = 0.5
"""A browser that has lost its server asks so often whether it is back, as Streamlit's does."""


@dataclass
class Clients:
    """The load of the clients themselves: if they lag, so do their measurements.

    Attributes:
        share: of a core, that they took. lags: seconds that their event loop was late.
    """

    share: float = 0.0
    lags: list[float] = field(default_factory=list)


@asynccontextmanager
async def watched() -> AsyncIterator[Clients]:
    """Measure the clients of this process meanwhile."""
    clients, start, used = Clients(), time.perf_counter(), time.process_time()

    async def look() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(LAG_SECONDS)
            clients.lags.append(time.perf_counter() - before - LAG_SECONDS)

    looking = asyncio.create_task(look())
    try:
        yield clients
    finally:
        looking.cancel()
        clients.share = (time.process_time() - used) / (time.perf_counter() - start)


async def together(doings: Iterable[Awaitable[None]]) -> list[str]:
    """Do things at once, and return what has failed."""
    results = await asyncio.gather(*doings, return_exceptions=True)
    return [repr(result) for result in results if isinstance(result, BaseException)]


async def joining(url: str, sessions: int, seconds: float) -> tuple[list[float], list[str]]:
    """Let visitors open the home page, one after the other within some seconds, and stay.

    Returns:
        The seconds from each one's coming to its first view, and what went wrong.
    """
    times, errors = list[float](), list[str]()
    everyone_is_there = asyncio.Event()

    async def join(number: int) -> None:
        await asyncio.sleep(seconds * number / sessions)
        start = time.perf_counter()
        async with asyncio.timeout(PATIENCE), Visitor(url, seat=f"join{number}") as one:
            answer = await one.open()
            times.append(time.perf_counter() - start)
            errors.extend(answer.exceptions)
            if len(times) == sessions:
                everyone_is_there.set()
            await everyone_is_there.wait()

    errors += await together(join(number) for number in range(sessions))
    return times, errors


async def losing(
    url: str, sessions: int, kill: Callable[[], None], *, settle: float = 2.0
) -> tuple[list[float], list[str]]:
    """Let a replica die under visitors who look at views of their own.

    Returns:
        The seconds from the end of the replica until each of its visitors has its view again, and what went
        wrong: exceptions, a view that is another one.
    """
    times, errors = list[float](), list[str]()

    async def look(number: int, stack: AsyncExitStack) -> Visitor:
        await asyncio.sleep(number * 0.1)
        one = await stack.enter_async_context(Visitor(url, seat=f"lose{number}"))
        pages = ("convolution", "pooling", "relu", "dense")
        await one.open(pages[number % len(pages)], f"lang=en&picture=sample-{1 + number % 19}")
        return one

    async def come_back(one: Visitor, number: int, start: float) -> None:
        page, query = one.page, one.query
        try:
            await one.ended()
        except ConnectionClosed:
            pass
        async with asyncio.timeout(PATIENCE):
            while not await asyncio.to_thread(_is_well, url):
                await asyncio.sleep(PING_SECONDS)
            async with Visitor(url, seat=f"lose{number}") as again:
                again.page, again.query = page, query
                answer = await again.rerun()
                times.append(time.perf_counter() - start)
                errors.extend(answer.exceptions)
                if (again.page, again.query) != (page, query):
                    errors.append(f"{page} {query} has become {again.page} {again.query}")

    async with AsyncExitStack() as stack:
        there = await asyncio.gather(*(look(number, stack) for number in range(sessions)))
        await asyncio.sleep(settle)
        start = time.perf_counter()
        kill()
        lost = [asyncio.create_task(come_back(one, number, start)) for number, one in enumerate(there)]
        await asyncio.sleep(5 * PING_SECONDS)
        for one, task in zip(there, lost, strict=True):
            if not one.is_cut_off:  # it sits at another replica
                task.cancel()
        for result in await asyncio.gather(*lost, return_exceptions=True):
            if isinstance(result, Exception):
                errors.append(repr(result))
    return times, errors


async def coming_and_going(url: str, numbers: range, *, at_once: int, acts: int = 4) -> list[str]:
    """Let visitors come and go: each acts a few times on pages of its own. Return what went wrong."""
    errors, waiting = list[str](), iter(numbers)

    async def come_and_go() -> None:
        for number in waiting:
            async with Visitor(url, seat=f"pass{number}") as one:
                await one.open()
                for what, act, _ in itertools.islice(moves(one, number), acts):
                    errors.extend(f"{what}: {message}" for message in (await act).exceptions)

    return errors + await together(come_and_go() for _ in range(at_once))


async def saving(url: str, sessions: int, *, every: float, files: int) -> tuple[list[float], list[str]]:
    """Let visitors save what they look at, each time of another map, over a line that is late by a second.

    Returns:
        The seconds from each press until the file is made, and what went wrong: none was made, or it had gone
        before its browser asked for it.
    """
    times, errors = list[float](), list[str]()

    async def save(number: int) -> None:
        await asyncio.sleep(every * number / sessions)
        seat = f"save{number}"
        async with Visitor(url, seat=seat) as one:
            await one.open("convolution", f"lang=en&picture=sample-{number % 20}")
            for turn in range(files):
                errors.extend((await one.set("map", float(1 + (number + turn) % 7))).exceptions)
                start = time.perf_counter()
                address = await one.download(translate("take_along.html", "en"))
                if not address:
                    raise RuntimeError("no page was made")
                times.append(time.perf_counter() - start)
                await asyncio.sleep(LATE_SECONDS)
                request = Request(url + address, headers={"Cookie": f"cnnviz_seat={seat}"})
                content = await asyncio.to_thread(lambda request=request: urlopen(request).read())
                if b"</html>" not in content:
                    errors.append(f"{address}: {len(content)} bytes are no page")
                await asyncio.sleep(max(0.0, every - (time.perf_counter() - start)))

    errors += await together(save(number) for number in range(sessions))
    return times, errors


async def walking(url: str, numbers: range, look: Callable[[], int]) -> tuple[int, list[str]]:
    """Let visitors walk through all pages, and stay.

    Returns:
        What `look` says once they have, and what went wrong.
    """
    errors = list[str]()

    async def walk(number: int, stack: AsyncExitStack) -> None:
        one = await stack.enter_async_context(Visitor(url, seat=f"walk{number}"))
        await one.open()
        for path in sorted(one.pages):
            answer = await one.open(path, one.query)
            errors.extend(f"{path}: {message}" for message in answer.exceptions)

    async with AsyncExitStack() as stack:
        errors += await together(walk(number, stack) for number in numbers)
        return look(), errors


STEPS = {
    "convolution": "[data-operation=conv][data-row='1'][data-col='{}']",
    "pooling": "[data-operation=max][data-row='1'][data-col='{}']",
    "relu": "[data-operation=relu][data-row='1'][data-col='{}']",
    "dense": ".st-key-dense_view [data-painted]",
}
"""Pages that a lecturer goes through, and what is there once one shows a column of row 1, if it has cells."""
FRAME = "new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"


@dataclass
class Followed:
    """A class following its lecturer: seconds from each step, and errors.

    Attributes:
        heard: until a student's browser knew of it. shown: until all of the student's new page was sent.
        painted: until the next frame after a real browser showed it.
    """

    heard: list[float] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)
    painted: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


async def following(url: str, students: int, *, steps: int, every: float, browsers: int = 0) -> Followed:
    """Let a class follow a lecturer from page to page; some of the students have real browsers."""
    result = Followed()
    heard, shown, errors = result.heard, result.shown, result.errors
    pages = tuple(STEPS)
    everyone_is_there, begun = asyncio.Event(), dict[str, float]()
    seen = [asyncio.Semaphore(0) for _ in range(steps)]
    there = 0

    def arrive() -> None:
        nonlocal there
        there += 1
        if there == students + browsers:
            everyone_is_there.set()

    async def turn(one: Visitor, event: dict[str, Any]) -> None:
        """Show the lecturer's view, as a browser does."""
        view = event["view"]
        target = {"page": view["page"], "query": view["query"], "number": event["number"], "picture": ""}
        errors.extend((await one.trigger("room", "follow", target)).exceptions)

    async def follow(number: int, code: str) -> None:
        seat = f"room{number}"
        async with Visitor(url, seat=seat) as one, _room(url, seat) as room:
            await one.open("join", f"room={code}&lang=en")
            await _say(room, do="join", code=code, id=secrets.token_hex(16), following=True, name="")
            await turn(one, await _hear(room, lambda event: event["is"] == "view"))
            arrive()
            for _ in range(steps):
                event = await _hear(
                    room, lambda event: event["is"] == "view" and event["view"]["query"] in begun
                )
                step = begun[event["view"]["query"]]
                heard.append(time.perf_counter() - step)
                await turn(one, event)
                shown.append(time.perf_counter() - step)

    async def watch(browser: Browser, number: int, code: str) -> None:
        """Follow in a real browser, of a phone and of a desktop in turn."""
        size = ViewportSize(width=390, height=844) if number % 2 else ViewportSize(width=1440, height=900)
        page = await browser.new_page(viewport=size, locale=("en-US", "ko-KR")[number % 2])
        page.set_default_timeout(1000 * (PATIENCE + steps * every))
        await page.goto(f"{url}/join?room={code}")
        await page.locator(".room[data-state=on][data-following=true] .room_said").wait_for()
        await page.wait_for_url(lambda address: urlsplit(address).path.strip("/") != "join")
        await page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        arrive()
        for step, seen_now in enumerate(seen):
            await page.locator(STEPS[pages[step % len(pages)]].format(step)).wait_for()
            await page.evaluate(FRAME)
            result.painted.append(time.perf_counter() - begun[f"cell=1,{step}"])
            seen_now.release()

    async with (
        asyncio.timeout(2 * PATIENCE + steps * every),
        _room(url, "lecturer") as lecturer,
        _chromium(browsers) as browser,
    ):
        await _say(lecturer, do="open", view={"page": "", "query": "", "moment": ""})
        code = (await _hear(lecturer, lambda event: event["is"] == "opened"))["code"]
        class_ = asyncio.gather(
            *(watch(browser, number, code) for number in range(browsers)),
            *(follow(number, code) for number in range(students)),
            return_exceptions=True,
        )
        everyone = asyncio.create_task(everyone_is_there.wait())
        await asyncio.wait({everyone, class_}, return_when=asyncio.FIRST_COMPLETED)
        everyone.cancel()
        for step in range(steps):
            query = f"cell=1,{step}"
            begun[query] = time.perf_counter()
            view = {"page": pages[step % len(pages)], "query": query, "moment": ""}
            await _say(lecturer, do="show", view=view)
            await asyncio.sleep(every)
            for _ in range(browsers):  # one that is late would miss the step, and wait for it
                await seen[step].acquire()
        errors += [repr(result) for result in await class_ if isinstance(result, BaseException)]
        await _say(lecturer, do="end")
    return result


@asynccontextmanager
async def _chromium(wanted: int) -> AsyncIterator[Any]:
    """Start a Chromium; None if none is wanted."""
    if not wanted:
        yield None
        return
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(shell=True), args=CHROMIUM_FLAGS
        )
        yield browser
        await browser.close()


def _room(url: str, seat: str) -> connect:
    """Return a connection to the rooms, as a context manager."""
    headers = {"Cookie": f"cnnviz_seat={seat}"}
    return connect(url.replace("http", "ws", 1) + PATH, additional_headers=headers, compression=None)


async def _say(room: ClientConnection, **message: Any) -> None:
    await room.send(json.dumps(message))


async def _hear(room: ClientConnection, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return the next event that is wanted."""
    while True:
        event: dict[str, Any] = json.loads(await room.recv())
        if event["is"] in ("none", "full", "closed", "wait"):
            raise RuntimeError(f"a room says {event}")
        if wanted(event):
            return event


def _is_well(url: str) -> bool:
    try:
        urlopen(f"{url}/_stcore/health", timeout=2).close()
        return True
    except OSError:
        return False
