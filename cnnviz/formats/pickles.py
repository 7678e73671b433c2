"""A safe reader of pickled CIFAR-10 batches, which never calls anything that a pickle names.

A pickle is a program for a stack machine, and Python's `pickle` calls the functions that the program names.
This interpreter supports only the opcodes of plain data and records calls (`Call`) instead of making them.
The few calls that represent bytes, NumPy arrays and NumPy scalars are evaluated here, with every size
checked; no C code of Python or NumPy that restores objects processes untrusted data.

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
"""60,000 images with NumPy labels and file names, in protocol 0, take half a million opcodes."""
MAX_AXES = 8
MAX_FLOAT_CHARACTERS = 40

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
"""The globals that a pickle may name: all that Python and NumPy have used for bytes, arrays and scalars."""
DTYPES = frozenset(("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"))


@dataclass(frozen=True)
class Name:
    """A function or class of `ALLOWED`."""

    name: str


@dataclass(eq=False, repr=False, slots=True)  # no repr: that of deeply nested calls would not terminate
class Call:
    """A recorded call, and the state that its result would be given."""

    name: str
    arguments: tuple[Any, ...]
    state: Any = None


def read(content: bytes) -> dict[str, Any]:
    """Read a pickled dict.

    Args:
        content: a pickle of protocol 0 to 5, by Python 2 or 3 and NumPy 1 or 2.

    Returns:
        The dict with keys as str. Strings of Python 2 are bytes; arrays are read-only.

    Raises:
        ValueError: if it is not a dict, is damaged, or uses opcodes or globals that data do not need.
    """
    batch = _Interpreter(content).run()
    if not isinstance(batch, dict):
        raise ValueError(f"it is {_kind(batch)} and no dict")
    result = {_text(key): value for key, value in batch.items()}
    if len(result) < len(batch):
        raise ValueError("it has one key twice")
    return {key: _evaluate(value) for key, value in result.items()}


class _Interpreter:
    """Executes the opcodes of a pickle. Its memory is bounded by the size of the file."""

    def __init__(self, content: bytes) -> None:
        self._content, self._position = content, 0
        self._encoded = 0
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}

    def run(self) -> Any:
        """Execute the pickle and return its value."""
        for _ in range(MAX_INSTRUCTIONS):
            code = self._take(1)
            if code == b".":
                return self._pop()
            if code in _PUSHING:
                self._stack.append(_PUSHING[code](self))
            elif code in _OTHER:
                _OTHER[code](self)
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
        """Read up to the end of the line."""
        end = self._content.find(b"\n", self._position)
        if end < 0:
            raise ValueError("it ends too early")
        line = self._take(end - self._position)
        self._position += 1
        return line

    def number(self, form: str) -> Any:
        """Read a number in a `struct` format."""
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def read_prefixed(self, width: int) -> bytes:
        """Read bytes preceded by their count in `width` bytes."""
        return self._take(int.from_bytes(self._take(width), "little"))

    def _pop(self) -> Any:
        if len(self._stack) <= (self._marks[-1] if self._marks else 0):
            raise ValueError("it pops from an empty stack")
        return self._stack.pop()

    def pop_many(self, count: int) -> tuple[Any, ...]:
        """Pop `count` values."""
        return tuple(self._pop() for _ in range(count))[::-1]

    def pop_to_mark(self) -> list[Any]:
        """Pop the last mark and the values above it."""
        if not self._marks:
            raise ValueError("it pops from an empty stack")
        start = self._marks.pop()
        values = self._stack[start:]
        del self._stack[start:]
        return values

    def top(self, kind: type) -> Any:
        """Return the value on top of the stack without popping it."""
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

    def memoize(self, index: int | None = None) -> None:
        self._memo[len(self._memo) if index is None else index] = self.top(object)

    def recall(self, index: int) -> Any:
        if index not in self._memo:
            raise ValueError("it gets what is not in its memo")
        return self._memo[index]

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
        match self.pop_many(2):
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
            # no other keys: hashing deeply nested tuples can overflow the C stack
            if not isinstance(key, str | bytes):
                raise ValueError(f"it has a key that is {_kind(key)}")
            into[key] = value
        return into


def _utf8(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def _names(interpreter: _Interpreter) -> Name:
    return interpreter.name(*(interpreter.line().decode() for _ in range(2)))


_PUSHING: Final[dict[bytes, Callable[[_Interpreter], Any]]] = {
    b"N": lambda _: None,
    b"\x88": lambda _: True,
    b"\x89": lambda _: False,
    b"I": _Interpreter.integer,
    b"L": lambda interpreter: int(interpreter.line().removesuffix(b"L")),
    b"K": lambda interpreter: interpreter.number("<B"),
    b"M": lambda interpreter: interpreter.number("<H"),
    b"J": lambda interpreter: interpreter.number("<i"),
    b"\x8a": lambda interpreter: int.from_bytes(interpreter.read_prefixed(1), "little", signed=True),
    b"F": lambda interpreter: float(interpreter.line()[:MAX_FLOAT_CHARACTERS]),
    b"G": lambda interpreter: interpreter.number(">d"),
    # bytes, and text of Python 2
    b"S": _Interpreter.string,
    b"U": lambda interpreter: interpreter.read_prefixed(1),
    b"T": lambda interpreter: interpreter.read_prefixed(4),
    b"C": lambda interpreter: interpreter.read_prefixed(1),
    b"B": lambda interpreter: interpreter.read_prefixed(4),
    b"\x8e": lambda interpreter: interpreter.read_prefixed(8),
    b"\x96": lambda interpreter: interpreter.read_prefixed(8),
    # text
    b"V": lambda interpreter: interpreter.line().decode("raw-unicode-escape"),
    b"\x8c": lambda interpreter: _utf8(interpreter.read_prefixed(1)),
    b"X": lambda interpreter: _utf8(interpreter.read_prefixed(4)),
    b"\x8d": lambda interpreter: _utf8(interpreter.read_prefixed(8)),
    # containers
    b"]": lambda _: [],
    b"}": lambda _: {},
    b")": lambda _: (),
    b"l": _Interpreter.pop_to_mark,
    b"t": lambda interpreter: tuple(interpreter.pop_to_mark()),
    b"\x85": lambda interpreter: interpreter.pop_many(1),
    b"\x86": lambda interpreter: interpreter.pop_many(2),
    b"\x87": lambda interpreter: interpreter.pop_many(3),
    b"d": lambda interpreter: interpreter.dictionary(interpreter.pop_to_mark(), {}),
    # memo, globals and calls
    b"g": lambda interpreter: interpreter.recall(int(interpreter.line())),
    b"h": lambda interpreter: interpreter.recall(interpreter.number("<B")),
    b"j": lambda interpreter: interpreter.recall(interpreter.number("<I")),
    b"c": _names,
    b"\x93": lambda interpreter: interpreter.name(*interpreter.pop_many(2)),
    b"R": _Interpreter.reduce,
}
"""Opcodes that push one value."""


def _append(interpreter: _Interpreter, values: list[Any] | tuple[Any, ...]) -> None:
    interpreter.top(list).extend(values)


def _set(interpreter: _Interpreter, pairs: list[Any]) -> None:
    interpreter.dictionary(pairs, interpreter.top(dict))


_OTHER: Final[dict[bytes, Callable[[_Interpreter], Any]]] = {
    b"\x80": lambda interpreter: interpreter.number("<B"),  # the protocol
    b"\x95": lambda interpreter: interpreter.number("<Q"),  # the size of a frame
    b"(": _Interpreter.mark,
    b"0": _Interpreter.pop,
    b"1": _Interpreter.pop_to_mark,
    b"p": lambda interpreter: interpreter.memoize(int(interpreter.line())),
    b"q": lambda interpreter: interpreter.memoize(interpreter.number("<B")),
    b"r": lambda interpreter: interpreter.memoize(interpreter.number("<I")),
    b"\x94": _Interpreter.memoize,
    b"a": lambda interpreter: _append(interpreter, interpreter.pop_many(1)),
    b"e": lambda interpreter: _append(interpreter, interpreter.pop_to_mark()),
    b"s": lambda interpreter: _set(interpreter, [*interpreter.pop_many(2)]),
    b"u": lambda interpreter: _set(interpreter, interpreter.pop_to_mark()),
    b"b": _Interpreter.build,
}
"""Opcodes that push nothing."""


def _evaluate(value: Any) -> Any:
    """Evaluate the recorded calls in a value of the batch."""
    if isinstance(value, list | tuple):
        return [_evaluate(part) if isinstance(part, Call) else part for part in value]
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
        raise ValueError(f"it has {_kind(data)} instead of bytes")
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
    if code not in DTYPES or order not in ("<", ">", "|", "="):
        raise ValueError(f"it holds an array of the type {_short(code)}")
    return np.dtype(code).newbyteorder("=" if order == "|" else order)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, str):
        return value
    raise ValueError(f"it has {_kind(value)} instead of a text")


def _kind(value: Any) -> str:
    return f"an object of the type {type(value).__name__}"


def _short(value: Any) -> str:
    return reprlib.repr(value)
