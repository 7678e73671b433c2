"""Where Python has what it has on Windows, as `tests/windows_like` shows it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnnviz.pages.navigation import PAGES
from tests.thorough import thorough

ROOT = Path(__file__).resolve().parents[1]
OPENED = PAGES if thorough() else ("network", "training", "builder", "opening", "exercises", "code", "join")
"""Pages with files and processes of every sort; what the others import is imported."""
EVERY_PAGE = """
import importlib, pkgutil
from streamlit.testing.v1 import AppTest
import cnnviz
from cnnviz import files
from cnnviz.pages.navigation import PAGES
assert not files.HAS_LOCKS
own = {{f"cnnviz.pages.{{page}}" for page in PAGES}} | {{"cnnviz.__main__"}}
for module in pkgutil.walk_packages(cnnviz.__path__, "cnnviz."):
    if module.name not in own:
        importlib.import_module(module.name)
for page in {opened}:
    app = AppTest.from_file({app!r}, default_timeout=180)
    if page != PAGES[0]:
        app.switch_page(f"cnnviz/pages/{{page}}.py")
    app.run()
    assert app.title or app.markdown, page
    assert not app.exception, [page, *(problem.message for problem in app.exception)]
print("done")
"""
"""Opens pages, and imports all modules."""
GIF = """
from cnnviz.export import apart, gif
from cnnviz.export.look import Look
from tests.export.test_apart import SCENE
assert apart.gif(SCENE, gif.steps(SCENE)[:2], Look()).startswith(b"GIF")
print("done")
"""
"""Makes a GIF in a process of its own."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "program", [EVERY_PAGE.format(app=str(ROOT / "app.py"), opened=OPENED), GIF], ids=["pages", "GIF"]
)
def test_it_works(program: str, tmp_path: Path) -> None:
    paths = os.pathsep.join(map(str, (ROOT / "tests" / "windows_like", ROOT)))
    environment = {**os.environ, "PYTHONPATH": paths}
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ended.stdout.endswith("done\n"), ended.stderr
