"""Parsers of untrusted JSON and NPZ files with limits on size, memory and nesting.

They raise ValueError with a clause such as "it is no NPZ file", which callers embed in their own messages.
Sizes that a file declares are checked before anything is allocated or decompressed.
"""

from __future__ import annotations

import io
import json
import os
import re
import reprlib
import struct
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import isfinite, prod
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

import numpy as np

from cnnviz import files

Shape = tuple[int, ...]

JSON_BYTES = 16 * 2**20
"""Size limit; a model card of a thousand epochs has 1% of it."""
MAX_INTEGER_CHARACTERS = 20
"""Digits and sign of a 64-bit integer."""
MAX_ARRAYS = 4000
DIRECTORY_BYTES = 200 * MAX_ARRAYS
"""Size limit of the ZIP directory of an NPZ file."""


def read_bytes(path: Path, limit: int) -> bytes:
    """Return the content of a regular file.

    Raises:
        FileNotFoundError: if there is none.
        ValueError: if it cannot be read, is not a regular file, or is larger than `limit` bytes.
    """
    try:
        with files.open_regular(path) as file:
            if os.fstat(file.fileno()).st_size > limit:
                raise ValueError(f"it is larger than {limit:,} bytes")
            return file.read()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ValueError(f"it cannot be read: {error.strerror or type(error).__name__}") from None


def read_json(path: Path, limit: int = JSON_BYTES) -> dict[str, Any]:
    """Parse the object in a JSON file.

    Raises:
        FileNotFoundError: if there is none.
        ValueError: as `read_bytes` and `parse_json`.
    """
    return parse_json(read_bytes(path, limit))


def parse_json(content: bytes) -> dict[str, Any]:
    """Parse a strict JSON object: finite numbers, unique keys, valid Unicode.

    Raises:
        ValueError: if it is anything else.

    >>> parse_json(b'{"epochs": 3}')
    {'epochs': 3}
    """
    try:
        text = content.decode()
        value = json.loads(
            text,
            parse_constant=_reject_constant,
            parse_float=_finite,
            parse_int=_integer,
            object_pairs_hook=_reject_duplicate_keys,
        )
        if "\\u" in text:  # reject lone surrogates
            json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except UnicodeError:
        raise ValueError("it is no UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is no JSON, {error.msg} in line {error.lineno}") from None
    if not isinstance(value, dict):
        raise ValueError("it is no JSON object")
    return value


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"the number {reprlib.repr(text)} is too large")
    return value


def _integer(text: str) -> int:
    if len(text) > MAX_INTEGER_CHARACTERS:
        raise ValueError(f"the number {reprlib.repr(text)} is too large")
    return int(text)


def _reject_duplicate_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        raise ValueError("a key is in it twice")
    return entries


class Npz:
    """The arrays of an NPZ file, read lazily. Names and shapes are known before any array is read.

    Only numeric arrays in the format that NumPy writes are supported: an archive without a comment, of .npy
    files of version 1.0, stored or deflated.

    Args:
        content: the file's bytes.
        unpacked: limit of the size of all arrays together, in bytes.

    Attributes:
        shapes: {name: shape} of all arrays.

    Raises:
        ValueError: if it is not such a file, or the arrays are larger.
    """

    def __init__(self, content: bytes, unpacked: int) -> None:
        _check_directory(content)
        with _as_value_error():
            self._archive = zipfile.ZipFile(io.BytesIO(content))
            infos = self._archive.infolist()
            self._infos = {info.filename.removesuffix(".npy"): info for info in infos}
        if len(self._infos) < len(infos):
            raise ValueError("two of its arrays have one name")
        if sum(info.file_size for info in infos) > unpacked:
            raise ValueError(f"its arrays take more than {unpacked:,} bytes")
        self._headers = {name: self._header(name) for name in self._infos}
        self.shapes: Mapping[str, Shape] = MappingProxyType(
            {name: header.shape for name, header in self._headers.items()}
        )

    def read(self, name: str, kinds: str) -> np.ndarray:
        """Return a read-only array.

        Args:
            name: the array's name. kinds: the allowed values of `dtype.kind`: "iu" for integers.

        Raises:
            ValueError: if it is missing, of another kind, or damaged.
        """
        if name not in self._infos:
            raise ValueError(f"it holds no array {name}")
        header = self._headers[name]
        if header.dtype.kind not in kinds:
            raise ValueError(f"the array {name} is of {header.dtype}")
        with _as_value_error(), self._archive.open(self._infos[name]) as file:
            data = file.read()[header.size :]
        if len(data) != prod(header.shape) * header.dtype.itemsize:
            raise ValueError(f"the array {name} ends too early")
        return np.frombuffer(data, header.dtype).reshape(header.shape, order=header.order)

    def _header(self, name: str) -> _Header:
        info = self._infos[name]
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"the array {_short(name)} is packed in a way that NumPy does not use")
        with _as_value_error(), self._archive.open(info) as file:
            header = _Header.parse(file.read(_Header.MAX_BYTES))
        if header is None:
            raise ValueError(f"{_short(name)} is no array of plain numbers")
        if info.file_size != header.size + prod(header.shape) * header.dtype.itemsize:
            raise ValueError(f"the array {_short(name)} has another size than its shape says")
        return header


class _Header:
    """The header of a .npy file; `size` is its length in bytes."""

    MAX_BYTES = 1024
    # a regular expression, as NumPy's `ast.literal_eval` can be made to overflow the stack
    PATTERN = re.compile(
        rb"\{'descr': '([<>|][biuf][1248])', 'fortran_order': (False|True), "
        rb"'shape': \(((?:\d{1,10}, ?)*(?:\d{1,10})?)\), \} *\n"
    )

    def __init__(self, dtype: np.dtype, shape: Shape, order: Any, size: int) -> None:
        self.dtype, self.shape, self.order, self.size = dtype, shape, order, size

    @classmethod
    def parse(cls, start: bytes) -> _Header | None:
        """Parse the header at the start of a file, or return None if it is not that of a numeric array."""
        if len(start) < 10 or start[:8] != b"\x93NUMPY\x01\x00":
            return None
        size = 10 + int.from_bytes(start[8:10], "little")
        found = cls.PATTERN.fullmatch(start, 10, size)
        if size > len(start) or found is None:
            return None
        descr, fortran, axes = (part.decode() for part in found.groups())
        shape = tuple(int(axis) for axis in axes.split(",") if axis.strip())
        try:
            dtype = np.dtype(descr)
        except TypeError:  # such as "f1"
            return None
        return cls(dtype, shape, "F" if fortran == "True" else "C", size) if len(shape) <= 32 else None


@contextmanager
def _as_value_error() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # zipfile and zlib raise many types on damaged archives
        raise ValueError(f"it is no undamaged NPZ file ({type(error).__name__})") from None


def _check_directory(content: bytes) -> None:
    """Raise unless the directory at the end of an NPZ file is small: `zipfile` reads all of it."""
    if len(content) < _ZIP_END.size or not content.startswith(b"PK"):
        raise ValueError("it is no NPZ file")
    found = zip_directory(content[-ZIP_END_BYTES:])
    if found is None:
        raise ValueError("it is no undamaged NPZ file")
    if found[0] > MAX_ARRAYS or found[1] > DIRECTORY_BYTES:
        raise ValueError(f"it holds more than {MAX_ARRAYS:,} arrays")


_ZIP_END = struct.Struct("<4s4H2LH")
ZIP_END_BYTES = _ZIP_END.size + 20
"""Bytes at the end of an archive that hold the size of its directory."""


def zip_directory(end: bytes) -> tuple[int, int] | None:
    """Return (entries, bytes) of the directory of a ZIP archive, given its last `ZIP_END_BYTES` bytes.

    None if it is no archive, has a comment, or a ZIP64 directory, whose size is elsewhere.
    """
    if len(end) < _ZIP_END.size:
        return None
    mark, _, _, _, count, size, _, comment = _ZIP_END.unpack(end[-_ZIP_END.size :])
    large = end[-ZIP_END_BYTES:].startswith(b"PK\x06\x07")  # ZIP64
    return None if mark != b"PK\x05\x06" or comment or large else (count, size)


def _short(name: str) -> str:
    return reprlib.repr(name)
