"""Every layer kind of the registry against Keras: shapes, weights, values, sliding windows and text."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cnnviz.explain.scene import scene
from cnnviz.layers.base import Field, Layer, Setting, Shape, SlidingOp, as_maps
from cnnviz.layers.registry import kinds
from cnnviz.networks import builder
from cnnviz.networks.graph import IMAGE, Graph, Node
from cnnviz.pages.byte_cache import cache_key
from tests.arithmetic.cases import WITHIN
from tests.thorough import thorough

LIMITS = {
    "filters": 6,
    "units": 6,
    "groups": 3,
    "kernel": 4,
    "pool": 3,
    "stride": 3,
    "dilation": 3,
    "first": 3,
    "channels": 5,
}
RANKS = {kind: [n for n in (1, 2, 3) if each.default().incompatibility(*[(8,) * n] * each.inputs[0]) is None]
         for kind, each in kinds().items()}  # fmt: skip


def setting(field: Field) -> st.SearchStrategy[Setting]:
    if field.choices:
        return st.sampled_from(field.choices)
    if field.switch:
        return st.booleans()
    return st.integers(field.minimum, min(field.maximum, LIMITS.get(field.label, field.maximum)))


@st.composite
def cases(draw: st.DrawFn, kind: str) -> tuple[Layer, list[Shape], np.random.Generator]:
    """Draw a layer of a kind, shapes that it can take, and random numbers."""
    each = kinds()[kind]
    layer = each.from_settings("layer", **{field.name: draw(setting(field)) for field in each.fields})
    rank = draw(st.sampled_from(RANKS[kind]))
    shape = (*tuple(draw(st.integers(1, 7)) for _ in range(rank - 1)), draw(st.integers(2, 6)))
    shapes = [shape] * draw(st.integers(each.inputs[0], min(each.inputs[1], 3)))
    assume(layer.incompatibility(*shapes) is None)
    return layer, shapes, np.random.default_rng(draw(st.integers(0, 999)))


def numbers(
    layer: Layer, shapes: list[Shape], rng: np.random.Generator
) -> tuple[list[np.ndarray], dict[str, np.ndarray]]:
    xs = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
    weights = {
        name: np.abs(rng.standard_normal(shape)).astype(np.float32) + 0.1
        if name == "moving_variance"
        else rng.standard_normal(shape).astype(np.float32)
        for name, shape in layer.weight_shapes(*shapes).items()
    }
    return xs, weights


def computed(op: SlidingOp) -> np.ndarray:
    if op.compute is not None:
        return op.compute(op.x)[..., 0]
    operation: Any = op.operation
    return scene(op.x, op.window, operation, kernel=op.kernel, bias=op.bias).output


def searched(examples: int) -> settings:
    """Return how hypothesis searches where an example costs much, or few drawn ones fit."""
    checks = [HealthCheck.filter_too_much, HealthCheck.too_slow]
    return settings(max_examples=examples, deadline=None, suppress_health_check=checks)


relaxed = searched(15 if thorough() else 8)


@pytest.mark.parametrize("kind", kinds())
@searched(15)
@given(st.data())
def test_numpy_equals_keras(kind: str, data: st.DataObject) -> None:
    layer, shapes, rng = data.draw(cases(kind))
    xs, weights = numbers(layer, shapes, rng)
    result = layer.compute(*xs, **weights)
    assert result.shape == layer.output_shape(*shapes)
    made: Any = [x[np.newaxis] for x in xs] if len(xs) > 1 else xs[0][np.newaxis]
    built = layer.build(*shapes)
    for each in built:
        each.build([(None, *s) for s in shapes] if len(xs) > 1 else tuple(np.shape(made)))
        for variable in each.weights:
            variable.assign(weights[variable.name])
        assert {v.name: tuple(v.shape) for v in each.weights} == (
            layer.weight_shapes(*shapes) if each is built[-1] else {}
        )
        made = each(made)
    np.testing.assert_allclose(result, np.asarray(made)[0], **WITHIN)


@pytest.mark.parametrize("kind", kinds())
@relaxed
@given(st.data())
def test_sliding_op_computes_the_maps(kind: str, data: st.DataObject) -> None:
    layer, shapes, rng = data.draw(cases(kind))
    xs, weights = numbers(layer, shapes, rng)
    maps = as_maps(layer.compute(*xs, **weights))
    map = int(rng.integers(maps.shape[2]))
    op = layer.sliding_op(xs, weights, map)
    if op is None:
        return
    if op.compute is not None:  # else scenes would be computed anew with each run
        again = layer.renamed("layer").sliding_op(xs, weights, map)
        assert again is not None
        assert cache_key(again.compute) == cache_key(op.compute)
    np.testing.assert_allclose(computed(op), maps[..., map], **WITHIN)
    for channel, (source, own) in enumerate(op.sources):
        kept = op.x[:: op.inserted[0], :: op.inserted[1], channel]
        found = as_maps(xs[source])[..., own]
        if op.operation == "terms":  # a map of a single cell is repeated
            found = np.broadcast_to(found, kept.shape)
        (top, left), (height, width) = op.origin, kept.shape
        rows, cols = np.arange(top, top + height), np.arange(left, left + width)
        if op.repeats_edge:
            rows, cols = (np.clip(each, 0, n - 1) for each, n in zip((rows, cols), found.shape, strict=True))
        np.testing.assert_array_equal(kept, found[np.ix_(rows, cols)])


@pytest.mark.parametrize("kind", kinds())
@relaxed
@given(st.data())
def test_block_round_trips_through_text(kind: str, data: st.DataObject) -> None:
    layer, _, _ = data.draw(cases(kind))
    block = layer.renamed("")
    text = builder.write((block,))
    assert builder.parse(text) == (block,)
    assert sum(builder._grammar(each).fullmatch(text) is not None for each in kinds()) == 1


@pytest.mark.parametrize("kind", kinds())
@relaxed
@given(st.data())
def test_cells_depend_only_on_their_receptive_field(kind: str, data: st.DataObject) -> None:
    layer, shapes, rng = data.draw(cases(kind))
    if len(shapes[0]) != 3:
        return
    xs, weights = numbers(layer, shapes, rng)
    names = [f"in{k}" for k in range(len(xs))]
    field = layer.receptive_field(*_fields(len(shapes)), shapes) if names else None
    if field is None:
        return
    x, base = xs[0], as_maps(layer.compute(*xs, **weights))
    for row in range(x.shape[0]):
        for col in range(x.shape[1]):
            changed = x.copy()
            changed[row, col] += 1
            moved = as_maps(layer.compute(changed, *xs[1:], **weights))
            for i, j in np.argwhere((moved != base).any(axis=2)):
                (top, bottom), (left, right) = field.span(int(i), int(j))
                assert top <= row <= bottom
                assert left <= col <= right


def _fields(count: int) -> tuple[list[Any]]:
    from cnnviz.arithmetic.window import ReceptiveField

    return ([ReceptiveField()] * count,)


@pytest.mark.parametrize(
    ("text", "exact"), [("tc2k3s2valid", True), ("tc2k2s3valid", True), ("tc1-c1-tc1k4s2valid", True),
                        ("c1s2-tc1k3s2same-c1", False)]
)  # fmt: skip
def test_receptive_field_after_transposed_convolutions(text: str, exact: bool) -> None:
    graph = Graph((6, 5, 1), builder.nodes(builder.parse(text)))
    weights = {name: np.abs(w) + 1 for name, w in builder.random_weights(graph, 1).items()}

    def run(x: np.ndarray) -> np.ndarray:
        for info in graph:
            x = info.layer.compute(x, **{w: weights[f"{info.name}.{w}"] for w in info.weight_shapes})
        return x

    x = np.ones((6, 5, 1))
    base, field = run(x), graph.output.receptive_field
    assert field is not None
    for row in range(6):
        for col in range(5):
            moved = x.copy()
            moved[row, col] += 1
            sees = (np.abs(run(moved) - base) > 1e-9).any(axis=2)
            for i, j in np.ndindex(sees.shape):
                (top, bottom), (left, right) = field.span(i, j)
                told = top <= row <= bottom and left <= col <= right
                assert (told == sees[i, j]) if exact else (told or not sees[i, j])


def test_concatenate_accepts_different_channel_counts() -> None:
    graph = Graph((4, 4, 3), [*builder.nodes(builder.parse("c2")),
                              Node(kinds()["concatenate"]("cat"), ("conv1", IMAGE))])  # fmt: skip
    assert graph["cat"].output_shape == (4, 4, 5)


@pytest.mark.parametrize("text", ["c128-" + "-".join(["cat1"] * 12), "-".join(["tc1k1s8"] * 4)])
def test_stacks_with_too_many_activations_are_rejected(text: str) -> None:
    problem = builder.analyze(builder.parse(text)).problem
    assert problem is not None
    assert problem.reason == "numbers"


def test_conv1d_needs_a_signal() -> None:
    problem = builder.analyze(builder.parse("w4")).problem
    assert problem is not None
    assert problem.reason == "needs_signal"
    assert builder.analyze(builder.parse("row-w4k5l2causal-lr10-f-d10-x")).problem is None


def test_outside_this_package_no_code_asks_for_the_kind_of_a_layer() -> None:
    package = Path(builder.__file__).parents[1]
    asking = []
    for path in sorted(package.rglob("*.py")):
        if package / "layers" in path.parents:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare):
                parts = list(ast.walk(node))
                said = {each.value for each in parts if isinstance(each, ast.Constant)}
                names = {each.attr for each in parts if isinstance(each, ast.Attribute)}
                names |= {each.id for each in parts if isinstance(each, ast.Name)}
                if said & set(kinds()) and ("kind" in said or names & {"kind", "kinds"}):
                    asking.append(f"{path.relative_to(package)}:{node.lineno}: {ast.unparse(node)}")
    assert asking == []
