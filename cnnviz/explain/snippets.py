"""The app's computations as code to copy: NumPy by hand, low-level TensorFlow, Keras layers.

Each function returns a program that ends with `result`, the numbers that a view shows: `layer` for any kind
of layer, from the kind's own file; `convolution` and `softmax` for the choices of their pages beyond a
layer's settings. `snippet_data` describes the inputs of a program.

A snippet's comments are shapes, which need no translation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from textwrap import indent
from typing import Literal, get_args

import numpy as np

from cnnviz.arithmetic.checks import as_index
from cnnviz.arithmetic.window import Pads, Window
from cnnviz.errors import CnnvizError, as_finite, invalid
from cnnviz.explain.snippet_data import (
    MODULES,
    Data,
    Picture,
    Pixels,
    Weight,
    Written,
    layer_data,
    number,
    one_of,
    quoted,
)
from cnnviz.layers.base import Layer, Shape
from cnnviz.layers.code import pad, patch
from cnnviz.networks import zoo

Library = Literal["numpy", "tensorflow", "keras"]


def layer(
    library: Library,
    layer: Layer,
    inputs: Sequence[Data],
    weights: Mapping[str, Data] | None = None,
    *,
    after: Sequence[Layer] = (),
) -> str:
    """Write the program of a layer of any kind; `result` has its output's shape.

    Args:
        library: what to write it with.
        layer: the computed layer.
        inputs: one for each that it takes, without a batch axis; of several, none `Written` for each channel.
        weights: {name: array}, those of `layer.weight_shapes`.
        after: layers without weights that come before it, such as flattening; the inputs are then those of
            the first.

    Raises:
        CnnvizError: if the layer cannot take the inputs, or the weights are others.

    Example:
        >>> from cnnviz.layers.max_pool import MaxPool
        >>> grid = Written([[3, 1], [0, 2]], channels=1)
        >>> print(layer("keras", MaxPool("pool1"), [grid]))
        import keras
        import numpy as np
        <BLANKLINE>
        x = np.array([
            [3, 1],
            [0, 2],
        ], dtype=float)[..., np.newaxis]  # (2, 2, 1)
        <BLANKLINE>
        model = keras.Sequential([
            keras.Input((2, 2, 1)),
            keras.layers.MaxPooling2D(2),
        ])
        result = model(x[np.newaxis]).numpy()[0]
        print(result.shape)  # (1, 1, 1)
        <BLANKLINE>
    """
    weights = weights or {}
    chain = [*after, layer]
    shapes: list[tuple[Shape, ...]] = [tuple(data.shape for data in inputs)]  # the inputs of each
    for each in chain:
        least, most = each.inputs
        if not least <= len(shapes[-1]) <= most or each.incompatibility(*shapes[-1]):
            raise CnnvizError(f"`inputs` must fit {each.kind}. Received: shapes {shapes[-1]}.")
        shapes.append((each.output_shape(*shapes[-1]),))
    wanted = layer.weight_shapes(*shapes[-2])
    if {name: data.shape for name, data in weights.items()} != wanted:
        received = {name: data.shape for name, data in weights.items()}
        raise CnnvizError(f"`weights` must have the shapes {wanted}. Received: {received}.")

    several = len(inputs) > 1
    code = _Code(library, **{"xs": inputs} if several else {"x": inputs[0]}, **weights)
    if library == "keras":
        calls = [f"keras.layers.{call.code()}" for each, takes in zip(chain, shapes, strict=False)
                 for call in each.calls(*takes)]  # fmt: skip
        if several:
            code += [f"result = {calls[0]}([x[np.newaxis] for x in xs]).numpy()[0]"]
        else:
            code += _model(shapes[0][0], calls, list(wanted))
            code += ["result = model(x[np.newaxis]).numpy()[0]"]
    else:
        for each, takes in zip(after, shapes, strict=False):
            code += _lines(library, each, takes)
            code += [f"x = result  # {each.output_shape(*takes)}"]
        code += _lines(library, layer, shapes[-2])
    return code.ending(shapes[-1][0])


def _lines(library: Library, layer: Layer, shapes: Sequence[Shape]) -> list[str]:
    return layer.numpy_code(*shapes) if library == "numpy" else layer.tensorflow_code(*shapes)


def _model(shape: Shape, layers: Sequence[str], weights: Sequence[str]) -> list[str]:
    """Return the lines that build `model` in Keras, with weights if there are any."""
    return [
        "model = keras.Sequential([",
        *(f"    {each}," for each in (f"keras.Input({shape})", *layers)),
        "])",
        *([f"model.set_weights([{', '.join(weights)}])"] if weights else []),
    ]


def descent(
    library: Library, model: str, picture: Picture, label: int, layer: str, filter: int, rate: float
) -> str:
    """Write one step of gradient descent on a picture; `result` is a kernel after it, [kh, kw, C].

    Args:
        library: what to write it with. In NumPy, the kernel's gradient is computed from that at its map.
        model: the name of a trained network. picture: the picture. label: its class.
        layer, filter: the kernel, of a layer with filters. rate: the learning rate.

    Raises:
        CnnvizError: if the network has no such layer, filter or class.
    """
    info = zoo.get(model).graph[layer]
    (data,), weights = layer_data(model, layer, picture)
    kernel = Weight(model, layer, "kernel", filter)
    if library != "numpy":
        code = _Code(library, x=Pixels(picture))
        code.names |= set(kernel.imports)
        code.data[:0] = kernel.setup
        code += [f"weights = net.model.get_layer({quoted(layer)}).kernel", "with tf.GradientTape() as tape:"]
        if library == "keras":
            code += [
                "    probabilities = net.model(x[np.newaxis], training=False)",
                f"    label = np.array([{label}])",
                "    loss = keras.losses.sparse_categorical_crossentropy(label, probabilities)",
                f"optimizer = keras.optimizers.SGD({rate:g})",
                "optimizer.apply([tape.gradient(loss, weights)], [weights])",
                f"result = weights.numpy()[..., {filter}]",
            ]
        else:
            code += [
                "    probabilities = net.model(x[np.newaxis], training=False)[0]",
                f"    loss = -tf.math.log(probabilities[{label}])",
                "gradient = tape.gradient(loss, weights)",
                f"result = (weights - {rate:g} * gradient).numpy()[..., {filter}]",
            ]
        return code.ending(kernel.shape)
    window = info.window
    assert window is not None  # of filters
    source, lines = pad(window, info.input_shape)
    rows, cols, _ = info.output_shape
    (kh, kw), (down, right) = window.size, window.stride
    op = info.layer.sliding_op(
        [np.zeros(info.input_shape)], {name: np.zeros(each.shape) for name, each in weights.items()}, filter
    )
    assert op is not None
    first, seen = op.sources[0][1], len(op.sources)
    part = f", {first} : {first + seen}" if seen < info.input_shape[-1] else ""
    code = _Code(library, x=data, kernel=kernel)
    code.names.add("Target")
    code += [
        f"found = net.gradients(image, Target({label}))",
        f"upstream = found.outputs[{quoted(layer)}][..., {filter}]  # {(rows, cols)}",
        *lines,
        f"gradient = np.empty({kernel.shape})",
        f"for a in range({kh}):",
        f"    for b in range({kw}):  # the inputs that weight (a, b) met",
        f"        met = {source}[{_slice('a', rows, down, window.dilation[0])}, "
        f"{_slice('b', cols, right, window.dilation[1])}{part}]",
        "        gradient[a, b] = np.tensordot(upstream, met, 2)",
        f"result = kernel - {rate:g} * gradient",
    ]
    return code.ending(kernel.shape)


def about_a_picture(model: str, picture: Picture | None, lines: Sequence[str], shape: Shape) -> str:
    """Write a program of `lines` about a network and a picture: they find `net`, `image` and `x`.

    Args:
        model: the name of a trained network. picture: the picture; `x` is the network's input for it.
            None if the lines need none.
        lines: those in the middle; the last ones make `result`. shape: its shape.
    """
    graph = zoo.get(model).graph
    name = next(info.name for info in graph if info.weight_shapes)
    weight = Weight(model, name, next(iter(graph[name].weight_shapes)))  # not used: it loads the network
    needs_x = picture is not None and any(re.search(r"\bx\b", line) for line in lines)
    code = _Code("numpy", **{"x": Pixels(picture)} if picture is not None and needs_x else {})
    if picture is not None and not needs_x:
        code.names |= set(picture.imports)
        code.data += picture.setup
    code.names |= set(weight.imports)
    code.data[:0] = weight.setup
    if any("Target(" in line for line in lines):
        code.names.add("Target")
    code += list(lines)
    return code.ending(shape)


def _slice(cell: str, count: int, stride: int, dilation: int) -> str:
    """Return the slice of all inputs under one cell of a window, one for each of its `count` positions."""
    start = cell if dilation == 1 else f"{dilation} * {cell}"
    return f"{start} : {start} + {(count - 1) * stride + 1}{f' : {stride}' if stride > 1 else ''}"


def convolution(library: Library, x: Data, kernel: Data, bias: Data | None, window: Window) -> str:
    """Write the convolution of an image with one filter; `result` is [OH, OW].

    Unlike a layer, its window may be padded by any number, and have a stride and a dilation at once.

    Args:
        library: what to write it with.
        x: [H, W, C]. kernel: [kh, kw, C]. bias: a number, or None.
        window: how the kernel slides; its size is the kernel's.

    Raises:
        CnnvizError: if shapes do not fit or the window does not.

    Example:
        >>> grid = Written([[3, 1, 0], [0, 2, 5], [1, 4, 2]], channels=1)
        >>> print(convolution("numpy", grid, Written([[1, -1]], channels=1), None, Window((1, 2))))
        import numpy as np
        <BLANKLINE>
        x = np.array([
            [3, 1, 0],
            [0, 2, 5],
            [1, 4, 2],
        ], dtype=float)[..., np.newaxis]  # (3, 3, 1)
        kernel = np.array([
            [1, -1],
        ], dtype=float)[..., np.newaxis]  # (1, 2, 1)
        <BLANKLINE>
        result = np.empty((3, 2))
        for i in range(3):
            for j in range(2):
                patch = x[i : i + 1, j : j + 2]
                result[i, j] = np.sum(patch * kernel)
        print(result.shape)  # (3, 2)
        <BLANKLINE>
    """
    _check_axes("x", x, 3)
    if kernel.shape != (*window.size, x.shape[2]) or (bias is not None and bias.shape != ()):
        raise CnnvizError(
            "`kernel` must be [kh, kw, C] as window and `x` are, `bias` one number. Received: "
            f"kernel.shape={kernel.shape}, window.size={window.size}, x.shape={x.shape}, "
            f"bias.shape={bias.shape if bias else None}."
        )
    size = x.shape[0], x.shape[1]
    pads, out = window.pads(size), window.output_size(size)
    padded = pads != ((0, 0), (0, 0))
    code = _Code(library, x=x, kernel=kernel, bias=bias)
    plus = " + bias" if bias else ""
    if library == "numpy":
        source, lines = pad(window, x.shape)
        code += [
            *lines,
            f"result = np.empty({out})",
            f"for i in range({out[0]}):",
            f"    for j in range({out[1]}):",
            f"        patch = {source}[{patch(window)}]",
            f"        result[i, j] = np.sum(patch * kernel){plus}",
        ]
    elif library == "tensorflow":
        same = window.padding == "same"
        dilations = f", dilations={window.dilation}" if window.dilation != (1, 1) else ""
        slide = f'strides={window.stride}, padding="{"SAME" if same else "VALID"}"{dilations}'
        code += [
            f"images = tf.constant(x[np.newaxis], tf.float32)  # {(1, *x.shape)}",
            f"filters = tf.constant(kernel[..., np.newaxis], tf.float32)  # {(*kernel.shape, 1)}",
            *([f"images = tf.pad(images, {_four(pads)})"] if padded and not same else []),
            f"maps = tf.nn.conv2d(images, filters, {slide})",
            f"result = (maps[0, ..., 0]{plus}).numpy()" if bias else "result = maps[0, ..., 0].numpy()",
        ]
    else:
        # Keras refuses a stride together with a dilation: move by 1, then keep every stride-th
        apart = max(window.stride) > 1 and max(window.dilation) > 1
        same = window.padding == "same" and not apart
        options = f"strides={window.stride}, " if window.stride != (1, 1) and not apart else ""
        options += 'padding="same", ' if same else ""
        options += f"dilation_rate={window.dilation}, " if window.dilation != (1, 1) else ""
        layers = [
            *([f"keras.layers.ZeroPadding2D({pads})"] if padded and not same else []),
            f"keras.layers.Conv2D(1, {window.size}, {options}use_bias={bias is not None})",
        ]
        keep = f"::{window.stride[0]}, ::{window.stride[1]}" if apart else "..."
        weights = ["kernel[..., np.newaxis]", *(["np.array([bias])"] if bias else [])]
        code += _model(x.shape, layers, weights)
        code += [f"result = model(x[np.newaxis]).numpy()[0, {keep}, 0]"]
    return code.ending(out)


def softmax(library: Library, logits: Data, temperature: float = 1.0) -> str:
    """Write softmax: logits [n] divided by a temperature > 0 -> probabilities [n].

    Raises:
        CnnvizError: if the temperature is not a number > 0.
    """
    _check_axes("logits", logits, 1)
    heat = as_finite("temperature", temperature, ndim=0)
    if heat <= 0:
        raise invalid("temperature", "must be > 0", temperature)
    code = _Code(library, logits=logits)
    over = "logits" if heat == 1 else f"logits / {number(heat)}"
    code += {
        "numpy": [
            f"scores = {over}",
            "exponentials = np.exp(scores - np.max(scores))",
            "result = exponentials / np.sum(exponentials)",
        ],
        "tensorflow": [f"result = tf.nn.softmax({over}).numpy()"],
        "keras": [f"result = keras.layers.Softmax()({over}).numpy()"],
    }[library]
    return code.ending(logits.shape)


def cross_entropy(library: Library, logits: Data, label: int) -> str:
    """Write softmax cross-entropy of logits [n] for the class `label` -> its gradient at the logits [n].

    Raises:
        CnnvizError: if the label is no index of a logit.
    """
    _check_axes("logits", logits, 1)
    (count,) = logits.shape
    label = as_index("label", label, count)
    code = _Code(library, logits=logits)
    code += {
        "numpy": [
            "exponentials = np.exp(logits - np.max(logits))",
            "p = exponentials / np.sum(exponentials)",
            f"loss = -np.log(p[{label}])",
            f"result = p - np.eye({count})[{label}]  # the gradient of the loss",
        ],
        "tensorflow": [
            "scores = tf.constant(logits)",
            "with tf.GradientTape() as tape:",
            "    tape.watch(scores)",
            f"    loss = tf.nn.sparse_softmax_cross_entropy_with_logits({label}, scores)",
            "result = tape.gradient(loss, scores).numpy()",
        ],
        "keras": [
            "measure = keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
            f"loss = measure(np.array([{label}]), logits[np.newaxis])",
            f"y = keras.ops.one_hot({label}, {count}, dtype=logits.dtype.name)",
            "gradient = keras.ops.softmax(logits) - y",
            "result = keras.ops.convert_to_numpy(gradient)",
        ],
    }[library]
    return code.ending(logits.shape)


class _Code:
    """A snippet under construction: imports and data, then lines of arithmetic."""

    def __init__(self, library: Library, **data: Data | Sequence[Data] | None) -> None:
        self.library = one_of("library", library, get_args(Library))
        used = {name: arrays for name, arrays in data.items() if arrays is not None}
        flat = [
            each
            for arrays in used.values()
            for each in (arrays if isinstance(arrays, Sequence) else [arrays])
        ]
        self.names = {name for array in flat for name in array.imports}
        setup = [line for array in flat for line in array.setup]
        self.data = list(dict.fromkeys(setup))  # each once
        if len({line.partition(" = ")[0] for line in self.data}) != len(self.data):
            raise CnnvizError("The arrays of a snippet must come from one network and one picture.")
        for name, array in used.items():
            if isinstance(array, Sequence):
                items = [f"{indent(each.expression, '    ')},  # {each.shape}" for each in array]
                self.data += [f"{name} = [", *items, "]"]
                continue
            code = f"{name} = {array.expression}"
            if isinstance(array, Written) and array.channels > 1:
                code += f"\n{name} = np.repeat({name}, {array.channels}, axis=2)"
            self.data.append(code + (f"  # {array.shape}" if array.shape else ""))
        self.lines: list[str] = []

    def __iadd__(self, lines: list[str]) -> _Code:
        self.lines += lines
        return self

    def ending(self, shape: Shape) -> str:
        """Return the whole snippet, which ends by printing the shape of `result`."""
        lines = [*self.data, "", *self.lines, f"print(result.shape)  # {shape}"]
        text = "\n".join(lines)
        libraries = {"keras.": "import keras", "np.": "import numpy as np", "tf.": "import tensorflow as tf"}
        modules = [line for used, line in libraries.items() if used in text]
        origins = sorted({MODULES[name] for name in self.names})
        named = {
            origin: f"from {origin} import {', '.join(sorted(n for n in self.names if MODULES[n] == origin))}"
            for origin in origins
        }
        first = [f"{named.pop('pathlib')}\n"] if "pathlib" in named else []
        own = [""] if named and modules else []  # a blank line before this project's imports
        blocks = "\n".join([*first, *modules, *own, *named.values()])
        return f"{blocks}\n\n{text}\n"


def _check_axes(name: str, data: Data, axes: int) -> None:
    if len(data.shape) != axes:
        raise CnnvizError(f"`{name}` must have {axes} axes. Received: {name}.shape={data.shape}.")


def _four(pads: Pads) -> str:
    """Return the padding of all four axes of a batch."""
    return str([[0, 0], *map(list, pads), [0, 0]])
