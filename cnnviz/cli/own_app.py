"""The app that a command takes pictures of: one that runs on this machine, or one that is started for it."""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from cnnviz import resources
from cnnviz.errors import CnnvizError
from cnnviz.export.chromium import HOSTS

STARTS_WITHIN = 120.0
"""Seconds in which an app that is started must answer."""


def add_app(parser: argparse.ArgumentParser) -> None:
    """Add --app."""
    parser.add_argument(
        "--app", metavar="URL", help="an app that runs on this machine; default: one is started"
    )


@contextmanager
def running_app(app: str | None) -> Iterator[str]:
    """Give the address of the app; without one, an app is started, and stopped in the end."""
    if app is not None:
        yield app
        return
    with socket.socket() as probe:
        probe.bind((HOSTS[0], 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", "streamlit", "run", str(resources.root() / "app.py")]
    words += ["--server.headless", "true", "--server.address", HOSTS[0], "--server.port", str(port)]
    words += ["--server.showEmailPrompt", "false"]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(server, f"http://{HOSTS[0]}:{port}/_stcore/health")
        yield f"http://{HOSTS[0]}:{port}"
    finally:
        server.kill()
        server.wait()


def _wait(server: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while server.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except OSError:
            time.sleep(0.1)
    raise CnnvizError("The app cannot be started here; `cnnviz run` says why.")
