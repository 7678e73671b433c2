"""Figures for Prometheus: what is told, how it is written, and that nobody else reads it."""

from __future__ import annotations

import re
import urllib.error
import urllib.request

import pytest

from cnnviz.errors import CnnvizError
from cnnviz.hosting import metrics
from cnnviz.hosting.metrics import Counter, Gauge, Seconds, Total
from tests.browser.conftest import free_port

LINE = re.compile(r'[a-z_]+(\{[a-z_]+="(?:[^"\\\n]|\\.)*"(,[a-z_]+="(?:[^"\\\n]|\\.)*")*\})? [-+.e\d]+')


def told(monkeypatch: pytest.MonkeyPatch, *figures: metrics.Metric) -> str:
    monkeypatch.setattr(metrics, "METRICS", list(figures))
    return metrics.text()


def test_a_counter_grows_by_label(monkeypatch: pytest.MonkeyPatch) -> None:
    counter = Counter("errors_total", "Errors.", "reason")
    counter.add(of="busy")
    counter.add(2, of="data")
    counter.add(of="busy")
    assert told(monkeypatch, counter) == (
        "# HELP cnnviz_errors_total Errors.\n# TYPE cnnviz_errors_total counter\n"
        'cnnviz_errors_total{reason="busy"} 2.0\ncnnviz_errors_total{reason="data"} 2.0\n'
    )


def test_what_never_happened_is_told_as_0(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, Counter("failures_total", "Failures.")).endswith("cnnviz_failures_total 0.0\n")


def test_a_gauge_is_read_when_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    held = {"scene": 1}
    gauge = Gauge("cache_bytes", "Bytes.", lambda: held, "cache")
    held["scene"] = 123_456_789
    held['a"\\\n'] = 7
    assert told(monkeypatch, gauge).splitlines()[2:] == [
        r'cnnviz_cache_bytes{cache="a\"\\\n"} 7',
        'cnnviz_cache_bytes{cache="scene"} 123456789',
    ]
    assert "# TYPE cnnviz_hits_total counter" in told(monkeypatch, Total("hits_total", "Hits.", lambda: 3))


def test_a_histogram_counts_what_is_not_above_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = Seconds("script_seconds", "Scripts.", "page")
    for took in (0.01, 0.02, 0.3, 60.0):
        seconds.note(took, "pooling")
    lines = told(monkeypatch, seconds).splitlines()[2:]
    counts = [float(line.split()[-1]) for line in lines if "_bucket" in line]
    assert counts == [1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4]
    assert lines[-3] == 'cnnviz_script_seconds_bucket{page="pooling",le="+Inf"} 4'
    assert lines[-2:] == [
        'cnnviz_script_seconds_sum{page="pooling"} 60.33',
        'cnnviz_script_seconds_count{page="pooling"} 4',
    ]


def test_what_fails_is_measured_too(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = Seconds("script_seconds", "Scripts.")
    with pytest.raises(KeyError), seconds.measure():
        raise KeyError
    assert "cnnviz_script_seconds_count 1" in told(monkeypatch, seconds)


def test_every_line_can_be_read() -> None:
    metrics.ERRORS.add(of="busy")
    metrics.WAITED.note(0.1)
    lines = metrics.text().splitlines()
    assert all(line.startswith("# ") or LINE.fullmatch(line) for line in lines), lines
    assert {"cnnviz_sessions", "cnnviz_memory_bytes"} <= {line.split()[0] for line in lines}
    assert metrics.resident_bytes() > 10e6


def test_they_are_served_on_a_port_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert metrics.serve() is None  # nobody has asked for them
    port = free_port()
    monkeypatch.setenv("CNNVIZ_METRICS_PORT", str(port))
    server = metrics.serve()
    assert server is not None
    try:
        assert server.server_address == ("127.0.0.1", port)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=120) as answer:
            assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
            assert b"cnnviz_sessions 0" in answer.read()
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=120)
        with pytest.raises(CnnvizError, match=f"a free port of 127\\.0\\.0\\.1\\. Received: {port}"):
            metrics.serve()
    finally:
        server.shutdown()
        server.server_close()
