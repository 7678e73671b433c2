"""The arrays that a snippet of code begins with: numbers written out, a picture, a feature map, a weight.

Each knows its shape, and the code that makes it. Small inputs are written out; a picture, a feature map or a
weight is fetched by its name, with `cnnviz` handing over the data and doing none of the arithmetic.

The code holds nothing but words of this module, numbers, and names that a network lists: no text of a visitor
can get into it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from cnnviz import files, settings
from cnnviz.arithmetic.kernels import LUMA_WEIGHTS
from cnnviz.data import registry
from cnnviz.data.cifar10 import CIFAR10
from cnnviz.data.dataset import DataSet, Preprocessing
from cnnviz.errors import CnnvizError, as_finite, as_integer, invalid
from cnnviz.layers.base import Shape
from cnnviz.networks import builder, zoo
from cnnviz.networks.graph import IMAGE, Graph, LayerInfo

Origin = Literal["sample", "test", "train", "upload"]

MAX_NUMBERS = 4096
"""Maximum count of numbers that a snippet writes out; more belong into a file."""
_PICTURES = {
    "sample": ("samples", "samples().images[{}]"),
    "test": ("load_split", 'load_split("test").images[{}]'),
    "train": ("load_split", 'load_split("train").images[{}]'),
    "upload": ("decode_upload", 'decode_upload(Path("picture.png").read_bytes()).image'),
}
MODULES = {
    "Path": "pathlib",
    "load": "cnnviz",
    "samples": "cnnviz",
    "load_split": "cnnviz.data.cifar10",
    "data_set": "cnnviz.data.registry",
    "decode_upload": "cnnviz.data.upload",
    "get": "cnnviz.networks.zoo",
    "random_network": "cnnviz.networks.builder",
    "Target": "cnnviz.networks.gradients",
}
"""Where the names that code of this module uses are imported from."""


@dataclass(frozen=True)
class Picture:
    """A picture: its source, and its number `index` there; an upload has no number.

    Attributes:
        data_set: the name of the set that it belongs to, or whose size an upload has.
        model: a network for that set, if it is none that is known by its name.
    """

    origin: Origin = "sample"
    index: int = 0
    data_set: str = CIFAR10.name
    model: str = ""

    def __post_init__(self) -> None:
        one_of("origin", self.origin, get_args(Origin))
        as_integer("index", self.index, minimum=0)

    @property
    def imports(self) -> tuple[str, ...]:
        """The names that the code needs."""
        return (self._code()[0], *(["Path"] if self.origin == "upload" else []))

    @property
    def setup(self) -> tuple[str, ...]:
        """The lines that make `image`."""
        return (f"image = {self._code()[1].format(int(self.index))}  # {self.set.shape}",)

    @property
    def set(self) -> DataSet:
        """The data set."""
        return zoo.get(self.model).data_set if self.model else registry.get(self.data_set)

    def _code(self) -> tuple[str, str]:
        """Return the name that the code needs, and the code of the picture."""
        usual = _PICTURES[self.origin]
        if self.data_set == CIFAR10.name or self.origin == "upload":
            return usual
        if self.model:
            own = f'get("{self.model}").data_set'
            read = "samples()" if self.origin == "sample" else f'load("{self.origin}", None)'
            return "get", f"{own}.{read}.images[{{}}]"
        if self.origin == "sample":
            return "samples", f'samples("{self.data_set}").images[{{}}]'
        return "data_set", f'data_set("{self.data_set}").load("{self.origin}", None).images[{{}}]'


@dataclass(frozen=True)
class Untrained:
    """A stack of the builder with random weights, as `builder.random_network` makes it.

    Attributes:
        stack: its text. seed: of its weights.
        shape: of the images that it takes.
    """

    stack: str
    seed: int = 0
    shape: Shape = CIFAR10.shape

    def __post_init__(self) -> None:
        as_integer("seed", self.seed, minimum=0)
        object.__setattr__(self, "stack", builder.write(builder.parse(self.stack)))  # the dataclass is frozen


Model = str | Untrained
"""The name of a trained network, or a stack of the builder."""


@dataclass(frozen=True, eq=False)
class Written:
    """Numbers that are written into the snippet as literals.

    Args:
        values: a number, or an array of up to 4 axes, finite.
        channels: repeat an array [h, w] for each of a number of channels: [h, w, channels]; 0 = do not.
    """

    values: Any
    channels: int = 0
    imports = ()
    setup = ()

    def __post_init__(self) -> None:
        values = as_finite("values", self.values)
        channels = as_integer("channels", self.channels, minimum=0)
        if values.ndim > 4 or values.size > MAX_NUMBERS or (channels and values.ndim != 2):
            raise CnnvizError(
                f"`values` must have up to 4 axes and {MAX_NUMBERS} numbers, 2 axes to be repeated. "
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
    """A picture [H, W, C] as networks are given it, or its brightness [H, W, 1].

    Attributes:
        grey: whether it is the brightness.
        channels: some of the picture's channels, or None for all.
        preprocessing: of the bytes; None = that of the picture's data set.
    """

    picture: Picture
    grey: bool = False
    channels: range | None = None
    preprocessing: Preprocessing | None = None

    def __post_init__(self) -> None:
        _check_channels(self.channels, self.picture.set.channels)

    @property
    def shape(self) -> Shape:
        """The shape of the array."""
        shape = self.picture.set.shape
        return (*shape[:2], 1) if self.grey else _part(shape, self.channels)

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
        whole = (self.preprocessing or self.picture.set.preprocessing).code("image")
        if self.grey:
            return f"({whole} @ [{', '.join(map(number, LUMA_WEIGHTS))}])[..., np.newaxis]"
        return whole if self.channels is None else f"({whole}){_index(self.channels)}"


@dataclass(frozen=True)
class Activation:
    """The output of a network's layer for a picture: all of it, or some of its channels [h, w, c]."""

    model: Model
    layer: str
    picture: Picture
    channels: range | None = None

    def __post_init__(self) -> None:
        shape = _layer(self.model, self.layer).output_shape
        _check_channels(self.channels, shape[-1] if len(shape) > 1 else 0)

    @property
    def shape(self) -> Shape:
        """The shape of the array."""
        return _part(_layer(self.model, self.layer).output_shape, self.channels)

    @property
    def imports(self) -> tuple[str, ...]:
        """The names that the code needs."""
        return (_load(self.model)[0], *self.picture.imports)

    @property
    def setup(self) -> tuple[str, ...]:
        """The lines before."""
        return (_load(self.model)[1], *self.picture.setup)

    @property
    def expression(self) -> str:
        """The code of the array."""
        return f"net.activations(image)[{quoted(self.layer)}]{_index(self.channels)}"


@dataclass(frozen=True)
class Weight:
    """A weight of a network: all of it, or the part of one filter or unit."""

    model: Model
    layer: str
    name: str = "kernel"
    index: int | None = None

    def __post_init__(self) -> None:
        shapes = _layer(self.model, self.layer).weight_shapes
        shape = shapes[one_of("name", self.name, tuple(shapes))]
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
        return (_load(self.model)[0],)

    @property
    def setup(self) -> tuple[str, ...]:
        """The lines before."""
        return (_load(self.model)[1],)

    @property
    def expression(self) -> str:
        """The code of the array."""
        whole = f"net.weights[{quoted(f'{self.layer}.{self.name}')}]"
        if self.index is None:
            return whole
        return f"{whole}[{self.index}]" if self.name != "kernel" else f"{whole}[..., {self.index}]"


Data = Written | Pixels | Activation | Weight
"""An array that a snippet begins with: its shape, and the code that makes it."""


def layer_data(model: Model, name: str, picture: Picture) -> tuple[list[Data], dict[str, Data]]:
    """Return the input of a network's layer for a picture, and its weights.

    What only training needs is passed over.
    """
    preprocessing = builder.PREPROCESSING if isinstance(model, Untrained) else None
    inputs: list[Data] = [
        Pixels(picture, preprocessing=preprocessing)
        if source == IMAGE
        else Activation(model, source, picture)
        for source in _graph(model).shown_inputs(name)
    ]
    return inputs, {key: Weight(model, name, key) for key in _graph(model)[name].weight_shapes}


def one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    """Return `value` if it is one of the allowed words.

    Raises:
        CnnvizError: if it is not.
    """
    if value not in allowed:
        raise invalid(name, f"must be one of {', '.join(allowed)}", value)
    return value


def quoted(name: str) -> str:
    r"""Write the name of a layer, which a file of anyone may have given it, as a string of Python.

    >>> print(quoted('a"] + b'))
    "a\"] + b"
    """
    return json.dumps(name, allow_nan=False)


def number(value: Any) -> str:
    """Write a number so that it reads back as the same float32, whole numbers without a point."""
    return np.format_float_positional(np.float32(value), trim="-") if value != 0 else "0"


def _load(model: Model) -> tuple[str, str]:
    """Return the function that makes a network, and the line that calls it.

    A run's network is loaded from its folder. It is named as the one who started the server named it, to whom
    the code is handed. On a public server that is somebody else, who need not know.
    """
    if isinstance(model, Untrained):
        return "random_network", f'net = random_network("{model.stack}", {model.seed}, {model.shape})'
    architecture, run = zoo.split(model)
    if not run:
        return "load", f'net = load("{architecture}")'
    runs = Path("runs") if settings.hosted() else files.runs_folder()
    folder = json.dumps(
        (runs / zoo.run_folder(architecture, run)).as_posix(), ensure_ascii=False, allow_nan=False
    )
    return "load", f'net = load("{architecture}", {folder})'


def _graph(model: Model) -> Graph:
    return _untrained_graph(model) if isinstance(model, Untrained) else zoo.get(model).graph


@lru_cache(64)
def _untrained_graph(model: Untrained) -> Graph:
    graph = builder.analyze(builder.parse(model.stack), model.shape).graph
    if graph is None:
        raise invalid("stack", "must have a layer that works", model.stack)
    return graph


def _layer(model: Model, name: str) -> LayerInfo:
    return _graph(model)[name]


def _check_channels(channels: range | None, count: int) -> None:
    """Raise if `channels` is no range of channels of an array with that number of channels."""
    if channels is not None and not (
        isinstance(channels, range) and channels.step == 1 and 0 <= channels.start < channels.stop <= count
    ):
        raise invalid("channels", f"must be a range of the {count} channels", channels)


def _part(shape: Shape, channels: range | None) -> Shape:
    return shape if channels is None else (*shape[:-1], len(channels))


def _index(channels: range | None) -> str:
    """Return the index of channels, "" for all."""
    return "" if channels is None else f"[..., {channels.start}:{channels.stop}]"


def _array(values: np.ndarray, index: str = "") -> str:
    """Return the code of an array; fractions such as 1/9 as whole numbers and a divisor.

    `index` is put behind the array, before the division.
    """
    if values.ndim == 0:
        return number(values)
    divisor = _divisor(values)
    if divisor > 1:
        return f"{_array(np.round(values * divisor), index)} / {divisor}"
    table = np.vectorize(number, otypes=[object])(values)
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
    divisors = np.arange(2, 1025, dtype=values.dtype)
    for value in values.flat:  # few are left after the first numbers, which an array has up to 4096 of
        multiples = value * divisors
        divisors = divisors[np.abs(multiples - np.round(multiples)) <= 1e-5 * divisors / 1024]
        if not len(divisors):
            return 1
    return int(divisors[0])
