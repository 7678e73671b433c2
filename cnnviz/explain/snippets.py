"""What the app computes, as code to copy: NumPy by hand, low-level TensorFlow, Keras layers.

Each function takes the settings of one view and returns a program that ends with `result`, the
numbers that the view shows. Small inputs are written out; a picture, a feature map or a trained
weight is fetched by its name, with `cnnviz` handing over the data and doing none of the arithmetic.

A snippet holds nothing but words of this module, numbers, and names that the zoo lists: no text of
a visitor can get into one. Its comments are shapes, which need no translation.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from cnnviz import files
from cnnviz.arithmetic.kernels import LUMA_WEIGHTS
from cnnviz.arithmetic.window import Pads, Window
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.registry import get as data_set
from cnnviz.errors import CnnvizError, as_finite, as_integer, invalid
from cnnviz.networks import zoo
from cnnviz.networks.graph import LayerInfo

Library = Literal["numpy", "tensorflow", "keras"]
Origin = Literal["sample", "test", "train", "upload"]
Shape = tuple[int, ...]

MAX_NUMBERS = 4096
"""How many numbers a snippet writes out at most: more belong into a file."""
_PICTURES = {
    "sample": ("samples", "samples().images[{}]"),
    "test": ("load_split", 'load_split("test").images[{}]'),
    "train": ("load_split", 'load_split("train").images[{}]'),
    "upload": ("decode_upload", 'decode_upload(Path("picture.png").read_bytes()).image'),
}
_FROM = {
    "Path": "pathlib",
    "load": "cnnviz",
    "samples": "cnnviz",
    "load_split": "cnnviz.data.cifar10",
    "data_set": "cnnviz.data.registry",
    "decode_upload": "cnnviz.data.upload",
}


@dataclass(frozen=True)
class Picture:
    """Which picture: number `index` of where it comes from; an upload has no number.

    Attributes:
        data_set: the name of the set that it belongs to, or whose size an upload has.
    """

    origin: Origin = "sample"
    index: int = 0
    data_set: str = CIFAR10.name

    def __post_init__(self) -> None:
        _one_of("origin", self.origin, get_args(Origin))
        as_integer("index", self.index, minimum=0)

    @property
    def imports(self) -> tuple[str, ...]:
        """The names that the code needs."""
        return (self._code()[0], *(["Path"] if self.origin == "upload" else []))

    @property
    def setup(self) -> tuple[str, ...]:
        """The lines that make `image`."""
        return (f"image = {self._code()[1].format(int(self.index))}  # {data_set(self.data_set).shape}",)

    def _code(self) -> tuple[str, str]:
        """Return the name that the code needs, and the code of the picture."""
        usual = _PICTURES[self.origin]
        if self.data_set == CIFAR10.name or self.origin == "upload":
            return usual
        if self.origin == "sample":
            return "samples", f'samples("{self.data_set}").images[{{}}]'
        return "data_set", f'data_set("{self.data_set}").load("{self.origin}", None).images[{{}}]'


@dataclass(frozen=True, eq=False)
class Written:
    """Numbers that stand in the snippet themselves.

    Args:
        values: a number, or an array of up to 3 axes, finite.
        channels: repeat an array [h, w] for each of so many channels: [h, w, channels]; 0 = do not.
    """

    values: Any
    channels: int = 0
    imports = ()
    setup = ()

    def __post_init__(self) -> None:
        values = as_finite("values", self.values)
        channels = as_integer("channels", self.channels, minimum=0)
        if values.ndim > 3 or values.size > MAX_NUMBERS or (channels and values.ndim != 2):
            raise CnnvizError(
                f"`values` must have up to 3 axes and {MAX_NUMBERS} numbers, 2 axes to be repeated. "
                f"Received: values.shape={values.shape}, channels={channels}."
            )
        object.__setattr__(self, "values", values)  # the dataclass is frozen

    @property
    def shape(self) -> Shape:
        """The shape of the array."""
        return (*self.values.shape, *([self.channels] if self.channels else []))

    @property
    def expression(self) -> str:
        """The code of the array, before it is repeated for each channel."""
        return _array(self.values, "[..., np.newaxis]" if self.channels else "")


@dataclass(frozen=True)
class Pixels:
    """A picture [H, W, C] as networks are given it, or its brightness [H, W, 1]."""

    picture: Picture
    grey: bool = False

    @property
    def shape(self) -> Shape:
        """The shape of the array."""
        rows, cols, channels = data_set(self.picture.data_set).shape
        return (rows, cols, 1 if self.grey else channels)

    @property
    def imports(self) -> tuple[str, ...]:
        """The names that the code needs."""
        return self.picture.imports

    @property
    def setup(self) -> tuple[str, ...]:
        """The lines before."""
        return self.picture.setup

    @property
    def expression(self) -> str:
        """The code of the array."""
        if not self.grey:
            return data_set(self.picture.data_set).preprocessing.code("image")
        return f"(image / 255 @ [{', '.join(_number(weight) for weight in LUMA_WEIGHTS)}])[..., np.newaxis]"


@dataclass(frozen=True)
class Activation:
    """What a layer of a network makes of a picture: all of it, or one map [h, w, 1]."""

    model: str
    layer: str
    picture: Picture
    map: int | None = None

    def __post_init__(self) -> None:
        shape = _layer(self.model, self.layer).output_shape
        if self.map is not None and (len(shape) != 3 or as_integer("map", self.map, minimum=0) >= shape[2]):
            raise invalid("map", f"must be a map of the layer, whose output is {shape}", self.map)

    @property
    def shape(self) -> Shape:
        """The shape of the array."""
        shape = _layer(self.model, self.layer).output_shape
        return shape if self.map is None else (*shape[:2], 1)

    @property
    def imports(self) -> tuple[str, ...]:
        """The names that the code needs."""
        return ("load", *self.picture.imports)

    @property
    def setup(self) -> tuple[str, ...]:
        """The lines before."""
        return (_load(self.model), *self.picture.setup)

    @property
    def expression(self) -> str:
        """The code of the array."""
        part = "" if self.map is None else f"[..., {self.map}:{self.map + 1}]"
        return f'net.activations(image)["{self.layer}"]{part}'


@dataclass(frozen=True)
class Weight:
    """A trained weight of a network: all of it, or what belongs to one filter or unit."""

    model: str
    layer: str
    name: str = "kernel"
    index: int | None = None

    def __post_init__(self) -> None:
        shapes = _layer(self.model, self.layer).weight_shapes
        shape = shapes[_one_of("name", self.name, tuple(shapes))]
        if self.index is not None and as_integer("index", self.index, minimum=0) >= shape[-1]:
            raise invalid("index", f"must be < {shape[-1]}", self.index)

    @property
    def shape(self) -> Shape:
        """The shape of the array."""
        shape = _layer(self.model, self.layer).weight_shapes[self.name]
        return shape if self.index is None else shape[:-1]

    @property
    def imports(self) -> tuple[str, ...]:
        """The names that the code needs."""
        return ("load",)

    @property
    def setup(self) -> tuple[str, ...]:
        """The lines before."""
        return (_load(self.model),)

    @property
    def expression(self) -> str:
        """The code of the array."""
        whole = f'net.weights["{self.layer}.{self.name}"]'
        if self.index is None:
            return whole
        return f"{whole}[{self.index}]" if self.name != "kernel" else f"{whole}[..., {self.index}]"


Data = Written | Pixels | Activation | Weight
"""An array that a snippet begins with: its shape, and the code that makes it."""


def convolution(library: Library, x: Data, kernel: Data, bias: Data | None, window: Window) -> str:
    """Write the convolution of an image with one filter; `result` is [OH, OW].

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
    _shapes("x", x, 3)
    if kernel.shape != (*window.size, x.shape[2]) or (bias is not None and bias.shape != ()):
        raise CnnvizError(
            "`kernel` must be [kh, kw, C] as window and `x` are, `bias` one number. Received: "
            f"kernel.shape={kernel.shape}, window.size={window.size}, x.shape={x.shape}, "
            f"bias.shape={bias.shape if bias else None}."
        )
    size = x.shape[0], x.shape[1]
    pads, out = window.pads(size), window.output_size(size)
    code = _Code(library, x=x, kernel=kernel, bias=bias)
    plus = " + bias" if bias else ""
    if library == "numpy":
        source = code.pad(pads, x.shape, "")
        code += [
            f"result = np.empty({out})",
            f"for i in range({out[0]}):",
            f"    for j in range({out[1]}):",
            f"        patch = {source}[{_slice('i', 0, window)}, {_slice('j', 1, window)}]",
            f"        result[i, j] = np.sum(patch * kernel){plus}",
        ]
    elif library == "tensorflow":
        code += [
            f"images = tf.constant(x[np.newaxis], tf.float32)  # {(1, *x.shape)}",
            f"filters = tf.constant(kernel[..., np.newaxis], tf.float32)  # {(*kernel.shape, 1)}",
        ]
        padding = code.tensorflow_padding(window, pads)
        dilations = f", dilations={window.dilation}" if window.dilation != (1, 1) else ""
        code += [
            f'maps = tf.nn.conv2d(images, filters, strides={window.stride}, padding="{padding}"{dilations})',
            f"result = (maps[0, ..., 0]{plus}).numpy()" if bias else "result = maps[0, ..., 0].numpy()",
        ]
    else:
        # Keras refuses a stride together with a dilation: move by 1, then keep every stride-th
        apart = max(window.stride) > 1 and max(window.dilation) > 1
        same = window.padding == "same" and not apart
        layers = [f"keras.Input({x.shape})"]
        if not same and pads != ((0, 0), (0, 0)):
            layers.append(f"keras.layers.ZeroPadding2D({pads})")
        options = f"strides={window.stride}, " if window.stride != (1, 1) and not apart else ""
        options += 'padding="same", ' if same else ""
        options += f"dilation_rate={window.dilation}, " if window.dilation != (1, 1) else ""
        layers.append(f"keras.layers.Conv2D(1, {window.size}, {options}use_bias={bias is not None})")
        keep = f"::{window.stride[0]}, ::{window.stride[1]}" if apart else "..."
        weights = "kernel[..., np.newaxis]" + (", np.array([bias])" if bias else "")
        code += [
            "model = keras.Sequential([",
            *(f"    {layer}," for layer in layers),
            "])",
            f"model.set_weights([{weights}])",
            f"result = model(x[np.newaxis]).numpy()[0, {keep}, 0]",
        ]
    return code.ending(out)


def pooling(library: Library, x: Data, window: Window, operation: Literal["max", "average"]) -> str:
    """Write max or average pooling; padding never counts; `result` is [OH, OW, C].

    Args:
        library: what to write it with.
        x: [H, W, C].
        window: how it slides, without dilation.
        operation: "max" or "average".

    Raises:
        CnnvizError: if the window does not fit.
    """
    _shapes("x", x, 3)
    if window.dilation != (1, 1):
        raise invalid("window", "must have dilation 1 for pooling", window)
    average = _one_of("operation", operation, ("max", "average")) == "average"
    size = x.shape[0], x.shape[1]
    pads, out = window.pads(size), window.output_size(size)
    code = _Code(library, x=x)
    shape = (*out, x.shape[2])
    custom = window.padding != "same" and pads != ((0, 0), (0, 0))
    if library == "numpy":
        source = code.pad(pads, x.shape, f", constant_values={'np.nan' if average else '-np.inf'}")
        mean = "np.nanmean" if source == "padded" else "np.mean"
        code += [
            f"result = np.empty({shape})",
            f"for i in range({out[0]}):",
            f"    for j in range({out[1]}):",
            f"        patch = {source}[{_slice('i', 0, window)}, {_slice('j', 1, window)}]",
            f"        result[i, j] = {mean if average else 'np.max'}(patch, axis=(0, 1))",
        ]
    elif library == "tensorflow":
        code += [f"images = tf.constant(x[np.newaxis], tf.float32)  # {(1, *x.shape)}"]
        slide = f"ksize={window.size}, strides={window.stride}"
        if custom and average:  # TensorFlow leaves out its own padding only
            code += [
                f"paddings = {_four(pads)}",
                f'means = tf.nn.avg_pool2d(tf.pad(images, paddings), {slide}, padding="VALID")',
                "inside = tf.pad(tf.ones_like(images), paddings)",
                f'share = tf.nn.avg_pool2d(inside, {slide}, padding="VALID")',
                "result = (means / share)[0].numpy()",
            ]
        else:
            padding = code.tensorflow_padding(window, pads, ', constant_values=float("-inf")')
            pool = "avg_pool2d" if average else "max_pool2d"
            code += [f'result = tf.nn.{pool}(images, {slide}, padding="{padding}")[0].numpy()']
    else:
        padding = ', padding="same"' if window.padding == "same" else ""
        pool = "AveragePooling2D" if average else "MaxPooling2D"
        code += [
            f"images = x[np.newaxis]  # {(1, *x.shape)}",
            f"pool = keras.layers.{pool}({window.size}, strides={window.stride}{padding})",
        ]
        if custom and average:
            code += [
                f"pad = keras.layers.ZeroPadding2D({pads})",
                "share = pool(pad(np.ones_like(images)))",
                "result = (pool(pad(images)) / share).numpy()[0]",
            ]
        elif custom:
            code += [
                f"padded = keras.ops.pad(images, {_four(pads)}, constant_values=-np.inf)",
                "result = pool(padded).numpy()[0]",
            ]
        else:
            code += ["result = pool(images).numpy()[0]"]
    return code.ending(shape)


def relu(library: Library, x: Data) -> str:
    """Write ReLU; `result` has the shape of `x`.

    >>> print(relu("numpy", Written([-2, 0, 3])))
    import numpy as np
    <BLANKLINE>
    x = np.array([-2, 0, 3], dtype=float)  # (3,)
    <BLANKLINE>
    result = np.maximum(x, 0)
    print(result.shape)  # (3,)
    <BLANKLINE>
    """
    code = _Code(library, x=x)
    code += {
        "numpy": ["result = np.maximum(x, 0)"],
        "tensorflow": ["result = tf.nn.relu(x).numpy()"],
        "keras": ["result = keras.layers.ReLU()(x).numpy()"],
    }[library]
    return code.ending(x.shape)


def dense(library: Library, x: Data, kernel: Data, bias: Data | None = None) -> str:
    """Write a fully connected layer, after flattening feature maps; `result` is [units].

    Args:
        library: what to write it with.
        x: [H, W, C], which is flattened, or [n].
        kernel: [n, units]. bias: [units] or None.

    Raises:
        CnnvizError: if shapes do not fit.
    """
    _shapes("kernel", kernel, 2)
    inputs, units = kernel.shape
    if len(x.shape) not in (1, 3) or prod(x.shape) != inputs or (bias and bias.shape != (units,)):
        raise CnnvizError(
            "`kernel` must have a row for each input and a column for each bias. Received: "
            f"x.shape={x.shape}, kernel.shape={kernel.shape}, bias.shape={bias.shape if bias else None}."
        )
    code = _Code(library, x=x, kernel=kernel, bias=bias)
    flat = len(x.shape) == 1
    plus = " + bias" if bias else ""
    if library == "numpy":
        code += [] if flat else [f"vector = x.reshape(-1)  # {(inputs,)}"]
        code += [f"result = {'x' if flat else 'vector'} @ kernel{plus}"]
    elif library == "tensorflow":
        code += [
            f"vector = tf.reshape(tf.constant(x, tf.float32), [1, {inputs}])",
            f"units = tf.matmul(vector, tf.constant(kernel, tf.float32)){plus}  # {(1, units)}",
            "result = units[0].numpy()",
        ]
    else:
        code += [
            "model = keras.Sequential([",
            f"    keras.Input({x.shape}),",
            *([] if flat else ["    keras.layers.Flatten(),"]),
            f"    keras.layers.Dense({units}, use_bias={bias is not None}),",
            "])",
            f"model.set_weights([kernel{', bias' if bias else ''}])",
            "result = model(x[np.newaxis]).numpy()[0]",
        ]
    return code.ending((units,))


def softmax(library: Library, logits: Data, temperature: float = 1.0) -> str:
    """Write softmax: logits [n] divided by a temperature > 0 -> probabilities [n].

    Raises:
        CnnvizError: if the temperature is not a number > 0.
    """
    _shapes("logits", logits, 1)
    heat = as_finite("temperature", temperature, ndim=0)
    if heat <= 0:
        raise invalid("temperature", "must be > 0", temperature)
    code = _Code(library, logits=logits)
    over = "logits" if heat == 1 else f"logits / {_number(heat)}"
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


class _Code:
    """A snippet under construction: imports and data, then lines of arithmetic."""

    def __init__(self, library: Library, **data: Data | None) -> None:
        self.library = _one_of("library", library, get_args(Library))
        used = {name: array for name, array in data.items() if array is not None}
        self.names = {name for array in used.values() for name in array.imports}
        setup = [line for array in used.values() for line in array.setup]
        self.data = list(dict.fromkeys(setup))  # each once
        if len({line.partition(" = ")[0] for line in self.data}) != len(self.data):
            raise CnnvizError("The arrays of a snippet must come from one network and one picture.")
        for name, array in used.items():
            code = f"{name} = {array.expression}"
            if isinstance(array, Written) and array.channels > 1:
                code += f"\n{name} = np.repeat({name}, {array.channels}, axis=2)"
            self.data.append(code + (f"  # {array.shape}" if array.shape else ""))
        self.lines: list[str] = []

    def __iadd__(self, lines: list[str]) -> _Code:
        self.lines += lines
        return self

    def pad(self, pads: Pads, shape: Shape, fill: str) -> str:
        """Pad `x` with NumPy where there is something to pad; return the name of what results."""
        if pads == ((0, 0), (0, 0)):
            return "x"
        padded = (shape[0] + sum(pads[0]), shape[1] + sum(pads[1]), shape[2])
        self.lines.append(f"padded = np.pad(x, {(*pads, (0, 0))}{fill})  # {padded}")
        return "padded"

    def tensorflow_padding(self, window: Window, pads: Pads, fill: str = "") -> str:
        """Return what TensorFlow calls the padding; pad `images` first if it has no name for it."""
        if window.padding == "same":
            return "SAME"
        if pads != ((0, 0), (0, 0)):
            self.lines.append(f"images = tf.pad(images, {_four(pads)}{fill})")
        return "VALID"

    def ending(self, shape: Shape) -> str:
        """Return the whole snippet, which ends by printing the shape of `result`."""
        lines = [*self.data, "", *self.lines, f"print(result.shape)  # {shape}"]
        text = "\n".join(lines)
        libraries = {"tensorflow": "import tensorflow as tf", "keras": "import keras"}
        modules = [libraries[self.library]] if self.library in libraries else []
        modules += ["import numpy as np"] if "np." in text else []
        origins = sorted({_FROM[name] for name in self.names})
        named = {
            origin: f"from {origin} import {', '.join(sorted(n for n in self.names if _FROM[n] == origin))}"
            for origin in origins
        }
        first = [f"{named.pop('pathlib')}\n"] if "pathlib" in named else []
        own = [""] if named and modules else []  # a blank line before what is this project's
        blocks = "\n".join([*first, *sorted(modules), *own, *named.values()])
        return f"{blocks}\n\n{text}\n"


def _load(model: str) -> str:
    """Return the line that loads a network: a bundled one, or a run's from its folder.

    It names the folder of runs as the one who started the server did, to whom it is handed. On a public
    server that is somebody else, who need not know.
    """
    architecture, run = zoo.split(model)
    if not run:
        return f'net = load("{architecture}")'
    runs = Path("runs") if os.environ.get("CNNVIZ_HOSTED") == "1" else files.runs_folder()
    folder = json.dumps(
        (runs / zoo.run_folder(architecture, run)).as_posix(), ensure_ascii=False, allow_nan=False
    )
    return f'net = load("{architecture}", {folder})'


def _layer(model: str, name: str) -> LayerInfo:
    layers = {layer.name: layer for layer in zoo.get(model).layers}
    return layers[_one_of("layer", name, tuple(layers))]


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    """Return `value` if it is one of the allowed words."""
    if value not in allowed:
        raise invalid(name, f"must be one of {', '.join(allowed)}", value)
    return value


def _shapes(name: str, data: Data, axes: int) -> None:
    if len(data.shape) != axes:
        raise CnnvizError(f"`{name}` must have {axes} axes. Received: {name}.shape={data.shape}.")


def _slice(index: str, axis: int, window: Window) -> str:
    """Return "2 * i : 2 * i + 5 : 2": the window's cells along one axis."""
    stride, extent, dilation = window.stride[axis], window.extent[axis], window.dilation[axis]
    start = index if stride == 1 else f"{stride} * {index}"
    return f"{start} : {start} + {extent}" + (f" : {dilation}" if dilation > 1 else "")


def _four(pads: Pads) -> str:
    """Return the padding of all four axes of a batch."""
    return str([[0, 0], *map(list, pads), [0, 0]])


def _array(values: np.ndarray, index: str = "") -> str:
    """Return the code of an array; fractions such as 1/9 as whole numbers and what they are divided by.

    `index` is put behind the array, before the division.
    """
    if values.ndim == 0:
        return _number(values)
    divisor = _divisor(values)
    if divisor > 1:
        return f"{_array(np.round(values * divisor), index)} / {divisor}"
    table = np.vectorize(_number, otypes=[object])(values)
    if values.ndim == 1:
        return f"np.array([{', '.join(table)}], dtype=float){index}"
    widths = np.vectorize(len)(table).reshape(-1, values.shape[-1]).max(axis=0)

    def rows(part: np.ndarray, indent: str) -> list[str]:
        if part.ndim == 1:
            return [f"{indent}[{', '.join(s.rjust(w) for s, w in zip(part, widths, strict=True))}],"]
        inner = [line for row in part for line in rows(row, indent + "    ")]
        return [f"{indent}[", *inner, f"{indent}],"]

    lines = [line for row in table for line in rows(row, "    ")]
    return "\n".join(["np.array([", *lines, f"], dtype=float){index}"])


def _divisor(values: np.ndarray) -> int:
    """Return the smallest d <= 1024 that makes whole numbers of `values`, 1 if none or not needed."""
    if np.allclose(values, np.round(values, 4), rtol=0, atol=1e-9) or np.abs(values).max() > 1e6:
        return 1  # few decimals read well as they are
    for divisor in range(2, 1025):
        multiple = values * divisor
        if np.allclose(multiple, np.round(multiple), rtol=0, atol=1e-5 * divisor / 1024):
            return divisor
    return 1


def _number(value: Any) -> str:
    """Write a number so that it reads back as the same float32, whole numbers without a point."""
    return np.format_float_positional(np.float32(value), trim="-") if value != 0 else "0"
