"""Pickles: what is read, the closed list of what may be named, and what a hostile one costs."""

from __future__ import annotations

import itertools
import pickle
import struct
import tracemalloc
from typing import Any

import numpy as np
import pytest

from cnnviz.formats import pickles
from tests.fuzz import runner

PIXELS = np.random.default_rng(1).integers(0, 256, (2, 3072), np.uint8)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    "value",
    [
        *(
            None,
            True,
            False,
            0,
            255,
            65535,
            -1,
            2**31,
            -(2**40),
            2**255,
            3.9,
            float("inf"),
            "",
            "é\n'\\",
            "한국",
        ),
        *(b"", b"\x00\xff'\n", b"a" * 300, "b" * 300, [], [1, 2], {}, {"a": {b"b": [1, [2]]}}, np.int64(-5)),
        *(np.arange(6.0), np.arange(6).reshape(2, 3).T, np.arange(24).reshape(2, 3, 4).transpose(1, 0, 2)),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_plain_values_equal_pickle_loads(value: Any, protocol: int) -> None:
    again = pickles.read(pickle.dumps({"value": value}, protocol))["value"]
    np.testing.assert_array_equal(again, value)
    assert type(again) is type(value)
    assert getattr(again, "dtype", None) == getattr(value, "dtype", None)


def python_2(protocol: int, data: bytes) -> bytes:
    """Return what cPickle of Python 2 and NumPy 1 write, instruction by instruction: all text is bytes."""

    def text(value: bytes) -> bytes:
        if protocol == 0:
            return b"S" + repr(value)[1:].encode() + b"\n"
        return (
            b"U" + bytes([len(value)]) + value
            if len(value) < 256
            else b"T" + struct.pack("<I", len(value)) + value
        )

    def number(value: int) -> bytes:
        return b"I%d\n" % value if protocol == 0 or value < 0 else b"M" + struct.pack("<H", value)

    def put(index: int) -> bytes:
        return b"p%d\n" % index if protocol == 0 else b"q" + bytes([index])

    false = b"I00\n" if protocol < 2 else b"\x89"
    array = b"cnumpy.core.multiarray\n_reconstruct\n" + put(1) + b"(cnumpy\nndarray\n" + put(2)
    array += b"(" + number(0) + b"t" + text(b"b") + b"t" + put(3) + b"R" + put(4)
    dtype = b"cnumpy\ndtype\n" + put(5) + b"(" + text(b"u1") + number(0) + number(1) + b"tR" + put(6)
    dtype += b"(" + number(3) + text(b"|") + b"NNN" + number(-1) + number(-1) + number(0) + b"tb"
    state = b"(" + number(1) + b"(" + number(2) + number(3072) + b"t" + dtype + false + text(data) + b"tb"
    names = b"".join(text(b"name_%d.png" % k) + put(10 + k) + b"a" for k in range(2))
    labels = b"".join(number(label) + b"a" for label in (3, 8))
    empty = b"(l" if protocol == 0 else b"]"
    return b"".join(
        (
            b"\x80\x02" if protocol == 2 else b"",
            b"(d" if protocol == 0 else b"}",
            put(0),
            *(text(b"batch_label"), text(b"testing batch 1 of 1"), b"s"),
            *(text(b"labels"), empty, put(8), labels, b"s"),
            *(text(b"data"), array, state, b"s"),
            *(text(b"filenames"), empty, put(9), names, b"s."),
        )
    )


@pytest.mark.parametrize("protocol", [0, 1, 2])
def test_reads_pickles_of_python_2(protocol: int) -> None:
    content = python_2(protocol, PIXELS.tobytes())
    expected = pickle.loads(content, encoding="bytes")  # it is what Python takes it for
    np.testing.assert_array_equal(expected[b"data"], PIXELS)
    batch = pickles.read(content)
    np.testing.assert_array_equal(batch["data"], PIXELS)
    assert batch["labels"] == expected[b"labels"] == [3, 8]
    assert batch["filenames"] == expected[b"filenames"] == [b"name_0.png", b"name_1.png"]
    assert batch["batch_label"] == b"testing batch 1 of 1"


ENCODE = b"c_codecs\nencode\n"
DTYPE = b"cnumpy\ndtype\n"
SCALAR = b"cnumpy._core.multiarray\nscalar\n"
ARRAY = b"cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR"
U1, O8, V8 = (DTYPE + b"(U\x02" + code + b"\x89\x88tR" for code in (b"u1", b"O8", b"V8"))
FLAGS = b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK%ctb"


def as_value(instructions: bytes) -> bytes:
    return b"}U\x01v" + instructions + b"s."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it ends too early"),
        (b".", "it pops from an empty stack"),
        (b"(.", "it pops from an empty stack"),
        (b"N.", "no dict"),
        (as_value(b"cos\nsystem\n"), "'os.system' has no place"),
        (as_value(b"c__builtin__\neval\n"), "'__builtin__.eval' has no place"),
        (as_value(b"cnumpy\nload\n"), "'numpy.load' has no place"),
        (as_value(b"cnumpy.core\nmultiarray._reconstruct\n)R"), "no array"),  # the same name, split elsewhere
        (as_value(b"cnumpy._core.multiarray\n_reconstruct.__globals__\n"), "has no place"),
        (as_value(b"\x8c\x05numpy]\x93"), "by something that is no text"),
        *(
            (as_value(code), "the instruction .* has no place")
            for code in (b"P1\n", b"NQ", b"\x82\x01", b"\x8f")
        ),
        *(
            (as_value(b")" + code), "the instruction .* has no place")
            for code in (b"\x81", b"(ios\nsystem\n")
        ),
        (as_value(b"K\x01)R"), "it calls what is no function"),
        (as_value(ENCODE + b"K\x01R"), "it calls what is no function"),
        (as_value(ENCODE + b"(Vx\nVutf-16\ntR"), "no array"),
        (as_value(ENCODE + b"(Vx\nVlatin1\ntRN}b"), "it changes"),
        (as_value(DTYPE + b"(U\x02O8\x89\x88tR"), "no array"),
        # NumPy's own functions end the process at these: they follow the bytes as if they were an address
        (as_value(SCALAR + b"(" + O8 + FLAGS % 0 + b"U\x08AAAAAAAAtR"), "an array of the type 'O8'"),
        (
            as_value(
                SCALAR
                + b"("
                + V8
                + b"(K\x03U\x01|N(U\x01at}U\x01a("
                + O8
                + b"K\x00tsK\x08K\x01K\x10tbU\x08AAAAAAAAtR"
            ),
            "something that is no number",
        ),
        (as_value(SCALAR + b"(" + U1 + FLAGS % 63 + b"tR"), "no array"),
        (
            as_value(ARRAY + b"(K\x01K\x09\x85" + U1 + b"\x89U\x08AAAAAAAAtb"),
            r"8 bytes are no array of uint8 of shape \(9,\)",
        ),
        (as_value(ARRAY + b"(K\x01(t" + U1 + b"\x89Ntb"), "NoneType instead of bytes"),
        (as_value(ARRAY + b"(K\x01J\xff\xff\xff\xff\x85" + U1 + b"\x89U\x01Atb"), r"of shape \(-1,\)"),
        (as_value(ARRAY + b"(K\x01\x88\x85" + U1 + b"\x89U\x01Atb"), r"of shape \(True,\)"),
        (as_value(ARRAY + b"Nb"), "no array"),
        (as_value(ARRAY + b"}b}b"), "it gives one object two states"),
        (as_value(b"I" + b"9" * 5000 + b"\n"), "4300 digits"),
        (as_value(b"F1" + b"x" * 10**6 + b"\n"), "could not convert"),
        (as_value(b"Sx\n"), "without quotation marks"),
        (as_value(b"h\x07"), "it gets what is not in its memo"),
        (b"}(U\x01vu.", "a key without a value"),
        (
            b"})" + b"\x85" * 300_000 + b"Ns.",
            "a key that is an object of the type tuple",
        ),  # hash() of it ends the process
    ],
    ids=itertools.count(),
)
def test_pickles_of_anything_but_data_raise(content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message) as refused:
        pickles.read(content)
    assert len(str(refused.value)) <= 200


LONG = b"V" + b"x" * 10**5 + b"\np0\n0"


@pytest.mark.parametrize(
    "content",
    [
        b"Nr\xff\xff\xff\xff.",  # an index of the memo: pickle allocates all entries before it
        b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f",  # so many bytes follow
        b"\x96\x00\x00\x00\x00\x04\x00\x00\x00",
        b"\x8b\xff\xff\xff\x7f",
        b"\x95\xff\xff\xff\xff\xff\xff\xff\x7f.",
        LONG + b"(" + (ENCODE + b"(g0\nVlatin1\ntR") * 1000 + b"l.",  # one text, copied again and again
        as_value(ARRAY + b"(K\x01(" + b"J\x00\x00\x01\x00" * 4 + b"t" + U1 + b"\x89U\x01Atb"),
    ],
    ids=["memo", "bytes", "bytearray", "integer", "frame", "encode", "shape"],
)
def test_memory_is_bounded_by_the_file_size(content: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ValueError):
            pickles.read(content)
        assert tracemalloc.get_traced_memory()[1] <= 10 * len(content) + 2**20
    finally:
        tracemalloc.stop()


def test_number_of_opcodes_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pickles, "MAX_INSTRUCTIONS", 1000)
    assert pickles.read(b"N0" * 499 + b"}.") == {}
    with pytest.raises(ValueError, match="it takes more than 1,000 instructions"):
        pickles.read(b"N0" * 500 + b"}.")


@pytest.mark.slow
def test_fuzzed_files_are_read_or_raise_value_error() -> None:
    report = runner.run_here("pickles", seed="1", count=500)
    assert report.faults == []
    assert report.accepted > 10
    assert report.refused.total() > 300
