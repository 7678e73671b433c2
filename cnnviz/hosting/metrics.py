"""Figures of this process for Prometheus, on a port of their own: `CNNVIZ_METRICS_PORT`.

Counters, gauges and histograms in the text format of https://prometheus.io/docs/instrumenting/exposition_formats,
which takes less code than a library takes to configure. They know of no visitor: sums only.
"""

from __future__ import annotations

import mmap
import threading
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import accumulate
from pathlib import Path

from streamlit import runtime

from cnnviz import settings
from cnnviz.errors import CnnvizError

PATH = "/metrics"
BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of a histogram's buckets in seconds."""
Sample = tuple[str, dict[str, str], float]
"""A line: suffix of the name, labels, value."""


class Metric:
    """One exported metric.

    Attributes:
        name: without the prefix "cnnviz_". meaning: one line. label: that of its lines, or "".
    """

    kind = ""

    def __init__(self, name: str, meaning: str, label: str = "") -> None:
        self.name, self.meaning, self.label = f"cnnviz_{name}", meaning, label

    def samples(self) -> list[Sample]:
        """Return each line."""
        raise NotImplementedError

    def _labels(self, value: str) -> dict[str, str]:
        return {self.label: value} if self.label else {}


class Counter(Metric):
    """A number that only grows."""

    kind = "counter"

    def __init__(self, name: str, meaning: str, label: str = "") -> None:
        super().__init__(name, meaning, label)
        self._values: defaultdict[str, float] = defaultdict(float)
        self._lock = threading.Lock()
        if not label:
            self._values[""] = 0.0  # there from the start

    def add(self, value: float = 1.0, of: str = "") -> None:
        """Add to it; `of` is the label's value, which no visitor may choose."""
        with self._lock:
            self._values[of] += value

    def samples(self) -> list[Sample]:
        """Return a line a value of the label."""
        with self._lock:
            return [("", self._labels(of), value) for of, value in sorted(self._values.items())]


class Gauge(Metric):
    """A number that is read when it is exported: by itself, or {label's value: number}."""

    kind = "gauge"

    def __init__(
        self, name: str, meaning: str, read: Callable[[], float | Mapping[str, float]], label: str = ""
    ) -> None:
        super().__init__(name, meaning, label)
        self._read = read

    def samples(self) -> list[Sample]:
        """Return a line a value of the label, read now."""
        now = self._read()
        values = now if isinstance(now, Mapping) else {"": now}
        return [("", self._labels(of), value) for of, value in sorted(values.items())]


class Total(Gauge):
    """A number that only grows, and that somebody else counts."""

    kind = "counter"


class Seconds(Metric):
    """A histogram of durations in seconds."""

    kind = "histogram"

    def __init__(self, name: str, meaning: str, label: str = "") -> None:
        super().__init__(name, meaning, label)
        self._counts: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(BOUNDS) + 1))
        self._sums: defaultdict[str, float] = defaultdict(float)
        self._lock = threading.Lock()

    def note(self, seconds: float, of: str = "") -> None:
        """Count one; `of` is the label's value, which no visitor may choose."""
        with self._lock:
            self._counts[of][bisect_left(BOUNDS, seconds)] += 1
            self._sums[of] += seconds

    @contextmanager
    def measure(self, of: str = "") -> Iterator[None]:
        """Time the body of a `with` statement, even if it fails."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.note(time.perf_counter() - start, of)

    def samples(self) -> list[Sample]:
        """Return buckets, sum and count of each value of the label."""
        with self._lock:
            counts = {of: list(accumulate(each)) for of, each in sorted(self._counts.items())}
            sums = dict(self._sums)
        lines: list[Sample] = []
        for of, below in counts.items():
            labels = self._labels(of)
            ends = [*map(str, BOUNDS), "+Inf"]
            lines += [("_bucket", {**labels, "le": end}, n) for end, n in zip(ends, below, strict=True)]
            lines += [("_sum", labels, sums[of]), ("_count", labels, below[-1])]
        return lines


def resident_bytes() -> float:
    """Return the memory of this process in bytes; 0 where the system does not report it."""
    try:
        return mmap.PAGESIZE * int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0


def sessions() -> int:
    """Return the number of connected visitors."""
    if not runtime.exists():
        return 0
    return runtime.get_instance()._session_mgr.num_active_sessions()  # there is no public way to ask


WAITED = Seconds("wait_seconds", "From an action's arrival until all that it changes has been sent.")
SCRIPT = Seconds("script_seconds", "A page's script, from its first line to its last.", "page")
ERRORS = Counter("errors_total", "Errors that a visitor was shown, by their reason.", "reason")
FAILURES = Counter("failures_total", "Errors in the log: what no visitor should have caused.")
REFUSED = Counter("refused_total", "Requests over a limit.", "limit")
METRICS: list[Metric] = [
    Gauge("sessions", "Visitors who are connected.", sessions),
    WAITED,
    SCRIPT,
    ERRORS,
    FAILURES,
    REFUSED,
    Gauge("memory_bytes", "Memory that the process holds.", resident_bytes),
    Total("processor_seconds_total", "CPU time of the process.", time.process_time),
]
"""The exported metrics; pages add theirs."""


def text() -> str:
    """Return all metrics as Prometheus reads them."""
    lines: list[str] = []
    for metric in METRICS:
        lines += [f"# HELP {metric.name} {metric.meaning}", f"# TYPE {metric.name} {metric.kind}"]
        for suffix, labels, value in metric.samples():
            inside = ",".join(f'{key}="{_escaped(label)}"' for key, label in labels.items())
            lines.append(f"{metric.name}{suffix}{f'{{{inside}}}' if inside else ''} {value}")
    return "\n".join(lines) + "\n"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # the name is http.server's
        found = self.path.partition("?")[0] == PATH
        body = text().encode() if found else b""
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a scraper asks all day."""


def serve() -> ThreadingHTTPServer | None:
    """Serve the figures in the background, if a host wants them.

    Raises:
        CnnvizError: if the port is taken.
    """
    port = settings.METRICS_PORT()
    if not port:
        return None
    try:
        server = ThreadingHTTPServer((settings.METRICS_ADDRESS(), port), _Handler)
    except OSError as error:
        raise CnnvizError(
            f"CNNVIZ_METRICS_PORT must be a free port of {settings.METRICS_ADDRESS()}. "
            f"Received: {port} ({error.strerror})."
        ) from error
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server
