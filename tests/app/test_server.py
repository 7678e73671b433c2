"""Objects that live as long as the server: made once, and out of any visitor's reach."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.runtime.caching.cache_utils import CachedFunc

from cnnviz import pages
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.networks.network import trained_names
from cnnviz.pages import inference, local_data, model_cache, shift_cache, training_runs
from cnnviz.pages.byte_cache import MB, ByteCache
from cnnviz.pages.server import once_per_process
from tests.data.test_cifar10 import make_folder

RELOADED = """
import os
import sys
from streamlit import config
from streamlit.runtime.pages_manager import PagesManager
from streamlit.watcher.local_sources_watcher import LocalSourcesWatcher
from cnnviz.pages import local_data, shift_cache, training_runs

config.set_option("server.fileWatcherType", "poll")  # which the app's own settings switch off
watcher = LocalSourcesWatcher(PagesManager(sys.argv[1]))
watcher.update_watched_modules()
before = training_runs.runner(), local_data.download(), shift_cache.workers()
watcher.on_path_changed(training_runs.__file__)  # a developer has saved the file
watcher.on_script_run()
assert "cnnviz.pages.training_runs" not in sys.modules
from cnnviz.pages import training_runs as again, local_data, shift_cache

assert again is not training_runs
assert (again.runner(), local_data.download(), shift_cache.workers()) == before
os._exit(0)  # the threads that watch files would be waited for
"""


def test_a_value_is_made_once_for_each_argument_by_whoever_comes_first() -> None:
    made: list[int] = []
    together = threading.Barrier(4)

    @once_per_process
    def make(number: int) -> object:
        made.append(number)
        return object()

    def ask(number: int) -> object:
        together.wait()
        return make(number)

    with ThreadPoolExecutor(4) as threads:
        first, second, other, another = threads.map(ask, [1, 1, 2, 2])
    assert first is second
    assert other is another
    assert first is not other
    assert sorted(made) == [1, 2]


def test_a_failure_is_not_kept() -> None:
    answers = iter([OSError("the disk is busy"), "read"])

    @once_per_process
    def read() -> str:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return str(answer)

    with pytest.raises(OSError, match="busy"):
        read()
    assert read() == "read"
    assert read() == "read"


def test_what_visitors_can_clear_is_nothing_that_must_live_on(tmp_path: Path) -> None:
    make_folder(tmp_path)
    engine = inference.engine()
    for name in trained_names():
        engine.wait(name)

    def everything() -> list[Any]:
        weights = [array for name in trained_names() for array in model_cache.weights(name)[0].values()]
        singles = [
            inference.engine(),
            training_runs.runner(),
            shift_cache.workers(),
            local_data.download(),
            model_cache.lecture_facts(),
        ]
        return [
            *weights,
            *singles,
            *engine._networks.values(),
            local_data.full_set(CIFAR10, "test", str(tmp_path)).images,
        ]

    before = everything()
    st.cache_resource.clear()
    st.cache_data.clear()
    after = everything()
    assert len(after) == len(before)
    assert all(new is old for new, old in zip(after, before, strict=True))


def test_what_visitors_can_fill_is_bounded() -> None:
    cached = re.compile(r"^@(byte_cache|st\.cache_)", re.MULTILINE)
    files = Path(pages.__file__).parent.glob("*.py")
    modules = [path.stem for path in files if cached.search(path.read_text("utf-8"))]
    made: dict[str, Any] = {}
    for module in modules:
        made |= vars(importlib.import_module(f"cnnviz.pages.{module}"))
    kept = {name: each for name, each in made.items() if isinstance(each, CachedFunc)}
    assert {"gif", "figure"} <= set(kept)
    assert [name for name, each in kept.items() if each._info.max_entries is None] == []
    in_bytes = {name: each._max_bytes for name, each in made.items() if isinstance(each, ByteCache)}
    assert {"_activations", "_weights", "_shift_predictions", "scene", "random_run"} <= set(in_bytes)
    assert sum(in_bytes.values()) <= 665 * MB


def test_nothing_is_made_anew_when_a_source_file_changes() -> None:
    app = Path(__file__).resolve().parents[2] / "app.py"
    done = subprocess.run(
        [sys.executable, "-c", RELOADED, str(app)],
        cwd=app.parent,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
