"""AlexNet and VGG at full size, as graphs without weights.

The pages show their shapes and costs; they are never trained or loaded. VGG-19's weights alone take 575 MB.
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
class FamousNetwork:
    """A published network.

    Attributes:
        name: the network's name in the app.
        graph: its layers, with convolution, ReLU and pooling as separate layers.
        source: the publication.
    """

    name: str
    graph: Graph
    source: str


def get(name: str) -> FamousNetwork:
    """Return the network of that name.

    Raises:
        CnnvizError: if there is none.
    """
    for famous in FAMOUS_NETWORKS:
        if famous.name == name:
            return famous
    raise invalid("name", f"must be one of {', '.join(names())}", name)


def names() -> list[str]:
    """Return the names of all networks, in order of publication."""
    return [famous.name for famous in FAMOUS_NETWORKS]


def describe(name: str) -> tuple[LayerInfo, ...]:
    """Return the layers of a network of the zoo or of a famous network.

    Raises:
        CnnvizError: if there is no such network.

    Example:
        >>> sum(info.parameters for info in describe("vgg16"))
        138357544
    """
    return graph(name).layers


def graph(name: str) -> Graph:
    """Return the graph of a network of the zoo or of a famous network.

    Raises:
        CnnvizError: if there is no such network.
    """
    return zoo.get(name).graph if name in zoo.names() else get(name).graph


def _alexnet(*, groups: int) -> Graph:
    """Return AlexNet for 227x227 pixels; `groups` = 2 is its split over two GPUs.

    The paper says 224, but the 55x55 output of its first layer needs 227. Local response normalisation,
    which has no parameters and changes no shape, is omitted.
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
    """Return VGG for 224x224 pixels, with `depths[k]` 3x3 convolutions in block k."""
    layers: list[Layer] = []
    for block, (filters, depth) in enumerate(zip((64, 128, 256, 512, 512), depths, strict=True), start=1):
        for k in range(1, depth + 1):
            layers += _conv_relu(f"conv{block}_{k}", filters, Window(3, padding="same"))
        layers.append(MaxPool(f"pool{block}", Window(2, stride=2)))
    return Graph((224, 224, 3), [*layers, Flatten("flatten"), *_classifier()])


def _conv_relu(name: str, filters: int, window: Window, groups: int = 1) -> tuple[Conv, Relu]:
    return Conv(name, window, filters, groups=groups), Relu(f"{name}_relu")


def _classifier() -> tuple[Layer, ...]:
    """Return the fully connected layers that AlexNet and VGG share."""
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
FAMOUS_NETWORKS = (
    FamousNetwork("alexnet_227", _alexnet(groups=1), _ALEXNET),
    FamousNetwork("alexnet_groups", _alexnet(groups=2), _ALEXNET),
    FamousNetwork("vgg16", _vgg(2, 2, 3, 3, 3), _VGG),
    FamousNetwork("vgg19", _vgg(2, 2, 4, 4, 4), _VGG),
)
