"""Folding of a network: each layer is in one part, and no part depends on itself."""

from __future__ import annotations

import graphlib
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz import Window
from cnnviz.layers.add import Add
from cnnviz.layers.base import Layer
from cnnviz.layers.batch_norm import BatchNorm
from cnnviz.layers.concatenate import Concatenate
from cnnviz.layers.conv import Conv
from cnnviz.layers.relu import Relu
from cnnviz.networks import famous, zoo
from cnnviz.networks.folding import MAX_NESTING, Part, fold
from cnnviz.networks.graph import IMAGE, Graph, Node

SAME = Window(3, padding="same")


def kinds(parts: Iterable[Part]) -> list[str]:
    return [f"{part.kind} {part.name}".strip() for part in parts]


def leaves(part: Part) -> list[str]:
    return [name for each in part.parts for name in leaves(each)] if part.parts else [part.name]


def check(graph: Graph) -> None:
    parts = fold(graph)
    assert sorted(name for part in parts for name in leaves(part)) == sorted(info.name for info in graph)
    check_level(graph, parts)


def check_level(graph: Graph, parts: tuple[Part, ...]) -> None:
    """Check that parts say what they hold, and that none needs what needs it."""
    owner = {name: k for k, part in enumerate(parts) for name in part.layers}
    sorter: graphlib.TopologicalSorter[int] = graphlib.TopologicalSorter()
    for k, part in enumerate(parts):
        assert sorted(part.layers) == sorted(leaves(part))
        sources = {owner.get(source) for name in part.layers for source in graph[name].inputs}
        sorter.add(k, *(source for source in sources if source is not None and source != k))
        assert not part.parts or len(part.parts) > 1
        check_level(graph, part.parts)
    sorter.prepare()  # raises if there is a cycle


@pytest.mark.parametrize("name", [*zoo.names(), *famous.names()])
def test_networks_fold(name: str) -> None:
    check(famous.graph(name))


def test_residual_network_has_its_blocks() -> None:
    parts = fold(zoo.get("resnet").graph)
    assert kinds(parts)[:6] == [
        "unit conv1", "block block1", "block block2", "block block3", "block block4", "layer global_pool",
    ]  # fmt: skip
    assert kinds(parts[2].parts) == [
        "unit block2_conv1", "unit block2_conv2", "unit block2_shortcut", "layer block2_add",
        "layer block2_relu",
    ]  # fmt: skip


def test_large_network_has_stages_by_size() -> None:
    parts = fold(zoo.get("efficientnet_lite0").graph)
    stages = [part for part in parts if part.kind == "stage"]
    sizes = [zoo.get("efficientnet_lite0").graph.shape(stage.exit)[0] for stage in stages]
    assert sizes == [112, 56, 28, 14, 7]
    assert kinds(stages[1].parts) == ["section block1", "block block2"]


def test_straight_network_has_sections_by_name() -> None:
    assert kinds(fold(zoo.get("vgg").graph))[:4] == [
        "section conv1", "layer pool1", "section conv2", "layer pool2",
    ]  # fmt: skip


def conv(name: str, source: str, filters: int = 4) -> list[Layer | Node]:
    return [Node(Conv(name, SAME, filters), (source,)), BatchNorm(f"{name}_norm"), Relu(f"{name}_relu")]


def test_dense_connections_fold_one_by_one() -> None:
    parts: list[Layer | Node] = [*conv("stem", IMAGE)]
    last = "stem_relu"
    for k in range(1, 5):
        parts += conv(f"dense{k}_conv", last, 2)
        parts.append(Node(Concatenate(f"dense{k}_join"), (last, f"dense{k}_conv_relu")))
        last = f"dense{k}_join"
    graph = Graph((8, 8, 3), parts)
    check(graph)
    assert kinds(fold(graph)) == ["unit stem", *(f"block dense{k}" for k in range(1, 5))]


def test_blocks_lie_within_blocks() -> None:
    outer = [*conv("in", IMAGE), *conv("a", "in_relu"), *conv("b", "a_relu")]
    inner: list[Layer | Node] = [Node(Add("inner"), ("a_relu", "b_relu"))]
    last: list[Layer | Node] = [Node(Concatenate("outer"), ("inner", "in_relu"))]
    graph = Graph((8, 8, 3), [*outer, *inner, *last, *conv("end", "outer")])
    check(graph)
    _, block, _ = fold(graph)
    assert kinds(block.parts) == ["unit a", "block", "layer outer"]
    assert kinds(block.parts[1].parts) == ["unit b", "layer inner"]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Graphs of layers of one shape, with any wiring and any names."""
    names, parts = [IMAGE], []
    for k in range(draw(st.integers(1, 25))):
        sources = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
        name = f"{draw(st.sampled_from(['a1_', 'a1_b2_', 'c3/', 'x']))}{k}"
        layer = Add(name) if len(sources) > 1 else draw(st.sampled_from([Relu, BatchNorm]))(name)
        if len(sources) == 1 and draw(st.booleans()):
            layer = Conv(name, SAME, 3)
        parts.append(Node(layer, tuple(sources)))
        names.append(name)
    return Graph((4, 4, 3), parts)


@given(graphs())
def test_any_wiring_folds(graph: Graph) -> None:
    check(graph)


def test_blocks_of_a_hostile_network_lie_within_each_other_only_so_deep() -> None:
    """Every sum also takes the image: each is a block around all blocks before it."""
    sums = [Node(Add(f"add{k}"), (f"add{k - 1}", IMAGE)) for k in range(1, 100)]
    graph = Graph((8, 8, 3), [Node(Relu("add0"), (IMAGE,)), *sums])
    check(graph)

    def nesting(parts: Iterable[Part]) -> int:
        return max((1 + nesting(part.parts) for part in parts if part.parts), default=0)

    assert 10 < nesting(fold(graph)) <= MAX_NESTING + 1
