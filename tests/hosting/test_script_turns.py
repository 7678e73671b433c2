"""Scripts take turns, in the order in which they were asked for, and nobody waits for ever."""

from __future__ import annotations

import threading

import pytest

from cnnviz.hosting import script_turns
from cnnviz.hosting.script_turns import turn, waiting
from tests.training.test_runs import until


@pytest.fixture
def one_at_once(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """Let one script run at once, and the others be patient."""
    turns = threading.Semaphore(1)
    monkeypatch.setattr(script_turns, "_turns", turns)
    monkeypatch.setattr(script_turns, "PATIENCE", 3600.0)
    return turns


def test_scripts_run_in_the_order_in_which_they_came(one_at_once: threading.Semaphore) -> None:
    order: list[int] = []

    def script(number: int) -> None:
        with turn():
            order.append(number)

    with turn():
        threads = []
        for number in range(5):
            threads.append(threading.Thread(target=script, args=(number,)))
            threads[-1].start()
            queued = one_at_once._cond._waiters  # type: ignore[attr-defined]
            until(lambda queued=queued, number=number: len(queued) == number + 1)
        assert order == []
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


@pytest.mark.usefixtures("one_at_once")
def test_who_waits_for_a_result_lets_others_run() -> None:
    result = threading.Event()

    def script() -> None:
        with turn():
            result.set()

    other = threading.Thread(target=script)
    with turn():
        other.start()
        with waiting():
            assert result.wait(600)
        assert not script_turns._turns.acquire(blocking=False)  # this thread holds its turn again
    other.join()
    assert script_turns._turns.acquire(blocking=False)


@pytest.mark.usefixtures("one_at_once")
def test_a_script_that_fails_gives_its_turn_back() -> None:
    with pytest.raises(KeyError), turn():
        raise KeyError
    with turn(), pytest.raises(KeyError), waiting():
        raise KeyError
    assert script_turns._turns.acquire(blocking=False)


@pytest.mark.usefixtures("one_at_once")
def test_who_has_been_patient_runs_beside_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script_turns, "PATIENCE", 0.0)
    done = threading.Event()

    def script() -> None:
        with turn():
            done.set()

    with turn():
        other = threading.Thread(target=script)
        other.start()
        assert done.wait(600)
        other.join()
        assert not script_turns._turns.acquire(blocking=False)  # it is still held, and was not given twice
    assert script_turns._turns.acquire(blocking=False)
    assert not script_turns._turns.acquire(blocking=False)


def test_who_holds_no_turn_has_none_to_give(one_at_once: threading.Semaphore) -> None:
    with waiting():
        assert one_at_once.acquire(blocking=False)
        assert not one_at_once.acquire(blocking=False)
