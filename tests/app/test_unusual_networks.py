"""Pages about one kind of layer with opened networks whose layers stand in an unusual order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cnnviz.arithmetic.window import Window
from cnnviz.data.dataset import Preprocessing
from cnnviz.data.unlabelled import unlabelled
from cnnviz.layers.base import Layer
from cnnviz.layers.conv import Conv
from cnnviz.layers.dense import Dense
from cnnviz.layers.flatten import Flatten
from cnnviz.layers.global_average_pool import GlobalAveragePool
from cnnviz.layers.max_pool import MaxPool
from cnnviz.layers.relu import Relu
from cnnviz.layers.softmax import Softmax
from cnnviz.networks import builder, store
from cnnviz.networks.architecture import Architecture
from cnnviz.networks.graph import Graph, total_parameters
from cnnviz.pages import frame
from cnnviz.text import LANGUAGES, translate
from tests.app.test_pages import open_page

SHAPE, CLASSES = (12, 12, 3), ("a", "b", "c", "d")
CONV, POOL = Conv("conv1", Window(3, 1, "same"), 4), MaxPool("pool1", Window(2, 2))
END = (Flatten("flatten"), Dense("dense1", 4), Softmax("softmax"))
NETWORKS: dict[str, tuple[Layer, ...]] = {
    "pool_then_relu": (CONV, POOL, Relu("relu1"), *END),
    "pool_of_picture": (POOL, CONV, Relu("relu1"), *END),
    "relu_of_picture": (Relu("relu1"), POOL, CONV, *END),
    "without_dense": (CONV, Relu("relu1"), POOL, GlobalAveragePool("mean"), Softmax("softmax")),
    "dense_within": (
        Flatten("flatten"),
        Dense("dense1", 7),
        Relu("relu1"),
        Dense("dense2", 4),
        Relu("relu2"),
        Softmax("softmax"),
    ),
}


@pytest.fixture(scope="module", autouse=True)
def _networks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNNVIZ_NETWORKS", str(tmp_path_factory.mktemp("unusual")))
        for name, layers in NETWORKS.items():
            data_set = unlabelled(f"of_{name}", name, SHAPE[:2], SHAPE[2], CLASSES, Preprocessing())
            graph = Graph(SHAPE, layers)
            listed = [{"name": each.name, "kind": each.kind} for each in graph]
            card = {"name": name, "architecture": listed, "parameters": total_parameters(graph)}
            weights = builder.random_weights(graph, 0)
            store.write(Architecture(name, graph, None, data_set), weights, card)
        yield


@pytest.mark.parametrize("page", ["pooling", "relu", "dense", "loss", "layer", "network"])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_page_shows_it_or_says_why_not(page: str, name: str) -> None:
    language = LANGUAGES[len(page + name) % 2]
    app = open_page(page, lang=language, model=name)
    assert not app.error, [each.value for each in app.error]
    suitable = frame.suits(name, page)
    assert (app.sidebar.selectbox[0].value == name) == suitable
    assert bool(app.info) != suitable
    assert "." not in [each.value.strip() for each in app.caption]  # of a card without licence and note


def test_a_page_without_a_fully_connected_layer_says_so() -> None:
    app = open_page("dense", lang="en", model="without_dense")
    (said,) = (each.value for each in app.info)
    assert said.startswith("without_dense has no fully connected layer")


def test_pooling_before_relu_takes_the_maps_as_they_are() -> None:
    app = open_page("pooling", lang="en", model="pool_then_relu")
    assert translate("pooling.order", "en") not in [each.label for each in app.get("button_group")]
    code = app.code[0].value
    assert 'net.activations(image)["conv1"]' in code
    assert (
        "net.activations(image)" not in open_page("pooling", lang="en", model="pool_of_picture").code[0].value
    )
