"""Settings of every test: no data and no runs of this machine, and hypothesis' profile."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from tests import one_core  # noqa: F401
from tests.one_server import share_server
from tests.thorough import thorough

gc.disable()  # while tests are collected, all that is made stays
# no deadline: the first example compiles or imports what the others find ready
settings.register_profile("cnnviz", deadline=None, max_examples=100 if thorough() else 25)
settings.load_profile("cnnviz")
share_server()
# the hundreds of processes of a run find modules compiled, also where the environment says not to keep them
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# for all of a run, as a fixture of a module may name another folder
os.environ["CNNVIZ_NETWORKS"] = str(Path(tempfile.gettempdir()) / "cnnviz-no-networks")


LONG = ("test_stage", "test_training", "test_notebook", "test_runs", "test_room")
"""Files in which one test takes a minute or so."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first in each process's part: all begin with one, and none waits at the end."""
    parts = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    files = list(dict.fromkeys(item.path for item in items if item.path.stem in LONG))
    others = [item for item in items if item.path not in files]
    bounds = [len(others) * part // parts for part in range(parts + 1)]
    items[:] = [
        item
        for part in range(parts)
        for item in (
            *(item for item in items if item.path in files[part::parts]),
            *others[bounds[part] : bounds[part + 1]],
        )
    ]


def pytest_collection_finish() -> None:
    """Leave out of garbage collections what stays: Streamlit collects after each script run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)  # objects made until a collection; by default 700
    gc.enable()


@pytest.fixture(autouse=True)
def _no_data_of_this_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Hide a CIFAR-10 and runs that happen to lie here: no test may need them or change with them."""
    monkeypatch.delenv("CNNVIZ_DATA", raising=False)
    monkeypatch.delenv("CNNVIZ_HOSTED", raising=False)
    monkeypatch.setenv("CNNVIZ_RUNS", str(tmp_path_factory.getbasetemp() / "no-runs"))
    monkeypatch.setattr("cnnviz.data.cifar10.KERAS_CACHE", tmp_path_factory.getbasetemp() / "no-keras-cache")
