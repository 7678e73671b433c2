"""The interface of layers: shapes, weights, cost, receptive field, NumPy, Keras, code and settings.

Each kind of layer is one module in this package: a frozen dataclass that inherits from `Layer` (or a
subclass) and overrides what differs. `registry` discovers it; no other module has to be changed.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from cnnviz.arithmetic.window import ReceptiveField, Window
from cnnviz.errors import CnnvizError, invalid

if TYPE_CHECKING:
    import keras

Shape = tuple[int, ...]
"""Without the batch axis: maps [H, W, C], a signal [L, C] or a vector [n]."""
Weights = Mapping[str, np.ndarray]
"""The arrays of one layer by name: {"kernel": array, "bias": array}."""
Setting = int | str | bool
Operation = Literal["conv", "max", "average", "pointwise", "terms"]
"""How a sliding-window operation reduces the numbers under the window to one."""
Incompatibility = Literal["window", "needs_maps", "needs_signal", "needs_vector", "shapes", "dilated_stride"]
"""The reason why a layer cannot take its inputs: the window is larger than the padded input; the layer
needs maps, a signal or a vector; the shapes of several inputs do not match; or the window has both a stride
and a dilation, which Keras does not support."""


def map_shape(shape: Shape) -> tuple[int, int, int]:
    """Return the shape of `as_maps(x)`: a signal is one row high, a vector one cell.

    >>> map_shape((32, 3)), map_shape((10,))
    ((1, 32, 3), (1, 1, 10))
    """
    height, width, channels = (1,) * (3 - len(shape)) + tuple(shape)
    return height, width, channels


def as_maps(x: np.ndarray) -> np.ndarray:
    """Reshape maps [H, W, C], a signal [L, C] or a vector [n] to [H, W, C], [1, L, C] or [1, 1, n]."""
    return x.reshape(map_shape(x.shape))


@dataclass(frozen=True)
class Field:
    """A setting of a layer that a visitor can change, and its syntax in the text of a builder stack.

    Attributes:
        name: the setting's name.
        label: key of its label in the texts: "filters", "kernel", ...; not used by choices and switches.
        minimum, maximum: range of a number.
        choices: the values of a choice; () for a number or a switch.
        switch: whether the setting is a boolean; the text contains `prefix` if it is False.
        skip: whether a number is that of the blocks that a skip connection spans.
        of: the choice to which the setting belongs; it has no effect at the first value of that choice.
        prefix: the characters before the value in the text.
        default: the value if the text omits the setting; the name of another setting = its value;
            None = required.
        omit_default: whether the text omits the default value.
    """

    name: str
    label: str = ""
    minimum: int = 0
    maximum: int = 0
    choices: tuple[str, ...] = ()
    switch: bool = False
    prefix: str = ""
    default: Setting | None = None
    omit_default: bool = False
    skip: bool = False
    of: str = ""

    def pattern(self) -> str:
        """Return the regular expression of the setting's text, with a group named after it."""
        if self.choices:
            return f"(?P<{self.name}>{'|'.join(self.choices)})?"
        if self.switch:
            return f"(?P<{self.name}>{self.prefix}?)"
        optional = "?" if self.default is not None else ""
        return rf"(?:{self.prefix}(?P<{self.name}>\d{{1,{len(str(self.maximum)) + 1}}})){optional}"

    def read(self, text: str | None, before: Mapping[str, Setting]) -> Setting:
        """Parse the text of the group; `before` are the values of the preceding settings."""
        if self.switch:
            return not text
        if text:
            return text if self.choices else int(text)
        assert self.default is not None  # the expression has matched without it
        return before.get(str(self.default), self.default)

    def write(self, settings: Mapping[str, Setting]) -> str:
        """Return the text of the setting's value."""
        value = settings[self.name]
        if self.switch:
            return "" if value else self.prefix
        usual = settings.get(str(self.default), self.default)
        return "" if self.omit_default and value == usual else f"{self.prefix}{value}"

    def check(self, value: Setting, kind: str) -> None:
        """Check that a number is whole and in range; a layer that no block made may have pairs of numbers.

        Raises:
            CnnvizError: with the reason "stack_number", if it is not.
        """
        if self.choices or self.switch:
            return
        if not isinstance(value, int) or not self.minimum <= value <= self.maximum:
            raise CnnvizError(
                str(
                    invalid(self.name, f"must be in {self.minimum}..{self.maximum} in a {kind} block", value)
                ),
                reason="stack_number",
            )


@dataclass(frozen=True)
class Call:
    """A call of a Keras class, as data: its name, positional arguments and keyword arguments."""

    name: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def code(self) -> str:
        """Return the call as Python code, with strings in double quotes and expressions as they are.

        >>> Call("Conv2D", (8, 3), {"padding": "same"}).code()
        'Conv2D(8, 3, padding="same")'
        """
        named = [f"{name}={_literal(value)}" for name, value in self.kwargs.items()]
        return f"{self.name}({', '.join([*map(_literal, self.args), *named])})"


@dataclass(frozen=True)
class Expression:
    """A function of a tensor and the Python expression that defines it, for `keras.layers.Lambda`.

    Attributes:
        code: "lambda x: ...", in terms of `keras`.
        function: the function that the code computes.
    """

    code: str
    function: Callable[[Any], Any]

    def __str__(self) -> str:
        return self.code

    def __call__(self, x: Any) -> Any:
        """Return the function of a tensor."""
        return self.function(x)


def _literal(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


@dataclass(frozen=True)
class SlidingOp:
    """The sliding-window operation that computes one output map of a layer; the stepper displays it.

    Attributes:
        operation: "conv" (a sum of products), "max" or "average" (of the window), "pointwise" (an
            elementwise function), or "terms" (a function of several numbers at each position).
        x: [H, W, C], the array that the window slides over. window: the sliding window.
        kernel: conv: [kh, kw, C]. bias: conv: added to each sum.
        function: pointwise: the function's name; 1x1 conv: the layer's kind, if all it does is to add
            the channels, with weights 1.
        formula: pointwise: the function in writing, with "{x}" for the number, "{-x}" for its negative and
            "{(x)}" for the number in brackets if it is negative: "max(0, {x})", "1 / (1 + exp({-x}))",
            "0.1 × {(x)}". terms: the same with the terms by their numbers: "{0} × {(1)}". Both:
            `constants` are {a}, {b}, ...
        compute: pointwise: the function, any shape -> the same shape. terms: [..., C] -> [..., 1]. A method
            or a dataclass that can be called, so that equal ones are known to be equal.
        terms: for "terms": names of the channels of `x` where they are not inputs: keys of `drill.term_` in
         the texts. The first is the number of `sources`; "mean" and "variance" are those of all channels
            there, "squares" is the sum of squares of this one and its `neighbours`.
        neighbours: "squares": how many channels before and after this one.
        constants: pointwise, terms: numbers of the formula that differ from map to map.
        sign: terms: the operator between the terms if the function is nothing else, such as "×".
        inserted: (rows, columns): distance in `x` of neighbouring cells of the layer's input; the cells
            between them are zeros that a transposed convolution inserts.
        channel_names: names of the channels of `x`, if any, such as the inputs of an addition.
        sources: (input, channel) of each channel of `x`, which is that channel of that input, after
            `as_maps`; () if `x` is something that the layer computes on the way.
        origin: (row, column) in that channel of the first cell of `x`, which may be a part of it.
        repeats_edge: whether `x` reaches beyond that channel: there it repeats the nearest cell.
    """

    operation: Operation
    x: np.ndarray
    window: Window
    kernel: np.ndarray | None = None
    bias: float = 0.0
    function: str = ""
    formula: str = ""
    compute: Callable[[np.ndarray], np.ndarray] | None = None
    inserted: tuple[int, int] = (1, 1)
    terms: tuple[str, ...] = ()
    neighbours: tuple[int, int] = (0, 0)
    constants: tuple[float, ...] = ()
    sign: str = ""
    channel_names: tuple[str, ...] = ()
    sources: tuple[tuple[int, int], ...] = ()
    origin: tuple[int, int] = (0, 0)
    repeats_edge: bool = False


@dataclass(frozen=True, eq=False)
class LayerGradients:
    """The gradients that one layer hands on in backpropagation.

    Attributes:
        inputs: one array per input, of its shape.
        at_weights: computes `weights`.
    """

    inputs: tuple[np.ndarray, ...]
    at_weights: Callable[[], Mapping[str, np.ndarray]] = dict

    @functools.cached_property
    def weights(self) -> Mapping[str, np.ndarray]:
        """{weight name: array of its shape}, of the weights that training changes.

        Computed when it is first read: many uses need the gradients at the inputs alone.
        """
        return self.at_weights()


@dataclass(frozen=True)
class Layer:
    """A layer's configuration.

    Class attributes, which describe the kind:
        kind: the kind's name in files, texts and links.
        name_prefix: the start of layer names in a builder stack, before the number: "conv" for "conv1".
        abbreviation: the kind in the text of a builder stack. fields: the settings a visitor can change.
        group: where menus list the kind: one of `registry.GROUPS`.
        page: the app's page that explains the kind: "layer" explains any; None = no page.
        equation: one number of the output as LaTeX; "" if `SlidingOp.formula` says it.
        part: the kind's shape in architecture drawings: "conv", "pool", "join" or "vector"; None = omitted.
        symbol: the sign in the circle of a layer with part "join".
        channelwise: whether output map c depends on input map c only.
        drawn: whether the grid of feature maps draws the output. Layers that are the identity outside
            training, or only reorder numbers, are listed by name instead.
        row_major: whether the output is the input's numbers, row by row, in another shape.
        training_only: whether the layer is the identity outside training.
        filters: whether the kernel is a bank of filters [kh, kw, C, F] that can be drawn as images.
        probabilities: whether the output is a probability per class.
        non_trainable_weights: names of the weights that training updates without gradients.
        keras2_weights: {weight name: its name in files of Keras 2}, where that is another.
        inputs: (least, most) number of inputs.

    Attributes:
        name: unique within a network; "" in a builder stack, where names are assigned later.
    """

    name: str

    kind: ClassVar[str]
    name_prefix: ClassVar[str]
    abbreviation: ClassVar[str]
    fields: ClassVar[tuple[Field, ...]] = ()
    group: ClassVar[str] = "other"
    page: ClassVar[str | None] = "layer"
    equation: ClassVar[str] = ""
    part: ClassVar[str | None] = None
    symbol: ClassVar[str] = ""
    channelwise: ClassVar[bool] = False
    drawn: ClassVar[bool] = True
    row_major: ClassVar[bool] = False
    training_only: ClassVar[bool] = False
    filters: ClassVar[bool] = False
    probabilities: ClassVar[bool] = False
    non_trainable_weights: ClassVar[tuple[str, ...]] = ()
    keras2_weights: ClassVar[Mapping[str, str]] = MappingProxyType({})
    inputs: ClassVar[tuple[int, int]] = (1, 1)

    # ------------------------------------------------------------ shapes and cost

    @property
    def sliding_window(self) -> Window | None:
        """The window that slides over the input, or None."""
        return None

    def incompatibility(self, *shapes: Shape) -> Incompatibility | None:
        """Return why the layer cannot take inputs of these shapes, or None."""
        return None

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return the output shape for inputs of these shapes.

        Raises:
            CnnvizError: if the layer cannot take them.
        """
        return shapes[0]

    def is_drawn(self, *shapes: Shape) -> bool:
        """Return whether the grid draws the output for inputs of these shapes: as a rule, `drawn`."""
        return self.drawn

    def weight_shapes(self, *shapes: Shape) -> dict[str, Shape]:
        """Return {weight name: shape}, in Keras' order, for inputs of these shapes."""
        return {}

    def multiply_accumulates(self, *shapes: Shape) -> int:
        """Return the number of multiply-accumulates of one forward pass of one image."""
        return 0

    def receptive_field(
        self, fields: Sequence[ReceptiveField | None], shapes: Sequence[Shape]
    ) -> ReceptiveField | None:
        """Return the receptive field of the output in the network's input; None = the whole image.

        Args:
            fields, shapes: receptive fields and shapes of the inputs.
        """
        field = ReceptiveField.union(fields)
        if field is None or self.sliding_window is None:
            return field
        return field.after(self.sliding_window, map_shape(shapes[0])[:2])

    @property
    def skip_distance(self) -> int:
        """Number of blocks between the two inputs in a builder stack; 0 = a single input."""
        return 0

    @property
    def skip_layers(self) -> tuple[Layer, ...]:
        """The layers on the skip connection that ends in this layer in a builder stack, without names."""
        return ()

    def without_skip_layers(self) -> Self:
        """Return the layer alone, as it is in a graph, where `skip_layers` are layers of their own."""
        return self

    def after_skip(self, distance: int, layers: Sequence[Layer]) -> Self:
        """Return the layer at the end of a skip connection over a number of blocks of a builder stack.

        Args:
            distance: as `skip_distance`. layers: those on it, where `skip_layers` allows them.

        Raises:
            CnnvizError: if a setting is out of a field's range.
        """
        return self

    def with_skip_layers(self, main: Shape, skip: Shape) -> Self | None:
        """Return the layer with `skip_layers` that give the skip connection the main path's shape.

        Args:
            main, skip: the shapes that arrive on the two ways, before any `skip_layers`.

        Returns:
            None if no such layers exist, or this kind of layer has none.
        """
        return None

    def fan_in(self, weight: str, shape: Shape) -> int:
        """Return the number of inputs per output of a kernel of this name and shape."""
        return prod(shape[:-1])

    # ------------------------------------------------------------ two engines

    def compute(self, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
        """Compute the output in inference mode with NumPy, without a batch axis."""
        raise NotImplementedError

    def backward(self, upstream: np.ndarray, *inputs: np.ndarray, **weights: np.ndarray) -> LayerGradients:
        """Compute the gradients at the inputs and the weights with NumPy, in inference mode.

        Args:
            upstream: the gradient at the output, of its shape.
            inputs, weights: as for `compute`.

        Raises:
            CnnvizError: if this kind of layer has no gradient in NumPy.
        """
        raise CnnvizError(
            f"`layer` must be of a kind whose gradient is known. Received: {self.name} ({self.kind}).",
            reason="no_gradient",
            layer=self.name,
        )

    def training_pass(self, x: np.ndarray, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return the output in training of a layer that is the identity outside training.

        Returns:
            The output, and bool of its shape: which units are off.
        """
        return x, np.zeros(x.shape, bool)

    def call(self) -> Call:
        """Return the Keras call that builds the layer, without arguments that equal Keras' defaults."""
        raise NotImplementedError

    def calls(self, *shapes: Shape) -> tuple[Call, ...]:
        """Return the sequence of Keras calls that build the layer for inputs of these shapes."""
        return (self.call(),)

    def build(
        self, *shapes: Shape, classes: Mapping[str, Any] | None = None, **arguments: Any
    ) -> list[keras.Layer]:
        """Return the Keras layers, in sequence; the last one has this layer's name. Imports TensorFlow.

        Args:
            shapes: of the inputs.
            classes: {name in keras.layers: replacement class}.
            arguments: further keyword arguments of each class, such as `dtype`.
        """
        import keras

        calls = self.calls(*shapes)
        # no layer of a network has a dot in its name, so these cannot be another layer's
        names = [*(f"{self.name}.{k}" for k in range(1, len(calls))), self.name]
        arguments |= self.training_arguments()
        return [
            ((classes or {}).get(call.name) or getattr(keras.layers, call.name))(
                *call.args, **call.kwargs, name=name, **arguments
            )
            for call, name in zip(calls, names, strict=True)
        ]

    def training_arguments(self) -> dict[str, Any]:
        """Return Keras' keyword arguments that only affect training: initializers and constraints."""
        return {}

    # ------------------------------------------------------------ a step, and code

    def sliding_op(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return the sliding-window operation of one output map, or None if there is none.

        Args:
            inputs: arrays without a batch axis. weights: {name: array}.
            map: index of the output map, after `as_maps`.
        """
        return None

    def sliding_op_on_input(
        self, inputs: Sequence[np.ndarray], weights: Mapping[str, np.ndarray], map: int
    ) -> SlidingOp | None:
        """Return the same, of a layer of several steps as one operation on its inputs, with `sources`.

        Arguments as for `sliding_op`.
        """
        return self.sliding_op(inputs, weights, map)

    def numpy_code(self, *shapes: Shape) -> list[str]:
        """Return lines of NumPy code that compute `result` from `x` and the weights, by name.

        Args:
            shapes: of the inputs. Several inputs are `xs[0]`, `xs[1]`, ...
        """
        raise NotImplementedError

    def tensorflow_code(self, *shapes: Shape) -> list[str]:
        """Return the same with TensorFlow operations; `x` and the weights are NumPy arrays."""
        raise NotImplementedError

    # ------------------------------------------------------------ a visitor's settings

    def settings(self) -> dict[str, Setting]:
        """Return {field name: value}."""
        return {field.name: getattr(self, field.name) for field in self.fields}

    @classmethod
    def from_settings(cls, name: str, **settings: Any) -> Self:
        """Return a layer with the settings that `settings` returns.

        Raises:
            CnnvizError: if a value is out of a field's range.
        """
        for field in cls.fields:
            field.check(settings[field.name], cls.kind)
        return cls(name, **settings)

    @classmethod
    def default(cls) -> Self:
        """Return the block that the builder adds."""
        return cls("")

    def renamed(self, name: str) -> Self:
        """Return the layer with another name."""
        return dataclasses.replace(self, name=name)


def square(pair: tuple[int, int]) -> int | tuple[int, int]:
    """Return (3, 3) as 3, and other pairs as they are."""
    return pair[0] if pair[0] == pair[1] else pair


def keras_window_arguments(window: Window) -> dict[str, Any]:
    """Return Keras' keyword arguments for a window, without Keras' defaults.

    >>> keras_window_arguments(Window(3, stride=2, padding="same"))
    {'strides': 2, 'padding': 'same'}
    """
    names: dict[str, Any] = {}
    if window.stride != (1, 1):
        names["strides"] = square(window.stride)
    if keras_padding(window) == "same":
        names["padding"] = "same"
    if window.dilation != (1, 1):
        names["dilation_rate"] = square(window.dilation)
    return names


def keras_padding(window: Window) -> str:
    """Return "valid" or "same", the paddings that Keras supports.

    Raises:
        CnnvizError: if the window's padding is numeric.
    """
    if not isinstance(window.padding, str):
        raise invalid("padding", 'must be "valid" or "same" in a layer of Keras', window.padding)
    return window.padding


def tensorflow_padding(window: Window) -> str:
    """Return the `padding` argument of TensorFlow's operations as code.

    >>> tensorflow_padding(Window(3, padding="same")), tensorflow_padding(Window(3, padding=1))
    ('"SAME"', '[[0, 0], [1, 1], [1, 1], [0, 0]]')
    """
    if isinstance(window.padding, str):
        return f'"{window.padding.upper()}"'
    return str([[0, 0], *map(list, window.padding), [0, 0]])


@dataclass(frozen=True)
class Windowed(Layer):
    """A layer with a window that slides over maps.

    Attributes:
        window: the sliding window.
    """

    window: Window = Window(1)

    @property
    def sliding_window(self) -> Window | None:
        """The window that slides over the input, or None."""
        return self.window

    def incompatibility(self, *shapes: Shape) -> Incompatibility | None:
        """Return why the layer cannot take inputs of these shapes, or None."""
        return "needs_maps" if len(shapes[0]) != 3 else window_incompatibility(self.sliding_window, shapes[0])

    def calls(self, *shapes: Shape) -> tuple[Call, ...]:
        """Return the call, after a border of zeros if the padding is numeric, which Keras does not have."""
        if isinstance(self.window.padding, str):
            return (self.call(),)
        return Call("ZeroPadding2D", (self.window.padding,)), self.unpadded().call()

    def unpadded(self) -> Self:
        """Return the layer without padding."""
        window = Window(self.window.size, self.window.stride, dilation=self.window.dilation)
        return dataclasses.replace(self, window=window)

    def settings(self) -> dict[str, Setting]:
        """Return {field name: value}; the windows of the builder are square."""
        own: dict[str, Setting] = {
            "size": self.window.size[0],
            "stride": self.window.stride[0],
            "padding": str(self.window.padding),
        }
        return {field.name: own.get(field.name, getattr(self, field.name, None)) for field in self.fields}  # type: ignore[misc]

    @classmethod
    def from_settings(cls, name: str, **settings: Any) -> Self:
        """Return a layer with the settings that `settings` returns."""
        for field in cls.fields:
            field.check(settings[field.name], cls.kind)
        size, stride, padding = (settings.pop(key) for key in ("size", "stride", "padding"))
        return cls(name, window=Window(size, stride, padding), **settings)


def window_incompatibility(window: Window | None, shape: Shape) -> Incompatibility | None:
    """Return why a window cannot slide over an input of this shape in Keras, or None."""
    if window is None:
        return None
    if max(window.stride) > 1 and max(window.dilation) > 1:
        return "dilated_stride"
    try:
        window.output_size(map_shape(shape)[:2])
    except CnnvizError:
        return "window"
    return None


def count_parameters(shapes: Mapping[str, Shape]) -> int:
    """Return the number of parameters of weights of these shapes.

    >>> count_parameters({"kernel": (3, 3, 3, 32), "bias": (32,)})
    896
    """
    return sum(map(prod, shapes.values()))
