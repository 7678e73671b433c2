"""Opening a file in a process of its own: the same answers, and limits."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz import open_network, processes
from cnnviz.data.dataset import Preprocessing
from cnnviz.errors import CnnvizError
from cnnviz.networks import store, zoo
from cnnviz.networks.opening import isolated
from cnnviz.networks.opening.isolated import open_into_store
from tests.networks.opening.keras2 import classifier


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNVIZ_NETWORKS", str(tmp_path / "networks"))


def test_a_file_becomes_a_network_of_the_store(tmp_path: Path) -> None:
    path = classifier(tmp_path / "x.h5", size=None)
    polls: list[None] = []
    with pytest.raises(CnnvizError, match="`size` must be given") as raised:
        open_into_store(path)
    assert raised.value.reason == "network_size"
    options = {"title": "Mine.h5", "classes": ["a", "b", "c"], "size": (10, 8), "scaling": "signed"}
    assert open_into_store(path, on_poll=lambda: polls.append(None), **options) == "mine"
    assert polls
    assert store.names() == ["mine"]
    data_set = zoo.get("mine").data_set
    assert (data_set.shape, data_set.classes) == ((10, 8, 3), ("a", "b", "c"))
    assert data_set.preprocessing.divisor == 127.5
    with pytest.raises(CnnvizError, match="`name` must be one that no network has"):
        open_into_store(path, **options)


def test_open_network_reads_in_a_process_with_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = classifier(tmp_path / "Mine.h5", size=None)
    options: dict[str, Any] = {
        "classes": ("a", "b", "c"),
        "size": (10, 8),
        "preprocessing": Preprocessing(200.0, (0.5,), (0.25,)),
    }
    here, there = (open_network(path, **options, in_process=each) for each in (True, False))
    assert there.name == "mine"
    assert there.graph.nodes() == here.graph.nodes()
    assert there.data_set.preprocessing == here.data_set.preprocessing == options["preprocessing"]
    assert there.data_set.classes == here.data_set.classes == options["classes"]
    assert all(np.array_equal(there.weights[key], here.weights[key]) for key in here.weights)
    assert there.card["opened"] == here.card["opened"]
    assert store.names() == []
    with pytest.raises(CnnvizError, match="`classes` must be 3 names"):
        open_network(path, size=(10, 8), classes=["a"])
    monkeypatch.setattr(isolated, "SECONDS", 0)
    with pytest.raises(CnnvizError, match="must be opened within"):
        open_network(path, **options)


def test_values_of_an_error_come_through(tmp_path: Path) -> None:
    with pytest.raises(CnnvizError) as raised:
        open_into_store(classifier(tmp_path / "x.h5"), classes=["a"])
    assert (raised.value.reason, raised.value.values) == ("network_classes", {"count": "3", "size": "1"})


def test_it_ends_at_its_limit_and_when_it_is_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = classifier(tmp_path / "x.h5")

    def cancel() -> None:
        raise InterruptedError

    monkeypatch.setattr(processes, "POLL_SECONDS", 0.001)  # before the process can have the file
    with pytest.raises(InterruptedError):
        open_into_store(path, on_poll=cancel)
    monkeypatch.setattr(isolated, "SECONDS", 0)
    with pytest.raises(CnnvizError, match="must be opened within") as raised:
        open_into_store(path)
    assert raised.value.reason == "network_costly"
    assert store.names() == []


def test_where_one_limit_cannot_be_set_the_other_is(monkeypatch: pytest.MonkeyPatch) -> None:
    limited = {}

    def setrlimit(kind: int, limits: tuple[int, int]) -> None:
        if kind == resource.RLIMIT_AS:
            raise ValueError("current limit exceeds maximum limit")  # as on a Mac
        limited[kind] = limits

    monkeypatch.setattr(resource, "setrlimit", setrlimit)
    isolated._limit()
    assert limited == {resource.RLIMIT_CPU: (isolated.SECONDS, isolated.SECONDS)}
