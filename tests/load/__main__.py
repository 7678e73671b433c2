"""Measure how many visitors the hosted app bears: `make load`, or `python -m tests.load ROW --sessions 50`.

Everything is on loopback: as many replicas as there are cores, nginx, visitors who speak Streamlit's
protocol. Visitors and servers share the cores, so each row also says what does not depend on
how busy the machine is, the servers' CPU time, and whether the visitors were on time themselves.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import signal
import statistics
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from tests.load import greedy
from tests.load.crowds import Clients, coming_and_going, following, joining, losing, saving, walking, watched
from tests.load.site import Site, site
from tests.visitor import crowd

T = TypeVar("T")
EVERY = 5.0
"""Seconds from one act of a visitor to the next."""
JOIN_SECONDS = 30.0
WALKERS = 20
AT_ONCE = 20
"""Visitors who are there at the same time, of many who come and go."""
GONE_SECONDS = 15
"""After so long what the last ones held should have been given back."""


class Load:
    """The rows of the table. sizes: what the command line says. folder: for logs."""

    def __init__(self, sizes: argparse.Namespace, folder: Path) -> None:
        self._sizes, self._folder, self._sites = sizes, folder, 0

    @contextmanager
    def _site(self, *, warm: bool = True) -> Iterator[Site]:
        """Start the set-up, and wait until its networks are loaded."""
        self._sites += 1
        folder = self._folder / str(self._sites)
        with site(folder, self._sizes.replicas, CNNVIZ_SESSIONS="2000") as here:
            while warm and not here.ready:
                time.sleep(0.2)
            yield here

    def join(self) -> None:
        """Everybody comes to servers that have just started."""
        sessions = self._sizes.sessions
        with self._site(warm=False) as here:
            (times, errors), cost = _measured(here, joining(here.url, sessions, JOIN_SECONDS))
            what = f"{sessions} sessions join within {JOIN_SECONDS:.0f} s of the start: first view"
            _row(what, spread(times), "p95 <= 5 s", cost(sessions), errors + here.tracebacks())

    def crowd(self) -> None:
        """Everybody acts."""
        sessions, acts = self._sizes.sessions, self._sizes.acts
        with self._site() as here:
            (times, errors), cost = _measured(
                here, crowd(here.url, sessions=sessions, every=EVERY, acts=acts)
            )
            what = f"{sessions} sessions, each opening a page, picking a picture or moving a number every "
            what += f"{EVERY:.0f} s: re-run"
            _row(what, spread(times), "p95 <= 1 s, no error", cost(len(times)), errors + here.tracebacks())

    def save(self) -> None:
        """Some save files while everybody acts."""
        sessions, acts = self._sizes.sessions, self._sizes.acts // 2
        some = max(1, sessions // 10)

        async def both() -> list[tuple[list[float], list[str]]]:
            acting = crowd(here.url, sessions=sessions - some, every=EVERY, acts=acts)
            return await asyncio.gather(saving(here.url, some, every=EVERY, files=acts), acting)

        with self._site() as here:
            ((saved, lost), (times, errors)), cost = _measured(here, both())
            what = f"{some} of {sessions} sessions save a page every {EVERY:.0f} s while the others act: "
            _row(f"{what}press to file", spread(saved), "no error", "", lost + here.tracebacks())
            _row(f"{what}re-run of the others", spread(times), "p95 <= 1 s", cost(len(times)), errors)

    def kill(self) -> None:
        """A replica dies."""
        sessions = self._sizes.sessions
        with self._site() as here:
            (times, errors), cost = _measured(
                here, losing(here.url, sessions, lambda: here.replicas[0].end(signal.SIGKILL))
            )
            what = f"SIGKILL of a replica with {len(times)} of {sessions} sessions: back in the view"
            _row(what, f"{spread(times)}, last {max(times):.1f} s", "<= 5 s, no error", cost(), errors)

    def room(self) -> None:
        """A class follows its lecturer."""
        students, browsers = self._sizes.sessions, self._sizes.browsers
        steps = self._sizes.acts // 2
        with self._site() as here:
            class_, cost = _measured(
                here, following(here.url, students, steps=steps, every=EVERY, browsers=browsers)
            )
            what = f"{students} students in a room on {self._sizes.replicas} replicas: lecturer's step to "
            _row(f"{what}their browsers", spread(class_.heard), "", "", class_.errors + here.tracebacks())
            bar = "median <= 300 ms, p95 <= 1 s"
            runs = len(class_.shown) + len(class_.painted)
            _row(f"{what}all of the page sent to them", spread(class_.shown), bar, cost(runs), [])
            if class_.painted:
                what += f"painted by {browsers} real browsers among them"
                _row(what, spread(class_.painted), bar, "", [])

    def greedy(self) -> None:
        """One visitor does the most expensive thing again and again."""
        sessions = self._sizes.sessions // 4
        with self._site() as here:
            asyncio.run(self._beside(here.url, "", sessions))  # or those without would fill the caches
            calm = 0.0
            for way in ("", *greedy.WAYS):
                times, errors = asyncio.run(self._beside(here.url, way, sessions))
                p95 = float(np.percentile(times, 95))
                calm = calm or p95
                result = f"{p95 / calm:.2f}x ({spread(times)})" if way else spread(times)
                what = f"{sessions} sessions beside one who makes {way}" if way else f"{sessions} sessions"
                _row(f"{what}: re-run", result, "p95 <= 2x of without" if way else "", "", errors)

    async def _beside(self, url: str, way: str, sessions: int) -> tuple[list[float], list[str]]:
        busy = asyncio.create_task(greedy.again_and_again(url, way)) if way else None
        result = await crowd(url, sessions=sessions, every=EVERY, acts=max(2, self._sizes.acts // 3))
        if busy is not None:
            if busy.done():
                result[1].append(repr(busy.exception()))
            busy.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await busy
        return result

    def memory(self) -> None:
        """Visitors come and go; others walk through all pages and stay."""
        some, many = self._sizes.visitors // 10, self._sizes.visitors
        with self._site() as here:
            held, errors = list[int](), list[str]()
            for numbers in (range(some), range(some, many)):
                errors += asyncio.run(coming_and_going(here.url, numbers, at_once=AT_ONCE))
                time.sleep(GONE_SECONDS)
                held.append(here.memory)
            words = " / ".join(f"{each / 1e6:.0f} MB" for each in reversed(held))
            what = f"memory after {many:,} visitors came and went / after {some:,}"
            _row(what, f"{held[1] / held[0]:.2f}x ({words})", "<= 1.1x", "", errors)
            asyncio.run(walking(here.url, range(WALKERS), lambda: 0))  # the shared caches are full
            time.sleep(GONE_SECONDS)
            before = here.memory
            after, errors = asyncio.run(walking(here.url, range(WALKERS), lambda: here.memory))
            share = (after - before) / WALKERS / 1e6
            what = "memory a session of a visitor who has walked through all pages"
            _row(what, f"{share:.1f} MB", "<= 2 MB", "", errors)


def _measured(here: Site, doing: Coroutine[Any, Any, T]) -> tuple[T, Callable[..., str]]:
    """Return what a crowd returns, and a function that says in words what it cost (a number of runs)."""

    async def watch() -> tuple[T, Clients]:
        async with watched() as clients:
            return await doing, clients

    used, start = here.processor_seconds, time.perf_counter()
    result, clients = asyncio.run(watch())
    seconds, used = time.perf_counter() - start, here.processor_seconds - used

    def cost(runs: int = 0) -> str:
        each = f"{1000 * used / runs:.0f} ms a run, " if runs else ""
        rate = f"{runs / seconds:.1f} runs a second, " if runs else ""
        late = 1000 * float(np.percentile(clients.lags, 95))
        return (
            f"{rate}servers' CPU {each}{used / seconds:.2f} cores; "
            f"visitors' {clients.share:.2f} cores, late by {late:.0f} ms (p95)"
        )

    return result, cost


def spread(values: list[float]) -> str:
    """Return median and 95th percentile of seconds in words."""
    median, p95 = statistics.median(values), float(np.percentile(values, 95))
    return f"median {1000 * median:.0f} ms, p95 {1000 * p95:.0f} ms"


def _row(what: str, result: str, bar: str, cost: str, errors: list[str]) -> None:
    """Print a row, and below it up to five of the different errors."""
    print(f"| {what} | {result}, {len(errors)} errors | {bar} | {cost} |", flush=True)
    for error in sorted(set(errors))[:5]:
        print(f"  {error}", flush=True)


ROWS = ("join", "crowd", "save", "kill", "room", "greedy", "memory")


def main() -> None:
    """Measure and print all rows, or those that are named."""
    parser = argparse.ArgumentParser(description="Measure how many visitors the hosted app bears.")
    parser.add_argument("rows", nargs="*", choices=ROWS, metavar="ROW", help="which rows; default all")
    parser.add_argument("--sessions", type=int, default=200, help="visitors at once (default %(default)s)")
    parser.add_argument("--acts", type=int, default=12, help="of each of them (default %(default)s)")
    parser.add_argument("--browsers", type=int, default=2, help="real ones that follow (default %(default)s)")
    parser.add_argument("--visitors", type=int, default=1000, help="who come and go (default %(default)s)")
    parser.add_argument("--replicas", type=int, default=os.cpu_count() or 1, help="(default: cores)")
    sizes = parser.parse_args()
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print("| what | measured | bar | cost |\n|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        load = Load(sizes, Path(folder))
        for name in sizes.rows or ROWS:
            getattr(load, name)()


if __name__ == "__main__":
    main()
