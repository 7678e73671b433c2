"""The architectures that CNNViz brings, with the recipes of those it trains; pure data, without TensorFlow.

Shapes, parameters and receptive fields come from an architecture's graph.
"""

from __future__ import annotations

from dataclasses import replace

from cnnviz.arithmetic.window import Window
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.digits import DIGITS
from cnnviz.data.imagenet import IMAGENET
from cnnviz.layers.add import Add
from cnnviz.layers.base import Layer
from cnnviz.layers.batch_norm import BatchNorm
from cnnviz.layers.conv import Conv
from cnnviz.layers.dense import Dense
from cnnviz.layers.dropout import Dropout
from cnnviz.layers.flatten import Flatten
from cnnviz.layers.global_average_pool import GlobalAveragePool
from cnnviz.layers.max_pool import MaxPool
from cnnviz.layers.relu import Relu
from cnnviz.layers.softmax import Softmax
from cnnviz.networks import efficientnet
from cnnviz.networks.architecture import Architecture
from cnnviz.networks.graph import Graph, Node
from cnnviz.networks.recipe import Recipe

FAST_RECIPE = Recipe(
    "sgd",
    learning_rate=0.1,
    schedule="cosine",
    warmup=0.15,
    momentum=0.9,
    nesterov=True,
    weight_decay=0.01,
    whitening=True,
    beta_rate=64.0,
    label_smoothing=0.1,
    flip=True,
    shift=3,
    bfloat16=True,
    batch_size=128,
    epochs=20,
)
"""The basis of the recipes of `vgg` and `resnet`.

Schedule, label smoothing, augmentation, initial kernels and the rate of beta are from Jordan, "94% on
CIFAR-10 in 3.29 Seconds on a Single GPU", 2024, and Page, "How to Train Your ResNet", 2018.
"""


def names() -> list[str]:
    """Return the names of the architectures of this module; the first is the default."""
    return [architecture.name for architecture in ARCHITECTURES]


def trained_names() -> list[str]:
    """Return the names of the architectures that are trained here."""
    return [architecture.name for architecture in ARCHITECTURES if architecture.recipe is not None]


def _keras_lecture() -> Architecture:
    """Return the lecture's Keras model, with convolution and ReLU as separate layers."""
    conv = Window(3, padding="same")
    layers = (
        Conv("conv1", conv, 32, max_norm=3.0),
        Relu("conv1_relu"),
        Conv("conv2", conv, 32, max_norm=3.0),
        Relu("conv2_relu"),
        MaxPool("pool1", Window(2, stride=2)),
        Flatten("flatten"),
        Dense("dense1", 512, max_norm=3.0),
        Relu("dense1_relu"),
        Dense("dense2", len(CIFAR10.classes)),
        Softmax("softmax"),
    )
    recipe = Recipe("sgd", learning_rate=0.01, momentum=0.9, decay=0.001, batch_size=32, epochs=10)
    return Architecture("keras_lecture", Graph(CIFAR10.shape, layers), recipe)


def _tensorflow_lecture() -> Architecture:
    """Return the lecture's TensorFlow model: three blocks, dropout, no biases, weights from N(0, 0.01)."""
    layers: list[Layer] = []
    for block, filters in enumerate((32, 64, 128), start=1):
        layers += [
            Conv(f"conv{block}", Window(3, padding="same"), filters, bias=False, initial_deviation=0.01),
            Relu(f"conv{block}_relu"),
            MaxPool(f"pool{block}", Window(2, stride=2, padding="same")),
            Dropout(f"dropout{block}", 0.2),
        ]
    layers += [
        Flatten("flatten"),
        Dense("dense1", 625, bias=False, initial_deviation=0.01),
        Relu("dense1_relu"),
        Dropout("dropout4", 0.5),
        Dense("dense2", len(CIFAR10.classes), bias=False, initial_deviation=0.01),
        Softmax("softmax"),
    ]
    recipe = Recipe("rmsprop", learning_rate=0.001, rho=0.9, batch_size=128, epochs=50)
    return Architecture("tensorflow_lecture", Graph(CIFAR10.shape, layers), recipe)


def _mlp() -> Architecture:
    """Return a multilayer perceptron, the network that the lecture compares CNNs with."""
    layers = (
        Flatten("flatten"),
        Dense("dense1", 512),
        Relu("dense1_relu"),
        Dropout("dropout1", 0.2),
        Dense("dense2", 256),
        Relu("dense2_relu"),
        Dropout("dropout2", 0.2),
        Dense("dense3", len(CIFAR10.classes)),
        Softmax("softmax"),
    )
    recipe = Recipe("sgd", learning_rate=0.02, momentum=0.9, decay=0.0002, batch_size=128, epochs=40)
    return Architecture("mlp", Graph(CIFAR10.shape, layers), recipe)


def _alexnet() -> Architecture:
    """Return AlexNet at CIFAR size: five convolutions, overlapping pooling, three fully connected layers.

    Source: Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional
        Neural Networks", 2012; with fewer filters and units, and stride 1 in the first convolution.
        Batch normalisation after every convolution replaces local response normalisation, so that
        training takes minutes.
    """
    overlapping = Window(3, stride=2, padding="same")
    layers = (
        *_conv_relu("conv1", 64, 5, batch_norm=True),
        MaxPool("pool1", overlapping),
        *_conv_relu("conv2", 128, 5, batch_norm=True),
        MaxPool("pool2", overlapping),
        *_conv_relu("conv3", 192, 3, batch_norm=True),
        *_conv_relu("conv4", 192, 3, batch_norm=True),
        *_conv_relu("conv5", 128, 3, batch_norm=True),
        MaxPool("pool5", overlapping),
        Flatten("flatten"),
        Dropout("dropout1", 0.5),
        Dense("dense1", 512),
        Relu("dense1_relu"),
        Dropout("dropout2", 0.5),
        Dense("dense2", 512),
        Relu("dense2_relu"),
        Dense("dense3", len(CIFAR10.classes)),
        Softmax("softmax"),
    )
    recipe = Recipe(
        "sgd",
        learning_rate=0.05,
        schedule="cosine",
        warmup=0.15,
        momentum=0.9,
        nesterov=True,
        weight_decay=0.005,
        identity=True,
        label_smoothing=0.1,
        flip=True,
        shift=2,
        bfloat16=True,
        batch_size=128,
        epochs=13,
    )
    return Architecture("alexnet", Graph(CIFAR10.shape, layers), recipe)


def _vgg() -> Architecture:
    """Return VGG at CIFAR size: pairs of 3x3 convolutions between poolings, with batch normalisation.

    The last pooling is global, and one fully connected layer follows.

    Source: Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
        Recognition", 2014; Ioffe and Szegedy, "Batch Normalization", 2015.
    """
    layers: list[Layer] = []
    for block, filters in enumerate(((32, 64), (128, 128), (256, 256), (256, 256)), start=1):
        for k, count in enumerate(filters, start=1):
            layers += _conv_relu(f"conv{block}_{k}", count, 3, batch_norm=True)
        size = 4 if block == 4 else 2
        layers.append(MaxPool(f"pool{block}", Window(size, stride=size)))
    layers += [
        Flatten("flatten"),
        Dense("dense1", len(CIFAR10.classes), initial_deviation=0.01),
        Softmax("softmax"),
    ]
    recipe = replace(FAST_RECIPE, identity=True, label_smoothing=0.2, epochs=20)
    return Architecture("vgg", Graph(CIFAR10.shape, layers), recipe)


def _resnet() -> Architecture:
    """Return a residual network at CIFAR size: four basic blocks of two convolutions and a shortcut.

    The shortcut of a block that changes the size or the number of maps is a 1x1 convolution.

    Source: He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", 2015,
        https://arxiv.org/abs/1512.03385; cutout: DeVries and Taylor, "Improved Regularization of
        Convolutional Neural Networks with Cutout", 2017.
    """
    parts: list[Layer | Node] = [*_conv_relu("conv1", 32, 3, batch_norm=True)]
    last, channels = "conv1_relu", 32
    for number, (filters, stride) in enumerate(((32, 1), (128, 2), (256, 2), (256, 2)), start=1):
        parts += _basic_block(f"block{number}", last, channels, filters, stride)
        last, channels = f"block{number}_relu", filters
    parts += [
        GlobalAveragePool("global_pool"),
        Dense("dense1", len(CIFAR10.classes), initial_deviation=0.01),
        Softmax("softmax"),
    ]
    recipe = replace(FAST_RECIPE, cutout=8, epochs=33)
    return Architecture("resnet", Graph(CIFAR10.shape, parts), recipe)


def _digits() -> Architecture:
    """Return a small convolutional network for handwritten digits, which is trained in seconds.

    It is the lecture's Keras model with fewer filters and units.
    """
    conv = Window(3, padding="same")
    layers = (
        Conv("conv1", conv, 8),
        Relu("conv1_relu"),
        Conv("conv2", conv, 16),
        Relu("conv2_relu"),
        MaxPool("pool1", Window(2, stride=2)),
        Flatten("flatten"),
        Dense("dense1", 32),
        Relu("dense1_relu"),
        Dense("dense2", len(DIGITS.classes)),
        Softmax("softmax"),
    )
    recipe = Recipe(
        "sgd", learning_rate=0.02, schedule="cosine", warmup=0.1, momentum=0.9, batch_size=32, epochs=20
    )
    return Architecture("digits", Graph(DIGITS.shape, layers), recipe, DIGITS)


def _basic_block(name: str, source: str, channels: int, filters: int, stride: int) -> list[Layer | Node]:
    """Return two convolutions and an addition of their input, or of its projection by a 1x1 convolution."""
    parts: list[Layer | Node] = [
        Node(Conv(f"{name}_conv1", Window(3, stride, "same"), filters, bias=False), (source,)),
        BatchNorm(f"{name}_conv1_norm"),
        Relu(f"{name}_conv1_relu"),
        Conv(f"{name}_conv2", Window(3, padding="same"), filters, bias=False),
        BatchNorm(f"{name}_conv2_norm"),
    ]
    skip = source
    if (stride, filters) != (1, channels):
        skip = f"{name}_shortcut_norm"
        parts += [
            Node(Conv(f"{name}_shortcut", Window(1, stride, "same"), filters, bias=False), (source,)),
            BatchNorm(skip),
        ]
    return [*parts, Node(Add(f"{name}_add"), (f"{name}_conv2_norm", skip)), Relu(f"{name}_relu")]


def _conv_relu(name: str, filters: int, size: int, *, batch_norm: bool = False) -> list[Layer]:
    """Return a "same" convolution and its ReLU, with either a bias or batch normalisation."""
    conv = Conv(name, Window(size, padding="same"), filters, bias=not batch_norm)
    norm = [BatchNorm(f"{name}_norm")] if batch_norm else []
    return [conv, *norm, Relu(f"{name}_relu")]


ARCHITECTURES = (
    _keras_lecture(),
    _tensorflow_lecture(),
    _mlp(),
    _alexnet(),
    _vgg(),
    _resnet(),
    Architecture("efficientnet_lite0", efficientnet.lite0(), None, IMAGENET),
    _digits(),
)
