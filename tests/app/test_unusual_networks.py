"""Pages about one kind of layer with opened networks whose layers stand in an unusual order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

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
from cnnviz.networks import builder, store, zoo
from cnnviz.networks.architecture import Architecture
from cnnviz.networks.graph import Graph, total_parameters
from cnnviz.pages import network_menu
from cnnviz.text import LANGUAGES, translate
from tests.app.test_pages import open_page, words

SHAPE, CLASSES = (12, 12, 3), ("a", "b", "c", "d")
CONV, POOL = Conv("conv1", Window(3, 1, "same"), 4), MaxPool("pool1", Window(2, 2))
END = (Flatten("flatten"), Dense("dense1", 4), Softmax("softmax"))
NETWORKS: dict[str, tuple[Layer, ...]] = {
    "pool_then_relu": (CONV, POOL, Relu("relu1"), *END),
    "pool_of_picture": (POOL, CONV, Relu("relu1"), *END),
    "relu_of_picture": (Relu("relu1"), POOL, CONV, *END),
    "padded_by_numbers": (
        Conv("conv1", Window(3, (2, 1), (2, 1)), 4),
        Relu("relu1"),
        MaxPool("pool1", Window(5, 1, 1)),
        *END,
    ),
    "padded_on_one_side": (Conv("conv1", Window(3, 2, ((0, 1), (0, 1))), 4), Relu("relu1"), *END),
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


@pytest.mark.parametrize("page", ["convolution", "pooling", "relu", "dense", "loss", "layer", "network"])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_page_shows_it_or_says_why_not(page: str, name: str) -> None:
    language = LANGUAGES[len(page + name) % 2]
    app = open_page(page, lang=language, model=name)
    assert not app.error, [each.value for each in app.error]
    suitable = network_menu.suits(name, page)
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


def test_a_layer_opens_on_its_kinds_page_as_it_is() -> None:
    app = opened_from_layer("padded_by_numbers", "conv1")
    assert app.title[0].value == translate("convolution.title", "en")
    wanted = {
        "stride_rows": "2",
        "padding": "custom",
        "pad_rows": "2",
    }  # the others are defaults
    shown = {key: value if isinstance(value, str) else value[0] for key, value in app.query_params.items()}
    assert {key: shown.get(key) for key in wanted} == wanted
    assert translate("convolution.departs", "en").split("{")[0] not in words(app)


@pytest.mark.parametrize(("name", "layer"), [("padded_on_one_side", "conv1"), ("padded_by_numbers", "pool1")])
def test_what_its_kinds_page_cannot_show_stays_on_the_page_of_any_layer(name: str, layer: str) -> None:
    app = opened_from_layer(name, layer)
    assert app.title[0].value == translate("layer.title", "en")
    assert not app.error


def opened_from_layer(name: str, layer: str) -> AppTest:
    app = open_page("layer", lang="en", model=name, layer_name=layer)
    page = translate(f"frame.page_{zoo.get(name).graph[layer].layer.page}", "en")
    (button,) = (each for each in app.button if each.label == translate("layer.own_page", "en", page=page))
    button.click().run()
    assert not app.exception
    return app


def test_the_page_says_which_padding_the_network_uses() -> None:
    said = words(open_page("pooling", lang="en", model="padded_by_numbers"))
    assert "The network itself uses 1 padding in Pooling 1" in said
    said = words(open_page("convolution", lang="en", model="padded_by_numbers"))
    assert "uses stride 2×1 and 2×1 padding" in said
