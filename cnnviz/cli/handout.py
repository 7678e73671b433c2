"""`cnnviz handout`: print the lecture as PDF."""

from __future__ import annotations

import argparse
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cnnviz import resources
from cnnviz.cli.shared import rounded
from cnnviz.errors import CnnvizError, invalid
from cnnviz.explain import lecture
from cnnviz.export import handout
from cnnviz.export.chromium import HOSTS
from cnnviz.networks import network
from cnnviz.text import LANGUAGES
from cnnviz.training import runs

SUMMARY = "Print the lecture as PDF, a step a page; needs Chromium."
STARTS_WITHIN = 120.0
"""Seconds in which an app that is started must answer."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    add = parser.add_argument
    add("--language", choices=LANGUAGES, default="en", help="default: en")
    add("--notes", action="store_true", help="with the speaker's notes")
    add("--steps", metavar="N[-N]", help="only these steps, such as 9-12; default: all")
    add("--address", metavar="URL", help="address of the app that each page links to; default: no links")
    add("--app", metavar="URL", help="an app that runs on this machine; default: one is started")
    add("--out", required=True, metavar="FILE", help="the PDF; - writes it to the standard output")


def execute(options: argparse.Namespace) -> None:
    """Write the file; progress goes to the standard error, a line a step."""
    steps = _steps(options.steps)
    facts = lecture.facts(runs.read_weights(name)[1] for name in network.trained_names())
    began = time.monotonic()
    with _running(options.app) as app:
        made = handout.handout(
            app,
            language=options.language,
            notes=options.notes,
            address=options.address,
            facts=facts,
            steps=steps,
            on_step=lambda place, count: print(f"{place}/{count}", file=sys.stderr, flush=True),
        )
    if options.out == "-":
        sys.stdout.buffer.write(made)
        return
    Path(options.out).write_bytes(made)
    seconds = rounded(time.monotonic() - began)
    print(f"{options.out}: {len(steps)} pages, {rounded(len(made) / 1e6, 1)} MB, {seconds} s")


def _steps(text: str | None) -> tuple[lecture.Step, ...]:
    """Parse "9-12" or "9" to steps."""
    every = lecture.steps()
    if text is None:
        return every
    parts = re.fullmatch(r"(\d{1,3})(?:-(\d{1,3}))?", text)
    first, last = (int(parts[1]), int(parts[2] or parts[1])) if parts else (0, 0)
    if not 1 <= first <= last <= len(every):
        raise invalid("steps", f"must be one or two numbers in 1..{len(every)}, such as 9-12", text)
    return every[first - 1 : last]


@contextmanager
def _running(app: str | None) -> Iterator[str]:
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
