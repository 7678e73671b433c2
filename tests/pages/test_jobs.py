"""Jobs: computed once, kept up to a size, ended when nobody wants them."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest

from cnnviz.pages import jobs as jobs_module
from cnnviz.pages.jobs import CancelledError, Job, Jobs

FOREVER = 60.0


def test_one_key_is_computed_once() -> None:
    calls = []

    def compute(progress: Callable[[float], None]) -> int:
        calls.append(1)
        return 7

    jobs = Jobs()
    first = jobs.start("a", compute)
    assert first.wait(FOREVER)
    assert jobs.start("a", compute) is first
    assert (first.result, len(calls)) == (7, 1)


def test_a_cancelled_job_ends_at_its_next_report_and_may_start_again() -> None:
    begun, go = threading.Event(), threading.Event()

    def compute(progress: Callable[[float], None]) -> str:
        begun.set()
        go.wait(FOREVER)
        progress(0.5)
        return "done"

    jobs = Jobs()
    job = jobs.start("a", compute)
    assert begun.wait(FOREVER)
    job.cancel()
    go.set()
    assert job.wait(FOREVER)
    assert job.cancelled
    again = jobs.start("a", compute)
    assert again is not job
    assert again.wait(FOREVER)
    assert again.result == "done"


def test_a_job_that_nobody_asks_for_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job[int](lambda progress: 1)
    job.report(0.25)
    assert job.share == 0.25
    monkeypatch.setattr(jobs_module, "UNWANTED_SECONDS", -1.0)
    with pytest.raises(CancelledError):
        job.report(0.5)


def test_an_error_is_kept_for_a_while_and_then_the_next_request_tries_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(progress: Callable[[float], None]) -> int:
        raise ValueError("no")

    jobs = Jobs()
    job = jobs.start("a", fail)
    assert job.wait(FOREVER)
    assert str(job.error) == "no"
    assert not job.cancelled
    assert jobs.start("a", fail) is job
    assert jobs.start("b", lambda progress: 1).wait(FOREVER)
    assert jobs.start("a", fail) is job
    monkeypatch.setattr(jobs_module, "RETRY_SECONDS", 0.0)
    assert jobs.start("a", fail) is not job


def test_results_are_kept_up_to_a_size_and_read_only() -> None:
    jobs = Jobs(max_bytes=2500)
    found = []
    for key in "abc":
        found.append(jobs.start(key, lambda progress: np.zeros(1000, np.uint8)))
        assert found[-1].wait(FOREVER)
    assert jobs.start("c", lambda progress: np.ones(1)) is found[2]
    assert jobs.bytes <= 2500
    assert jobs.start("b", lambda progress: np.ones(1)) is found[1]
    assert jobs.start("a", lambda progress: np.ones(1)) is not found[0]
    with pytest.raises(ValueError):
        found[1].result[0] = 1
