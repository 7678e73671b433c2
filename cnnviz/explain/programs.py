"""The lecture's two programs, split into the parts that the Code page shows.

They are files of their own, assets/code/NAME.py, so that what the page shows is what runs. A line
`# %% model` begins a part; editors with notebook cells know the same mark.
"""

from __future__ import annotations

import re
from functools import cache
from types import MappingProxyType

from cnnviz.errors import invalid
from cnnviz.resources import ASSETS

PROGRAMS = ("lecture_tensorflow", "lecture_keras")
PARTS = (
    "imports",
    "data",
    "preprocessing",
    "weights",
    "model",
    "loss",
    "training",
    "evaluation",
    "summary",
    "prediction",
)
"""The parts of both programs, in order."""
COUNTERPARTS = MappingProxyType(
    {
        "conv": ("tf.nn.conv2d", "Conv2D"),
        "relu": ("tf.nn.relu", "ReLU"),
        "max_pool": ("tf.nn.max_pool2d", "MaxPooling2D"),
        "dropout": ("tf.nn.dropout", "Dropout"),
        "flatten": ("tf.reshape", "Flatten"),
        "dense": ("x @ W", "Dense"),
        "softmax": ("tf.nn.softmax", "Softmax"),
    }
)
"""What a layer is called, {kind: (operation in the low-level program, layer of Keras)}."""
FORMERLY = MappingProxyType(
    {
        "model": """\
# 1. a graph: places for data, and operations; no numbers
X = tf.placeholder("float", [None, 32, 32, 3])
Y = tf.placeholder("float", [None, 10])
logits = model(X, W1, W2, W3, W4, W5)
cost = tf.reduce_mean(
    tf.nn.softmax_cross_entropy_with_logits(logits=logits, labels=Y))
train = tf.train.RMSPropOptimizer(0.001, 0.9).minimize(cost)

# 2. a session: data flow through the graph
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    session.run(train, feed_dict={X: images, Y: labels})
"""
    }
)
"""The lines of a part as TensorFlow 1 had them; they do not run today, and are shown for comparison."""
_FOLDER = ASSETS / "code"


@cache
def source(name: str) -> str:
    """Return the code of a program.

    Raises:
        CnnvizError: if there is none of that name.
    """
    if name not in PROGRAMS:
        raise invalid("name", f"must be one of {', '.join(PROGRAMS)}", name)
    return (_FOLDER / f"{name}.py").read_text("utf-8")


@cache
def parts(name: str) -> MappingProxyType[str, str]:
    """Return the parts of a program in order, {name: code}; a test holds them to `PARTS`.

    One blank line stands where the file, as Python files do, has two.

    >>> parts("lecture_keras")["data"].splitlines()[0]
    'train, test = keras.datasets.cifar10.load_data()'
    """
    _, *cut = re.split(r"^# %% (\w+)\n", source(name), flags=re.MULTILINE)
    return MappingProxyType(
        {
            part: re.sub(r"\n{3,}", "\n\n", code.strip())
            for part, code in zip(cut[::2], cut[1::2], strict=True)
        }
    )
