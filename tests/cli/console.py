"""The command line as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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


def at_a_console(arguments: list[str], encoding: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run the command line as a process whose console knows no more letters than `encoding`."""
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "cnnviz", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True)
