"""Browser-side parts: what they share in Python, and how arrays travel to them.

A component is a folder with `__init__.py`, a .html, a .css and a .js of its name. `register`
reads them once, at import; `shared.js` is put before each component's script.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

FOLDER = Path(__file__).parent


def register(name: str) -> Any:
    """Register the component in the folder `name` and return Streamlit's mounting command."""
    folder = FOLDER / name
    html, css, js = ((folder / f"{name}.{ending}").read_text("utf-8") for ending in ("html", "css", "js"))
    shared = (FOLDER / "shared.js").read_text("utf-8")
    return st.components.v2.component(f"cnnviz.{name}", html=html, css=css, js=f"{shared}\n{js}")


def pack(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Pack a JSON header and arrays into one binary payload; `unpack` in shared.js reads it.

    Layout: uint32 length of the header; the header as UTF-8 JSON, with `arrays` added as
    {name: {"dtype", "shape", "offset"}}; then the arrays' bytes, each at a multiple of 8 bytes.
    All numbers are little-endian; offsets count from the end of the padded header.

    Args:
        header: whatever JSON can hold.
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
