"""The lecture's two programs, split into the parts that the Code page shows.

They are separate files, assets/code/NAME.py, so that the displayed code is the code that runs. A line
`# %% model` begins a part; editors with notebook cells know the same mark. A line
`# @NAME`, which readers do not see, precedes each line that a step of the lecture points at.
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
"""Names of layers, {kind: (operation in the low-level program, layer of Keras)}."""
_MARKS = re.compile(r"^ *# @([\w ]+)\n", re.MULTILINE)
_FORMERLY = {
    "model": """\
# 1. a graph: placeholders for data, and operations; no numbers
# @placeholder
X = tf.placeholder("float", [None, 32, 32, 3])
# @placeholder
Y = tf.placeholder("float", [None, 10])
logits = model(X, W1, W2, W3, W4, W5)
cost = tf.reduce_mean(
    tf.nn.softmax_cross_entropy_with_logits(logits=logits, labels=Y))
train = tf.train.RMSPropOptimizer(0.001, 0.9).minimize(cost)

# 2. a session: data flow through the graph
# @session
with tf.Session() as session:
    # @session
    session.run(tf.global_variables_initializer())
    # @session
    session.run(train, feed_dict={X: images, Y: labels})
""",
}
FORMERLY = MappingProxyType({part: _MARKS.sub("", code) for part, code in _FORMERLY.items()})
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
    return _MARKS.sub("", _read(name))


@cache
def parts(name: str) -> MappingProxyType[str, str]:
    """Return the parts of a program in order, {name: code}; a test holds them to `PARTS`.

    Two blank lines of the file, as between functions, become one.

    >>> parts("lecture_keras")["data"].splitlines()[0]
    'train, test = keras.datasets.cifar10.load_data()'
    """
    return MappingProxyType({part: _MARKS.sub("", code) for part, code in _parts(name).items()})


def pointed(location: str) -> tuple[str, tuple[int, ...]]:
    """Return the lines of a block of code with a mark.

    Args:
        location: "PROGRAM.PART.MARK"; a program is also "formerly", `FORMERLY`, "today", `today`, and
            "prepared", `prepared`.

    Returns:
        The block as "PROGRAM_PART", and the lines' numbers from 0.

    Raises:
        CnnvizError: if no line has that mark.

    >>> pointed("lecture_tensorflow.weights.normal")
    ('lecture_tensorflow_weights', (1,))
    """
    program, part, mark = location.split(".")
    codes = {"formerly": _FORMERLY, "today": _today(), "prepared": _prepared()}
    code = (codes.get(program) or _parts(program))[part]
    lines = tuple(k for k, (_, marks) in enumerate(_lines(code)) if mark in marks)
    if not lines:
        raise invalid("location", "must name a mark of a program", location)
    return f"{program}_{part}", lines


@cache
def today() -> MappingProxyType[str, str]:
    """Return the counterparts of the lines of `FORMERLY` in the low-level program, {part: code}."""
    return MappingProxyType({part: _MARKS.sub("", code) for part, code in _today().items()})


@cache
def prepared() -> MappingProxyType[str, str]:
    """Return the lines of the Keras program from the file to the network's input, {part: code}."""
    return MappingProxyType({part: _MARKS.sub("", code) for part, code in _prepared().items()})


@cache
def _prepared() -> dict[str, str]:
    own = _parts("lecture_keras")
    _, define, rest = own["preprocessing"].partition("def prepare")
    return {"preprocessing": f"{own['data']}\n\n{define}{rest}"}


@cache
def _today() -> dict[str, str]:
    lines = _lines(_parts("lecture_tensorflow")["training"])
    *body, call = [(line, marks) for line, marks in lines if "now" in marks]
    return {
        "model": "\n".join(f"# @{' '.join(marks)}\n{line}" for line, marks in body)
        + f"\n\n# @call\n{call[0].strip()}"
    }


def _lines(code: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the lines of a block that readers see, each with its marks."""
    found, marks = [], ""
    for line in code.splitlines():
        if mark := _MARKS.match(f"{line}\n"):
            marks = mark[1]
        else:
            found.append((line, tuple(marks.split())))
            marks = ""
    return found


def _read(name: str) -> str:
    return (_FOLDER / f"{name}.py").read_text("utf-8")


@cache
def _parts(name: str) -> dict[str, str]:
    """Return the parts of a program with the marks of their lines."""
    _, *cut = re.split(r"^# %% (\w+)\n", _read(name), flags=re.MULTILINE)
    return {
        part: re.sub(r"\n{3,}", "\n\n", code.strip()) for part, code in zip(cut[::2], cut[1::2], strict=True)
    }
