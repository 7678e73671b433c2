"""Snippets: every kind runs and gives the numbers that the app shows; nothing foreign gets into one."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from PIL import Image

from cnnviz import CnnvizError, Window, load, model_names, samples
from cnnviz.arithmetic import ops
from cnnviz.arithmetic.kernels import CLASSIC, LUMA_WEIGHTS, parse_grid
from cnnviz.data.cifar10 import CIFAR10, load_split
from cnnviz.explain.scene import scene
from cnnviz.explain.snippets import (
    MAX_NUMBERS,
    Activation,
    Data,
    Library,
    Picture,
    Pixels,
    Weight,
    Written,
    convolution,
    dense,
    pooling,
    relu,
    softmax,
)
from cnnviz.networks import zoo
from tests.data.test_cifar10 import make_folder

LIBRARIES = get_args(Library)
TOLERANCE = 1e-4
CAT = Picture("sample", 0)
GRID = parse_grid("3 1 0 2 1 4; 0 2 5 1 0 3; 1 4 2 0 2 1; 2 0 1 3 5 0; 4 1 0 2 1 2", smallest=2, largest=12)

# (window, rows of the input, columns)
SETTINGS = [
    (Window(3, 1, "same"), 6, 7),
    (Window(3, 1, "valid"), 6, 7),
    (Window(2, 2, "valid"), 7, 6),
    (Window((3, 2), (2, 3), "same"), 7, 9),
    (Window((2, 3), (3, 2), "valid"), 8, 9),
    (Window(3, 2, 1), 6, 5),
    (Window((2, 3), (1, 2), (0, 2)), 5, 6),
    (Window(3, (2, 1), ((0, 1), (2, 0))), 5, 6),
    (Window(3, 1, 0), 5, 5),
    (Window(1, 3, "same"), 5, 8),
]
DILATED = [
    (Window(3, 1, "same", 2), 7, 8),
    (Window(3, 1, "valid", (1, 2)), 7, 8),
    (Window((2, 3), 1, ((1, 0), (3, 2)), (3, 2)), 7, 8),
    (Window(3, 2, "same", 2), 7, 8),  # Keras refuses stride and dilation together
    (Window((3, 2), (2, 3), "valid", (2, 3)), 9, 8),
    (Window(2, (3, 2), ((2, 1), (0, 3)), 2), 7, 8),
]


@pytest.fixture(autouse=True)
def _networks_are_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every snippet share the networks: it is the same `load`, which else compiles each anew."""
    monkeypatch.setattr("cnnviz.load", load_once)


load_once = functools.cache(load)


def run(code: str) -> np.ndarray:
    """Execute a snippet as a reader would, and return its `result`."""
    names: dict[str, Any] = {}
    exec(compile(code, "snippet", "exec"), names)
    result = names["result"]
    assert isinstance(result, np.ndarray)
    assert code.endswith(f"print(result.shape)  # {result.shape}\n")
    return result


def agree(write: Callable[[Library], str], expected: Any) -> None:
    for library in LIBRARIES:
        code = write(library)
        result = run(code)
        assert result.shape == np.shape(expected), code
        np.testing.assert_allclose(result, expected, atol=TOLERANCE, rtol=TOLERANCE, err_msg=code)


def drawn(seed: int) -> tuple[Window, int, int, int]:
    """Draw a window that fits, the size of its input and its channels."""
    generator = np.random.default_rng(seed)
    size, stride, dilation = (generator.integers(1, 4, 2).tolist() for _ in range(3))
    pads = generator.integers(0, 3, (2, 2)).tolist()
    padding = ["valid", "same", pads, generator.integers(0, 3, 2).tolist()][seed % 4]
    window = Window(size, stride, padding, dilation if seed % 3 == 0 else 1)
    rows, cols = (extent + int(generator.integers(0, 6)) for extent in window.extent)
    return window, rows, cols, int(generator.integers(1, 5))


@pytest.mark.parametrize(
    ("window", "rows", "cols", "channels"),
    [(*setting, 1 + k % 3) for k, setting in enumerate(SETTINGS + DILATED)] + [drawn(k) for k in range(16)],
)
def test_convolution(window: Window, rows: int, cols: int, channels: int) -> None:
    generator = np.random.default_rng(rows)
    x = generator.normal(size=(rows, cols, channels)).round(3)
    kernel = generator.normal(size=(*window.size, channels))
    for bias in (None, -0.75):
        shown = scene(x, window, "conv", kernel=kernel, bias=bias or 0.0)
        written = None if bias is None else Written(bias)
        agree(
            lambda library, written=written: convolution(
                library, Written(x), Written(kernel), written, window
            ),
            shown.output,
        )


@pytest.mark.parametrize("operation", ["max", "average"])
@pytest.mark.parametrize(
    ("window", "rows", "cols"),
    [setting for setting in SETTINGS if setting[0].padding != (((0, 0), (2, 2)))]
    + [(Window(3, (1, 2), ((2, 1), (0, 2))), 6, 5), (Window((4, 2), 2, ((3, 0), (1, 1))), 6, 6)],
)
def test_pooling(window: Window, rows: int, cols: int, operation: Any) -> None:
    # all values negative: padding would win if it were 0
    x = -1 - np.random.default_rng(rows).random((rows, cols, 2)).round(3)
    compute = ops.max_pool if operation == "max" else ops.average_pool
    expected = compute(x, window.size, stride=window.stride, padding=window.padding)
    shown = scene(x[..., :1], window, operation)
    np.testing.assert_allclose(shown.output, expected[..., 0], atol=1e-6)
    agree(lambda library: pooling(library, Written(x), window, operation), expected)


@pytest.mark.parametrize("shape", [(5,), (4, 3), (3, 4, 2)])
def test_relu(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).normal(size=shape).round(2)
    agree(lambda library: relu(library, Written(x)), ops.relu(x))


@pytest.mark.parametrize("shape", [(12,), (2, 3, 2)])
@pytest.mark.parametrize("bias", [True, False])
def test_dense_flattens_first(shape: tuple[int, ...], bias: bool) -> None:
    generator = np.random.default_rng(1)
    x, kernel = generator.normal(size=shape), generator.normal(size=(12, 4))
    added = generator.normal(size=4) if bias else None
    agree(
        lambda library: dense(library, Written(x), Written(kernel), Written(added) if bias else None),
        ops.dense(x.reshape(-1), kernel, added),
    )


@pytest.mark.parametrize("temperature", [1.0, 0.25, 3])
def test_softmax(temperature: float) -> None:
    logits = np.array([-300.0, 2.5, 0.0, 4.0, 500.0, 499.0])
    agree(
        lambda library: softmax(library, Written(logits), temperature),
        ops.softmax(logits / temperature),
    )


def test_classic_and_typed_kernels_on_grid_and_picture() -> None:
    picture = CIFAR10.preprocess(samples().images[0])
    grey = (picture @ LUMA_WEIGHTS)[..., np.newaxis]
    window = Window(5, (3, 4), "same")
    kernel = CLASSIC["gaussian"]
    inputs: list[tuple[Data, np.ndarray]] = [
        (Written(GRID, channels=1), GRID[..., np.newaxis]),
        (Pixels(CAT, grey=True), grey),
        (Pixels(CAT), picture),
    ]
    for data, x in inputs:
        written = Written(kernel, channels=x.shape[2])
        bank = np.repeat(kernel[..., np.newaxis], x.shape[2], axis=2)
        expected = scene(x, window, "conv", kernel=bank).output
        agree(lambda library, d=data, w=written: convolution(library, d, w, None, window), expected)


@pytest.mark.parametrize("model", [name for name in model_names() if name != "mlp"])
def test_trained_layers_by_name(model: str) -> None:
    network = load_once(model)
    activations = network.activations(samples().images[3])
    picture = Picture("sample", 3)
    layers = network.layers
    names = [layer.name for layer in layers]
    for conv in [layer for layer in layers if layer.kind == "conv"][:2]:
        before = names[names.index(conv.name) - 1] if conv.name != names[0] else None
        x: Data = Activation(model, before, picture) if before else Pixels(picture)
        bias = Weight(model, conv.name, "bias", 5) if "bias" in conv.weight_shapes else None
        kernel = Weight(model, conv.name, "kernel", 5)
        assert conv.window is not None
        agree(
            lambda library, x=x, k=kernel, b=bias, w=conv.window: convolution(library, x, k, b, w),
            activations[conv.name][..., 5],
        )
    pool = next((layer for layer in layers if layer.kind == "max_pool"), None)
    if pool is not None:
        (pooled,) = pool.inputs
        agree(
            lambda library: pooling(library, Activation(model, pooled, picture, 7), pool.window, "max"),  # type: ignore[arg-type]
            activations[pool.name][..., 7:8],
        )
    conv_name = names[0]
    agree(
        lambda library: relu(library, Activation(model, conv_name, picture, 4)),
        ops.relu(activations[conv_name][..., 4:5]),
    )
    last = layers[-2].name
    agree(lambda library: softmax(library, Activation(model, last, picture)), activations["softmax"])
    first = next(layer for layer in layers if layer.kind == "dense")
    (maps,) = first.inputs
    while not network.graph[maps].layer.drawn:  # the snippet flattens by itself
        (maps,) = network.graph[maps].inputs
    agree(
        lambda library: dense(
            library,
            Activation(model, maps, picture),
            Weight(model, first.name),
            Weight(model, first.name, "bias") if "bias" in first.weight_shapes else None,
        ),
        activations[first.name],
    )


def test_pictures_of_a_local_set_and_uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_folder(tmp_path)
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    image = load_split("test").images[2]
    Image.fromarray(image).save("picture.png")
    for picture, pixels in (
        (Picture("train", 4), load_split("train").images[4]),
        (Picture("test", 2), image),
        (Picture("upload"), image),
    ):
        np.testing.assert_allclose(run(relu("numpy", Pixels(picture))), pixels / 255)


def test_the_arithmetic_of_numpy_is_self_contained() -> None:
    code = convolution("numpy", Written(GRID, channels=1), Written([[1 / 9]], channels=1), None, Window(1))
    imports = [node for node in ast.walk(ast.parse(code)) if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert [ast.unparse(node) for node in imports] == ["import numpy as np"]
    by_name = convolution(
        "numpy",
        Activation("keras_lecture", "conv1_relu", CAT),
        Weight("keras_lecture", "conv2", index=0),
        Weight("keras_lecture", "conv2", "bias", 0),
        Window(3, padding="same"),
    )
    arithmetic = by_name.split("\n\n")[-1]
    assert "net" not in arithmetic
    assert "cnnviz" not in arithmetic


def test_numbers_read_well_and_read_back() -> None:
    assert Written(CLASSIC["blur"]).expression.endswith("dtype=float) / 9")
    assert Written(CLASSIC["gaussian"]).expression.endswith("dtype=float) / 256")
    assert "[-2, 0, 2]" in Written(CLASSIC["sobel_x"]).expression
    assert Written([0.1, -0.25, 3]).expression == "np.array([0.1, -0.25, 3], dtype=float)"
    odd = np.random.default_rng(2).normal(size=(3, 4)) * [1e-6, 1, 1e3, 1e6]
    read = eval(Written(odd).expression, {"np": np})
    np.testing.assert_allclose(read, odd, rtol=1e-6)


HOSTILE = [
    '"); import os; os.system("id"); ("',
    "conv1\nimport os",
    "__import__('os')",
    "x' or '1",
    "${HOME}",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_never_gets_into_a_snippet(text: str) -> None:
    """Each place where a value of a visitor could reach a snippet refuses all but names and numbers."""
    anything: Any = text
    name = "keras_lecture"
    attempts: list[Callable[[], object]] = [
        lambda: Picture(anything, 0),
        lambda: Picture("sample", anything),
        lambda: Activation(anything, "conv1", CAT),
        lambda: Activation(name, anything, CAT),
        lambda: Activation(name, "conv1", CAT, anything),
        lambda: Weight(anything, "conv1"),
        lambda: Weight(name, anything),
        lambda: Weight(name, "conv1", anything),
        lambda: Weight(name, "conv1", "kernel", anything),
        lambda: Written(anything),
        lambda: Written([[anything, 1]]),
        lambda: Written(np.array([[anything, 1]], dtype=object)),
        lambda: Written(GRID, channels=anything),
        lambda: Window(anything),
        lambda: Window(2, stride=anything),
        lambda: Window(2, padding=anything),
        lambda: Window(2, dilation=anything),
        lambda: pooling("numpy", Written(GRID, channels=1), Window(2), anything),
        lambda: softmax("numpy", Written([1.0, 2.0]), anything),
        lambda: relu(anything, Written([1.0])),
    ]
    for attempt in attempts:
        with pytest.raises(CnnvizError):
            attempt()


def test_a_snippet_holds_known_words_only() -> None:
    """Every string in a snippet is one of this package's: layers, networks, files, options of libraries."""
    names = {layer.name for name in zoo.names() for layer in zoo.get(name).layers} | set(zoo.names())
    for library in LIBRARIES:
        for code in (
            convolution(
                library,
                Activation("keras_lecture", "conv1_relu", CAT),
                Weight("keras_lecture", "conv2", index=0),
                None,
                Window(3, 1, "same"),
            ),
            pooling(library, Pixels(Picture("upload")), Window(2, 2, 1), "max"),
        ):
            strings = {
                node.value
                for node in ast.walk(ast.parse(code))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
            layers = {f"{layer}.kernel" for layer in names}
            assert strings <= names | layers | {"same", "SAME", "VALID", "picture.png", "-inf"}


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda: Written(np.zeros(MAX_NUMBERS + 1)), "must have up to 3 axes and 4096 numbers"),
        (lambda: Written(np.nan), "must be finite"),
        (lambda: Activation("keras_lecture", "dense1", CAT, 0), "must be a map of the layer"),
        (lambda: Activation("keras_lecture", "conv1", CAT, 32), "must be a map of the layer"),
        (lambda: Weight("keras_lecture", "conv1", index=32), "`index` must be < 32"),
        (lambda: convolution("numpy", Written([1]), Written([1]), None, Window(1)), "`x` must have 3 axes"),
        (
            lambda: convolution("numpy", Pixels(CAT), Written(GRID, channels=1), None, Window(5)),
            "must be [kh, kw, C]",
        ),
        (lambda: pooling("numpy", Pixels(CAT), Window(2, dilation=2), "max"), "must have dilation 1"),
        (lambda: dense("numpy", Written([1, 2]), Written([[1.0, 2]])), "must have a row for each input"),
        (lambda: softmax("numpy", Written([1, 2]), 0), "`temperature` must be > 0"),
        (
            lambda: dense("numpy", Activation("keras_lecture", "flatten", CAT), Weight("mlp", "dense1")),
            "must have a row for each input",
        ),
        (
            lambda: convolution(
                "numpy",
                Activation("keras_lecture", "conv1", CAT),
                Weight("tensorflow_lecture", "conv2", index=0),
                None,
                Window(3),
            ),
            "one network and one picture",
        ),
    ],
)
def test_what_cannot_work_says_why(write: Callable[[], object], words: str) -> None:
    with pytest.raises(CnnvizError) as error:
        write()
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("named", "hosted", "written"),
    [
        (None, None, "runs/20261124-153012-vgg"),
        ("", None, "runs/20261124-153012-vgg"),
        ("../of mine", None, "../of mine/20261124-153012-vgg"),
        ('/srv/a "b" 모델', None, '/srv/a "b" 모델/20261124-153012-vgg'),
        (
            "/srv/runs",
            "1",
            "runs/20261124-153012-vgg",
        ),  # nobody need know where it lies
    ],
)
def test_a_network_of_a_run_is_loaded_from_where_runs_lie(
    named: str | None, hosted: str | None, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in (("CNNVIZ_RUNS", named), ("CNNVIZ_HOSTED", hosted)):
        if value is None:
            monkeypatch.delenv(variable, raising=False)
        else:
            monkeypatch.setenv(variable, value)
    part = Activation("vgg@20261124-153012", "dense1", Picture("sample", 3))
    line = next(line for line in softmax("numpy", part, 1.0).splitlines() if line.startswith("net = "))
    call = ast.parse(line).body[0].value  # type: ignore[attr-defined]
    assert [argument.value for argument in call.args] == ["vgg", written]
