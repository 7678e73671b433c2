"""Files of Keras: what is in them is found, and nothing that does harm is done."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from cnnviz import open_network
from cnnviz.errors import CnnvizError
from cnnviz.networks.network import run
from cnnviz.networks.opening import keras_file
from tests.coverage_networks import WITHIN, compare, measure, shake

Change = Callable[[dict[str, Any]], object]
IMAGE = np.random.default_rng(0).random((12, 12, 3)).astype(np.float32)


def branches() -> Any:
    """Return a model with a nested one, activations inside layers, operations and several inputs."""
    import keras
    from keras import layers

    inner = keras.Sequential(
        [keras.Input((12, 12, 6)), layers.Conv2D(6, 3, padding="same", activation="swish", name="c"),
         layers.BatchNormalization(scale=False)],
        name="inner",
    )  # fmt: skip
    image = keras.Input((12, 12, 3))
    x = layers.Rescaling(2.0, offset=-1.0)(layers.RandomFlip()(image))
    x = layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 3.0])(x)
    x = layers.Conv2D(6, 3, padding="same", name="with.dot")(x)
    y = layers.Add()([x, inner(x)]) * 0.5 + 1
    z = layers.ZeroPadding2D(((1, 0), (0, 2)))(layers.ReLU(6.0)(y))
    z = layers.SeparableConv2D(5, 3, depth_multiplier=2, activation="gelu")(z)
    z = layers.Cropping2D(((1, 0), (0, 1)))(layers.LeakyReLU(0.1)(layers.LayerNormalization()(z)))
    z = layers.Conv2D(5, 3, groups=5, activation=keras.activations.relu6)(
        layers.Dense(5, activation="elu")(z)
    )
    s = layers.GlobalAveragePooling2D(keepdims=True)(z)
    s = layers.Conv2D(5, 1, activation="hard_sigmoid")(s)
    z = layers.Concatenate()([layers.Multiply()([z, s]), z])
    z = layers.DepthwiseConv2D(3, depth_multiplier=2, activation="hard_silu")(z)
    z = layers.Conv2DTranspose(4, 2, strides=2, padding="same")(z)
    z = layers.AveragePooling2D(2, padding="same")(layers.MaxPooling2D(3, strides=2)(z))
    z = layers.UpSampling2D((2, 1), interpolation="bilinear")(layers.PReLU(shared_axes=[1, 2])(z))
    z = layers.MaxPooling2D((4, 2))(layers.UpSampling2D()(z))  # the size that it had
    z = layers.SpatialDropout2D(0.1)(z)
    merged = layers.Concatenate()([layers.Flatten()(z), layers.GlobalMaxPooling2D()(y)])
    return keras.Model(image, layers.Dense(3, activation="softmax")(layers.Dropout(0.2)(merged)))


def sequential() -> Any:
    import keras
    from keras import layers

    return keras.Sequential(
        [keras.Input((12, 12, 3)), layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D(),
         layers.Conv2D(4, 3), layers.PReLU(), layers.PReLU(shared_axes=[2]),
         layers.Activation("tanh"), layers.Flatten(), layers.Reshape((3, 3, -1)),
         layers.GlobalAveragePooling2D(), layers.Dense(2), layers.Softmax()]
    )  # fmt: skip


@pytest.mark.parametrize("make", [branches, sequential])
@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.filterwarnings("ignore:.*HDF5 file.*legacy")
def test_every_layer_computes_what_keras_computes(
    make: Callable[[], Any], ending: str, tmp_path: Path
) -> None:
    model, path = make(), tmp_path / f"model.{ending}"
    shake(model, np.random.default_rng(1))
    model.save(path)
    opened = keras_file.read(path)
    assert {key: array.shape for key, array in opened.weights.items()} == opened.graph.weight_shapes()
    layers, by_keras, by_numpy = compare(model, opened, IMAGE, with_numpy=True)
    assert layers >= len(model.layers) - 1  # all but the input
    assert by_keras < 1e-5
    assert by_numpy is not None
    assert by_numpy < 1e-4
    assert "Keras 3" in opened.source


@pytest.mark.slow
@pytest.mark.exhaustive  # its kinds of layers are below, in small networks
def test_a_whole_application_of_keras_is_opened(tmp_path: Path) -> None:
    """The smallest one with squeeze-and-excitation; `make coverage-networks` opens all of them."""
    found = measure("MobileNetV3Small", tmp_path)
    assert (found.layers, found.compared, found.parameters) == (191, 163, 2_554_968)
    assert found.keras < WITHIN
    assert found.numpy is not None
    assert found.numpy < WITHIN


def test_a_configuration_of_keras_2_is_read(tmp_path: Path) -> None:
    """Written by hand as Keras 2.10 writes it: other connections, shapes and names of arrays."""

    def entry(name: str, kind: str, inputs: list[str], **config: Any) -> dict[str, Any]:
        nodes = [[[source, 0, 0, {}] for source in inputs]] if inputs else []
        return {"class_name": kind, "name": name, "config": {"name": name, **config}, "inbound_nodes": nodes}

    kernel = np.arange(6, dtype=np.float32).reshape(1, 1, 3, 2)
    layers = [
        entry("input_1", "InputLayer", [], batch_input_shape=[None, None, None, 3]),
        entry("conv", "Conv2D", ["input_1"], filters=2, kernel_size=[1, 1], strides=[1, 1],
              use_bias=False, padding="valid", activation="relu", data_format="channels_last", groups=1),
        entry("conv_1", "Conv2D", ["input_1"], filters=2, kernel_size=[1, 1], use_bias=False),
        entry("add", "Add", ["conv", "conv_1"]),
        entry("pool", "GlobalAveragePooling2D", ["add"]),
    ]  # fmt: skip
    config = {"layers": layers, "input_layers": [["input_1", 0, 0]], "output_layers": [["pool", 0, 0]]}
    path = tmp_path / "old.h5"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Functional", "config": config})
        file.attrs["keras_version"] = "2.10.0"
        file["model_weights/conv/conv/kernel:0"] = kernel
        file["model_weights/conv_1/conv_1/kernel:0"] = -kernel
    with pytest.raises(CnnvizError, match=r"`size` must be given.*size=\(224, 224\)") as raised:
        keras_file.read(path)
    assert raised.value.reason == "network_size"
    opened = keras_file.read(path, size=(5, 4))
    assert opened.graph.input_shape == (5, 4, 3)
    assert [info.name for info in opened.graph] == ["conv", "conv_relu", "conv_1", "add", "pool"]
    np.testing.assert_array_equal(opened.weights["conv_1.kernel"], -kernel)


def test_it_is_opened_as_a_network_of_ours(tmp_path: Path) -> None:
    model = sequential()
    model.pop()  # without its softmax
    model.save(tmp_path / "My Model.keras")
    net = open_network(tmp_path / "My Model.keras", classes=["cat", "dog"])
    images = np.random.default_rng(3).integers(0, 256, (4, 12, 12, 3), np.uint8)
    logits = np.asarray(model(images / np.float32(255)))
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(net.predict(images), expected, rtol=1e-4)
    assert (net.name, net.data_set.classes) == ("my_model", ("cat", "dog"))
    assert "A softmax was added" in " ".join(net.card["opened"]["notes"])
    assert list(net.activations(images[0])) == [info.name for info in net.layers]
    with pytest.raises(CnnvizError, match=r"`classes` must be 2 names\. Received: 3 names"):
        open_network(tmp_path / "My Model.keras", classes=["a", "b", "c"])


@pytest.mark.parametrize("sigmoid", [True, False])
def test_one_answer_is_two_classes(sigmoid: bool, tmp_path: Path) -> None:
    import keras
    from keras import layers

    picture = keras.Input((6, 6, 3))
    unit = layers.Dense(1, bias_initializer="ones")(layers.Flatten()(picture))
    answer = layers.Activation("sigmoid")(unit) if sigmoid else unit
    keras.Model(picture, answer).save(path := tmp_path / "cat or dog.keras")
    net = open_network(path, classes=["cat", "dog"], in_process=True)
    images = np.random.default_rng(3).integers(0, 256, (4, 6, 6, 3), np.uint8)
    second = np.asarray(keras.Model(picture, layers.Activation("sigmoid")(unit))(images / np.float32(255)))
    np.testing.assert_allclose(net.predict(images), np.concatenate([1 - second, second], axis=1), rtol=1e-4)
    assert [info.kind for info in net.layers] == ["flatten", "dense", "softmax"]
    notes = " ".join(net.card["opened"]["notes"])
    assert "describes two classes" in notes
    assert "218 parameters, 109 in the file" in notes
    assert net.card["opened"]["parameters"] == keras.Model(picture, answer).count_params() == 109


def test_several_answers_with_a_sigmoid_stay(tmp_path: Path) -> None:
    import keras
    from keras import layers

    keras.Sequential([keras.Input((6, 6, 3)), layers.Flatten(), layers.Dense(3, activation="sigmoid")]).save(
        path := tmp_path / "labels.keras"
    )
    assert open_network(path, in_process=True).layers[-1].kind == "sigmoid"


@pytest.mark.parametrize(("input_shape", "size"), [((128, 1), "128×1"), ((5,), "5"), ((6, 6, 4), "6×6×4")])
def test_what_takes_no_pictures_is_named(input_shape: tuple[int, ...], size: str, tmp_path: Path) -> None:
    import keras
    from keras import layers

    model = keras.Sequential([keras.Input(input_shape), layers.Flatten(), layers.Dense(3)])
    model.save(path := tmp_path / "signal.keras")
    with pytest.raises(CnnvizError) as raised:
        open_network(path, in_process=True)
    assert (raised.value.reason, raised.value.values) == ("network_images", {"size": size})


OTHERS = {
    "model.tflite": (b"\x1c\0\0\0TFL3" + bytes(600), "TensorFlow Lite"),
    "old.pth": (b"\x80\x02\x8a\x0a" + bytes(600), "PyTorch"),
    "model.pt": ("model/data.pkl", "PyTorch"),
    "saved.zip": ("saved/saved_model.pb", "TensorFlow (SavedModel)"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_of_another_program_is_named(name: str, tmp_path: Path) -> None:
    content, program = OTHERS[name]
    if isinstance(content, bytes):
        (tmp_path / name).write_bytes(content)
    else:
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(content, b"")
    with pytest.raises(CnnvizError, match=r"export it as ONNX") as raised:
        open_network(tmp_path / name, in_process=True)
    assert (raised.value.reason, raised.value.values) == ("network_program", {"kind": program})


# ---------------------------------------------------------------- hostile and unsupported files


@pytest.mark.parametrize(("version", "rise"), [("2.15.0", 1 / 5), ("3.15.0", 1 / 6)])
def test_what_keras_2_calls_or_computes_otherwise(version: str, rise: float, tmp_path: Path) -> None:
    """The kernel of a depthwise convolution has another name, and the hard sigmoid another slope."""
    layers = [
        ("InputLayer", {"name": "image", "batch_input_shape": [None, 12, 12, 3]}),
        (
            "DepthwiseConv2D",
            {"name": "dw", "kernel_size": 1, "use_bias": False, "activation": "hard_sigmoid"},
        ),
        ("Activation", {"name": "hard", "activation": "hard_sigmoid"}),
    ]
    entries = [{"class_name": kind, "config": config} for kind, config in layers]
    kernel = np.array([3.0, -2.0, 0.5], np.float32).reshape(1, 1, 3, 1)
    path = tmp_path / "old.h5"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {"layers": entries}})
        file.attrs["keras_version"] = version
        name = "depthwise_kernel:0" if version.startswith("2") else "kernel"
        file[f"model_weights/dw/dw/{name}"] = kernel
    opened = keras_file.read(path)
    x = 2 * IMAGE - 1
    expected = x * kernel.reshape(3)
    for _ in range(2):
        expected = np.clip(rise * expected + 0.5, 0, 1)
    found = run(opened.graph, opened.weights, x)[opened.graph.output.name]
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "model.keras"
    branches().save(path)
    return path


def rewritten(
    sound: Path,
    tmp_path: Path,
    *,
    config: Change | None = None,
    weights: Callable[[h5py.File], object] | None = None,
    packed: int = zipfile.ZIP_STORED,
) -> Path:
    """Copy a file of Keras with another configuration or other weights."""
    path = tmp_path / "changed.keras"
    with zipfile.ZipFile(sound) as old, zipfile.ZipFile(path, "w", packed) as new:
        entries = json.loads(old.read("config.json"))
        if config:
            config(entries)
        new.writestr("config.json", json.dumps(entries))
        content = io.BytesIO(old.read("model.weights.h5"))
        if weights:
            with h5py.File(content, "r+") as file:
                weights(file)
        new.writestr("model.weights.h5", content.getvalue())
    return path


def layer(entries: dict[str, Any], kind: str) -> dict[str, Any]:
    found = next(each for each in entries["config"]["layers"] if each["class_name"] == kind)
    assert isinstance(found, dict)
    return found


def calls_itself(entries: dict[str, Any]) -> None:
    history = layer(entries, "ZeroPadding2D")["inbound_nodes"][0]["args"][0]["config"]["keras_history"]
    history[0] = layer(entries, "Dense")["name"]


def nested(entries: dict[str, Any]) -> None:
    inner = layer(entries, "Sequential")
    for _ in range(12):
        inner["config"] = {"layers": [{"class_name": "Sequential", "config": inner["config"]}]}


def divided_by_zero(operation: dict[str, Any]) -> None:
    assert operation["module"] == "keras.src.ops.numpy"
    operation["class_name"], operation["inbound_nodes"][0]["args"][1] = "TrueDivide", 0


CONFIGURATIONS: dict[str, tuple[Change, str, str]] = {
    "a lambda": (
        lambda e: layer(e, "Cropping2D").update(
            class_name="Lambda",
            config={"function": {"class_name": "__lambda__", "config": {"code": "4wEAAAA="}}},
        ),
        "without program code. Received: the layer 'cropping2d[_0-9]*' \\(Lambda\\)",
        "network_code",
    ),
    "a transposed convolution whose stamps do not touch": (
        lambda e: layer(e, "Conv2DTranspose")["config"].update(strides=[3, 3], padding="valid"),
        "\\(Conv2DTranspose\\) with strides above kernel_size",
        "network_setting",
    ),
    "a dilated transposed convolution": (
        lambda e: layer(e, "Conv2DTranspose")["config"].update(strides=[1, 1], dilation_rate=[2, 2]),
        "\\(Conv2DTranspose\\) with dilation_rate=\\(2, 2\\)",
        "network_setting",
    ),
    "a division by zero": (
        lambda e: divided_by_zero(layer(e, "Multiply")), "with a division by 0", "network_setting",
    ),
    "a class of one's own": (
        lambda e: layer(e, "Cropping2D").update(module="os", class_name="system", registered_name="system"),
        "own class system",
        "network_custom",
    ),
    "a class of one's own with a known name": (
        lambda e: layer(e, "Cropping2D").update(registered_name="Mine>Cropping2D"),
        "own class",
        "network_custom",
    ),
    "an unknown layer": (
        lambda e: layer(e, "Cropping2D").update(class_name="MultiHeadAttention"),
        "the layer 'cropping2d[_0-9]*' of the class MultiHeadAttention",
        "network_layer",
    ),
    "an activation of one's own": (
        lambda e: layer(e, "SeparableConv2D")["config"].update(activation="mish2"), "activation='mish2'",
        "network_setting",
    ),
    "channels first": (
        lambda e: layer(e, "Cropping2D")["config"].update(data_format="channels_first"),
        "data_format='channels_first'",
        "network_setting",
    ),
    "a shared layer": (
        lambda e: layer(e, "Cropping2D")["inbound_nodes"].append(layer(e, "Cropping2D")["inbound_nodes"][0]),
        "uses each layer once",
        "network_shared",
    ),
    "two inputs": (
        lambda e: e["config"]["layers"].append(layer(e, "InputLayer")),
        r"one input\. Received: 2 inputs \((input_layer[_0-9]*), \1\)",
        "network_inputs",
    ),
    "two outputs": (
        lambda e: e["config"].update(output_layers=[["a", 0, 0], ["b", 0, 0]]),
        r"one output\. Received: 2 outputs \(a, b\)",
        "network_outputs",
    ),
    "no images": (
        lambda e: layer(e, "InputLayer")["config"].update(batch_shape=[None, 5]),
        "takes images",
        "network_images",
    ),
    "a subclassed model": (
        lambda e: e.update(class_name="MyModel"), "Functional or Sequential", "network_subclassed",
    ),
    "a circle": (calls_itself, "the input of the layer", "network_damaged"),
    "models within models": (nested, "more than 10 models", "network_damaged"),
    "a missing setting": (
        lambda e: layer(e, "SeparableConv2D")["config"].pop("filters"),
        "not as Keras writes it",
        "network_damaged",
    ),
    "a huge image": (
        lambda e: layer(e, "InputLayer")["config"].update(batch_shape=[None, 10**9, 10**9, 3]),
        "the images would be",
        "network_damaged",
    ),
    "too many numbers": (
        lambda e: layer(e, "ZeroPadding2D")["config"].update(padding=[[4096, 4096], [4096, 4096]]),
        "at most 200,000,000 activations",
        "input",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CONFIGURATIONS)
def test_a_configuration_that_cannot_be_is_one_sentence(case: str, sound: Path, tmp_path: Path) -> None:
    change, message, reason = CONFIGURATIONS[case]
    with pytest.raises(CnnvizError, match=message) as raised:
        keras_file.read(rewritten(sound, tmp_path, config=change))
    assert raised.value.reason == reason


def replaced(make: Callable[[h5py.File, str], object]) -> Callable[[h5py.File], None]:
    """Return a change of the first convolution's kernel."""

    def change(file: h5py.File) -> None:
        name = "layers/conv2d/vars/0"
        del file[name]
        make(file, name)

    return change


def virtual(file: h5py.File, name: str) -> None:
    layout = h5py.VirtualLayout((3, 3, 3, 6), "f4")
    layout[:] = h5py.VirtualSource("/etc/hostname", "data", (3, 3, 3, 6))
    file.create_virtual_dataset(name, layout)


def circular(file: h5py.File) -> None:
    file["layers/conv2d/again"] = file["layers"]


WEIGHTS: dict[str, tuple[Callable[[h5py.File], object], str]] = {
    "an external link": (
        replaced(lambda f, name: f.__setitem__(name, h5py.ExternalLink("/etc/passwd", "/data"))),
        "points to another location or file",
    ),
    "a soft link": (
        replaced(lambda f, name: f.__setitem__(name, h5py.SoftLink("/layers/dense/vars/0"))),
        "points to another location or file",
    ),
    "a virtual data set": (replaced(virtual), "stored in another file"),
    "external storage": (
        replaced(lambda f, p: f.create_dataset(p, (3, 3, 3, 6), "f4", external=[("/etc/passwd", 0, 648)])),
        "stored in another file",
    ),
    "nothing stored": (
        replaced(lambda f, name: f.create_dataset(name, (10**6, 10**6), "f4", chunks=(1000, 1000))),
        "larger than what is stored",
    ),
    "packed too tightly": (
        replaced(
            lambda f, p: f.create_dataset(p, data=np.zeros((3000, 3000)), chunks=True, compression="gzip")
        ),
        "larger than what is stored",
    ),
    "no numbers": (
        replaced(lambda f, name: f.create_dataset(name, data=[b"import os"])), "is of object",
    ),
    "no kernel": (replaced(lambda f, name: None), "holds no array"),
    "groups in a circle": (circular, "nested too deeply"),
}  # fmt: skip


@pytest.mark.parametrize("case", WEIGHTS)
def test_weights_that_point_elsewhere_or_are_too_large_are_one_sentence(
    case: str, sound: Path, tmp_path: Path
) -> None:
    change, message = WEIGHTS[case]
    with pytest.raises(CnnvizError, match=message):
        keras_file.read(rewritten(sound, tmp_path, weights=change))


@pytest.mark.parametrize(
    ("values", "message"),
    [(np.full((3, 3, 3, 6), np.nan, "f4"), "must be finite. Received: in with_dot"),
     (np.zeros((3, 3, 3, 5), "f4"), r"weights of with_dot.kernel must be \(3, 3, 3, 6\)")],
)  # fmt: skip
def test_weights_of_another_shape_or_not_finite_are_refused(
    values: np.ndarray, message: str, sound: Path, tmp_path: Path
) -> None:
    path = rewritten(sound, tmp_path, weights=replaced(lambda f, name: f.create_dataset(name, data=values)))
    with pytest.raises(CnnvizError, match=message):
        open_network(path, in_process=True)


def archive(tmp_path: Path, members: dict[str, bytes], packed: int = zipfile.ZIP_STORED) -> Path:
    path = tmp_path / "made.keras"
    with zipfile.ZipFile(path, "w", packed) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


ARCHIVES: dict[str, tuple[dict[str, bytes], int, str]] = {
    "nothing of Keras": ({"../../evil": b"x"}, zipfile.ZIP_STORED, "holds no config.json"),
    "no weights": ({"config.json": b"{}"}, zipfile.ZIP_STORED, "holds no model.weights.h5"),
    "a bomb": (
        {"config.json": b" " * 10**7, "model.weights.h5": b""},
        zipfile.ZIP_DEFLATED,
        "config.json is too large",
    ),
    "a large configuration": (
        {"config.json": b" " * (17 * 2**20), "model.weights.h5": b""}, zipfile.ZIP_STORED, "is too large",
    ),
    "deep JSON": (
        {"config.json": b'{"a":' + b"[" * 100_000, "model.weights.h5": b""},
        zipfile.ZIP_STORED,
        "nested too deeply",
    ),
    "another packing": (
        {"config.json": b"{}" * 99, "model.weights.h5": b"x"}, zipfile.ZIP_LZMA, "packed in a way",
    ),
    "many entries": ({f"{k}": b"" for k in range(30)}, zipfile.ZIP_STORED, "no archive as Keras writes it"),
    "weights that are none": (
        {"config.json": b"{}", "model.weights.h5": b"x"}, zipfile.ZIP_STORED, "cannot be read",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ARCHIVES)
def test_an_archive_that_is_none_of_keras_is_one_sentence(case: str, tmp_path: Path) -> None:
    members, packed, message = ARCHIVES[case]
    with pytest.raises(CnnvizError, match=message) as raised:
        keras_file.read(archive(tmp_path, members, packed))
    assert raised.value.reason == "network_damaged"


@pytest.mark.parametrize("length", [4, 100, 3000, -1, -200])
def test_a_file_that_is_cut_off_is_one_sentence(length: int, sound: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.keras"
    path.write_bytes(sound.read_bytes()[:length])
    with pytest.raises(CnnvizError, match="must be an undamaged file"):
        keras_file.read(path)


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x80\x04cos\nsystem\n"])
def test_a_file_of_no_known_format_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(content)
    with pytest.raises(CnnvizError, match="must be a file of Keras"):
        open_network(path, in_process=True)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CnnvizError, match=r"model.keras, No such file"):
        open_network(tmp_path / "model.keras", in_process=True)
