"""Turns at work that takes a core."""

from __future__ import annotations

import threading

import pytest

from cnnviz.errors import CnnvizError
from cnnviz.hosting import queueing, visitors
from cnnviz.hosting.queueing import Turns
from tests.training.test_runs import until


def hold(turns: Turns, release: threading.Event, done: list[str], name: str) -> threading.Thread:
    """Take a turn in a thread, and keep it until `release`."""

    def work() -> None:
        try:
            with turns.turn(name):
                assert release.wait(60)
                done.append(name)
        except CnnvizError as error:
            done.append(f"{name}: {error.reason}")

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_one_works_some_wait_and_one_more_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNVIZ_WAITING", "2")
    turns, release, done = Turns(), threading.Event(), list[str]()
    threads = [hold(turns, release, done, "a")]
    until(lambda: turns.working == 1)
    threads += [hold(turns, release, done, name) for name in "bc"]
    until(lambda: turns.waiting == 2)
    with pytest.raises(CnnvizError) as error, turns.turn("d"):
        pass
    assert error.value.reason == "busy"
    assert done == []
    release.set()
    for thread in threads:
        thread.join(60)
    assert sorted(done) == ["a", "b", "c"]
    assert (turns.working, turns.waiting) == (0, 0)


def test_more_than_one_may_work_at_once_and_everybody_wait() -> None:
    turns, release, done = Turns(lambda: 2, None), threading.Event(), list[str]()
    threads = [hold(turns, release, done, name) for name in "ab"]
    until(lambda: turns.working == 2)
    threads += [hold(turns, release, done, str(number)) for number in range(20)]
    until(lambda: turns.waiting == 20)
    assert turns.working == 2
    release.set()
    for thread in threads:
        thread.join(60)
    assert len(done) == 22
    assert (turns.working, turns.waiting) == (0, 0)


def test_who_has_left_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queueing, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(visitors, "is_here", lambda session: session != "gone")
    turns, release, done = Turns(), threading.Event(), list[str]()
    first = hold(turns, release, done, "a")
    until(lambda: turns.working == 1)
    hold(turns, release, done, "gone").join(60)
    assert done == ["gone: left"]
    release.set()
    first.join(60)
    assert done == ["gone: left", "a"]


def test_work_that_fails_gives_its_turn_back() -> None:
    turns = Turns()
    with pytest.raises(ZeroDivisionError), turns.turn():
        raise ZeroDivisionError
    with turns.turn():
        assert turns.working == 1
    assert turns.working == 0
