"""What the components share: the payload's layout."""

from __future__ import annotations

import json

import numpy as np

from cnnviz.components import pack


def test_a_payload_comes_apart_as_documented() -> None:
    arrays = {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3),
        "b": np.array([1, 2, 3], np.uint8),
        "c": np.array([[-1.5]], np.float16),
        "d": np.array([7, -7], ">i2"),
    }
    content = pack({"name": "합성곱", "n": 3}, arrays)
    length = int.from_bytes(content[:4], "little")
    header = json.loads(content[4 : 4 + length].decode())
    assert (header["name"], header["n"]) == ("합성곱", 3)
    assert (4 + length) % 8 == 0
    for name, array in arrays.items():
        place = header["arrays"][name]
        assert place["offset"] % 8 == 0
        start = 4 + length + place["offset"]
        kind = np.dtype(place["dtype"]).newbyteorder("<")
        read = np.frombuffer(content, kind, array.size, start).reshape(place["shape"])
        np.testing.assert_array_equal(read, array)
