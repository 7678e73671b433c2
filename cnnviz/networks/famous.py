"""The full-size networks that the lecture names, as data: their arithmetic needs no weights.

They are looked at, never trained or loaded here: VGG-19's weights alone would take 575 MB.
"""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz.arithmetic.window import Window
from cnnviz.errors import invalid
from cnnviz.layers.base import Layer
from cnnviz.layers.conv import Conv
from cnnviz.layers.dense import Dense
from cnnviz.layers.dropout import Dropout
from cnnviz.layers.flatten import Flatten
from cnnviz.layers.max_pool import MaxPool
from cnnviz.layers.relu import Relu
from cnnviz.layers.softmax import Softmax
from cnnviz.networks import zoo
from cnnviz.networks.graph import Graph, LayerInfo

CLASSES = 1000
"""Classes of ImageNet's competition."""


@dataclass(frozen=True)
class Famous:
    """A published network.

    Attributes:
        name: how the app calls it.
        graph: convolution, ReLU, pooling, ... as layers of their own, over its images.
        source: where it was published.
    """

    name: str
    graph: Graph
    source: str


def get(name: str) -> Famous:
    """Return the network of that name.

    Raises:
        CnnvizError: if there is none.
    """
    for famous in FAMOUS:
        if famous.name == name:
            return famous
    raise invalid("name", f"must be one of {', '.join(names())}", name)


def names() -> list[str]:
    """Return every network's name, in the order in which they were published."""
    return [famous.name for famous in FAMOUS]


def describe(name: str) -> tuple[LayerInfo, ...]:
    """Return what each layer of a network of the zoo, or of a famous one, makes of its input.

    Raises:
        CnnvizError: if there is no such network.

    Example:
        >>> sum(info.parameters for info in describe("vgg16"))
        138357544
    """
    if name in zoo.names():
        return zoo.get(name).layers
    return get(name).graph.layers


def _alexnet(*, groups: int) -> Graph:
    """AlexNet for 227x227 pixels; `groups` = 2 is its split over two graphics cards.

    The paper says 224, but its first layer's 55x55 cells need 227. Its local response normalisation
    has no parameters and changes no shape; it is left out.
    """
    overlapping = Window(3, stride=2)
    layers = (
        *_conv_relu("conv1", 96, Window(11, stride=4)),
        MaxPool("pool1", overlapping),
        *_conv_relu("conv2", 256, Window(5, padding="same"), groups),
        MaxPool("pool2", overlapping),
        *_conv_relu("conv3", 384, Window(3, padding="same")),
        *_conv_relu("conv4", 384, Window(3, padding="same"), groups),
        *_conv_relu("conv5", 256, Window(3, padding="same"), groups),
        MaxPool("pool5", overlapping),
        Flatten("flatten"),
        *_classifier(),
    )
    return Graph((227, 227, 3), layers)


def _vgg(*depths: int) -> Graph:
    """VGG with so many 3x3 convolutions in each of its five blocks, for 224x224 pixels."""
    layers: list[Layer] = []
    for block, (filters, depth) in enumerate(zip((64, 128, 256, 512, 512), depths, strict=True), start=1):
        for k in range(1, depth + 1):
            layers += _conv_relu(f"conv{block}_{k}", filters, Window(3, padding="same"))
        layers.append(MaxPool(f"pool{block}", Window(2, stride=2)))
    return Graph((224, 224, 3), [*layers, Flatten("flatten"), *_classifier()])


def _conv_relu(name: str, filters: int, window: Window, groups: int = 1) -> tuple[Conv, Relu]:
    return Conv(name, window, filters, groups=groups), Relu(f"{name}_relu")


def _classifier() -> tuple[Layer, ...]:
    """The fully connected end that AlexNet and VGG share."""
    hidden = [
        layer
        for name in ("dense1", "dense2")
        for layer in (
            Dense(name, 4096),
            Relu(f"{name}_relu"),
            Dropout(f"{name}_dropout", 0.5),
        )
    ]
    return (*hidden, Dense("dense3", CLASSES), Softmax("softmax"))


_ALEXNET = (
    "Krizhevsky, Sutskever, Hinton: ImageNet Classification with Deep Convolutional Neural Networks, 2012"
)
_VGG = (
    "Simonyan, Zisserman: Very Deep Convolutional Networks for Large-Scale Image Recognition, 2014, "
    "https://arxiv.org/abs/1409.1556"
)
FAMOUS = (
    Famous("alexnet_227", _alexnet(groups=1), _ALEXNET),
    Famous("alexnet_groups", _alexnet(groups=2), _ALEXNET),
    Famous("vgg16", _vgg(2, 2, 3, 3, 3), _VGG),
    Famous("vgg19", _vgg(2, 2, 4, 4, 4), _VGG),
)
