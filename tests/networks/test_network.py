"""Trained networks: both engines agree; the shipped files are what their cards say."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from math import prod
from pathlib import Path

import numpy as np
import pytest

from cnnviz import CnnvizError, Network, load, model_names, samples
from cnnviz.arithmetic.transform import BORDER_MODE, MAX_SHIFT
from cnnviz.data.dataset import Preprocessing
from cnnviz.data.unlabelled import unlabelled
from cnnviz.explain.exercises import registry
from cnnviz.explain.exercises.base import Subject
from cnnviz.networks import builder, gradients, network, zoo
from cnnviz.networks.architecture import Architecture
from cnnviz.networks.graph import Graph
from cnnviz.networks.network import WEIGHTS, forward, read_weights, trained_names, update_card
from cnnviz.networks.recipe import Recipe
from cnnviz.networks.weights import write_weights
from tests.thorough import thorough

WITHIN = {"rtol": 1e-4, "atol": 1e-4}  # NumPy of Keras, after up to ten layers in float32
ACCURACY = {
    "keras_lecture": 0.65,
    "tensorflow_lecture": 0.75,
    "mlp": 0.53,
    "alexnet": 0.82,
    "vgg": 0.90,
    "digits": 0.97,
}


@pytest.fixture(scope="module", params=trained_names())
def net(request: pytest.FixtureRequest) -> Network:
    return load(request.param)


def test_lecture_models_are_bundled() -> None:
    assert model_names()[:2] == ["keras_lecture", "tensorflow_lecture"]


@pytest.mark.parametrize("index", [0, 7, 19] if thorough() else [7])
def test_numpy_equals_keras_in_every_layer(net: Network, index: int) -> None:
    image = net.data_set.samples().images[index]
    theirs, ours = net.activations(image), forward(net.name, net.weights, image)
    assert list(theirs) == list(ours) == [info.name for info in net.layers]
    for info in net.layers:
        assert theirs[info.name].shape == ours[info.name].shape == info.output_shape
        assert theirs[info.name].dtype == ours[info.name].dtype == np.float32
        np.testing.assert_allclose(ours[info.name], theirs[info.name], **WITHIN, err_msg=info.name)


def test_exercises_made_from_keras_are_answered_by_numpy(net: Network) -> None:
    pictures = net.data_set.samples()
    subject = Subject(
        pictures.images[7],
        net.data_set,
        int(pictures.labels[7]),
        net.graph,
        net.weights,
        net.activations,
        samples=pictures,
    )
    ours = forward(net.name, net.weights, subject.image)
    for seed, (name, link) in enumerate([("relu", "relu_layer"), ("pooling_winner", "pooling_layer")]):
        kind = registry.kind(name)
        if kind.suits(subject):
            made = kind.make(subject, seed, 1)
            assert made.destination is not None
            row, col = map(int, made.destination.link["cell"].split(","))
            numbers = ours[made.destination.link[link]][..., int(made.destination.link["map"])]
            size = 2 if name == "relu" else 1
            assert made.check(numbers[row : row + size, col : col + size].ravel()).correct
    guess = registry.kind("guess_class").make(subject, 1, 2)
    said = forward(net.name, net.weights, guess.shown[0].array)[net.graph.output.name]
    options = guess.payload("en")[0]["answer"]["options"]
    assert options[int(guess.answer.values[0])] == net.data_set.classes[int(said.argmax())]


def test_convolution_and_relu_are_two_entries(net: Network) -> None:
    maps = net.activations(net.data_set.samples().images[0])
    names = [info.name for info in net.layers]
    relus = [info.name for info in net.layers if info.kind == "relu"]
    assert relus
    for after in relus:
        before = names[names.index(after) - 1]
        assert maps[before].min() < 0
        np.testing.assert_array_equal(maps[after], np.maximum(maps[before], 0))


def test_prediction_is_the_last_activation(net: Network) -> None:
    images = net.data_set.samples().images
    probabilities = net.predict(images)
    assert (probabilities.shape, probabilities.dtype) == ((20, 10), np.float32)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(probabilities[3], net.activations(images[3])["softmax"], **WITHIN)
    assert net.predict(images[:0]).shape == (0, 10)
    # of 20; a network right on 54% of such images is now and then right on 10 of them
    assert (probabilities.argmax(axis=1) == net.data_set.samples().labels).sum() >= (
        10 if net.name == "mlp" else 14
    )


def test_forward_pass_is_traced_once(net: Network) -> None:
    for image in net.data_set.samples().images[:3]:
        net.activations(image)
    assert net._forward.experimental_get_tracing_count() == 1


def test_network_is_thread_safe(net: Network) -> None:
    images = net.data_set.samples().images[:8]
    alone = [net.activations(image)["dense1"] for image in images]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda image: net.activations(image)["dense1"], images))
    np.testing.assert_allclose(together, alone, **WITHIN)


def test_invalid_images_raise(net: Network) -> None:
    shape = "8, 8, 1" if net.name == "digits" else "32, 32, 3"
    with pytest.raises(CnnvizError, match=rf"`image` must be \[{shape}\]"):
        net.activations(net.data_set.samples().images)
    with pytest.raises(CnnvizError, match=rf"`images` must be \[N, {shape}\]"):
        net.predict(net.data_set.samples().images[0])
    with pytest.raises(CnnvizError, match="`images` must be uint8"):
        net.predict(net.data_set.samples().images / 255)


@pytest.mark.parametrize("name", trained_names())
def test_card_documents_the_training(name: str) -> None:
    _, card = read_weights(name)
    architecture = zoo.get(name)
    infos = architecture.layers
    assert card["parameters"] == sum(info.parameters for info in infos)
    assert [tuple(layer["output_shape"]) for layer in card["architecture"]] == [
        info.output_shape for info in infos
    ]
    assert card["name"] == name
    assert card["sha256"] == hashlib.sha256((WEIGHTS / f"{name}.npz").read_bytes()).hexdigest()
    assert Recipe(**card["recipe"]) == architecture.recipe
    assert isinstance(card["seed"], int)
    assert card["training_seconds"] > 0
    assert card["epochs"] == architecture.recipe.epochs == len(card["history"])
    assert card["data"]["train"] == (1_437 if name == "digits" else 50_000)
    assert ("JPEG" in card["data"]["note"]) == (name != "digits")
    assert {"tensorflow", "keras", "numpy", "python"} <= set(card["versions"])
    assert card["test"]["accuracy"] >= ACCURACY.get(name, 0)
    # the last epoch was evaluated in float32, the card in the float16 that is shipped
    assert card["test"]["accuracy"] == pytest.approx(card["history"][-1]["test_accuracy"], abs=0.005)
    assert card["train"]["loss"] > 0


@pytest.mark.parametrize("name", trained_names())
def test_card_has_accuracies_on_shifted_images(name: str) -> None:
    _, card = read_weights(name)
    shifts = card["shifts"]
    assert (shifts["range"], shifts["border"]) == (MAX_SHIFT, BORDER_MODE)
    assert (
        min(1000, card["data"]["test"]) <= shifts["n"] <= card["data"]["test"]
    )  # the large networks take too long for all of them
    table = np.array(shifts["accuracy"])
    assert table.shape == (2 * MAX_SHIFT + 1, 2 * MAX_SHIFT + 1)
    close = (
        0.001 if shifts["n"] == card["data"]["test"] else 0.03
    )  # of 1,000 images two in three are within 0.01
    assert table[MAX_SHIFT, MAX_SHIFT] == pytest.approx(card["test"]["accuracy"], abs=close)
    assert (
        table.max() - table[MAX_SHIFT, MAX_SHIFT] < 0.02
    )  # nowhere is it clearly better than where it was trained
    # 8 pixels, moved by 6: what is left may look like another digit
    assert (0 if name == "digits" else 0.1) <= table.min() < table[MAX_SHIFT, MAX_SHIFT]


def test_update_card_keeps_the_weights(tmp_path: Path) -> None:
    for ending in ("npz", "json"):
        shutil.copy(WEIGHTS / f"mlp.{ending}", tmp_path)
    before = read_weights("mlp", tmp_path)[1]
    update_card("mlp", {"shifts": {"n": 3}}, tmp_path)
    assert read_weights("mlp", tmp_path)[1] == {**before, "shifts": {"n": 3}}
    assert (tmp_path / "mlp.npz").read_bytes() == (WEIGHTS / "mlp.npz").read_bytes()


def test_total_size_of_bundled_weights() -> None:
    weights = [path for path in WEIGHTS.glob("*.npz") if not path.name.endswith(".recording.npz")]
    assert len(weights) == len(model_names())
    sizes = {path.stem: path.stat().st_size for path in weights}
    assert sizes.pop("efficientnet_lite0") <= 9 * 10**6
    assert sum(sizes.values()) <= 30 * 10**6


def test_weights_with_another_digest_raise(tmp_path: Path) -> None:
    for ending in ("npz", "json"):
        shutil.copy(WEIGHTS / f"keras_lecture.{ending}", tmp_path)
    path = tmp_path / "keras_lecture.npz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(CnnvizError, match="do not match their model card: sha256"):
        read_weights("keras_lecture", tmp_path)


@pytest.mark.parametrize("missing", ["keras_lecture.npz", "keras_lecture.json"])
def test_missing_file_raises(tmp_path: Path, missing: str) -> None:
    for ending in ("npz", "json"):
        shutil.copy(WEIGHTS / f"keras_lecture.{ending}", tmp_path)
    (tmp_path / missing).unlink()
    with pytest.raises(
        CnnvizError, match=rf"Received: name='keras_lecture', {re.escape(missing)} is missing\."
    ):
        read_weights("keras_lecture", tmp_path)
    assert model_names(tmp_path) == ([] if missing.endswith("npz") else ["keras_lecture"])
    with pytest.raises(CnnvizError, match="`name` must be one of"):
        load("lenet")


def test_weights_of_another_architecture_raise(tmp_path: Path) -> None:
    for ending in ("npz", "json"):
        shutil.copy(WEIGHTS / f"keras_lecture.{ending}", tmp_path / f"tensorflow_lecture.{ending}")
    with pytest.raises(CnnvizError, match="do not have the shapes of the architecture"):
        read_weights("tensorflow_lecture", tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "The model card mlp.json is damaged: it is no JSON"),
        (b"[]", "The model card mlp.json is damaged: it is no JSON object."),
        (b'{"sha256": 3}', "do not match their model card"),
        (b'{"sha256": NaN}', "The model card mlp.json is damaged: NaN is no number of JSON."),
        (b'{"a":' * 10**5, "The model card mlp.json is damaged: it is nested too deeply."),
        (b'{"a": 1, "a": 2}', "The model card mlp.json is damaged: a key is in it twice."),
        (b"\xff", "The model card mlp.json is damaged: it is no UTF-8 text."),
        (b" " * (2**24 + 1), "The model card mlp.json is damaged: it is larger than 16,777,216 bytes."),
    ],
    ids=lambda value: str(value)[:20],
)
def test_damaged_card_raises(tmp_path: Path, content: bytes, message: str) -> None:
    shutil.copy(WEIGHTS / "mlp.npz", tmp_path)
    (tmp_path / "mlp.json").write_bytes(content)
    with pytest.raises(CnnvizError, match=re.escape(message)) as refused:
        read_weights("mlp", tmp_path)
    assert refused.value.reason == "weights"


def signed(folder: Path, content: bytes) -> None:
    """Write a file of weights, and a card that says it is the right one."""
    (folder / "mlp.npz").write_bytes(content)
    (folder / "mlp.json").write_text(json.dumps({"sha256": hashlib.sha256(content).hexdigest()}))


def saved(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def test_damaged_weights_with_a_valid_digest_raise(tmp_path: Path) -> None:
    whole = (WEIGHTS / "mlp.npz").read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for content in (b"", b"PK", b"no archive" * 99, whole[:-1], whole[: len(whole) // 2], bytes(flipped)):
        signed(tmp_path, content)
        with pytest.raises(CnnvizError, match=r"^The weights mlp\.npz are damaged: it [^\n]*\.$") as refused:
            read_weights("mlp", tmp_path)
        assert refused.value.reason == "weights"


def test_weights_with_other_names_shapes_or_dtypes_raise(tmp_path: Path) -> None:
    weights = {key: array.astype(np.float16) for key, array in read_weights("mlp")[0].items()}
    signed(tmp_path, saved(**weights))
    assert read_weights("mlp", tmp_path)[0].keys() == weights.keys()
    bias = "dense1.bias"
    shapes, damaged = "do not have the shapes of the architecture mlp", "The weights mlp.npz are damaged: "
    for change, message in (
        ({"extra": np.zeros(3)}, shapes),
        ({bias: np.zeros(511, np.float16)}, shapes),
        ({bias: np.zeros((512, 1), np.float16)}, shapes),
        ({bias: np.zeros((), np.float16)}, shapes),
        ({bias: np.zeros(512, np.int8)}, f"{damaged}the array {bias} is of int8."),
        ({bias: np.zeros(512, bool)}, f"{damaged}the array {bias} is of bool."),
        ({bias: np.array([None] * 512)}, f"{damaged}'{bias}' is no array of plain numbers."),
        ({"bomb": np.zeros(3 * 10**7, np.uint8)}, f"{damaged}its arrays take more than "),
    ):
        signed(tmp_path, saved(**{**weights, **change}))
        with pytest.raises(CnnvizError, match=re.escape(message)) as refused:
            read_weights("mlp", tmp_path)
        assert refused.value.reason == "weights"
    del weights[bias]
    signed(tmp_path, saved(**weights))
    with pytest.raises(CnnvizError, match=shapes):
        read_weights("mlp", tmp_path)


def test_oversized_file_is_not_read(tmp_path: Path) -> None:
    shutil.copy(WEIGHTS / "mlp.json", tmp_path)
    with (tmp_path / "mlp.npz").open("wb") as file:
        file.truncate(10**9)  # sparse: takes no room on the disk
    with pytest.raises(
        CnnvizError, match=r"The weights mlp\.npz are damaged: it is larger than [\d,]+ bytes\."
    ):
        read_weights("mlp", tmp_path)


def test_importing_cnnviz_imports_neither_tensorflow_nor_streamlit() -> None:
    heavy = {"tensorflow", "keras", "streamlit", "plotly"}
    code = f"import cnnviz, sys; cnnviz.samples(); print({heavy} & set(sys.modules))"
    root = Path(__file__).resolve().parents[2]
    assert subprocess.check_output([sys.executable, "-c", code], text=True, cwd=root).strip() == "set()"


def loud_weights() -> dict[str, np.ndarray]:
    """Return finite weights of alexnet with which activations do not stay finite."""
    loud = dict(read_weights("alexnet")[0])
    for key, value in loud.items():
        if key.endswith(".gamma"):
            loud[key] = np.full_like(value, 6e4)
        if key.endswith("_variance"):
            loud[key] = np.zeros_like(value)
    for name in ("dense1.kernel", "dense2.kernel"):
        loud[name] = np.full_like(loud[name], 6e4)
    return loud


def test_non_finite_weights_are_neither_written_nor_read(tmp_path: Path) -> None:
    weights, card = read_weights("mlp")
    for value in (np.nan, np.inf, 1e6):  # the last one is infinite in half precision
        spoiled = {**weights, "dense2.bias": np.full(256, value, np.float32)}
        with pytest.raises(CnnvizError, match=r"in dense2\.bias, .* 256 of 256 numbers are NaN or infinite"):
            write_weights("mlp", spoiled, card, tmp_path / "out")
        assert not (tmp_path / "out").exists()
    buffer = io.BytesIO()
    np.savez(buffer, **{**weights, "dense1.bias": np.full(512, np.nan, np.float16)})
    (tmp_path / "mlp.npz").write_bytes(buffer.getvalue())
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    (tmp_path / "mlp.json").write_text(json.dumps({**card, "sha256": digest}))
    with pytest.raises(CnnvizError, match=r"in dense1\.bias, .* 512 of 512 numbers") as caught:
        read_weights("mlp", tmp_path)
    assert caught.value.reason == "weights_not_finite"


def test_run_names_the_first_non_finite_layer() -> None:
    weights = dict(read_weights("mlp")[0])
    weights["dense2.kernel"] = np.full_like(weights["dense2.kernel"], 3e38)
    with pytest.raises(
        CnnvizError, match="in dense2, the first layer where they are not, 256 of 256"
    ) as caught:
        forward("mlp", weights, samples().images[0])
    assert caught.value.reason == "not_finite"


def test_large_pictures_are_predicted_a_few_at_once() -> None:
    """A batch of 500 pictures of 256x256 took more memory than a machine has."""
    assert {network.images_at_once(zoo.get(name).graph, 500) for name in network.trained_names()} == {500}
    graph = Graph((256, 256, 3), builder.named_layers(builder.parse("c64k3s1same-r-m2-f-d2-x")))
    assert network.images_at_once(graph, 500) == 19
    data_set = unlabelled("large", "large", (256, 256), 3, ("a", "b"), Preprocessing())
    net = Network(Architecture("large", graph, None, data_set), builder.random_weights(graph, 0), {})
    sizes: list[int] = []
    probabilities = net._probabilities

    def counted(x: np.ndarray) -> object:
        sizes.append(len(x))
        return probabilities(x)

    net._probabilities = counted
    assert net.predict(np.zeros((21, 256, 256, 3), np.uint8)).shape == (21, 2)
    assert sizes == [19, 2]


def test_gradients_of_large_pictures_are_taken_a_few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """All layers are alive then: integrated gradients of EfficientNet-Lite0 took 6.7 GB with 64 at once."""
    assert min(network.gradients_at_once(zoo.get(name).graph, 64) for name in network.trained_names()) == 64
    assert network.gradients_at_once(zoo.get("efficientnet_lite0").graph, 64) == 4
    net = Network(zoo.get("digits"), *read_weights("digits"))
    images = net.data_set.samples().images[:10]
    target = gradients.logits(net.graph).name
    together, sizes = net._backward(target, "images"), list[int]()

    def counted(x: np.ndarray, indices: np.ndarray) -> object:
        sizes.append(len(x))
        return together(x, indices)

    net._backward = lambda of, wanted: counted
    x, labels = net.data_set.preprocess(images), [0, 1] * 5
    values, found = net.image_gradients(x, labels, target)
    every = sum(prod(shape) for shape in (x.shape[1:], *(info.output_shape for info in net.layers)))
    monkeypatch.setattr(network, "BATCH_NUMBERS", 7 * every)
    in_parts = net.image_gradients(x, labels, target)
    assert sizes == [10, 7, 3]
    np.testing.assert_allclose(in_parts[0], values, rtol=1e-4)
    np.testing.assert_allclose(in_parts[1], found, atol=1e-5)


def test_weights_that_are_removed_in_this_moment_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(path: Path, *stamp: int) -> str:
        raise FileNotFoundError(path)

    monkeypatch.setattr(network, "_digest", gone)
    with pytest.raises(CnnvizError, match=r"mlp\.npz is missing"):
        network.reference("mlp")
