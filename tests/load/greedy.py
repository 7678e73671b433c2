"""One visitor who does the most expensive thing that is allowed, again and again, each time a new one."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from contextlib import suppress
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from cnnviz.explain.exercises.registry import ORDER
from cnnviz.pages import model_cache
from cnnviz.pages.drill_files import DIGEST, PREFIX
from cnnviz.text import translate
from tests.visitor import Visitor


async def _open(url: str, page: str, query: str) -> Visitor:
    one = Visitor(url, seat="greedy")
    await one.__aenter__()
    await one.open(page, f"lang=en&{query}")
    return one


async def animation(url: str, turn: int) -> None:
    """A GIF of a large grid."""
    await _file(url, turn, "take_along.gif")


async def offline_page(url: str, turn: int) -> None:
    """A stepper as an HTML file."""
    await _file(url, turn, "take_along.html")


async def _file(url: str, turn: int, label: str) -> None:
    one = await _open(url, "convolution", f"picture=sample-{turn % 20}&model=vgg&map={turn // 20}")
    if not await one.download(translate(label, "en")):
        raise RuntimeError(f"no {label} was made")
    await one.__aexit__()


async def shifts(url: str, turn: int) -> None:
    """All 169 shifts of a picture by the largest network."""
    one = await _open(
        url, "comparison", f"picture=sample-{turn % 20}&model=vgg&comparison_cut={turn // 20 % 13}"
    )
    await asyncio.sleep(1.0)  # or it has left before they are begun
    await one.__aexit__()


async def stack(url: str, turn: int) -> None:
    """Wide layers in the builder, each time with other weights."""
    wide = "c64k3s1same-r-c64k3s1same-r-c64k3s1same-r"
    one = await _open(url, "builder", f"builder_stack={wide}&builder_seed={turn}&picture=sample-{turn % 20}")
    await one.__aexit__()


async def exercises(url: str, turn: int) -> None:
    """Exercises past the page, twenty at once, each another one."""
    digest = model_cache.reference("vgg").sha256[:DIGEST]
    address = f"{url}{PREFIX}/exercise/vgg/{digest}/{ORDER[turn % len(ORDER)]}"

    def ask(number: int) -> None:
        where = f"{address}/3/{20 * turn + number}?lang=en&picture=sample-{turn % 20}"
        request = Request(where, headers={"Cookie": f"cnnviz_seat=greedy{number}"})
        with suppress(HTTPError):  # too many requests, or a picture that allows none
            urlopen(request, timeout=120).close()

    await asyncio.gather(*(asyncio.to_thread(ask, number) for number in range(20)))


WAYS: dict[str, Callable[[str, int], Awaitable[None]]] = {
    "GIF": animation,
    "HTML file": offline_page,
    "169 shifts of vgg": shifts,
    "wide layers in the builder": stack,
    "exercises over HTTP": exercises,
}


async def again_and_again(url: str, way: str) -> None:
    """Do it until cancelled."""
    for turn in itertools.count():
        await WAYS[way](url, turn)
