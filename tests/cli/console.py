"""The command line at a console: as a process of its own, and in this one at a console with few letters."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path

from cnnviz.cli.main import main

ROOT = Path(__file__).resolve().parents[2]


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a visitor would: in a process of its own, with no CIFAR-10 around."""
    plain = {key: value for key, value in os.environ.items() if key != "CNNVIZ_DATA"}
    return subprocess.run(
        [sys.executable, "-m", "cnnviz", *arguments],
        cwd=ROOT,
        env={**plain, "KERAS_HOME": str(folder), **environment},
        capture_output=True,
        text=True,
    )


def at_a_console(arguments: list[str], encoding: str, folder: Path) -> tuple[int | str | None, bytes, bytes]:
    """Run the command line where standard output and error know no more letters than `encoding`.

    Returns:
        Its exit code, and what it has written to each of them.
    """
    written = io.BytesIO(), io.BytesIO()
    # as Python opens them
    out = io.TextIOWrapper(written[0], encoding, errors="strict")
    error = io.TextIOWrapper(written[1], encoding, errors="backslashreplace")
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        try:
            code: int | str | None = main(arguments)
        except SystemExit as end:  # as of --help
            code = end.code
        out.flush()
        error.flush()
    return code, *(each.getvalue() for each in written)
