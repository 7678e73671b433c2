"""Stacks: text and back, what is refused and why, random runs, and the Keras code against Keras itself."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz import CnnvizError, samples
from cnnviz.arithmetic.ops import average_pool, max_pool
from cnnviz.arithmetic.window import Window
from cnnviz.data.digits import DIGITS
from cnnviz.figures.pooling_order import orders_of_maps
from cnnviz.layers.add import Add
from cnnviz.layers.base import Field, Layer, Setting, Shape
from cnnviz.layers.batch_norm import BatchNorm
from cnnviz.layers.concatenate import Concatenate
from cnnviz.layers.conv import Conv
from cnnviz.layers.registry import kinds
from cnnviz.layers.relu import Relu
from cnnviz.layers.tanh import Tanh
from cnnviz.layers.zero_padding import ZeroPadding
from cnnviz.networks import architecture_file, builder, graph, zoo
from cnnviz.networks.architecture import Architecture
from cnnviz.networks.builder import MAX_BLOCKS, MAX_PARAMETERS, MAX_WORK
from cnnviz.networks.graph import Graph, Node
from cnnviz.networks.skips import skips

IMAGE = samples().images[0]


def setting(field: Field, limits: dict[str, int]) -> st.SearchStrategy[Setting]:
    if field.choices:
        return st.sampled_from(field.choices)
    if field.switch:
        return st.booleans()
    return st.integers(field.minimum, min(field.maximum, limits.get(field.label, field.maximum)))


def blocks(**limits: int) -> st.SearchStrategy[Layer]:
    """Draw a block of any kind, with any settings; `limits`: the largest numbers by their labels."""

    def of(kind: type[Layer]) -> st.SearchStrategy[Layer]:
        settings = {field.name: setting(field, limits) for field in kind.fields}
        return st.fixed_dictionaries(settings).map(lambda drawn: kind.from_settings("", **drawn))

    return st.sampled_from(list(kinds().values())).flatmap(of)


def stacks(**limits: int) -> st.SearchStrategy[builder.Stack]:
    return st.lists(blocks(**limits), max_size=MAX_BLOCKS).map(tuple)


@given(stacks())
def test_stack_round_trips_through_text(stack: builder.Stack) -> None:
    text = builder.write(stack)
    assert builder.parse(text) == stack
    assert len(text) <= 600  # what a link may carry


@given(st.text(max_size=60) | st.from_regex(r"[cmadorbfx0-9knsamevlid\-]{0,40}", fullmatch=True))
def test_any_text_parses_or_raises_with_a_reason(text: str) -> None:
    stack, reason = None, ""
    try:
        stack = builder.parse(text)
    except CnnvizError as error:
        reason = error.reason
    if stack is None:
        assert reason in ("stack_text", "stack_number", "stack_blocks")
    else:
        assert builder.parse(builder.write(stack)) == stack


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("r-" * 10_000 + "r", "stack_blocks"),
        ("-".join("r" * (MAX_BLOCKS + 1)), "stack_blocks"),
        ("합성곱", "stack_text"),
        ("c٣٢", "stack_text"),  # digits, but not the ones a link has
        ("c32k-3", "stack_text"),
        ("c32k3s1same-", "stack_text"),
        ("c32\n", "stack_text"),
        ("__import__('os')", "stack_text"),
        ("c0", "stack_number"),
        ("c129", "stack_number"),
        ("c8k12", "stack_number"),
        ("c8s9", "stack_number"),
        ("m1", "stack_number"),
        ("d4097", "stack_number"),
        ("o91", "stack_number"),
    ],
)
def test_hostile_text_raises(text: str, reason: str) -> None:
    with pytest.raises(CnnvizError) as refused:
        builder.parse(text)
    assert refused.value.reason == reason
    assert len(str(refused.value)) < 200  # and not repeated at length


def test_omitted_settings_have_defaults() -> None:
    assert builder.parse("c32-m2-a3s2-d10") == builder.parse("c32k3s1same-m2s2valid-a3s2valid-d10")
    assert builder.parse("") == ()


@pytest.mark.parametrize("name", ["keras_lecture", "tensorflow_lecture", "mlp"])
def test_lecture_networks_are_stacks(name: str) -> None:
    stack = builder.PRESETS[name]
    mine = builder.analyze(builder.parse(builder.write(stack)))
    theirs = zoo.get(name).layers
    assert mine.problem is None
    assert [info.kind for info in mine.infos] == [info.kind for info in theirs]
    assert [info.output_shape for info in mine.infos] == [info.output_shape for info in theirs]
    assert [info.parameters for info in mine.infos] == [info.parameters for info in theirs]


@pytest.mark.parametrize(
    ("text", "index", "reason", "shape"),
    [
        ("m8-m8", 1, "window", (4, 4, 3)),
        ("c8k3s8valid-c8k5s1valid-r", 1, "window", (4, 4, 8)),
        ("r-f-c8", 2, "needs_maps", (3072,)),
        ("f-m2", 1, "needs_maps", (3072,)),
        ("c8-d10", 1, "needs_vector", (32, 32, 8)),
        ("x", 0, "needs_vector", (32, 32, 3)),
        ("c8-r-add2", 2, "shapes", ((32, 32, 8), (32, 32, 3))),
        ("c8-r-add2convf16", 2, "shapes", ((32, 32, 8), (32, 32, 16))),
        ("f-d10-add1conv", 2, "needs_maps", (3072,)),  # the layer on the skip connection
        ("f-d2603", 0, None, ()),  # 2603 * 3073 parameters: the last that fits
        ("f-d2604", 1, "parameters", (3072,)),
        ("f-d2603-d10", 2, "parameters", (2603,)),
        ("c128k11", 0, None, ()),
        ("c128k11-c128k11", 1, "work", (32, 32, 128)),
    ],
)
def test_problem_names_the_block_and_the_reason(
    text: str, index: int, reason: str | None, shape: Shape | tuple[Shape, ...]
) -> None:
    stack = builder.parse(text)
    analysis = builder.analyze(stack)
    if reason is None:
        assert analysis.problem is None
        return
    assert analysis.problem is not None
    assert (analysis.problem.index, analysis.problem.reason) == (index, reason)
    assert analysis.problem.input_shapes in (shape, (shape,))
    assert len(analysis.infos) == index  # the blocks before it stay as they are
    assert (analysis.problem.count > analysis.problem.limit > 0) == (reason in ("parameters", "work"))


@given(stacks())
def test_stacks_respect_the_limits(stack: builder.Stack) -> None:
    analysis = builder.analyze(stack)
    assert sum(info.parameters for info in analysis.infos) <= MAX_PARAMETERS
    assert sum(info.multiply_accumulates for info in analysis.infos) <= MAX_WORK
    complete = builder.block_nodes(stack)[: analysis.problem.index if analysis.problem else len(stack)]
    assert [info.name for info in analysis.infos] == [node.layer.name for made in complete for node in made]


@settings(max_examples=40)
@given(stacks(filters=8, units=40), st.integers(0, builder.MAX_SEED))
def test_stacks_run_up_to_the_problem(stack: builder.Stack, seed: int) -> None:
    activations = builder.run(stack, seed, IMAGE)
    infos = builder.analyze(stack).infos
    assert {name: values.shape for name, values in activations.items()} == {
        info.name: info.output_shape for info in infos
    }
    for values in activations.values():
        assert np.isfinite(values).all()


def test_random_weights_are_he_normal_and_seeded() -> None:
    stack = builder.analyze(builder.parse("c64k3s1same-b-r-c64k3s1same-f")).graph
    assert stack is not None
    weights = builder.random_weights(stack, 7)
    kernel = weights["conv2.kernel"]
    assert kernel.std() == pytest.approx(math.sqrt(2 / (3 * 3 * 64)), rel=0.02)
    assert abs(kernel.mean()) < 0.002
    assert not weights["conv1.bias"].any()
    np.testing.assert_array_equal(kernel, builder.random_weights(stack, 7)["conv2.kernel"])
    assert (kernel != builder.random_weights(stack, 8)["conv2.kernel"]).mean() > 0.99


def test_order_of_relu_and_pooling_matters_for_average_only() -> None:
    for pool, equal in (("m2", True), ("a2", False)):
        relu_first, pool_first = (
            builder.run(builder.parse(f"c16-{order}-c8"), 3, IMAGE) for order in (f"r-{pool}", f"{pool}-r")
        )
        np.testing.assert_array_equal(relu_first["conv1"], pool_first["conv1"])  # the same weights
        assert np.array_equal(relu_first["conv2"], pool_first["conv2"]) == equal


@pytest.mark.parametrize(
    ("text", "index"),
    [("c8-r-m2", 1), ("c8-a2-r", 1), ("r-m2", 0), ("c8-r-f-r", None), ("f-r-m2", None), ("c8-r-b-m2", None)],
)
def test_swappable(text: str, index: int | None) -> None:
    assert builder.swappable(builder.analyze(builder.parse(text)).infos) == index


def test_swapping_acts_on_each_map_independently() -> None:
    x = builder.run(builder.parse("c4"), 0, IMAGE)["conv1"]
    assert [o.differing for o in orders_of_maps(x, max_pool, 2, stride=2, padding="valid")] == [0] * 4
    assert sum(o.differing for o in orders_of_maps(x, average_pool, 2, stride=2, padding="valid")) > 0


def executed(code: str) -> tuple[Any, list[Any]]:
    """Return the model that a program builds, and its layers in the order in which they are written."""
    scope: dict[str, Any] = {}
    exec(compile(code.replace("model.summary()", ""), "builder", "exec"), scope)
    model = scope["model"]
    if "Sequential" in code:
        return model, model.layers
    written = re.findall(r"^(\w+) = layers\.", code, re.MULTILINE)
    return model, [scope[name]._keras_history.operation for name in written]


@settings(max_examples=25)
@given(stacks(filters=8, units=40))
def test_keras_code_builds_the_described_layers(stack: builder.Stack) -> None:
    import keras

    infos = builder.analyze(stack).infos
    with keras.StatelessScope(initialize_variables=False):
        if not infos:
            return
        _, layers = executed(builder.keras_code(stack))
        # a kind may take several layers of Keras, of which the last makes its output
        ends = itertools.accumulate(len(info.layer.calls(*info.input_shapes)) for info in infos)
        lasts = layers if len(layers) == len(infos) else [layers[end - 1] for end in ends]
        for layer, info in zip(lasts, infos, strict=True):
            assert tuple(layer.output.shape[1:]) == info.output_shape
            assert sum(math.prod(v.shape) for v in layer.trainable_variables) == info.parameters
            assert layer.count_params() == info.total_parameters
            assert layer.get_config().get("rate", 0) == getattr(info.layer, "rate", 0)


@pytest.mark.parametrize(
    "text",
    [
        "c8k3s1same-b-r-m2-f-d10-x",
        "b",
        "b-f-b-d10n-b-x",
        "c4n-b-r-c4n-b-r-a2-f-d20-b-r-o20-d10-x",
        "f-d10-x",
        "r",
        "c4-r-c8k3s2same-b-add3convbnf8s2-r-f-d10-x",
        *map(builder.write, builder.PRESETS.values()),
    ],
)
def test_parameters_equal_keras_summary(text: str) -> None:
    import keras

    stack = builder.parse(text)
    infos = builder.analyze(stack).infos
    printed: list[str] = []
    with keras.StatelessScope(initialize_variables=False):
        executed(builder.keras_code(stack))[0].summary(print_fn=printed.append)
    kept = graph.total_parameters(infos) - graph.trainable_parameters(infos)
    counts = {
        "Total": graph.total_parameters(infos),
        "Trainable": graph.trainable_parameters(infos),
        "Non-trainable": kept,
    }
    for name, count in counts.items():
        assert f" {name} params: {count:,} " in " ".join(printed)


@pytest.mark.parametrize("name", builder.PRESETS)
def test_run_equals_keras(name: str) -> None:
    import keras

    stack = builder.PRESETS[name]
    model, layers = executed(builder.keras_code(stack))
    built = builder.analyze(stack).graph
    assert built is not None
    weights = builder.random_weights(built, 1)
    for layer, info in zip(layers, built, strict=True):
        for variable in layer.trainable_variables:
            variable.assign(weights[f"{info.name}.{variable.name}"])
    x = keras.ops.convert_to_tensor(IMAGE[np.newaxis] / np.float32(255))
    expected = np.asarray(model(x, training=False))[0]
    np.testing.assert_allclose(list(builder.run(stack, 1, IMAGE).values())[-1], expected, atol=1e-4)


def test_the_residual_preset_adds_what_skips_a_block_and_its_code_is_a_functional_model() -> None:
    stack = builder.PRESETS["residual"]
    analysis = builder.analyze(stack)
    assert analysis.problem is None
    (skip,) = skips(analysis.infos)
    assert (skip.source, skip.target, skip.layers) == ("relu1", "add1", ())
    assert "add1 = layers.Add()([conv3, relu1])" in builder.keras_code(stack)
    activations = builder.run(stack, 1, IMAGE)
    np.testing.assert_allclose(activations["add1"], activations["conv3"] + activations["relu1"], rtol=1e-6)


def test_a_convolution_on_a_skip_connection_is_a_layer_of_its_own() -> None:
    stack = builder.parse("c16-r-c32k3s2same-r-c32-add3convbnf32s2-r")
    graph = builder.analyze(stack).graph
    assert graph is not None
    (skip,) = skips(graph.layers)
    assert (skip.source, skip.target, skip.layers) == ("relu1", "add1", ("conv4", "batch_norm1"))
    assert graph["conv4"].weight_shapes == {"kernel": (1, 1, 16, 32)}  # no bias before batch normalisation
    assert graph["conv4"].output_shape == graph["add1"].output_shape == (16, 16, 32)
    assert graph["add1"].layer == builder.parse("add3")[0].renamed("add1")
    assert [layer.name for layer in builder.named_layers(stack)][-2:] == ["add1", "relu3"]
    plain = builder.analyze(builder.parse("c16-r-add1conv")).graph
    assert plain is not None
    assert "bias" in plain["conv2"].weight_shapes


@pytest.mark.parametrize(
    ("text", "fitted"),
    [
        ("c16-r-c32k3s2same-add2", "add2convf32s2"),
        ("c16-r-c32k3s2same-add2convbnf8", "add2convbnf32s2"),  # what is there is kept
        ("c16-r-c16-add2", "add2conv"),  # fits already, and may have one
        ("c16-m2-m2-m2-add3", "add3convs8"),
        ("c16-m2-m2-m2-m2-add4", None),  # by 16
        ("c16-r-c16k3s1valid-add2", None),  # 32 to 30
        ("c16-f-d10-r-add1", None),
        ("m8-m8-add1", None),  # not reached
        ("add1", "add1convf3"),
        ("c16-r", None),
    ],
)
def test_a_convolution_that_fits_a_skip_connection(text: str, fitted: str | None) -> None:
    stack = builder.parse(text)
    found = builder.with_skip_layers(stack, builder.analyze(stack), len(stack) - 1)
    assert (found and builder.write((found,))) == fitted
    if found is not None:
        assert builder.analyze((*stack[:-1], found)).problem is None


def test_links_without_a_convolution_on_the_skip_connection_stay_as_they_are() -> None:
    assert builder.write(builder.parse("c16-r-add2")) == "c16k3s1same-r-add2"
    assert builder.write(builder.parse("add2f32s4")) == "add2"  # they belong to no convolution


def test_a_stack_with_more_classes_changes_its_last_block_with_units() -> None:
    graph = builder.for_data_set(builder.parse("c8-r-c8-add2convf8-f-d4-x"), DIGITS)
    assert [graph[name].output_shape for name in ("conv3", "dense1")] == [(8, 8, 8), (10,)]


@given(stacks(filters=8))
def test_a_graph_of_a_stack_is_that_stack_again(stack: builder.Stack) -> None:
    def parts(nodes: Iterable[Node]) -> list[Any]:  # skip connections may span more blocks than there are
        return [(node.layer.name, node.inputs, node.layer.settings() | {"back": 0}) for node in nodes]

    graph = builder.analyze(stack).graph
    if graph is not None:
        assert parts(builder.nodes(builder.from_graph(graph))) == parts(graph.nodes())


def test_a_network_whose_layers_have_other_names_and_another_order_is_a_stack() -> None:
    window = Window(3, padding="same")
    graph = Graph(
        (8, 8, 1),
        [
            Conv("first", window, 4),
            Node(Conv("projection", Window(1, 2, "same"), 8), ("first",)),  # before the main path
            Node(Conv("second", Window(3, 2, "same"), 8), ("first",)),
            Relu("third"),
            Node(Add("sum"), ("projection", "third")),  # the skip connection first
        ],
    )
    assert builder.write(builder.from_graph(graph)) == "c4k3s1same-c8k3s2same-r-add2convf8s2"


@pytest.mark.parametrize("padding", [1, (1, 1), ((1, 1), (1, 1))])
def test_a_border_that_is_the_same_on_all_sides_is_a_block(padding: Any) -> None:
    said = architecture_file.to_json(Architecture("a", Graph((8, 8, 1), [ZeroPadding("a", 1)]), None, DIGITS))
    said["layers"][0]["padding"] = json.loads(json.dumps(padding))
    assert builder.write(builder.from_graph(architecture_file.from_json(said).graph)) == "z1"


NO_STACKS: dict[str, tuple[list[Layer | Node], str]] = {
    "a window that is no square": ([Conv("a", Window((3, 5), padding="same"), 4)], "a"),
    "padding in numbers": ([Relu("r"), Conv("a", Window(3, padding=1), 4)], "a"),
    "a border that is not the same on all sides": ([ZeroPadding("a", ((0, 1), (0, 1)))], "a"),
    "a border of rows and of columns": ([Relu("r"), ZeroPadding("a", (1, 2))], "a"),
    "more filters": ([Conv("a", Window(3, padding="same"), 129)], "a"),
    "another epsilon": ([BatchNorm("a", epsilon=0.1)], "a"),
    "three inputs": ([Relu("r"), Relu("s"), Node(Add("a"), ("r", "s", "image"))], "a"),
    "another layer on the skip connection": (
        [Relu("r"), Relu("s"), Node(Tanh("a"), ("image",)), Node(Add("b"), ("s", "a"))],
        "b",
    ),
    "a larger convolution there": (
        [
            Relu("r"),
            Relu("s"),
            Node(Conv("a", Window(3, padding="same"), 1), ("image",)),
            Node(Add("b"), ("s", "a")),
        ],
        "a",
    ),
    "a layer that is on two skip connections": (
        [
            Relu("r"),
            Relu("s"),
            Node(Conv("a", Window(1, padding="same"), 1), ("image",)),
            Node(Add("b"), ("s", "a")),
            Node(Add("c"), ("b", "a")),
        ],
        "a",
    ),
    "the skip connection first": ([Relu("r"), Relu("s"), Node(Concatenate("a"), ("image", "s"))], "a"),
    "a layer that leads nowhere": ([Relu("a"), Node(Tanh("t"), ("image",))], "a"),
}


@pytest.mark.parametrize("case", NO_STACKS)
def test_a_network_that_is_no_stack_names_the_layer(case: str) -> None:
    parts, layer = NO_STACKS[case]
    with pytest.raises(CnnvizError) as error:
        builder.from_graph(Graph((8, 8, 1), parts))
    assert error.value.reason == "network_stack_layer"
    assert error.value.values["layer"] == layer


def test_a_network_that_is_too_long_for_a_stack() -> None:
    assert len(builder.from_graph(Graph((8, 8, 1), [Relu(f"r{k}") for k in range(MAX_BLOCKS)]))) == MAX_BLOCKS
    for long in (zoo.get("resnet").graph, Graph((8, 8, 1), [Relu(f"r{k}") for k in range(MAX_BLOCKS + 1)])):
        with pytest.raises(CnnvizError, match="at most 20 layers") as error:
            builder.from_graph(long)
        assert error.value.reason == "network_stack_long"
