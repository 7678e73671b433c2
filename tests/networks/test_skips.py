"""Skip connections: found in straight stacks, residual networks and branches of branches."""

from __future__ import annotations

import pytest

from cnnviz.arithmetic.window import Window
from cnnviz.layers.add import Add
from cnnviz.layers.concatenate import Concatenate
from cnnviz.layers.conv import Conv
from cnnviz.layers.relu import Relu
from cnnviz.networks import builder, zoo
from cnnviz.networks.graph import Graph, Node
from cnnviz.networks.skips import Skip, main_path, skips, ways_back


@pytest.mark.parametrize("name", ["keras_lecture", "mlp", "vgg"])
def test_a_straight_network_has_none(name: str) -> None:
    layers = zoo.get(name).layers
    assert skips(layers) == ()
    assert main_path(layers) == tuple(info.name for info in layers)


def test_a_residual_network_has_one_round_each_block() -> None:
    found = skips(zoo.get("resnet").layers)
    assert [(skip.source, skip.target) for skip in found] == [
        ("conv1_relu", "block1_add"),
        *((f"block{k - 1}_relu", f"block{k}_add") for k in (2, 3, 4)),
    ]
    assert found[0].layers == ()
    assert found[1].layers == ("block2_shortcut", "block2_shortcut_norm")
    assert found[1].passed[0] == "block2_conv1"
    assert found[1].passed[-1] == "block2_conv2_norm"
    assert not any("shortcut" in name for name in main_path(zoo.get("resnet").layers))


def test_the_longest_way_is_the_main_one_whichever_input_it_is() -> None:
    conv = Window(3, padding="same")
    nodes = [
        Conv("conv1", conv, 3),
        Relu("relu1"),
        Node(Add("add1"), ("image", "relu1")),  # the short way first
        Node(Conv("left", conv, 3), ("add1",)),
        Node(Relu("left_relu"), ("left",)),
        Node(Conv("right", conv, 3), ("add1",)),
        Node(Concatenate("cat1"), ("right", "left_relu", "add1")),
    ]
    infos = Graph((4, 4, 3), nodes).layers
    assert skips(infos) == (
        Skip("image", "add1", (), ("conv1", "relu1")),
        Skip("add1", "cat1", ("right",), ("left", "left_relu")),
        Skip("add1", "cat1", (), ("left", "left_relu")),
    )


def test_a_layer_that_takes_the_same_twice_passes_nothing_by() -> None:
    infos = builder.analyze(builder.parse("add2-r")).infos
    assert skips(infos) == (Skip("image", "add1", (), ()),)


def test_ways_back_count_layers_with_weights() -> None:
    resnet = zoo.get("resnet").layers
    assert ways_back(resnet, "conv1") == (4, 9)  # three 1x1 convolutions and dense1; eight 3x3 and dense1
    assert ways_back(resnet, "softmax") == (0, 0)
    straight = zoo.get("keras_lecture").layers
    assert ways_back(straight, "conv1") == (3, 3)
