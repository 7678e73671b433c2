"""Pickles of CIFAR-10 batch files, read without running anything that they name.

A pickle is a program for a machine with a stack, and Python's machine calls the functions that the program
names. This one knows only the instructions that data are made of, and takes a note (`Call`) instead of
calling. The few calls that stand for bytes, NumPy arrays and NumPy numbers are then worked out here, with
every size checked: no C code of Python's or NumPy's that restores objects ever sees what a file holds.

Source of the instructions: https://github.com/python/cpython/blob/main/Lib/pickletools.py
"""

from __future__ import annotations

import codecs
import reprlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any, Final, Literal

import numpy as np

MAX_INSTRUCTIONS = 2_000_000
"""A set of 60,000 images with NumPy labels and file names, in protocol 0, takes half a million."""
MAX_AXES = 8
LONGEST_FLOAT = 40

_CORE = ("numpy.core", "numpy._core")  # NumPy 1 and NumPy 2
ALLOWED: Final = {
    **{f"{core}.multiarray._reconstruct": "array" for core in _CORE},
    **{f"{core}.numeric._frombuffer": "buffer" for core in _CORE},
    **{f"{core}.multiarray.scalar": "scalar" for core in _CORE},
    "numpy.ndarray": "ndarray",
    "numpy.dtype": "dtype",
    "_codecs.encode": "encode",
    "__builtin__.bytes": "bytes",
    "builtins.bytes": "bytes",
}
"""What a pickle may name: every way in which Python and NumPy have written bytes, arrays and numbers."""
NUMBERS = frozenset(("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"))


@dataclass(frozen=True)
class Name:
    """A function or class of `ALLOWED` that a pickle names."""

    name: str


@dataclass(eq=False, repr=False, slots=True)  # the repr of a call in a call in a call could take for ever
class Call:
    """A call that a pickle asks for, and the state that its result is to be given. Nobody makes it."""

    name: str
    arguments: tuple[Any, ...]
    state: Any = None


def read(content: bytes) -> dict[str, Any]:
    """Return the dict that a pickle holds, keys as str; arrays and NumPy's numbers are rebuilt.

    Args:
        content: a pickle of any protocol, 0 to 5, by Python 2 or 3 and NumPy 1 or 2.

    Returns:
        Values are as in the pickle. Text of Python 2 is bytes; arrays are read-only.

    Raises:
        ValueError: if it holds something else, or asks for more than data need.
    """
    batch = _Machine(content).run()
    if not isinstance(batch, dict):
        raise ValueError(f"it is {_kind(batch)} and no dict")
    result = {_text(key): value for key, value in batch.items()}
    if len(result) < len(batch):
        raise ValueError("it has one key twice")
    return {key: _rebuilt(value) for key, value in result.items()}


class _Machine:
    """Goes through the instructions of a pickle. What it holds is never larger than a part of the file."""

    def __init__(self, content: bytes) -> None:
        self._content, self._position = content, 0
        self._encoded = 0
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}

    def run(self) -> Any:
        """Return what the pickle holds."""
        for _ in range(MAX_INSTRUCTIONS):
            code = self._take(1)
            if code == b".":
                return self._pop()
            if code in _VALUES:
                self._stack.append(_VALUES[code](self))
            elif code in _STEPS:
                _STEPS[code](self)
            else:
                raise ValueError(f"the instruction {code!r} has no place in a CIFAR-10 file")
        raise ValueError(f"it takes more than {MAX_INSTRUCTIONS:,} instructions")

    def _take(self, size: int) -> bytes:
        start = self._position
        self._position = start + size
        if self._position > len(self._content):
            raise ValueError("it ends too early")
        return self._content[start : self._position]

    def line(self) -> bytes:
        """Take the bytes up to the end of the line."""
        end = self._content.find(b"\n", self._position)
        if end < 0:
            raise ValueError("it ends too early")
        line = self._take(end - self._position)
        self._position += 1
        return line

    def number(self, form: str) -> Any:
        """Take a number of a `struct` format."""
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def counted(self, width: int) -> bytes:
        """Take the bytes whose count stands before them in `width` bytes."""
        return self._take(int.from_bytes(self._take(width), "little"))

    def _pop(self) -> Any:
        if len(self._stack) <= (self._marks[-1] if self._marks else 0):
            raise ValueError("it pops from an empty stack")
        return self._stack.pop()

    def several(self, count: int) -> tuple[Any, ...]:
        """Pop so many values."""
        return tuple(self._pop() for _ in range(count))[::-1]

    def marked(self) -> list[Any]:
        """Pop the values above the last mark, and the mark."""
        if not self._marks:
            raise ValueError("it pops from an empty stack")
        start = self._marks.pop()
        values = self._stack[start:]
        del self._stack[start:]
        return values

    def top(self, kind: type) -> Any:
        """Return the value on top, which stays."""
        value = self._pop()
        self._stack.append(value)
        if not isinstance(value, kind):
            raise ValueError(f"it changes {_kind(value)}")
        return value

    def mark(self) -> None:
        self._marks.append(len(self._stack))

    def pop(self) -> None:
        if self._marks and self._marks[-1] == len(self._stack):
            self._marks.pop()
        else:
            self._pop()

    def memoize(self, place: int | None = None) -> None:
        self._memo[len(self._memo) if place is None else place] = self.top(object)

    def recall(self, place: int) -> Any:
        if place not in self._memo:
            raise ValueError("it gets what is not in its memo")
        return self._memo[place]

    def integer(self) -> Any:
        line = self.line()
        return line == b"01" if line in (b"00", b"01") else int(line)

    def string(self) -> bytes:
        line = self.line()
        if len(line) < 2 or line[:1] not in (b"'", b'"') or line[-1:] != line[:1]:
            raise ValueError("it holds a string without quotation marks")
        return codecs.escape_decode(line[1:-1])[0]

    def name(self, module: Any, name: Any) -> Name:
        if not isinstance(module, str) or not isinstance(name, str):
            raise ValueError("it names a function by something that is no text")
        full = f"{module}.{name}"
        if full not in ALLOWED:
            raise ValueError(f"{_short(full)} has no place in a CIFAR-10 file")
        return Name(ALLOWED[full])

    def reduce(self) -> Call | bytes:
        match self.several(2):
            case Name("bytes"), ():
                return b""
            case Name("encode"), (str(text), "latin1"):  # how Python 3 writes bytes in protocols 0 to 2
                self._encoded += len(text)
                if self._encoded > len(self._content):
                    raise ValueError("it writes one text down as bytes again and again")
                return text.encode("latin-1")
            case Name(name), tuple(arguments):
                return Call(name, arguments)
        raise ValueError("it calls what is no function")

    def build(self) -> None:
        state = self._pop()
        call = self.top(Call)
        if call.state is not None:
            raise ValueError("it gives one object two states")
        call.state = state

    def dictionary(self, pairs: list[Any], into: dict[Any, Any]) -> dict[Any, Any]:
        if len(pairs) % 2:
            raise ValueError("it has a key without a value")
        for key, value in zip(pairs[::2], pairs[1::2], strict=True):
            # no other keys: to take the hash of a tuple in a tuple in a tuple may end the process
            if not isinstance(key, str | bytes):
                raise ValueError(f"it has a key that is {_kind(key)}")
            into[key] = value
        return into


def _utf8(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def _names(machine: _Machine) -> Name:
    return machine.name(*(machine.line().decode() for _ in range(2)))


_VALUES: Final[dict[bytes, Callable[[_Machine], Any]]] = {
    b"N": lambda _: None,
    b"\x88": lambda _: True,
    b"\x89": lambda _: False,
    b"I": _Machine.integer,
    b"L": lambda machine: int(machine.line().removesuffix(b"L")),
    b"K": lambda machine: machine.number("<B"),
    b"M": lambda machine: machine.number("<H"),
    b"J": lambda machine: machine.number("<i"),
    b"\x8a": lambda machine: int.from_bytes(machine.counted(1), "little", signed=True),
    b"F": lambda machine: float(machine.line()[:LONGEST_FLOAT]),
    b"G": lambda machine: machine.number(">d"),
    # bytes, and text of Python 2
    b"S": _Machine.string,
    b"U": lambda machine: machine.counted(1),
    b"T": lambda machine: machine.counted(4),
    b"C": lambda machine: machine.counted(1),
    b"B": lambda machine: machine.counted(4),
    b"\x8e": lambda machine: machine.counted(8),
    b"\x96": lambda machine: machine.counted(8),
    # text
    b"V": lambda machine: machine.line().decode("raw-unicode-escape"),
    b"\x8c": lambda machine: _utf8(machine.counted(1)),
    b"X": lambda machine: _utf8(machine.counted(4)),
    b"\x8d": lambda machine: _utf8(machine.counted(8)),
    # containers
    b"]": lambda _: [],
    b"}": lambda _: {},
    b")": lambda _: (),
    b"l": _Machine.marked,
    b"t": lambda machine: tuple(machine.marked()),
    b"\x85": lambda machine: machine.several(1),
    b"\x86": lambda machine: machine.several(2),
    b"\x87": lambda machine: machine.several(3),
    b"d": lambda machine: machine.dictionary(machine.marked(), {}),
    # what was kept, names and calls
    b"g": lambda machine: machine.recall(int(machine.line())),
    b"h": lambda machine: machine.recall(machine.number("<B")),
    b"j": lambda machine: machine.recall(machine.number("<I")),
    b"c": _names,
    b"\x93": lambda machine: machine.name(*machine.several(2)),
    b"R": _Machine.reduce,
}
"""Instructions that put one value down."""


def _append(machine: _Machine, values: list[Any] | tuple[Any, ...]) -> None:
    machine.top(list).extend(values)


def _set(machine: _Machine, pairs: list[Any]) -> None:
    machine.dictionary(pairs, machine.top(dict))


_STEPS: Final[dict[bytes, Callable[[_Machine], Any]]] = {
    b"\x80": lambda machine: machine.number("<B"),  # the protocol
    b"\x95": lambda machine: machine.number("<Q"),  # how many bytes belong together
    b"(": _Machine.mark,
    b"0": _Machine.pop,
    b"1": _Machine.marked,
    b"p": lambda machine: machine.memoize(int(machine.line())),
    b"q": lambda machine: machine.memoize(machine.number("<B")),
    b"r": lambda machine: machine.memoize(machine.number("<I")),
    b"\x94": _Machine.memoize,
    b"a": lambda machine: _append(machine, machine.several(1)),
    b"e": lambda machine: _append(machine, machine.marked()),
    b"s": lambda machine: _set(machine, [*machine.several(2)]),
    b"u": lambda machine: _set(machine, machine.marked()),
    b"b": _Machine.build,
}
"""Instructions that put nothing down."""


def _rebuilt(value: Any) -> Any:
    """Return a value of the batch with the calls in it worked out."""
    if isinstance(value, list | tuple):
        return [_rebuilt(part) if isinstance(part, Call) else part for part in value]
    match value:
        case Call("array", (Name("ndarray"), _, _), (_, shape, dtype, fortran, data)):
            return _array(data, _dtype(dtype), shape, "F" if fortran else "C")
        case Call("buffer", (data, dtype, shape, "C" | "F" as order), None):
            return _array(data, _dtype(dtype), shape, order)
        case Call("buffer", (data, dtype, shape, "K", axes), None):
            array = _array(data, _dtype(dtype), shape, "C")
            if (
                not isinstance(axes, tuple)
                or {*map(type, axes)} != {int}
                or sorted(axes) != [*range(array.ndim)]
            ):
                raise ValueError(f"an array has the axes {_short(axes)}")
            return array.transpose(axes)
        case Call("scalar", (dtype, data), None):
            return _array(data, _dtype(dtype), (), "C")[()]
        case Call():
            raise ValueError("it holds an object that is no array")
    return value


def _array(data: Any, dtype: np.dtype, shape: Any, order: Literal["C", "F"]) -> np.ndarray:
    if not isinstance(data, bytes):
        raise ValueError(f"it has {_kind(data)} in the place of bytes")
    axes = (
        isinstance(shape, tuple) and len(shape) <= MAX_AXES and all(type(n) is int and n > 0 for n in shape)
    )
    if not axes or prod(shape) * dtype.itemsize != len(data):
        raise ValueError(f"{len(data):,} bytes are no array of {dtype} of shape {_short(shape)}")
    return np.frombuffer(data, dtype).reshape(shape, order=order)


def _dtype(value: Any) -> np.dtype:
    match value:
        case Call("dtype", (code, _, _), None):
            order: Any = "|"
        case Call("dtype", (code, _, _), (int(), order, None, None, None, *_)):
            pass
        case _:
            raise ValueError("it holds an array of something that is no number")
    code, order = _text(code), _text(order)
    if code not in NUMBERS or order not in ("<", ">", "|", "="):
        raise ValueError(f"it holds an array of the type {_short(code)}")
    return np.dtype(code).newbyteorder("=" if order == "|" else order)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, str):
        return value
    raise ValueError(f"it has {_kind(value)} in the place of a text")


def _kind(value: Any) -> str:
    return f"an object of the type {type(value).__name__}"


def _short(value: Any) -> str:
    return reprlib.repr(value)
