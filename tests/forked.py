"""The command line as a process of its own that forks from one which has imported TensorFlow already.

The import takes longer than most of what tests let such a process do. Signals, limits, standard streams and
exit codes are those of any process; `tests/cli` starts `python -m cnnviz`, too.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
from collections.abc import Callable
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    ["tests.with_keras", "keras.src.backend.tensorflow.trainer", "cnnviz.training.loop", __name__]
)


def start(
    work: Callable[..., object], *arguments: object, log: Path, stdin: Connection | None = None
) -> ForkServerProcess:
    """Start a process that does some work and ends with the exit code that it returns.

    Args:
        work: a function of a module. arguments: what it is called with.
        log: where its output goes. stdin: what it reads; None = nothing.
    """
    with contextlib.chdir(ROOT):  # the first call starts the process that others fork from
        forkserver.ensure_running()
    process = CONTEXT.Process(target=_begin, args=(work, arguments, log, stdin), daemon=True)
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")  # its file is run again, and may be an AppTest's script
    try:
        process.start()
    finally:
        sys.modules["__main__"] = main
    return process


def _begin(
    work: Callable[..., object], arguments: tuple[object, ...], log: Path, stdin: Connection | None
) -> None:
    with log.open("wb") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    if stdin is not None:
        os.dup2(stdin.fileno(), 0)
        sys.stdin = open(0)  # noqa: SIM115
        stdin.close()
    code = work(*arguments)
    raise SystemExit(code)
