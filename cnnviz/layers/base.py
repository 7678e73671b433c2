"""What every kind of layer answers: shapes, weights, cost, receptive field, NumPy, Keras, code, settings.

A kind of layer is one file in this folder: a frozen dataclass that inherits from `Layer` (or from one of the
bases below) and says in what it differs. `registry` finds it there; nothing else has to know of it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from cnnviz.arithmetic.window import ReceptiveField, Window
from cnnviz.errors import CnnvizError, invalid

if TYPE_CHECKING:
    import keras

Shape = tuple[int, ...]
"""Without the batch axis: maps [H, W, C], a signal [L, C] or a vector [n]."""
Weights = Mapping[str, np.ndarray]
"""Of one layer: {"kernel": array, "bias": array}."""
Setting = int | str | bool
Misfit = Literal["window", "needs_maps", "needs_signal", "needs_vector", "shapes", "dilated_stride"]
"""Why a layer cannot take its inputs: its window is larger than they are; it works on maps, a signal or a
vector, and gets something else; they do not fit each other; and whatever they are, its window has a stride
and a dilation, which Keras does not combine."""


def map_shape(shape: Shape) -> tuple[int, int, int]:
    """Return a shape as that of maps: a signal is one row high, a vector one cell.

    >>> map_shape((32, 3)), map_shape((10,))
    ((1, 32, 3), (1, 1, 10))
    """
    height, width, channels = (1,) * (3 - len(shape)) + tuple(shape)
    return height, width, channels


def as_maps(x: np.ndarray) -> np.ndarray:
    """Return maps [H, W, C], a signal [L, C] or a vector [n] as maps: [H, W, C], [1, L, C] or [1, 1, n]."""
    return x.reshape(map_shape(x.shape))


@dataclass(frozen=True)
class Field:
    """A setting of a layer that a visitor can change, and how a stack's text writes it.

    Attributes:
        name: of the setting.
        label: of its range: "filters", "kernel", ... in the texts; a choice and a switch have their own.
        low, high: smallest and largest value, of a number.
        words: the values of a choice; () for a number or a switch.
        switch: whether it is on or off; the text then has `letter` where it is off.
        letter: what stands before a number in the text.
        default: what it is where the text says nothing; the name of another setting = as that; None = it
            has to be said.
        brief: whether the text leaves it out where it is the default.
    """

    name: str
    label: str = ""
    low: int = 0
    high: int = 0
    words: tuple[str, ...] = ()
    switch: bool = False
    letter: str = ""
    default: Setting | None = None
    brief: bool = False

    def pattern(self) -> str:
        """Return the regular expression of its text, with a group of its name."""
        if self.words:
            return f"(?P<{self.name}>{'|'.join(self.words)})?"
        if self.switch:
            return f"(?P<{self.name}>{self.letter}?)"
        optional = "?" if self.default is not None else ""
        return rf"(?:{self.letter}(?P<{self.name}>\d{{1,{len(str(self.high)) + 1}}})){optional}"

    def read(self, text: str | None, before: Mapping[str, Setting]) -> Setting:
        """Return its value from the text of its group; `before` are the settings that stand before it."""
        if self.switch:
            return not text
        if text:
            return text if self.words else int(text)
        assert self.default is not None  # the expression has matched without it
        return before.get(str(self.default), self.default)

    def write(self, settings: Mapping[str, Setting]) -> str:
        """Return the text of its value."""
        value = settings[self.name]
        if self.switch:
            return "" if value else self.letter
        usual = settings.get(str(self.default), self.default)
        return "" if self.brief and value == usual else f"{self.letter}{value}"

    def check(self, value: Setting, kind: str) -> None:
        """Refuse a value that a visitor cannot choose.

        Raises:
            CnnvizError: with the reason "stack_number".
        """
        if self.words or self.switch:
            return
        if not self.low <= int(value) <= self.high:
            raise CnnvizError(
                str(invalid(self.name, f"must be in {self.low}..{self.high} in a {kind} block", value)),
                reason="stack_number",
            )


@dataclass(frozen=True)
class Call:
    """A call of a class of Keras: its name, arguments in their places, and arguments by name."""

    name: str
    places: tuple[Any, ...] = ()
    names: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def code(self) -> str:
        """Return it as Python, strings in double quotes.

        >>> Call("Conv2D", (8, 3), {"padding": "same"}).code()
        'Conv2D(8, 3, padding="same")'
        """
        named = [f"{name}={_literal(value)}" for name, value in self.names.items()]
        return f"{self.name}({', '.join([*map(_literal, self.places), *named])})"


def _literal(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


@dataclass(frozen=True)
class Slide:
    """One map of a layer as a window that slides over an input: what the stepper shows of it.

    Attributes:
        operation: "conv": a sum of products; "max", "average": of the window; "pointwise": a function of
            each cell by itself.
        x: [H, W, C], what the window slides over. window: how.
        kernel: conv: [kh, kw, C]. bias: conv: added to each sum.
        function: pointwise: its name.
        formula: pointwise: how it is written, with "{x}" for the number, "{-x}" for its negative and "{(x)}"
            for the number in brackets if it is negative: "max(0, {x})", "1 / (1 + exp({-x}))", "0.1 × {(x)}".
        compute: pointwise: any shape -> the same shape.
        inserted: (rows, columns) from one cell of the layer's input to the next in `x`, from (0, 0) on; the
            cells between are zeros that a transposed convolution inserts.
        channel_names: of the channels of `x`, if they have names, such as the inputs of an addition.
    """

    operation: Literal["conv", "max", "average", "pointwise"]
    x: np.ndarray
    window: Window
    kernel: np.ndarray | None = None
    bias: float = 0.0
    function: str = ""
    formula: str = ""
    compute: Callable[[np.ndarray], np.ndarray] | None = None
    inserted: tuple[int, int] = (1, 1)
    channel_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layer:
    """One layer, as data.

    Class attributes, which tell a kind:
        kind: its name, in files, texts and links.
        word: what layers of it are called in a visitor's stack, before a number.
        letters: what a stack's text calls it. fields: what a visitor can set.
        page: of the app, that explains it: "layer" explains any; None = nothing is to be explained.
        equation: what one number of its output is, in LaTeX; "" where the window's function says it.
        part: as what it is drawn in an architecture: "conv", "pool", "join" or "vector"; None = not at all.
        channelwise: whether each map is made of the map of the same number, and of that alone.
        drawn: whether its maps are shown; one that changes nothing outside training, or only the order
            of numbers, is named instead.
        training_only: whether it hands on what it gets, outside training.
        filters: whether its kernel is a bank of filters, [kh, kw, C, F], each a small picture.
        probabilities: whether it makes a probability for each class.
        measured: its weights that training measures and does not adjust.
        inputs: how many inputs it takes, at least and at most.

    Attributes:
        name: unique within a network; "" within a visitor's stack, where blocks are numbered later.
    """

    name: str

    kind: ClassVar[str]
    word: ClassVar[str]
    letters: ClassVar[str]
    fields: ClassVar[tuple[Field, ...]] = ()
    page: ClassVar[str | None] = "layer"
    equation: ClassVar[str] = ""
    part: ClassVar[str | None] = None
    channelwise: ClassVar[bool] = False
    drawn: ClassVar[bool] = True
    training_only: ClassVar[bool] = False
    filters: ClassVar[bool] = False
    probabilities: ClassVar[bool] = False
    measured: ClassVar[tuple[str, ...]] = ()
    inputs: ClassVar[tuple[int, int]] = (1, 1)

    # ------------------------------------------------------------ shapes and cost

    @property
    def sliding(self) -> Window | None:
        """The window that slides over its input, or None."""
        return None

    def misfit(self, *shapes: Shape) -> Misfit | None:
        """Return why it cannot take inputs of these shapes, or None if it can."""
        return None

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return the shape of what it makes of inputs of these shapes.

        Raises:
            CnnvizError: if it cannot take them.
        """
        return shapes[0]

    def weight_shapes(self, *shapes: Shape) -> dict[str, Shape]:
        """Return {weight: shape}, in Keras' order, for inputs of these shapes."""
        return {}

    def multiply_accumulates(self, *shapes: Shape) -> int:
        """Return the multiplications of one forward pass of one image."""
        return 0

    def receptive_field(
        self, fields: Sequence[ReceptiveField | None], shapes: Sequence[Shape]
    ) -> ReceptiveField | None:
        """Return what one of its cells sees of the network's input; None = all of it.

        Args:
            fields, shapes: of its inputs.
        """
        field = ReceptiveField.union(fields)
        if field is None or self.sliding is None:
            return field
        return field.after(self.sliding, map_shape(shapes[0])[:2])

    @property
    def skips(self) -> int:
        """In a visitor's stack: before how many blocks its other input is taken; 0 = it has no other."""
        return 0

    def fan_in(self, weight: str, shape: Shape) -> int:
        """Return of how many inputs one of its outputs is the sum, by the shape of a kernel."""
        return prod(shape[:-1])

    # ------------------------------------------------------------ two engines

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Return its output, without a batch axis, as it works outside training, with NumPy."""
        raise NotImplementedError

    def call(self) -> Call:
        """Return what builds it in Keras; what is Keras' default is left out."""
        raise NotImplementedError

    def calls(self, *shapes: Shape) -> tuple[Call, ...]:
        """Return what builds it in Keras for inputs of these shapes: `call`, or several in a row."""
        return (self.call(),)

    def build(
        self, *shapes: Shape, classes: Mapping[str, Any] | None = None, **arguments: Any
    ) -> list[keras.Layer]:
        """Return its Keras layers, which follow each other; the last one has its name. Imports TensorFlow.

        Args:
            shapes: of its inputs.
            classes: {name in keras.layers: the class to take instead}.
            arguments: more for each class: `dtype`.
        """
        import keras

        calls = self.calls(*shapes)
        names = [*(f"{self.name}_{k}" for k in range(1, len(calls))), self.name]
        arguments |= self.training_arguments()
        return [
            ((classes or {}).get(call.name) or getattr(keras.layers, call.name))(
                *call.places, **call.names, name=name, **arguments
            )
            for call, name in zip(calls, names, strict=True)
        ]

    def training_arguments(self) -> dict[str, Any]:
        """Return Keras' arguments that matter only in training: how weights begin, what binds them."""
        return {}

    # ------------------------------------------------------------ a step, and code

    def slide(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> Slide | None:
        """Return what makes map number `map` of it, or None if no window makes it.

        Args:
            inputs: arrays without a batch axis. weights: {name: array}.
            map: of its output as maps (`as_maps`).
        """
        return None

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return lines of Python that compute `result` from `x` and its weights by their names, in NumPy.

        Args:
            shapes: of its inputs. Several inputs are called `xs[0]`, `xs[1]`, ...
        """
        raise NotImplementedError

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return the same with TensorFlow's operations; `x` and the weights are NumPy arrays."""
        raise NotImplementedError

    # ------------------------------------------------------------ a visitor's settings

    def settings(self) -> dict[str, Setting]:
        """Return {name of a field: value}."""
        return {field.name: getattr(self, field.name) for field in self.fields}

    @classmethod
    def from_settings(cls, name: str, **settings: Any) -> Self:
        """Return a layer of this kind; the arguments are those of `settings`.

        Raises:
            CnnvizError: if a value is out of a field's range.
        """
        for field in cls.fields:
            field.check(settings[field.name], cls.kind)
        return cls(name, **settings)

    @classmethod
    def fresh(cls) -> Self:
        """Return a new block of this kind."""
        return cls("")

    def renamed(self, name: str) -> Self:
        """Return the same layer by another name."""
        return dataclasses.replace(self, name=name)


def square(pair: tuple[int, int]) -> int | tuple[int, int]:
    """Return (3, 3) as 3, as people write it."""
    return pair[0] if pair[0] == pair[1] else pair


def slide_arguments(window: Window) -> dict[str, Any]:
    """Return Keras' arguments for how a window slides, without what is Keras' default.

    >>> slide_arguments(Window(3, stride=2, padding="same"))
    {'strides': 2, 'padding': 'same'}
    """
    names: dict[str, Any] = {}
    if window.stride != (1, 1):
        names["strides"] = square(window.stride)
    if named_padding(window) == "same":
        names["padding"] = "same"
    if window.dilation != (1, 1):
        names["dilation_rate"] = square(window.dilation)
    return names


def named_padding(window: Window) -> str:
    """Return "valid" or "same", which are the paddings that Keras' layers know.

    Raises:
        CnnvizError: if a window pads by numbers.
    """
    if not isinstance(window.padding, str):
        raise invalid("padding", 'must be "valid" or "same" in a layer of Keras', window.padding)
    return window.padding


@dataclass(frozen=True)
class Windowed(Layer):
    """A layer whose window slides over maps.

    Attributes:
        window: what slides over the input, and how.
    """

    window: Window = Window(1)

    @property
    def sliding(self) -> Window | None:
        """The window that slides over its input, or None."""
        return self.window

    def misfit(self, *shapes: Shape) -> Misfit | None:
        """Return why it cannot take inputs of these shapes, or None if it can."""
        return "needs_maps" if len(shapes[0]) != 3 else window_misfit(self.sliding, shapes[0])

    def settings(self) -> dict[str, Setting]:
        """Return {name of a field: value}; windows that visitors set are square."""
        own: dict[str, Setting] = {
            "size": self.window.size[0],
            "stride": self.window.stride[0],
            "padding": str(self.window.padding),
        }
        return {field.name: own.get(field.name, getattr(self, field.name, None)) for field in self.fields}  # type: ignore[misc]

    @classmethod
    def from_settings(cls, name: str, **settings: Any) -> Self:
        """Return a layer of this kind; the arguments are those of `settings`."""
        for field in cls.fields:
            field.check(settings[field.name], cls.kind)
        size, stride, padding = (settings.pop(key) for key in ("size", "stride", "padding"))
        return cls(name, window=Window(size, stride, padding), **settings)


def window_misfit(window: Window | None, shape: Shape) -> Misfit | None:
    """Return why a window cannot slide over an input of this shape in Keras, or None if it can."""
    if window is None:
        return None
    if max(window.stride) > 1 and max(window.dilation) > 1:
        return "dilated_stride"
    try:
        window.output_size(map_shape(shape)[:2])
    except CnnvizError:
        return "window"
    return None


def weights_count(shapes: Mapping[str, Shape]) -> int:
    """Return how many numbers weights of these shapes are.

    >>> weights_count({"kernel": (3, 3, 3, 32), "bias": (32,)})
    896
    """
    return sum(map(prod, shapes.values()))
