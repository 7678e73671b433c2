"""A replica's figures for Prometheus and its logs as JSON, of a real server that visitors use."""

from __future__ import annotations

import asyncio
import json
import re
import urllib.request
from pathlib import Path

from tests.browser.conftest import free_port
from tests.coroutines import complete
from tests.hosted.conftest import Replica
from tests.visitor import Visitor


def test_figures_and_logs_of_a_replica(folder: Path) -> None:
    port = free_port()
    variables = {"CNNVIZ_METRICS_PORT": str(port), "CNNVIZ_LOGS": "json"}
    replica = Replica(folder / "figures.txt", variables=variables)
    replica.start()

    def figures(address: str) -> str:
        with urllib.request.urlopen(address, timeout=120) as answer:
            return str(answer.read().decode())

    async def visit() -> str:
        async with Visitor(f"http://{replica.address}") as one:
            await one.open()
            await one.open("pooling", "lang=en&picture=sample-3")
            return await asyncio.to_thread(figures, f"http://127.0.0.1:{port}/metrics")

    told = complete(visit())
    assert "cnnviz_sessions 1\n" in told
    assert "cnnviz_wait_seconds_count 2\n" in told
    assert 'cnnviz_script_seconds_count{page="pooling"} 1\n' in told
    assert 'cnnviz_cache_misses_total{cache="activations"}' in told
    assert "cnnviz_" not in figures(f"http://{replica.address}/metrics")  # a page of the app, as any other
    replica.end()
    written = [line for line in replica.log.read_text().splitlines() if line.startswith("{")]
    assert all(set(json.loads(line)) >= {"time", "level", "logger", "message"} for line in written)
    assert not {"sample-3", "GET", "WebSocket"} & set(re.findall(r"[\w-]+", replica.log.read_text()))
