"""Computations that take too long on a public server are ended with an error, on any thread."""

from __future__ import annotations

import contextlib
import time

import pytest

from cnnviz import settings
from cnnviz.errors import CnnvizError
from cnnviz.hosting import cpu_seconds
from cnnviz.hosting.answers import computed
from cnnviz.hosting.cpu_seconds import limited
from cnnviz.hosting.metrics import REFUSED
from cnnviz.pages.byte_cache import byte_cache
from cnnviz.pages.jobs import Jobs
from tests.coroutines import complete
from tests.hosting.test_answers import request

pytestmark = pytest.mark.skipif(
    not hasattr(time, "pthread_getcpuclockid"), reason="the system has no clocks of threads"
)


@pytest.fixture(autouse=True)
def _no_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNVIZ_HOSTED", "1")
    monkeypatch.setattr(settings, "CPU_SECONDS", lambda: 0)
    monkeypatch.setattr(cpu_seconds, "POLL_SECONDS", 0.01)


def spin(seconds: float = 60.0) -> None:
    """Compute for so many CPU seconds, and take no other error for the limit."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        with contextlib.suppress(Exception):
            int("1")


def refused() -> float:
    """Return how many computations have ended at the limit."""
    return sum(count for _, label, count in REFUSED.samples() if label["limit"] == "cpu_seconds")


def test_a_computation_ends_at_the_limit_and_is_counted() -> None:
    before = refused()
    with pytest.raises(CnnvizError) as raised, limited():
        spin()
    assert (raised.value.reason, raised.value.values) == ("cpu_seconds", {"count": 0})
    assert refused() == before + 1
    spin(0.2)  # outside nothing is limited


def test_a_job_an_answer_and_a_cached_value_end_so_too() -> None:
    job = Jobs().start("spin", lambda report: spin())
    assert job.wait(180.0)
    assert isinstance(job.error, CnnvizError)
    with pytest.raises(CnnvizError, match="CPU seconds"):
        complete(computed(request(), spin))
    seconds = [60.0, 0.0]
    cached = byte_cache(1000)(lambda: spin(seconds.pop(0)))
    with pytest.raises(CnnvizError, match="CPU seconds"), limited():
        cached()
    cached()  # is tried anew
    assert not seconds


def test_nothing_is_limited_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CNNVIZ_HOSTED")
    with limited():
        spin(0.2)
