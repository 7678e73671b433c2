"""What holds for every test: no data and no runs of this machine, and how hypothesis searches."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from tests import one_core  # noqa: F401
from tests.one_server import share_server

# no deadline: the first example compiles or imports what the others find ready
settings.register_profile("cnnviz", deadline=None, max_examples=60)
settings.load_profile("cnnviz")
share_server()
# for all of a run, as a fixture of a module may name another folder
os.environ["CNNVIZ_NETWORKS"] = str(Path(tempfile.gettempdir()) / "cnnviz-no-networks")


LONG = ("test_stage", "test_training", "test_clear_cache", "test_notebook", "test_runs", "test_room")
"""Files in which one test takes a minute or so."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first in each half: two processes begin with them, and none waits at the end."""
    files = list(dict.fromkeys(item.path for item in items if item.path.stem in LONG))
    first, second = ([item for item in items if item.path in files[k::2]] for k in (0, 1))
    others = [item for item in items if item.path not in files]
    middle = len(others) // 2
    items[:] = [*first, *others[:middle], *second, *others[middle:]]


@pytest.fixture(autouse=True)
def _no_data_of_this_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Hide a CIFAR-10 and runs that happen to lie here: no test may need them or change with them."""
    monkeypatch.delenv("CNNVIZ_DATA", raising=False)
    monkeypatch.delenv("CNNVIZ_HOSTED", raising=False)
    monkeypatch.setenv("CNNVIZ_RUNS", str(tmp_path_factory.getbasetemp() / "no-runs"))
    monkeypatch.setattr("cnnviz.data.cifar10.KERAS_CACHE", tmp_path_factory.getbasetemp() / "no-keras-cache")
