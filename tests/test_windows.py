"""Every page where Python has what it has on Windows, as `tests/windows_like` shows it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = """
from streamlit.testing.v1 import AppTest
from cnnviz import files
from cnnviz.pages.navigation import PAGES
assert not files.HAS_LOCKS
for page in PAGES:
    app = AppTest.from_file({app!r}, default_timeout=180)
    if page != PAGES[0]:
        app.switch_page(f"cnnviz/pages/{{page}}.py")
    app.run()
    assert app.title or app.markdown, page
    assert not app.exception, [page, *(problem.message for problem in app.exception)]
print("all shown")
"""


@pytest.mark.slow
def test_every_page_is_shown(tmp_path: Path) -> None:
    paths = os.pathsep.join(map(str, (ROOT / "tests" / "windows_like", ROOT)))
    environment = {**os.environ, "PYTHONPATH": paths}
    program = [sys.executable, "-c", PROGRAM.format(app=str(ROOT / "app.py"))]
    ended = subprocess.run(program, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ended.stdout.endswith("all shown\n"), ended.stderr
