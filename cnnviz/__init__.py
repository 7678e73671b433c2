"""CNNViz: see everything a trained CNN makes of an image, and step through any number of it by hand."""

from cnnviz.arithmetic.ops import (
    Conv1dStep,
    ConvStep,
    ConvTransposeStep,
    DenseStep,
    PoolStep,
    SoftmaxStep,
    add,
    average_pool,
    concatenate,
    conv1d,
    conv1d_step,
    conv2d,
    conv2d_step,
    conv2d_transpose,
    conv2d_transpose_step,
    dense,
    dense_step,
    depthwise_conv2d,
    depthwise_conv2d_step,
    global_average_pool,
    leaky_relu,
    max_pool,
    pool_step,
    relu,
    relu6,
    separable_conv2d,
    sigmoid,
    softmax,
    softmax_step,
    swish,
    tanh,
    zero_pad,
)
from cnnviz.arithmetic.window import ReceptiveField, Window
from cnnviz.data.dataset import DataSet, Samples
from cnnviz.data.registry import samples
from cnnviz.errors import CnnvizError
from cnnviz.networks.graph import LayerInfo
from cnnviz.networks.network import Network, load, model_names
from cnnviz.networks.opening.open import open_network

__version__ = "0.2.0.dev0"

__all__ = [
    "CnnvizError", "Conv1dStep", "ConvStep", "ConvTransposeStep", "DataSet", "DenseStep", "LayerInfo",
    "Network", "PoolStep", "ReceptiveField", "Samples", "SoftmaxStep", "Window", "add", "average_pool",
    "concatenate", "conv1d", "conv1d_step", "conv2d", "conv2d_step", "conv2d_transpose",
    "conv2d_transpose_step", "dense", "dense_step", "depthwise_conv2d", "depthwise_conv2d_step",
    "global_average_pool", "leaky_relu", "load", "max_pool", "model_names", "open_network", "pool_step",
    "relu", "relu6", "samples", "separable_conv2d", "sigmoid", "softmax", "softmax_step", "swish", "tanh",
    "zero_pad",
]  # fmt: skip
