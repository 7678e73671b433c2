"""Any layer: every layer of every network opens, and shows the cell that was clicked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz import samples
from cnnviz.data.digits import DIGITS
from cnnviz.explain import step
from cnnviz.layers.batch_norm import BatchNorm
from cnnviz.layers.registry import kinds
from cnnviz.networks import builder, network, store, zoo
from cnnviz.networks.architecture import Architecture
from cnnviz.networks.graph import total_parameters
from cnnviz.networks.network import trained_names
from cnnviz.pages import linked_views, model_cache, translation
from cnnviz.text import translate
from cnnviz.text.kinds import layer_names
from cnnviz.text.numbers import number
from tests.app.test_old_links import shown
from tests.app.test_pages import open_page, words
from tests.explain.test_snippets import load_once
from tests.thorough import either, thorough

NETWORK = "resnet" if "resnet" in trained_names() else "vgg"


@pytest.fixture(autouse=True)
def _networks_are_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every snippet share the networks: it is the same `load`, which else compiles each anew."""
    monkeypatch.setattr("cnnviz.load", load_once)


def pictures(model: str) -> np.ndarray:
    return zoo.get(model).data_set.samples().images


def one_of_each_kind() -> list[tuple[str, str]]:
    found = {}
    for model in trained_names():
        for info in zoo.get(model).layers:
            if info.layer.drawn:
                found[info.kind] = (model, info.name)
    return list(found.values())


@pytest.mark.parametrize(
    ("model", "layer", "language"),
    [(*of_kind, language) for turn, of_kind in enumerate(one_of_each_kind()) for language in either(turn)],
)
def test_a_layer_of_each_kind_opens(model: str, layer: str, language: str) -> None:
    app = open_page("layer", model=model, layer_name=layer, lang=language)
    assert app.selectbox(key="layer_name").value == layer
    assert app.latex or zoo.get(model).graph[layer].layer.page == "relu"
    assert not app.error


LIBRARIES = ("numpy", "tensorflow", "keras")


@pytest.mark.parametrize(
    ("model", "layer", "library"),
    [
        (*of_kind, library)
        for turn, of_kind in enumerate(one_of_each_kind())
        for library in (LIBRARIES if thorough() else [LIBRARIES[turn % 3]])  # tests/layers has all of them
    ],
)
def test_the_code_computes_what_the_layer_makes(model: str, layer: str, library: str) -> None:
    app = open_page("layer", model=model, layer_name=layer, code_library=library, picture="sample-3")
    expected = network.forward(model, model_cache.weights(model)[0], pictures(model)[3])[layer]
    (code,) = app.code
    names: dict[str, Any] = {}
    exec(compile(code.value, "snippet", "exec"), names)
    np.testing.assert_allclose(names["result"], expected, atol=1e-4, rtol=1e-4)


def test_a_layer_names_what_it_takes_and_who_takes_it() -> None:
    layers = zoo.get(NETWORK).layers
    name, norm, _ = (info.name for info in layers[:3])
    titles = layer_names({info.name: info.kind for info in layers}, "en")
    text = words(open_page("layer", model=NETWORK, layer_name=name, lang="en"))
    assert "**Takes** picture (32×32×3)" in text
    assert f"**Hands on to** {titles[norm]}" in text


def test_a_map_of_batch_normalisation_shows_its_own_numbers() -> None:
    weights = model_cache.weights(NETWORK)[0]
    text = words(open_page("layer", model=NETWORK, layer_name=f"{first()}_norm", map="5", lang="en"))
    assert f"gamma = {translation.number(float(weights[f'{first()}_norm.gamma'][5]))}" in text


def first() -> str:
    return zoo.get(NETWORK).layers[0].name


@pytest.mark.skipif(NETWORK != "resnet", reason="needs a network with skip connections")
def test_an_addition_says_that_one_of_its_inputs_skips_layers() -> None:
    app = open_page("layer", model="resnet", layer_name="block1_add", lang="en")
    assert "**Takes 2 layers**: Batch normalisation 3 (32×32×32), ReLU 1 (32×32×32)" in words(app)
    assert "skip connection" in words(app)
    assert "skip connection" not in words(open_page("layer", model="resnet", layer_name="conv1", lang="en"))


@pytest.mark.skipif(NETWORK != "resnet", reason="needs a network with skip connections")
@pytest.mark.parametrize("language", either(1))
def test_an_addition_is_shown_as_one_of_maps_with_names(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenes = []
    mounted = linked_views.step_through
    monkeypatch.setattr(
        linked_views, "step_through", lambda scene, **more: scenes.append(scene) or mounted(scene, **more)
    )
    open_page("layer", model="resnet", layer_name="block1_add", map="5", lang=language)
    (scene,) = scenes
    names = layer_names({info.name: info.kind for info in zoo.get(NETWORK).graph}, language)
    inputs = (names["block1_conv2_norm"], names["conv1_relu"])
    assert scene.channel_names == tuple(
        translate("layer.of_map", language, name=name, map=5) for name in inputs
    )
    assert scene.listed
    numbers = [number(float(value), 3) for value in scene.x[16, 16]]
    assert " + ".join(numbers) in step.cell_sentences(scene, language, 16, 16).replace("(", "").replace(
        ")", ""
    )


def test_what_has_a_page_of_its_own_leads_there() -> None:
    app = open_page("layer", model="keras_lecture", layer_name="pool1", map="3", cell="4,5", lang="en")
    (button,) = [each for each in app.button if "Pooling" in each.label]
    button.click().run()
    assert not app.exception
    assert {key: app.session_state["link.kept"][key] for key in ("pooling_layer", "map", "cell")} == {
        "pooling_layer": "pool1",
        "map": 3,
        "cell": (4, 5),
    }


@pytest.mark.parametrize(("chosen", "unit"), [({}, None), ({"map": "4"}, 4)])
def test_of_a_vector_the_chosen_number_is_shown_there_or_the_largest(
    chosen: dict[str, str], unit: int | None
) -> None:
    app = open_page("layer", model="keras_lecture", layer_name="dense2", lang="en", **chosen)
    (button,) = [each for each in app.button if "Fully connected" in each.label]
    button.click().run()
    assert not app.exception
    logits = network.forward("keras_lecture", model_cache.weights("keras_lecture")[0], samples().images[0])
    strongest = int(logits["dense2"].argmax())
    assert strongest > 0
    assert app.session_state["link.kept"]["dense_unit"] == str(strongest if unit is None else unit)


def test_only_what_hands_on_its_input_has_no_page() -> None:
    assert [name for name, kind in kinds().items() if kind.page is None] == ["dropout", "reshape"]


@pytest.mark.parametrize("model", trained_names())
def test_what_slides_computes_what_the_layer_makes(model: str) -> None:
    weights = model_cache.weights(model)[0]
    found = network.forward(model, weights, pictures(model)[1])
    graph = zoo.get(model).graph
    for info in graph:
        inputs = [found[source] for source in graph.shown_inputs(info.name) if source != "image"]
        own = {key: weights[f"{info.name}.{key}"] for key in info.weight_shapes}
        op = info.layer.sliding_op(inputs, own, 1) if inputs else None
        if op is None or op.operation != "conv" or op.kernel is None or op.window.size != (1, 1):
            continue
        rows, cols = op.window.stride
        values = (op.x * op.kernel[0, 0]).sum(axis=-1)[::rows, ::cols] + op.bias
        np.testing.assert_allclose(values, found[info.name][..., 1], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("language", either(0))
def test_dropout_shows_which_units_are_off_in_training_and_that_none_is_in_inference(language: str) -> None:
    app = open_page(
        "layer", lang=language, model="tensorflow_lecture", layer_name="dropout3", map="105", layer_pass="2"
    )
    assert not app.exception
    before, training, inference = (
        np.array(json.loads(chart.proto.spec)["data"][0]["text"]) for chart in app.get("plotly_chart")[:3]
    )
    assert before.shape == (4, 4)
    assert (before == inference).all()
    dark = training == ""
    assert 0 < dark.sum() < 16
    np.testing.assert_allclose(
        [float(each) for each in training[~dark]], [float(each) / 0.8 for each in before[~dark]], atol=0.02
    )
    assert "`Dropout(0.2)`" in words(app)
    app.number_input(key="layer_pass").set_value(3).run()
    other = np.array(json.loads(app.get("plotly_chart")[1].proto.spec)["data"][0]["text"])
    assert (other != training).any()
    app = open_page("layer", lang=language, model="tensorflow_lecture", layer_name="dropout4")
    assert not app.exception


@pytest.mark.parametrize("language", either(1))
def test_batch_normalisation_shows_a_batch_before_and_after_both_ways(language: str) -> None:
    model = next(name for name in trained_names() if "batch_norm" in {i.kind for i in zoo.get(name).layers})
    info = next(each for each in zoo.get(model).layers if each.kind == "batch_norm")
    query = {"lang": language, "model": model, "layer_name": info.name, "map": "2", "cell": "3,4"}
    assert not open_page("layer", **query).get("plotly_chart")
    app = open_page("layer", **query, layer_batch="1")
    assert not app.exception
    weights = {key: model_cache.weights(model)[0][f"{info.name}.{key}"] for key in info.weight_shapes}
    (source,) = zoo.get(model).graph.shown_inputs(info.name)
    batch = np.stack([load_once(model).activations(image)[source] for image in samples().images])
    assert len(app.get("plotly_chart")) == 3
    assert isinstance(info.layer, BatchNorm)
    own = info.layer.batch_statistics(batch)
    for used, way in (({**weights, **own}, "training"), (weights, "inference")):
        values = info.layer.compute(batch, **used)[..., 2]
        mean, variance = (number(float(each), 3) for each in (values.mean(), values.var()))
        about = translate(f"layer.batch_{way}", language, count=len(batch))
        assert (
            f"**{about}**  \n{translate('layer.batch_spread', language, mean=mean, variance=variance)}"
            in [each.value for each in app.markdown]
        )


@pytest.fixture
def of_signals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Architecture:
    """Store a network of signals under its name, with random weights."""
    monkeypatch.setenv("CNNVIZ_NETWORKS", str(tmp_path))
    graph = builder.for_data_set(builder.parse("row-w4k3s1same-b-pre-f-d10-x"), DIGITS)
    made = Architecture("of_signals", graph, None, DIGITS)
    listed = [{"name": each.name, "kind": each.kind} for each in graph]
    card = {"name": made.name, "architecture": listed, "parameters": total_parameters(graph)}
    store.write(made, builder.random_weights(graph, 0), card)
    return made


def test_a_signals_batch_is_maps_of_one_row(of_signals: Architecture) -> None:
    app = open_page("layer", model=of_signals.name, layer_name="batch_norm1", map="2", layer_batch="1")
    header, arrays = shown(app)["layer_batch_view"]
    weights = model_cache.weights(of_signals.name)[0]
    signals = [
        network.forward(of_signals.name, weights, image)["conv1d_1"][:, 2]
        for image in DIGITS.samples().images
    ]
    np.testing.assert_allclose(arrays["values"], np.stack(signals)[:, None], atol=1e-5)
    assert header["selection"]["cell"] == [len(signals) - 1, 0, len(signals[0]) - 1]
    assert header["ways"]["training"]["mean"] == pytest.approx(np.mean(signals), abs=1e-5)


@pytest.mark.parametrize(("language", "said"), [("en", "one for each number"), ("ko", "값마다 하나")])
def test_a_slope_for_each_number_is_not_said_to_be_a_maps(
    of_signals: Architecture, language: str, said: str
) -> None:
    app = open_page("layer", lang=language, model=of_signals.name, layer_name="prelu1")
    assert said in words(app)
    (equation,) = (each.value for each in app.latex)
    assert r"\alpha" in equation
    assert r"\alpha_c" not in equation
