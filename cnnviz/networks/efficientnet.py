"""EfficientNet-Lite0: inverted residual blocks of depthwise convolutions, for photographs of 224x224.

Its weights are the published ones, which the model card describes; they were not trained here.

Source: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", 2019,
    https://arxiv.org/abs/1905.11946; the "lite" variants, without squeeze-and-excitation and with ReLU6:
    https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite
"""

from __future__ import annotations

from typing import NamedTuple

from cnnviz.arithmetic.window import Window
from cnnviz.data.imagenet import IMAGENET
from cnnviz.layers.add import Add
from cnnviz.layers.base import Layer
from cnnviz.layers.batch_norm import BatchNorm
from cnnviz.layers.conv import Conv
from cnnviz.layers.dense import Dense
from cnnviz.layers.depthwise_conv import DepthwiseConv
from cnnviz.layers.dropout import Dropout
from cnnviz.layers.global_average_pool import GlobalAveragePool
from cnnviz.layers.relu6 import Relu6
from cnnviz.layers.softmax import Softmax
from cnnviz.networks.graph import Graph, Node

STEM_FILTERS = 32
HEAD_FILTERS = 1280


class Stage(NamedTuple):
    """Blocks in a row with the same number of output maps.

    Attributes:
        expansion: how many times as many maps a block has inside as it takes. kernel: size of the depthwise
            window. stride: of the first block. filters: number of output maps. blocks: how many.
    """

    expansion: int
    kernel: int
    stride: int
    filters: int
    blocks: int


STAGES = (
    Stage(1, 3, 1, 16, 1),
    Stage(6, 3, 2, 24, 2),
    Stage(6, 5, 2, 40, 2),
    Stage(6, 3, 2, 80, 3),
    Stage(6, 5, 1, 112, 3),
    Stage(6, 5, 2, 192, 4),
    Stage(6, 3, 1, 320, 1),
)


def lite0() -> Graph:
    """Return the graph of EfficientNet-Lite0: 16 blocks between a stem and a head.

    A convolution without a bias, its batch normalisation and its ReLU6 are three layers: "stem_conv",
    "stem_bn" and "stem_relu6"; the last 1x1 convolution of a block has no ReLU6.
    """
    parts = _convolution("stem", Conv("stem_conv", Window(3, 2, "same"), STEM_FILTERS, bias=False))
    last, channels = "stem_relu6", STEM_FILTERS
    strides = [(stage, stage.stride if k == 0 else 1) for stage in STAGES for k in range(stage.blocks)]
    for number, (stage, stride) in enumerate(strides):
        name = f"block{number}"
        parts += _block(name, last, channels, stage, stride)
        last = f"{name}_add" if (stride, channels) == (1, stage.filters) else f"{name}_project_bn"
        channels = stage.filters
    parts += [
        *_convolution("head", Conv("head_conv", Window(1), HEAD_FILTERS, bias=False)),
        GlobalAveragePool("global_pool"),
        Dropout("dropout", 0.2),
        Dense("logits", len(IMAGENET.classes)),
        Softmax("softmax"),
    ]
    return Graph(IMAGENET.shape, parts)


def _block(name: str, source: str, channels: int, stage: Stage, stride: int) -> list[Layer | Node]:
    """Return an inverted residual block.

    1x1 convolution to more maps, depthwise convolution, 1x1 convolution to fewer maps; its input is added
    where size and number of maps stay the same.
    """
    parts: list[Layer | Node] = []
    if stage.expansion != 1:
        expand = Conv(f"{name}_expand_conv", Window(1), channels * stage.expansion, bias=False)
        parts += _convolution(f"{name}_expand", expand)
    depthwise = DepthwiseConv(f"{name}_depthwise_conv", Window(stage.kernel, stride, "same"), bias=False)
    parts += _convolution(f"{name}_depthwise", depthwise)
    project = Conv(f"{name}_project_conv", Window(1), stage.filters, bias=False)
    parts += _convolution(f"{name}_project", project)[:-1]
    if (stride, channels) == (1, stage.filters):
        parts.append(Node(Add(f"{name}_add"), (f"{name}_project_bn", source)))
    return parts


def _convolution(name: str, layer: Layer) -> list[Layer | Node]:
    """Return a convolution, its batch normalisation and its ReLU6."""
    return [layer, BatchNorm(f"{name}_bn"), Relu6(f"{name}_relu6")]
