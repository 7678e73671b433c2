"""Metrics of the pages are exported by the server."""

from __future__ import annotations

import pytest

from cnnviz import samples
from cnnviz.hosting import metrics
from cnnviz.pages import activation_cache, figure_cache, server_metrics


def told(name: str, label: str = "") -> float:
    """Return a metric's value."""
    (metric,) = [each for each in server_metrics.metrics_of_pages() if each.name == f"cnnviz_{name}"]
    return {"".join(labels.values()): value for _, labels, value in metric.samples()}[label]


def test_a_cache_tells_what_it_had_and_what_it_holds() -> None:
    names = ("cache_hits_total", "cache_misses_total", "cache_bytes")
    before = [told(name, "random_run") for name in names]
    activation_cache.random_run.clear()
    for _ in range(3):
        activation_cache.random_run("c8k3s1same-r", 1, samples().images[5])
    hits, misses, held = (told(name, "random_run") for name in names)
    assert (hits - before[0], misses - before[1]) == (2, 1)
    assert held >= 2 * 32 * 32 * 8 * 4  # a map after the convolution, one after ReLU


def test_files_that_are_made_are_counted() -> None:
    begun = told("exports_total", "gif")
    with figure_cache.exports("gif").turn():
        assert (told("exports", "gif"), told("exports", "html"), told("exports_waiting", "gif")) == (1, 0, 0)
    assert (told("exports", "gif"), told("exports_total", "gif")) == (0, begun + 1)
    assert told("exports_wait_seconds_total", "gif") >= 0


def test_they_join_the_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "METRICS", [])
    server_metrics.register()
    assert "cnnviz_cache_bytes" in [metric.name for metric in metrics.METRICS]
