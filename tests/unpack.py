"""Reading what `cnnviz.formats.packing.pack` wrote, as the browser does."""

from __future__ import annotations

import json
from typing import Any

import numpy as np


def unpack(content: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return a payload's header, without its table of arrays, and the arrays."""
    length = int.from_bytes(content[:4], "little")
    header = json.loads(content[4 : 4 + length])
    arrays = {}
    for name, entry in header.pop("arrays").items():
        size = int(np.prod(entry["shape"]))
        flat = np.frombuffer(content, entry["dtype"], size, 4 + length + entry["offset"])
        arrays[name] = flat.reshape(entry["shape"])
    return header, arrays
