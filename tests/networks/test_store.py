"""The folder of opened networks: what is written is found by the one look-up, and removed again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cnnviz.data.dataset import Preprocessing
from cnnviz.data.unlabelled import unlabelled
from cnnviz.errors import CnnvizError
from cnnviz.layers.dense import Dense
from cnnviz.layers.flatten import Flatten
from cnnviz.layers.rescaling import Rescaling
from cnnviz.layers.softmax import Softmax
from cnnviz.networks import builder, network, store, zoo
from cnnviz.networks.architecture import Architecture
from cnnviz.networks.graph import Graph


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CNNVIZ_NETWORKS", str(tmp_path / "networks"))
    return tmp_path / "networks"


def mine(name: str = "mine") -> Architecture:
    data_set = unlabelled(f"of_{name}", name, (8, 8), 1, ("no", "yes"), Preprocessing())
    return Architecture(
        name, Graph((8, 8, 1), [Flatten("flatten"), Dense("dense", 2), Softmax("softmax")]), None, data_set
    )


def test_a_name_that_a_network_has_gets_a_number() -> None:
    assert store.free_name("mine") == "mine"
    for name in ("mine", "mine_2", "a" * 40):
        architecture = mine(name)
        store.write(architecture, builder.random_weights(architecture.graph, 0), {"name": name})
    assert store.free_name("mine") == "mine_3"
    assert store.free_name("a" * 40) == f"{'a' * 38}_2"


def test_a_network_is_found_by_name_and_computes() -> None:
    assert store.names() == []
    architecture = mine()
    weights = builder.random_weights(architecture.graph, 0)
    store.write(architecture, weights, {"name": "mine"})
    assert store.names() == ["mine"]
    assert "mine" not in network.model_names()
    assert zoo.get("mine").graph.nodes() == architecture.graph.nodes()
    read, card = network.read_weights("mine")
    assert all(np.array_equal(read[key], weights[key]) for key in weights)  # not in half precision
    assert network.reference("mine").sha256 == card["sha256"]
    image = zoo.get("mine").data_set.samples().images[0]
    expected = network.run(architecture.graph, weights, image / np.float32(255))
    np.testing.assert_array_equal(network.forward("mine", read, image)["softmax"], expected["softmax"])
    with pytest.raises(CnnvizError, match="which can be trained"):
        zoo.recipe("mine")
    store.remove("mine")
    assert store.names() == []
    with pytest.raises(CnnvizError, match="`name` must be one of"):
        zoo.get("mine")


@pytest.mark.parametrize(("offset", "kept"), [(-1.2e9, True), (float("nan"), False), (1e13, False)])
def test_a_setting_that_could_not_be_read_again_is_refused(offset: float, kept: bool, folder: Path) -> None:
    """A normalisation of a channel that never changed has a large offset."""
    graph = Graph((8, 8, 1), [Rescaling("scaled", (1e7,), (offset,))])
    architecture = Architecture("mine", graph, None, mine().data_set)
    if kept:
        store.write(architecture, {}, {})
        assert zoo.get("mine").graph.nodes() == graph.nodes()
        return
    with pytest.raises(CnnvizError, match="`offset` must be a setting"):
        store.write(architecture, {}, {})
    assert not folder.exists()


def test_a_network_that_is_written_again_is_read_again() -> None:
    store.write(mine(), builder.random_weights(mine().graph, 0), {})
    assert zoo.get("mine").graph.output.name == "softmax"
    shorter = Graph((8, 8, 1), [Flatten("flatten"), Dense("dense", 2)])
    store.write(Architecture("mine", shorter, None, mine().data_set), builder.random_weights(shorter, 0), {})
    assert zoo.get("mine").graph.output.name == "dense"


@pytest.mark.parametrize("name", ["vgg", "../mine", "Mine", "1st", "", "a" * 41])
def test_names_that_are_none_are_refused(name: str, folder: Path) -> None:
    with pytest.raises(CnnvizError, match="`name` must be a-z"):
        store.write(mine(name), builder.random_weights(mine().graph, 0), {})
    assert not folder.exists()


def test_a_damaged_architecture_is_one_sentence(folder: Path) -> None:
    folder.mkdir()
    (folder / "mine.architecture.json").write_text("{}")
    with pytest.raises(CnnvizError, match=r"The architecture mine.architecture.json is damaged"):
        zoo.get("mine")


def test_an_architecture_is_read_once_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages list the networks several times a run; only some architectures are kept."""
    count = 60
    for number in range(count):
        architecture = mine(f"n{number:02}")
        store.write(architecture, builder.random_weights(architecture.graph, 0), {})
    (store.folder() / f"n00{store.ENDING}").write_text("{}")  # damaged
    reads: list[str] = []
    read = store.read

    def counted(path: Path, name: str) -> Architecture:
        reads.append(name)
        return read(path, name)

    monkeypatch.setattr(store, "read", counted)
    assert len(store.names()) == count - 1
    reads.clear()
    assert len(store.names()) == count - 1
    assert reads == []
