"""Weights beside an architecture: found by name or in order, and nothing that does harm is done."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from cnnviz.arithmetic.window import Window
from cnnviz.cli.main import main
from cnnviz.data.dataset import Preprocessing
from cnnviz.data.unlabelled import unlabelled
from cnnviz.errors import CnnvizError
from cnnviz.layers.batch_norm import BatchNorm
from cnnviz.layers.conv import Conv
from cnnviz.layers.dense import Dense
from cnnviz.layers.depthwise_conv import DepthwiseConv
from cnnviz.layers.global_average_pool import GlobalAveragePool
from cnnviz.layers.relu import Relu
from cnnviz.layers.softmax import Softmax
from cnnviz.networks import architecture_file, network, store, zoo
from cnnviz.networks.architecture import Architecture
from cnnviz.networks.graph import Graph
from cnnviz.networks.opening import weights_file
from cnnviz.networks.opening.reading import read

GRAPH = Graph(
    (32, 32, 3),
    [
        Conv("conv1", Window(3, padding="same"), 4, True),
        BatchNorm("norm"),
        Relu("relu1"),
        Conv("conv2", Window(3), 5, False),
        GlobalAveragePool("mean"),
        Dense("dense1", 10, True),
        Softmax("softmax"),
    ],
)
RNG = np.random.default_rng(0)
WEIGHTS = {key: RNG.uniform(0.1, 1, shape).astype(np.float32) for key, shape in GRAPH.weight_shapes().items()}


def npz(path: Path, arrays: Mapping[str, np.ndarray]) -> Path:
    with path.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
    return path


def in_order(path: Path, arrays: Mapping[str, np.ndarray]) -> Path:
    with path.open("wb") as file:
        np.savez(file, *arrays.values())
    return path


def safetensors(path: Path, arrays: Mapping[str, np.ndarray], **changes: Any) -> Path:
    """Write a file as safetensors does; `changes` replace entries of its header."""
    header: dict[str, Any] = {"__metadata__": {"format": "np"}}
    content = b""
    for name in sorted(arrays):
        data = arrays[name].tobytes()
        types = {"f4": "F32", "f2": "F16", "i8": "I64", "u2": "BF16"}
        header[name] = {
            "dtype": types[arrays[name].dtype.str[1:]],
            "shape": list(arrays[name].shape),
            "data_offsets": [len(content), len(content) + len(data)],
        }
        content += data
    text = json.dumps(header | changes).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + content)
    return path


def keras2(path: Path, arrays: Mapping[str, np.ndarray], *, names: tuple[str, ...] = ()) -> Path:
    """Write a file as `save_weights` of Keras 2 does."""
    layers = list(dict.fromkeys(key.split(".")[0] for key in arrays))
    called = dict(zip(layers, names or layers, strict=True))
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in called.values()]
        for layer in layers:
            own = [key.split(".")[1] for key in arrays if key.startswith(f"{layer}.")]
            group = file.create_group(called[layer])
            group.attrs["weight_names"] = [f"{called[layer]}/{weight}:0".encode() for weight in own]
            for weight in own:
                group[f"{called[layer]}/{weight}:0"] = arrays[f"{layer}.{weight}"]
    return path


def slashed(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {f"model/{key.replace('.', '/')}": array for key, array in arrays.items()}


FILES: dict[str, Callable[[Path], Path]] = {
    "npz by name, in another order": lambda p: npz(p, dict(sorted(WEIGHTS.items(), reverse=True))),
    "npz by path, and more": lambda p: npz(p, {**slashed(WEIGHTS), "optimizer/iteration": np.array([3])}),
    "npz in order": lambda p: in_order(p, WEIGHTS),
    "safetensors by name": lambda p: safetensors(p, {**slashed(WEIGHTS), "count": np.array([3])}),
    "Keras 2 by name": lambda p: keras2(p, WEIGHTS),
    "Keras 2 in order": lambda p: keras2(p, WEIGHTS, names=("z", "y", "x", "a")),
}


@pytest.mark.parametrize("case", FILES)
def test_weights_are_found_by_name_or_else_in_order(case: str, tmp_path: Path) -> None:
    opened = weights_file.read(FILES[case](tmp_path / "weights"), GRAPH)
    assert opened.weights.keys() == WEIGHTS.keys()
    assert all(np.array_equal(opened.weights[key], WEIGHTS[key]) for key in WEIGHTS)
    assert any("their order" in note for note in opened.notes) == ("in order" in case)


@pytest.mark.parametrize("weight", ["kernel", "depthwise_kernel"])
def test_the_kernel_of_a_depthwise_convolution_has_two_names(weight: str, tmp_path: Path) -> None:
    graph = Graph((32, 32, 3), [DepthwiseConv("dw", Window(3)), Conv("last", Window(1), 2)])
    arrays = {key: np.ones(shape, np.float32) for key, shape in graph.weight_shapes().items()}
    arrays[f"dw.{weight}"] = 2 * arrays.pop("dw.kernel")
    opened = weights_file.read(keras2(tmp_path / "weights", arrays), graph)
    np.testing.assert_array_equal(opened.weights["dw.kernel"], arrays[f"dw.{weight}"])


@pytest.mark.parametrize("renamed", [False, True])
def test_weights_that_keras_saves_are_those_of_its_layers(renamed: bool, tmp_path: Path) -> None:
    import keras

    model = network.build(GRAPH, "mine")
    network.set_weights(model, WEIGHTS)
    if renamed:  # Keras numbers such layers in each class, and tells no name of ours
        again = keras.Sequential([keras.Input((32, 32, 3))])
        for layer in model.layers[1:]:
            again.add(type(layer).from_config({**layer.get_config(), "name": f"my_{layer.name}"}))
        again.set_weights(model.get_weights())
        model = again
    model.save_weights(tmp_path / "x.weights.h5")
    opened = weights_file.read(tmp_path / "x.weights.h5", GRAPH)
    assert all(np.array_equal(opened.weights[key], WEIGHTS[key]) for key in WEIGHTS)
    smaller = Graph((32, 32, 3), GRAPH.nodes()[:3])
    with pytest.raises(CnnvizError, match=r"6 arrays of weights. Received: 9 arrays"):
        weights_file.read(tmp_path / "x.weights.h5", smaller)


def test_half_precision_of_safetensors_is_read(tmp_path: Path) -> None:
    brain = {key: (array.view(np.uint32) >> 16).astype(np.uint16) for key, array in WEIGHTS.items()}
    opened = weights_file.read(safetensors(tmp_path / "x", brain), GRAPH)
    for key, array in WEIGHTS.items():
        np.testing.assert_allclose(opened.weights[key], array, rtol=2**-7)


def test_what_does_not_fit_is_one_sentence_with_both_shapes(tmp_path: Path) -> None:
    turned = {**WEIGHTS, "dense1.kernel": WEIGHTS["dense1.kernel"].T}
    with pytest.raises(CnnvizError) as raised:
        weights_file.read(npz(tmp_path / "x", turned), GRAPH)
    assert str(raised.value) == (
        "The weights of dense1.kernel must be (5, 10). Received: (10, 5), 'dense1.kernel' in the file."
    )
    assert raised.value.reason == "network_weights_shape"
    without = {key: array for key, array in WEIGHTS.items() if not key.startswith("conv2")}
    with pytest.raises(CnnvizError, match=r"weights of conv2.kernel, \(3, 3, 4, 5\)") as raised:
        weights_file.read(npz(tmp_path / "x", without), GRAPH)
    assert raised.value.reason == "network_weights_missing"
    with pytest.raises(CnnvizError, match="9 arrays of weights"):
        weights_file.read(in_order(tmp_path / "x", without), GRAPH)
    foreign = {f"features.{k}.weight": array for k, array in enumerate(WEIGHTS.values())}
    with pytest.raises(CnnvizError, match="Export the model as ONNX"):
        weights_file.read(npz(tmp_path / "x", foreign), GRAPH)
    with pytest.raises(CnnvizError, match="of other names"):  # no order in such a file
        weights_file.read(safetensors(tmp_path / "x", {f"a{k}": np.ones(2, "f4") for k in range(9)}), GRAPH)


def test_arrays_of_other_names_in_a_file_that_lists_them_by_name_have_no_order(tmp_path: Path) -> None:
    twelve = Graph((8, 8, 3), [Conv(f"conv{k}", Window(1), 3, bias=False) for k in range(12)])
    with h5py.File(tmp_path / "x", "w") as file:
        for k in range(12):  # w0, w1, w10, w11, w2, ... in the file
            file[f"w{k}"] = np.full((1, 1, 3, 3), k, np.float32)
    with pytest.raises(CnnvizError, match=r"weights of conv0.kernel, .* 12 arrays of other names"):
        weights_file.read(tmp_path / "x", twelve)


def test_pytorch_is_named_also_where_a_bias_is_called_alike(tmp_path: Path) -> None:
    alike = {key.replace("kernel", "weight"): array for key, array in WEIGHTS.items()}
    with pytest.raises(CnnvizError, match="Export the model as ONNX") as raised:
        weights_file.read(safetensors(tmp_path / "x", alike), GRAPH)
    assert raised.value.reason == "network_weights_pytorch"


def entry(shape: Any, offsets: Any, dtype: Any = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def bomb(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        head = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            head, {"descr": "<f4", "fortran_order": False, "shape": (25_000_000,)}
        )
        archive.writestr("conv1.kernel.npy", head.getvalue() + bytes(100_000_000))
    return path


def pickled(path: Path) -> Path:
    with path.open("wb") as file:
        np.savez(file, np.array([print], object), allow_pickle=True)
    return path


def linked(path: Path) -> Path:
    with h5py.File(path, "w") as file:
        file["conv1/kernel"] = h5py.ExternalLink("/etc/passwd", "/data")
    return path


def names_without_end(path: Path) -> Path:
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = np.arange(3)
    return path


HOSTILE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a pickle in an archive": (pickled, "no array of plain numbers"),
    "a bomb": (bomb, "take more than"),
    "a link to another file": (linked, "points to another location"),
    "names that are numbers": (names_without_end, "no list of texts"),
    "beyond the end": (lambda p: safetensors(p, WEIGHTS, x=entry([100], [0, 400_000])), "another size"),
    "before the start": (lambda p: safetensors(p, WEIGHTS, x=entry([1], [-8, -4])), "not described"),
    "sizes that differ": (lambda p: safetensors(p, WEIGHTS, x=entry([9, 9], [0, 4])), "another size"),
    "a huge shape": (lambda p: safetensors(p, WEIGHTS, x=entry([2**39] * 8, [0, 4])), "another size"),
    "a shape of words": (lambda p: safetensors(p, WEIGHTS, x=entry(["a"], [0, 4])), "not described"),
    "an entry that is a list": (lambda p: safetensors(p, WEIGHTS, x=[]), "not described"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_one_sentence(case: str, tmp_path: Path) -> None:
    make, message = HOSTILE[case]
    with pytest.raises(CnnvizError, match=message) as raised:
        weights_file.read(make(tmp_path / "weights"), GRAPH)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"\x80\x04cos\nsystem\n", bytes(20), b"GIF89a and more of it"])
def test_a_file_of_another_format_is_one_sentence(content: bytes, tmp_path: Path) -> None:
    (path := tmp_path / "x").write_bytes(content)
    with pytest.raises(CnnvizError, match="must be a file of weights"):
        weights_file.read(path, GRAPH)


@pytest.mark.parametrize("length", [9, 100, -3])
@pytest.mark.parametrize("make", [npz, safetensors, keras2])
def test_a_file_that_is_cut_off_is_one_sentence(
    make: Callable[..., Path], length: int, tmp_path: Path
) -> None:
    path = make(tmp_path / "x", WEIGHTS)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(CnnvizError, match="undamaged"):
        weights_file.read(path, GRAPH)


# ---------------------------------------------------------------- as a network


@pytest.fixture
def described(tmp_path: Path) -> Path:
    """The architecture file of `GRAPH`, on CIFAR-10."""
    (path := tmp_path / "own.json").write_text(
        json.dumps(architecture_file.to_json(Architecture("own", GRAPH)))
    )
    return path


def test_a_file_without_layers_asks_for_them(tmp_path: Path, described: Path) -> None:
    for make in (npz, safetensors, keras2):
        path = make(tmp_path / "mine", WEIGHTS)
        with pytest.raises(CnnvizError, match="weights but no model") as raised:
            read(path)
        assert raised.value.reason == "network_only_weights"
        architecture, weights, card = read(path, architecture=described)
        assert (architecture.name, architecture.data_set) == ("mine", zoo.get("mlp").data_set)
        assert weights.keys() == WEIGHTS.keys()
        assert card["parameters"] == sum(array.size for array in WEIGHTS.values())
    architecture, _, _ = read(path, list("abcdefghij"), architecture=described)
    assert architecture.data_set.classes == tuple("abcdefghij")
    assert not architecture.data_set.readable
    raw = Preprocessing(1.0)
    assert read(path, architecture=described, preprocessing=raw)[0].data_set.preprocessing == raw


@pytest.mark.parametrize("name", ["own", "cifar10"])
def test_a_data_set_that_the_file_describes_keeps_neither_name_nor_title(name: str, tmp_path: Path) -> None:
    raw = Preprocessing(1.0)
    own = unlabelled(name, "Mine", (32, 32), 3, tuple("abcdefghij"), raw)
    description = architecture_file.to_json(Architecture("own", GRAPH, None, own))
    description["data_set"]["title"] = "[free grades](http://a.b)"
    (path := tmp_path / "own.json").write_text(json.dumps(description))
    assert "[" not in architecture_file.from_json(description).data_set.title
    opened = read(npz(tmp_path / "mine", WEIGHTS), architecture=path)[0].data_set
    assert (opened.name, opened.title) == ("of_mine", "mine")
    assert (opened.classes, opened.preprocessing) == (own.classes, raw)


def test_it_is_imported_beside_a_bundled_network_or_a_file(
    tmp_path: Path, described: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CNNVIZ_NETWORKS", str(tmp_path / "networks"))
    path = npz(tmp_path / "mine.npz", WEIGHTS)
    assert main(["import", str(path), "--architecture", str(described)]) == 0
    assert "mine: 7 layers" in (told := capsys.readouterr().out)
    assert "cnnviz evaluate mine" in told
    assert store.names() == ["mine"]
    assert main(["import", str(path), "--architecture", "mlp", "--name", "other"]) == 1
    assert "must hold the weights of dense2.kernel" in (error := capsys.readouterr().err)
    assert len(error.splitlines()) == 1
    bundled = network.home("digits") / "digits.npz"
    assert main(["import", str(bundled), "--architecture", "digits", "--name", "again"]) == 0
    weights, again = network.read_weights("digits")[0], network.read_weights("again")[0]
    assert all(np.array_equal(weights[key], again[key]) for key in weights)


@pytest.mark.parametrize("content", ["", "[]", '{"format": "cnnviz architecture 1"}', "\x80", None])
def test_what_is_no_architecture_is_one_sentence(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CnnvizError, match="`architecture` must be a file") as raised:
        read(npz(tmp_path / "x.npz", WEIGHTS), architecture=path)
    assert raised.value.reason == "network_architecture"
    assert "\n" not in str(raised.value)
