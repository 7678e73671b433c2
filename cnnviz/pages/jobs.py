"""Computations that a visitor watches: each runs once in the background, whoever asks for it, and is kept.

A job that nobody asks for any more ends at its next report of progress: a visitor who picks something else,
or leaves, need not cancel it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from cnnviz.hosting import cpu_seconds
from cnnviz.pages.byte_cache import MB, make_read_only, size_in_bytes
from cnnviz.pages.server import once_per_process

T = TypeVar("T")

KEPT_BYTES = 100 * MB
"""Limit of all kept results."""
UNWANTED_SECONDS = 5.0
"""Seconds without a request after which a job ends; pages ask twice a second."""
RETRY_SECONDS = 10.0
"""Seconds for which a failure is kept: a page that asks again gets it, without a new attempt."""
_log = logging.getLogger(__name__)


class CancelledError(Exception):
    """Raised in a job's computation, by its report of progress."""


class Job(Generic[T]):
    """A computation in the background.

    Attributes:
        share: the progress, 0..1.
        result: of the computation, None until it ends.
        error: that it raised; None if it raised none, or was cancelled.
    """

    def __init__(self, compute: Callable[[Callable[[float], None]], T]) -> None:
        self.share = 0.0
        self.result: T | None = None
        self.error: Exception | None = None
        self._compute = compute
        self._finished = threading.Event()
        self._cancelled = False
        self._asked = time.monotonic()
        self._ended = 0.0

    @property
    def finished(self) -> bool:
        """Whether it has ended, by itself or because it was cancelled."""
        return self._finished.is_set()

    @property
    def cancelled(self) -> bool:
        """Whether it has ended without a result and without an error."""
        return self.finished and self.result is None and self.error is None

    @property
    def outdated(self) -> bool:
        """Whether it has ended without a result, and its failure need not be shown any more."""
        failed_now = self.error is not None and time.monotonic() - self._ended < RETRY_SECONDS
        return self.finished and self.result is None and not failed_now

    def ask(self) -> None:
        """Note that a visitor still waits for the result."""
        self._asked = time.monotonic()

    def cancel(self) -> None:
        """End it at its next report."""
        self._cancelled = True

    def wait(self, seconds: float) -> bool:
        """Wait until it has ended, at most so long; return whether it has."""
        return self._finished.wait(seconds)

    def run(self) -> None:
        """Compute, in the thread of the caller."""
        try:
            self.report(0.0)
            with cpu_seconds.limited():
                result = self._compute(self.report)
            make_read_only(result)
            self.result = result
        except CancelledError:
            pass
        except Exception as error:  # raised again where the result is asked for
            _log.info("A job has failed", exc_info=True)
            self.error = error
        finally:
            self._ended = time.monotonic()
            self._finished.set()

    def report(self, share: float) -> None:
        """Note the progress.

        Raises:
            CancelledError: if no visitor waits for the result.
        """
        self.share = share
        if self._cancelled or time.monotonic() - self._asked > UNWANTED_SECONDS:
            raise CancelledError


class Jobs:
    """Jobs by key; finished ones are kept up to a size, the least recently used go first."""

    def __init__(self, max_bytes: int = KEPT_BYTES, threads: int = 2) -> None:
        self._max_bytes = max_bytes
        self._jobs: OrderedDict[Hashable, Job[Any]] = OrderedDict()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="jobs")

    def start(self, key: Hashable, compute: Callable[[Callable[[float], None]], T]) -> Job[T]:
        """Return the job of a key; it is started unless it runs, has a result or has just failed.

        Args:
            key: says all that the result depends on.
            compute: takes a function that it has to call with the share that is done.
        """
        with self._lock:
            job: Job[T] | None = self._jobs.pop(key, None)
            if job is None or job.outdated:
                job = Job(compute)
                self._pool.submit(job.run)
            self._jobs[key] = job
            job.ask()
            self._evict()
        return job

    @property
    def bytes(self) -> int:
        """Size of all kept results."""
        return sum(size_in_bytes(job.result) for job in list(self._jobs.values()))

    def _evict(self) -> None:
        total = self.bytes
        for key, job in list(self._jobs.items())[:-1]:
            if total > self._max_bytes and job.finished:
                total -= size_in_bytes(job.result)
                del self._jobs[key]
            elif job.outdated:
                del self._jobs[key]


@once_per_process
def jobs() -> Jobs:
    """Return the process's jobs, shared by all sessions."""
    return Jobs()
