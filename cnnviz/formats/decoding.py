"""Files that may be damaged or made to do harm: read whole, or refused before they cost anything.

What is wrong with a file is raised as a ValueError of a few words, such as "it is no NPZ file"; callers
put them into their own sentence. Nothing is allocated, unpacked or nested on a file's word alone.
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
"""A model card of a thousand epochs has a hundredth of it."""
LONGEST_INTEGER = 20
"""Digits and sign of an integer of 64 bits."""
MAX_ARRAYS = 1000
DIRECTORY_BYTES = 200 * MAX_ARRAYS
"""Bytes that an NPZ file's list of arrays may take."""


def read_bytes(path: Path, limit: int) -> bytes:
    """Return what a regular file holds.

    Raises:
        FileNotFoundError: if there is none.
        ValueError: if it cannot be read, is no regular file, or holds more than `limit` bytes.
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
    """Return the object in a JSON file.

    Raises:
        FileNotFoundError: if there is none.
        ValueError: as `read_bytes` and `parse_json`.
    """
    return parse_json(read_bytes(path, limit))


def parse_json(content: bytes) -> dict[str, Any]:
    """Return the object that strict JSON holds: finite numbers, every key once, text that can be shown.

    Raises:
        ValueError: if it is anything else.

    >>> parse_json(b'{"epochs": 3}')
    {'epochs': 3}
    """
    try:
        text = content.decode()
        value = json.loads(
            text,
            parse_constant=_no_number,
            parse_float=_finite,
            parse_int=_integer,
            object_pairs_hook=_every_key_once,
        )
        if "\\u" in text:  # a half of a surrogate pair is no character
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


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"the number {reprlib.repr(text)} is too large")
    return value


def _integer(text: str) -> int:
    if len(text) > LONGEST_INTEGER:
        raise ValueError(f"the number {reprlib.repr(text)} is too large")
    return int(text)


def _every_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        raise ValueError("a key is in it twice")
    return entries


class Npz:
    """The arrays of an NPZ file. Their names and shapes are known before any of them is read.

    Only plain numbers are read, and only what NumPy itself writes: an uncommented archive of .npy files of
    version 1.0, stored or deflated.

    Args:
        content: of the file.
        unpacked: bytes that all arrays together may take.

    Attributes:
        shapes: every array's shape by its name.

    Raises:
        ValueError: if it is no such file, or the arrays take more.
    """

    def __init__(self, content: bytes, unpacked: int) -> None:
        _check_directory(content)
        with _words_for_damage():
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
        """Return an array, read-only.

        Args:
            name: of the array. kinds: what its numbers may be, as in `dtype.kind`: "iu" for integers.

        Raises:
            ValueError: if it is not there, of another kind, or damaged.
        """
        if name not in self._infos:
            raise ValueError(f"it holds no array {name}")
        header = self._headers[name]
        if header.dtype.kind not in kinds:
            raise ValueError(f"the array {name} is of {header.dtype}")
        with _words_for_damage(), self._archive.open(self._infos[name]) as file:
            data = file.read()[header.size :]
        if len(data) != prod(header.shape) * header.dtype.itemsize:
            raise ValueError(f"the array {name} ends too early")
        return np.frombuffer(data, header.dtype).reshape(header.shape, order=header.order)

    def _header(self, name: str) -> _Header:
        info = self._infos[name]
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"the array {_short(name)} is packed in a way that NumPy does not use")
        with _words_for_damage(), self._archive.open(info) as file:
            header = _Header.parse(file.read(_Header.LONGEST))
        if header is None:
            raise ValueError(f"{_short(name)} is no array of plain numbers")
        if info.file_size != header.size + prod(header.shape) * header.dtype.itemsize:
            raise ValueError(f"the array {_short(name)} has another size than its shape says")
        return header


class _Header:
    """What stands before the numbers of a .npy file. `size` is in bytes."""

    LONGEST = 1024
    # `ast.literal_eval`, with which NumPy reads it, can be made to run out of stack
    FORM = re.compile(
        rb"\{'descr': '([<>|][biuf][1248])', 'fortran_order': (False|True), "
        rb"'shape': \(((?:\d{1,10}, ?)*(?:\d{1,10})?)\), \} *\n"
    )

    def __init__(self, dtype: np.dtype, shape: Shape, order: Any, size: int) -> None:
        self.dtype, self.shape, self.order, self.size = dtype, shape, order, size

    @classmethod
    def parse(cls, start: bytes) -> _Header | None:
        """Return the header that a file begins with, or None if it is none of plain numbers."""
        if len(start) < 10 or start[:8] != b"\x93NUMPY\x01\x00":
            return None
        size = 10 + int.from_bytes(start[8:10], "little")
        found = cls.FORM.fullmatch(start, 10, size)
        if size > len(start) or found is None:
            return None
        descr, fortran, axes = (part.decode() for part in found.groups())
        shape = tuple(int(axis) for axis in axes.split(",") if axis.strip())
        try:
            dtype = np.dtype(descr)
        except TypeError:  # "f1" and the like
            return None
        return cls(dtype, shape, "F" if fortran == "True" else "C", size) if len(shape) <= 32 else None


@contextmanager
def _words_for_damage() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # zipfile and zlib raise many types on damaged archives
        raise ValueError(f"it is no undamaged NPZ file ({type(error).__name__})") from None


def _check_directory(content: bytes) -> None:
    """Raise unless an archive ends with a directory of bearable size: `zipfile` reads all of it."""
    end = struct.Struct("<4s4H2LH")
    if len(content) < end.size or not content.startswith(b"PK"):
        raise ValueError("it is no NPZ file")
    mark, _, _, _, count, size, _, comment = end.unpack(content[-end.size :])
    large = content[-end.size - 20 :].startswith(b"PK\x06\x07")  # then the sizes stand elsewhere
    if mark != b"PK\x05\x06" or comment or large:
        raise ValueError("it is no undamaged NPZ file")
    if count > MAX_ARRAYS or size > DIRECTORY_BYTES:
        raise ValueError(f"it holds more than {MAX_ARRAYS:,} arrays")


def _short(name: str) -> str:
    return reprlib.repr(name)
