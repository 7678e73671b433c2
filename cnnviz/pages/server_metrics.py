"""Metrics of the pages: networks, caches, files in progress."""

from __future__ import annotations

from cnnviz.hosting import metrics
from cnnviz.hosting.metrics import Gauge, Metric, Total
from cnnviz.pages.byte_cache import caches


def metrics_of_pages() -> list[Metric]:
    """Return the metrics."""
    return [
        Gauge("networks_loaded", "Networks that Keras runs.", _loaded),
        Gauge("cache_bytes", "Size of a cache.", lambda: _each("bytes"), "cache"),
        Total("cache_hits_total", "Results that a cache had.", lambda: _each("hits"), "cache"),
        Total("cache_misses_total", "Results that were computed.", lambda: _each("misses"), "cache"),
        Gauge("exports", "Files that are being made.", lambda: _exports("working"), "kind"),
        Gauge("exports_waiting", "Visitors who wait for their turn.", lambda: _exports("waiting"), "kind"),
        Total("exports_total", "Files that have been begun.", lambda: _exports("begun"), "kind"),
        Total("exports_wait_seconds_total", "Waited for turns.", lambda: _exports("waited"), "kind"),
    ]


def register() -> None:
    """Add them to the server's exported metrics."""
    metrics.METRICS.extend(metrics_of_pages())


def _loaded() -> float:
    from cnnviz.pages import inference  # here, as its imports would slow down the server's start

    return inference.engine().state().loaded


def _each(what: str) -> dict[str, float]:
    return {name.strip("_"): getattr(each, what) for name, each in caches().items()}


def _exports(what: str) -> dict[str, float]:
    from cnnviz.pages import figure_cache  # here, as above

    return {kind: getattr(figure_cache.exports(kind), what) for kind in ("gif", "html")}
