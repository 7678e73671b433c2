"""Re-exports every operation of a CNN in NumPy; each family has its own module in this package.

An operation has up to three forms: vectorised (`conv2d`), explicit loops to read (`conv2d_loops`), and
one output cell with its intermediate values (`conv2d_step`).

Arrays are channels-last: image [H, W, C], kernel [kh, kw, C_in, C_out].
float32 input gives float32 output; every other real dtype is computed in float64.
"""

from cnnviz.arithmetic.activations import (
    SoftmaxStep,
    leaky_relu,
    relu,
    relu6,
    sigmoid,
    softmax,
    softmax_step,
    swish,
    tanh,
)
from cnnviz.arithmetic.convolution import ConvStep, channel_sums, conv2d, conv2d_loops, conv2d_step
from cnnviz.arithmetic.convolution1d import Conv1dStep, conv1d, conv1d_loops, conv1d_step
from cnnviz.arithmetic.dense import DenseStep, DenseSum, dense, dense_step
from cnnviz.arithmetic.depthwise import (
    depthwise_conv2d,
    depthwise_conv2d_loops,
    depthwise_conv2d_step,
    separable_conv2d,
)
from cnnviz.arithmetic.merging import add, concatenate
from cnnviz.arithmetic.normalization import batch_norm
from cnnviz.arithmetic.pooling import (
    PoolStep,
    average_pool,
    global_average_pool,
    max_pool,
    pool_step,
    pool_winners,
)
from cnnviz.arithmetic.reshaping import flat_index, unflatten_index, zero_pad
from cnnviz.arithmetic.transposed import (
    ConvTransposeStep,
    conv2d_transpose,
    conv2d_transpose_loops,
    conv2d_transpose_step,
    insert_zeros,
    transposed_as_convolution,
)

__all__ = [
    "Conv1dStep", "ConvStep", "ConvTransposeStep", "DenseStep", "DenseSum", "PoolStep", "SoftmaxStep",
    "add", "average_pool", "batch_norm", "channel_sums", "concatenate", "conv1d", "conv1d_loops",
    "conv1d_step", "conv2d", "conv2d_loops", "conv2d_step", "conv2d_transpose", "conv2d_transpose_loops",
    "conv2d_transpose_step", "dense", "dense_step", "depthwise_conv2d", "depthwise_conv2d_loops",
    "depthwise_conv2d_step", "flat_index", "global_average_pool", "insert_zeros", "leaky_relu", "max_pool",
    "pool_step", "pool_winners", "relu", "relu6", "separable_conv2d", "sigmoid", "softmax", "softmax_step",
    "swish", "tanh", "transposed_as_convolution", "unflatten_index", "zero_pad",
]  # fmt: skip
