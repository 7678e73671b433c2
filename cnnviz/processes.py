"""Programs of this package, run in processes of their own: what costs much, or may fail."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

POLL_SECONDS = 0.2
"""Seconds between two calls of `on_poll`."""


def run(
    module: str,
    request: bytes,
    *,
    on_poll: Callable[[], object],
    seconds: float | None = None,
    silent: bool = False,
    **environment: str,
) -> tuple[bytes, int | None]:
    """Run a module as a program on a request; it is killed when this function is left.

    Args:
        module: its full name. request: its standard input.
        on_poll: called every fifth of a second meanwhile; an exception from it cancels.
        seconds: how long it may take; None = any time.
        silent: whether its standard error is discarded.
        environment: variables beside those of this process.

    Returns:
        Its standard output, and its exit code; None, if it has not ended in time.
    """
    here = str(Path(__file__).parents[1])  # this package, wherever it was imported from
    paths = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    # -P: import installed modules only, not files in the working folder
    with subprocess.Popen(
        [sys.executable, "-P", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if silent else None,
        env={**os.environ, "PYTHONPATH": paths, **environment},
    ) as process:
        try:
            given, end = request, None if seconds is None else time.monotonic() + seconds
            while end is None or time.monotonic() < end:
                try:
                    output, _ = process.communicate(given, timeout=POLL_SECONDS)
                    return output, process.returncode
                except subprocess.TimeoutExpired:
                    given = b""  # sent
                    on_poll()
        finally:
            process.kill()
    return b"", None
