"""The binary format in which arrays are sent to the browser: a JSON header and the arrays' bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np


def digest(*parts: np.ndarray | bytes) -> str:
    """Return a digest of these arrays, as 12 hexadecimal digits.

    >>> digest(np.zeros(3)) == digest(np.zeros(2), np.zeros(1).tobytes()) != digest(np.ones(3))
    True
    """
    found = hashlib.blake2s(digest_size=6)
    for part in parts:
        found.update(part if isinstance(part, bytes) else np.ascontiguousarray(part).tobytes())
    return found.hexdigest()


def pack(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Pack a JSON header and arrays into one binary payload; `unpack` in shared/payload.js reads it.

    Layout: uint32 length of the header; the header as UTF-8 JSON, with `arrays` added as
    {name: {"dtype", "shape", "offset"}}; then the arrays' bytes, each at a multiple of 8 bytes.
    All numbers are little-endian; offsets count from the end of the padded header.

    Args:
        header: any value that JSON can hold.
        arrays: float32, float16, int32, int16 or uint8, any shape, in C order.
    """
    table: dict[str, dict[str, Any]] = {}
    parts: list[bytes] = []
    offset = 0
    for name, array in arrays.items():
        content = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
        table[name] = {"dtype": str(array.dtype), "shape": list(array.shape), "offset": offset}
        parts.append(content + b"\0" * (-len(content) % 8))
        offset += len(parts[-1])
    text = json.dumps({**header, "arrays": table}, ensure_ascii=False, allow_nan=False).encode()
    text += b" " * (-(len(text) + 4) % 8)
    return b"".join([len(text).to_bytes(4, "little"), text, *parts])
