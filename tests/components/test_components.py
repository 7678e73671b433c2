"""What the components share: the payload's layout."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from cnnviz.components import FOLDER, pack


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


def declared(path: str) -> set[str]:
    """Return the names that a script declares at its outermost level."""
    return set(re.findall(r"^(?:function|const|let) (\w+)", (FOLDER / path).read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("name", sorted(path.parent.name for path in FOLDER.glob("*/*.js")))
def test_no_component_declares_a_shared_name_again(name: str) -> None:
    assert "unpack" in declared("shared.js")
    assert not declared("shared.js") & declared(f"{name}/{name}.js")  # the browser refuses such a script
