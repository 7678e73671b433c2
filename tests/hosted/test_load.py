"""`make load` in small: no visitor is refused, and those who lose a replica come back."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.coroutines import complete
from tests.hosted.conftest import Proxy, Replica
from tests.load.crowds import coming_and_going, following, joining, losing, saving, walking
from tests.load.greedy import WAYS
from tests.load.site import site
from tests.visitor import crowd


def test_a_crowd_comes_and_acts_without_an_error(proxy: Proxy) -> None:
    times, errors = complete(joining(proxy.url, 4, 1.0))
    assert (len(times), errors) == (4, [])
    times, errors = complete(crowd(proxy.url, sessions=4, every=0.2, acts=6))
    assert (len(times), errors) == (24, [])
    times, errors = complete(saving(proxy.url, 2, every=0.2, files=2))
    assert (len(times), errors) == (4, [])
    assert complete(coming_and_going(proxy.url, range(3), at_once=2)) == []
    assert complete(walking(proxy.url, range(1), lambda: 7)) == (7, [])


def test_a_class_follows_its_lecturer(folder: Path) -> None:
    with site(folder / "class", 2) as here:
        found = complete(following(here.url, 3, steps=2, every=1.0, browsers=1))
    assert found.errors == []
    assert (len(found.heard), len(found.shown), len(found.painted)) == (6, 6, 2)
    assert all(first < later for first, later in zip(sorted(found.heard), sorted(found.shown), strict=True))
    assert all(each > 0 for each in found.painted)


def test_expensive_things_are_done(proxy: Proxy) -> None:
    for way in WAYS.values():
        complete(way(proxy.url, 1))


def test_visitors_of_a_lost_replica_come_back(losing_proxy: Proxy, replicas: list[Replica]) -> None:
    # the proxy spreads them by chance: of so many some sit at each replica
    sessions = 16
    times, errors = complete(
        losing(losing_proxy.url, sessions, lambda: replicas[1].end(signal.SIGKILL), settle=0.0)
    )
    replicas[1].start()
    assert errors == []
    assert 0 < len(times) < sessions
