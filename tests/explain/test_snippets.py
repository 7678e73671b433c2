"""Snippets: every kind runs and gives the numbers that the app shows; nothing foreign gets into one."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz import CnnvizError, Window, load, samples
from cnnviz.arithmetic import ops
from cnnviz.arithmetic.gradients import cross_entropy_gradient
from cnnviz.arithmetic.kernels import CLASSIC, LUMA_WEIGHTS, parse_grid
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.explain.descent import OneKernel, step
from cnnviz.explain.scene import scene
from cnnviz.explain.snippet_data import (
    Activation,
    Data,
    Picture,
    Pixels,
    Untrained,
    Weight,
    Written,
    layer_data,
)
from cnnviz.explain.snippets import Library, convolution, cross_entropy, descent, layer, softmax
from cnnviz.layers.base import Layer, Shape
from cnnviz.layers.conv import Conv
from cnnviz.layers.conv1d import Conv1d
from cnnviz.layers.dense import Dense
from cnnviz.layers.depthwise_conv import DepthwiseConv
from cnnviz.layers.flatten import Flatten
from cnnviz.layers.max_pool import MaxPool
from cnnviz.layers.registry import kinds
from cnnviz.layers.relu import Relu
from cnnviz.layers.separable_conv import SeparableConv
from cnnviz.networks import builder, zoo
from cnnviz.networks.gradients import Target
from cnnviz.networks.network import trained_names
from tests.layers.test_kinds import cases, numbers, searched
from tests.thorough import thorough

LIBRARIES = get_args(Library)
TOLERANCE = 1e-4
MODELS = trained_names() if thorough() else ("alexnet", "mlp", "resnet", "digits")
"""Networks with every kind of layer that one of those trained here has, and of each data set."""
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
    [(*setting, 1 + k % 3) for k, setting in enumerate(SETTINGS + DILATED)]
    + [drawn(k) for k in range(16 if thorough() else 8)],
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


@pytest.mark.parametrize("temperature", [1.0, 0.25, 3])
def test_softmax(temperature: float) -> None:
    logits = np.array([-300.0, 2.5, 0.0, 4.0, 500.0, 499.0])
    agree(
        lambda library: softmax(library, Written(logits), temperature),
        ops.softmax(logits / temperature),
    )


def test_cross_entropy() -> None:
    logits = np.array([2.5, -1.0, 0.5, 3.0])
    agree(
        lambda library: cross_entropy(library, Written(logits), 2),
        cross_entropy_gradient(ops.softmax(logits), 2),
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


def written(layer: Layer, shapes: list[Shape], rng: np.random.Generator) -> tuple[Any, Any, np.ndarray]:
    """Return random inputs and weights of a layer as they stand in code, and what NumPy makes of them."""
    xs, weights = numbers(layer, shapes, rng)
    own = {name: Written(values) for name, values in weights.items()}
    return [Written(x) for x in xs], own, layer.compute(*xs, **weights)


@pytest.mark.parametrize("kind", kinds())
@searched(6 if thorough() else 4)  # each is compiled in two libraries
@given(st.data())
def test_a_layer_of_any_kind(kind: str, data: st.DataObject) -> None:
    each, shapes, rng = data.draw(cases(kind))
    inputs, own, expected = written(each, shapes, rng)
    agree(lambda library: layer(library, each, inputs, own), expected)


WIDE = Window(3, padding="same", dilation=(2, 3))


@pytest.mark.parametrize(
    "each",
    [
        Conv("layer", WIDE, 3),
        Conv("layer", WIDE, 4, groups=2),
        DepthwiseConv("layer", Window(3, dilation=2), multiplier=2),
        SeparableConv("layer", Window(3, padding="same", dilation=2), 3),
        Conv1d("layer", 3, dilation=2),
    ],
    ids=lambda each: each.kind,
)
def test_a_dilated_layer(each: Layer) -> None:
    """The builder has no dilation but of signals: it is in networks that visitors open."""
    shape = (7, 2) if each.kind == "conv1d" else (7, 8, 2)
    inputs, own, expected = written(each, [shape], np.random.default_rng(0))
    agree(lambda library: layer(library, each, inputs, own), expected)


@pytest.mark.parametrize("model", MODELS)
def test_trained_layers_by_name(model: str) -> None:
    net = load_once(model)
    activations = net.activations(net.data_set.samples().images[3])
    picture = Picture("sample", 3, net.data_set.name)
    one_of_each_kind = {info.kind: info for info in net.graph}
    for info in one_of_each_kind.values():
        inputs, own = layer_data(model, info.name, picture)
        agree(lambda library, i=info, x=inputs, w=own: layer(library, i.layer, x, w),
              activations[info.name])  # fmt: skip
    logits = Activation(model, net.layers[-2].name, picture)
    agree(lambda library: softmax(library, logits), activations["softmax"])


@pytest.mark.parametrize("model", [name for name in MODELS if name != "mlp"])
def test_one_filter_and_one_map_by_name(model: str) -> None:
    net = load_once(model)
    activations = net.activations(net.data_set.samples().images[3])
    picture = Picture("sample", 3, net.data_set.name)
    for info in [info for info in net.graph if info.kind == "conv"][:2]:
        (x,), own = layer_data(model, info.name, picture)
        kernel, bias = (
            Weight(model, info.name, key, 5) if key in own else None for key in ("kernel", "bias")
        )
        assert kernel is not None
        assert info.window is not None
        agree(
            lambda library, x=x, k=kernel, b=bias, w=info.window: convolution(library, x, k, b, w),
            activations[info.name][..., 5],
        )
    for info in [info for info in net.graph if info.layer.channelwise and info.kind != "batch_norm"]:
        if len(info.output_shape) == 3 and len(info.inputs) == 1:
            (before,) = net.graph.shown_inputs(info.name)
            x = Activation(model, before, picture, range(4, 5))
            agree(lambda library, i=info, x=x: layer(library, i.layer, [x]), activations[info.name][..., 4:5])
            break


@pytest.mark.parametrize("x", [Written(np.arange(12) - 5), Written(np.arange(12).reshape(2, 3, 2) / 8)])
@pytest.mark.parametrize("bias", [True, False])
def test_layers_without_weights_may_come_first(x: Written, bias: bool) -> None:
    generator = np.random.default_rng(1)
    kernel, added = generator.normal(size=(12, 4)), generator.normal(size=4) if bias else None
    own = {"kernel": Written(kernel), **({} if added is None else {"bias": Written(added)})}
    agree(
        lambda library: layer(
            library, Dense("dense1", 4, bias), [x], own, after=[Relu("relu1"), Flatten("flatten")]
        ),
        ops.dense(ops.relu(x.values).reshape(-1), kernel, added),
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "stack",
    [
        "c6k3s1same-c4g2-b-dw2-cat2-sc4-r-add1-tc4-z1-a2-lr10-m2-row-w4causal-sw-f-o20-d10-x",
        "b-r",  # the pixels, which are float64 in code, and weights, which are float32
        "c3-cat1",  # and maps, which are float32
    ],
)
def test_every_block_of_a_stack_with_random_weights(stack: str) -> None:
    model, net = Untrained(stack, 7), builder.random_network(stack, 7)
    assert net.graph is not None
    assert len(net.graph) == stack.count("-") + 1
    activations = builder.run(builder.parse(stack), 7, samples().images[0])
    for info in net.graph:
        inputs, own = layer_data(model, info.name, CAT)
        agree(lambda library, i=info, x=inputs, w=own: layer(library, i.layer, x, w),
              activations[info.name])  # fmt: skip


def test_a_filter_of_a_group_takes_the_channels_that_it_sees() -> None:
    model, conv = Untrained("c6-c4g2", 1), Conv("conv2", units=4, groups=2)
    activations = builder.random_network("c6-c4g2", 1).activations(samples().images[0])
    for map, seen in ((1, range(3)), (2, range(3, 6))):
        assert conv.seen(map, 6) == seen
        x = Activation(model, "conv1", CAT, seen)
        kernel, bias = (Weight(model, "conv2", key, map) for key in ("kernel", "bias"))
        agree(
            lambda library, x=x, k=kernel, b=bias: convolution(library, x, k, b, conv.window),
            activations["conv2"][..., map],
        )
    np.testing.assert_allclose(
        run(layer("numpy", Relu("relu1"), [Pixels(CAT, channels=range(1, 3))])),
        CIFAR10.preprocess(samples().images[0])[..., 1:3],
        atol=1e-6,
    )


def test_numpy_snippets_are_self_contained() -> None:
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


HOSTILE = [
    '"); import os; os.system("id"); ("',
    "conv1\nimport os",
    "__import__('os')",
    "x' or '1",
    "${HOME}",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_not_in_snippets(text: str) -> None:
    """Each field where a value of a visitor could reach a snippet refuses all but names and numbers."""
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
        lambda: Untrained(anything),
        lambda: Untrained("c8", anything),
        lambda: Activation(Untrained("c8"), anything, CAT),
        lambda: Pixels(CAT, channels=anything),
        lambda: softmax("numpy", Written([1.0, 2.0]), anything),
        lambda: layer(anything, Relu("relu1"), [Written([1.0])]),
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
            layer(library, MaxPool("pool1", Window(2, 2, "same")), [Pixels(Picture("upload"))]),
        ):
            strings = {
                node.value
                for node in ast.walk(ast.parse(code))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
            layers = {f"{name}.kernel" for name in names}
            assert strings <= names | layers | {"same", "SAME", "VALID", "picture.png"}


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda: convolution("numpy", Written([1]), Written([1]), None, Window(1)), "`x` must have 3 axes"),
        (
            lambda: convolution("numpy", Pixels(CAT), Written(GRID, channels=1), None, Window(5)),
            "must be [kh, kw, C]",
        ),
        (lambda: softmax("numpy", Written([1, 2]), 0), "`temperature` must be > 0"),
        (lambda: layer("numpy", Relu("relu1"), []), "`inputs` must fit relu"),
        (lambda: layer("numpy", Dense("dense1", 2), [Pixels(CAT)]), "`inputs` must fit dense"),
        (
            lambda: layer("numpy", Dense("dense1", 2), [Written([1, 2])], {"kernel": Written([[1.0, 2]])}),
            "`weights` must have the shapes {'kernel': (2, 2), 'bias': (2,)}",
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
def test_invalid_arguments_raise(write: Callable[[], object], words: str) -> None:
    with pytest.raises(CnnvizError) as error:
        write()
    assert words in str(error.value)


@pytest.mark.slow
def test_one_step_of_descent_is_the_same_in_every_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's own numbers: `Network.gradients`, by a GradientTape, and `step`."""
    monkeypatch.setattr("cnnviz.load", load)  # a new network for each, as the snippet in Keras changes it
    net = load("keras_lecture")
    for name, filter in (("conv1", 3), ("conv2", 8)):
        found = net.gradients(samples().images[4], Target(6))
        expected = step(net.weights, found.weights, 0.3, OneKernel(name, filter))[f"{name}.kernel"][
            ..., filter
        ]
        moved = np.abs(expected - net.weights[f"{name}.kernel"][..., filter]).max()
        for library in LIBRARIES:
            exec(descent(library, "keras_lecture", Picture("sample", 4), 6, name, filter, 0.3), scope := {})
            np.testing.assert_allclose(scope["result"], expected, rtol=0, atol=1e-3 * moved + 1e-7)
