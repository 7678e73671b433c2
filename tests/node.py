"""Running JavaScript with the Node of the tests' environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def run(script: str, folder: Path) -> str:
    """Return what a script prints, an ES module that may import those in a folder."""
    ran = subprocess.run(
        ["node", "--input-type=module"],
        input=script,
        cwd=folder,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
