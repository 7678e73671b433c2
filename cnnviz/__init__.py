"""CNNViz: see everything a trained CNN makes of an image, and step through any number of it by hand."""

from cnnviz.cifar import Samples, samples
from cnnviz.errors import CnnvizError
from cnnviz.network import Network, load, model_names
from cnnviz.ops import (
    ConvStep,
    PoolStep,
    average_pool,
    conv2d,
    conv2d_step,
    dense,
    max_pool,
    pool_step,
    relu,
    softmax,
)
from cnnviz.window import ReceptiveField, Window
from cnnviz.zoo import LayerInfo

__all__ = [
    "CnnvizError", "ConvStep", "LayerInfo", "Network", "PoolStep", "ReceptiveField", "Samples", "Window",
    "average_pool", "conv2d", "conv2d_step", "dense", "load", "max_pool", "model_names", "pool_step",
    "relu", "samples", "softmax",
]  # fmt: skip
