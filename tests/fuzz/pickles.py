"""CIFAR-10 batch files: pickles that are damaged, and pickles that are written to do harm."""

from __future__ import annotations

import pickle
import random
import struct
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from cnnviz import CnnvizError
from cnnviz.data.cifar10 import load_split

LONGEST_SENTENCE = 500

NAMES = (
    *("numpy._core.multiarray _reconstruct", "numpy.core.multiarray _reconstruct", "numpy ndarray"),
    *("numpy._core.multiarray scalar", "numpy.core.multiarray scalar", "numpy dtype", "_codecs encode"),
    *("numpy._core.numeric _frombuffer", "numpy.core.numeric _frombuffer", "builtins bytes"),
    *("builtins eval", "os system", "builtins bytearray", "copyreg _reconstructor", "numpy load", "x" * 999),
)
CODES = (
    "u1",
    "i8",
    "f4",
    "b1",
    "O8",
    "O",
    "V8",
    "S9",
    "U3",
    "M8[ns]",
    "c16",
    "u1,O",
    "(9999999,)u1",
    "?",
    "",
)
SIZES = (0, 1, 2, 3, 9, 32, 255, 1024, 3072, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**64 - 1)


def cases(generator: random.Random) -> Iterator[bytes]:
    """Yield the contents of batch files, without end."""
    sound = _sound()
    while True:
        kind = generator.random()
        if kind < 0.05:
            yield generator.choice(sound)
        elif kind < 0.4:
            yield _damaged(generator.choice(sound), generator)
        elif kind < 0.7:
            yield _batch(generator)
        else:
            yield _instructions(generator)


def check(content: bytes) -> str | None:
    """Read a batch file. Return None if that went well, else the sentence that refused it."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_batch").write_bytes(content)
        try:
            loaded = load_split("test", folder)
        except CnnvizError as error:
            sentence = str(error)
            assert len(sentence) <= LONGEST_SENTENCE, len(sentence)
            assert sentence.isprintable(), sentence
            return sentence
    assert loaded.images.dtype == np.uint8
    assert loaded.images.shape == (len(loaded.labels), 32, 32, 3)
    assert loaded.labels.dtype == np.int64
    assert 0 <= loaded.labels.min() <= loaded.labels.max() <= 9
    return None


def _sound() -> list[bytes]:
    """Return pickles of a batch of two images in every protocol, some with NumPy's labels."""
    rows = np.arange(2 * 3072).reshape(2, 3072).astype(np.uint8)
    names = ["a.png", "b.png"]
    batches: list[dict[Any, Any]] = [
        {b"data": rows, b"labels": [3, 8], b"filenames": names, b"batch_label": b"testing batch 1 of 1"},
        {"data": np.asfortranarray(rows), "labels": np.array([3, 8])},
        {"data": rows.reshape(2, 3, 32, 32).transpose(0, 2, 3, 1), "labels": [np.int64(3), np.uint8(8)]},
    ]
    return [pickle.dumps(b, protocol) for b in batches for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]


def _damaged(content: bytes, generator: random.Random) -> bytes:
    """Return a file with a few bytes changed, cut out, doubled or put in; mostly not among the pixels."""
    damaged = bytearray(content)
    for _ in range(generator.randint(1, 4)):
        if not damaged:
            break
        edge = min(len(damaged), 400)
        offset = generator.choice((generator.randrange(edge), len(damaged) - 1 - generator.randrange(edge)))
        part = slice(offset, offset + generator.choice((1, 1, 2, 9, 50)))
        match generator.randrange(6):
            case 0:
                damaged[offset] ^= 1 << generator.randrange(8)
            case 1:
                damaged[offset] = generator.randrange(256)
            case 2:
                del damaged[part]
            case 3:
                damaged[offset:offset] = damaged[part]
            case 4:
                damaged[offset:offset] = _instruction(generator)
            case 5:
                del damaged[offset:]
    return bytes(damaged)


class _Called:
    """Is pickled as a call of a function by its name, and perhaps the state of its result."""

    def __init__(self, function: Callable[..., Any], arguments: Any, state: Any = None) -> None:
        self.reduced = (function, arguments) if state is None else (function, arguments, state)

    def __reduce__(self) -> Any:
        return self.reduced


def _batch(generator: random.Random) -> bytes:
    """Return a batch whose arrays and numbers say of themselves what is not so."""
    reconstruct, frombuffer = np._core.multiarray._reconstruct, np._core.numeric._frombuffer
    scalar = np._core.multiarray.scalar

    def one(*choices: Any) -> Any:
        return generator.choice(choices)

    def data() -> Any:
        size = generator.choice(SIZES[:9]) * one(1, 1, 2)
        return one(bytes(size), bytearray(size), "x" * size, [None] * min(size, 9), 1 << (8 * min(size, 250)))

    def shape() -> Any:
        good = (2, 3072)
        wild = tuple(generator.choice(SIZES) for _ in range(generator.randrange(5)))
        return one(
            good, good, wild, (1,) * 99, (2, -3072), (True, 3072), 6144, None, [2, 3072], ("2", "3072")
        )

    def dtype() -> Any:
        code, order = one(*CODES), one("|", "|", "<", ">", "=", "x", None, 7)
        fields = one(None, None, None, ("a",), {"a": 1}, one("a", b"a"))
        state = one(
            None,
            (3, order, None, None, None, -1, -1, 0),
            (3, order, fields, fields, fields, generator.choice(SIZES[:9]), generator.choice(SIZES[:9]), 63),
            (4, order, ("u1", (9,)), ("a", "b"), {"a": ("O8", 0)}, 8, 8, 0, {"metadata": 1}),
            one(0, "state", {"code": "O8"}),
        )
        return one(_Called(np.dtype, (code, False, True), state), _Called(np.dtype, (code,)), code, None)

    def array() -> Any:
        return one(
            _Called(frombuffer, (data(), dtype(), shape(), one("C", "F", "K", "A", 0))),
            _Called(frombuffer, (data(), dtype(), shape(), "K", one((1, 0), (0, 0), (0, 9), 1, None))),
            _Called(
                reconstruct, (np.ndarray, (0,), b"b"), (1, shape(), dtype(), one(False, True, 2), data())
            ),
            _Called(reconstruct, (one(np.dtype, str), shape(), one("O", b"b")), (shape(), dtype(), data())),
            _Called(scalar, (dtype(), data())),
            _Called(scalar, (dtype(),)),
        )

    rows = np.zeros((2, 3072), np.uint8)
    batch = {
        one(b"data", "data", "data", 0, ("data",)): one(array(), array(), rows),
        one(b"labels", "labels", "labels", None): one(array(), [array(), array()], [3, 8], array()),
    }
    return pickle.dumps(batch, generator.randrange(pickle.HIGHEST_PROTOCOL + 1))


def _instructions(generator: random.Random) -> bytes:
    """Return instructions at random: some in a likely order, some that ask for far too much."""
    start = generator.choice((b"", b"\x80\x02", b"\x80\x05", b"\x80\xff"))
    attack = generator.choice(
        (
            b"",
            b"]r\xff\xff\xff\xff",  # an index in the memo, and room for all before it
            b"(" * 500,
            b")" + b"\x85" * generator.choice((10, 50_000)) + b"K\x00s",  # a tuple in a tuple in a tuple ...
            b"})" + b"\x85" * 50_000 + b"K\x00s",  # ... as a key
            b"]" + b"]a" * 9 + b"(" + b"h\x00" * 99 + b"e",
            b"]q\x00(" + b"h\x00" * 999 + b"e",
            b"\x8e" + struct.pack("<Q", generator.choice(SIZES)),
            b"\x96" + struct.pack("<Q", generator.choice(SIZES)),
            b"\x95" + struct.pack("<Q", generator.choice(SIZES)),
            b"\x8b" + struct.pack("<I", generator.choice(SIZES) % 2**32) + bytes(99),
            b"I" + b"9" * generator.choice((10, 5_000, 100_000)) + b"\n",
            b"F" + b"9" * generator.choice((10, 5_000)) + b"e9999\n",
            b"V" + b"x" * 50_000 + b"\np0\n0" + (b"c_codecs\nencode\n(g0\nVlatin1\ntR" * 200),
        )
    )
    body = b"".join(_instruction(generator) for _ in range(generator.choice((3, 10, 40))))
    return (
        start + generator.choice((attack + body, body + attack, body)) + generator.choice((b".", b".", b""))
    )


def _instruction(generator: random.Random) -> bytes:
    size = generator.choice(SIZES)
    text = generator.choice(
        (b"data", b"labels", b"u1", b"O8", b"latin1", b"|", bytes(9), b"\xff\xfe", b"\xc3\xa9")
    )
    return generator.choice(
        (
            *(b"(", b"(", b".", b"0", b"1", b"2", b"N", b"\x88", b"\x89", b"]", b"}", b")", b"a", b"e", b"s"),
            *(
                b"u",
                b"t",
                b"\x85",
                b"\x86",
                b"\x87",
                b"l",
                b"d",
                b"R",
                b"b",
                b"\x93",
                b"\x94",
                b"\x81",
                b"\x92",
            ),
            *(b"o", b"Q", b"\x8f", b"\x90", b"\x91", b"\x97", b"\x98"),
            b"c" + generator.choice(NAMES).replace(" ", "\n").encode() + b"\n",
            b"c" + generator.choice(NAMES).replace(" ", "\n").encode() + b"\n",
            b"i" + generator.choice(NAMES).replace(" ", "\n").encode() + b"\n",
            b"\x8c" + bytes([len(text)]) + text,
            b"U" + bytes([len(text)]) + text,
            b"C" + bytes([len(text)]) + text,
            b"X" + struct.pack("<I", generator.choice((len(text), size % 2**32))) + text,
            b"S'" + text + generator.choice((b"'\n", b"\n", b"\\x'\n", b"\\8'\n")),
            b"V" + text + generator.choice((b"\n", b"\\u00\n")),
            b"K" + bytes([size % 256]),
            b"J" + struct.pack("<I", size % 2**32),
            b"\x8a" + bytes([size % 256]) + bytes(size % 256),
            b"I" + str(size).encode() + b"\n",
            b"L" + str(-size).encode() + b"L\n",
            b"F" + generator.choice((b"nan", b"1e999", b"3.9", b"x")) + b"\n",
            b"G" + struct.pack(">d", size),
            *(code + bytes([size % 5]) for code in (b"q", b"h", b"\x82")),
            *(code + struct.pack("<I", generator.choice((0, 1, size % 2**32))) for code in (b"r", b"j")),
            *(code + str(size).encode() + b"\n" for code in (b"p", b"g", b"P")),
        )
    )
