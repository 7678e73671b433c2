"""Decoding of JSON and NPZ that others may have written: what is refused before it costs anything."""

from __future__ import annotations

import io
import os
import struct
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz.formats.decoding import DIRECTORY_BYTES, Npz, parse_json, read_bytes, read_json

ROOM = 10**6


def test_read_bytes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert read_bytes(tmp_path / "file", 5) == b"12345"
    with pytest.raises(ValueError, match=r"^it is larger than 4 bytes$"):
        read_bytes(tmp_path / "file", 4)
    with pytest.raises(FileNotFoundError):
        read_bytes(tmp_path / "gone", 5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (os.mkfifo, "it cannot be read: not a regular file"),  # nobody waits for what is written into it
        (Path.mkdir, "it cannot be read: Is a directory"),
        (lambda path: path.symlink_to(path.name), "it cannot be read: Too many levels of symbolic links"),
        (lambda path: path.symlink_to("/dev/zero"), "it cannot be read: not a regular file"),
    ],
    ids=["named pipe", "folder", "loop", "device"],
)
def test_special_files_do_not_block(tmp_path: Path, make: Callable[[Path], Any], message: str) -> None:
    make(tmp_path / "file")
    with pytest.raises(ValueError, match=message):
        read_bytes(tmp_path / "file", 5)


def test_parse_strict_json(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text('{"가": [1, -2.5e3, true, null, "\\ud83d\\ude00"], "b": {}}', "utf-8")
    assert read_json(tmp_path / "card.json") == {"가": [1, -2500.0, True, None, "😀"], "b": {}}
    with pytest.raises(ValueError, match="it is larger than 9 bytes"):
        read_json(tmp_path / "card.json", 9)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is no JSON, Expecting value in line 1"),
        (b'{"a": 1,\n]', "it is no JSON, .* in line 2"),
        (b"[]", "it is no JSON object"),
        (b'"a"', "it is no JSON object"),
        (b"null", "it is no JSON object"),
        (b'{"a": NaN}', "NaN is no number of JSON"),
        (b'{"a": [-Infinity]}', "-Infinity is no number of JSON"),
        (b'{"a": 1e999}', "the number '1e999' is too large"),
        (b'{"a": 123456789012345678901}', "the number '123456789012345678901' is too large"),
        (b'{"a": ' + b"9" * 10**5 + b"}", "the number '9999.*' is too large"),
        (b'{"a": 1, "a": 2}', "a key is in it twice"),
        (b'{"b": {"a": 1, "a": 2}}', "a key is in it twice"),
        (b'{"a":' * 10**5, "it is nested too deeply"),
        (b"[" * 10**6, "it is nested too deeply"),
        (b'{"a": "\xff"}', "it is no UTF-8 text"),
        (b'{"a": ["\\ud800"]}', "it is no UTF-8 text"),
        (b'{"\\udfff": 1}', "it is no UTF-8 text"),
        ('{"a": 1}'.encode("utf-16"), "it is no UTF-8 text"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_invalid_json_raises(content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$") as refused:
        parse_json(content)
    assert len(str(refused.value)) < 100


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def packed(entries: list[tuple[str, bytes]], method: int = 8, comment: bytes = b"") -> bytes:
    """Return an archive, deflated if not said otherwise."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that occur twice
        with zipfile.ZipFile(buffer, "w", method) as archive:
            for name, content in entries:
                archive.writestr(name, content)
            archive.comment = comment
    return buffer.getvalue()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("dtype", ["?", "i1", "u1", "<i4", ">i8", "<f2", "f4", ">f8"])
def test_reads_files_written_by_numpy(save: Callable[..., None], dtype: str) -> None:
    arrays = {
        "scalar": np.array(3).astype(dtype),
        "empty": np.zeros((2, 0, 3), dtype),
        "row": np.arange(7).astype(dtype),
        "conv1.kernel": np.arange(24).reshape(2, 3, 4).astype(dtype),
        "fortran": np.asfortranarray(np.arange(24).reshape(2, 3, 4).astype(dtype)),
    }
    buffer = io.BytesIO()
    save(buffer, **arrays)
    stored = Npz(buffer.getvalue(), ROOM)
    assert stored.shapes == {name: array.shape for name, array in arrays.items()}
    for name, array in arrays.items():
        read = stored.read(name, "biuf")
        np.testing.assert_array_equal(read, array)
        assert read.dtype == array.dtype
        assert not read.flags.writeable
        with pytest.raises(ValueError, match=f"the array {name} is of {array.dtype}"):
            stored.read(name, "biuf".replace(array.dtype.kind, ""))
    with pytest.raises(ValueError, match="it holds no array other"):
        stored.read("other", "biuf")


def headed(text: str, *, version: bytes = b"\x01\x00", size: int | None = None) -> bytes:
    """Return a .npy file of four bytes with another header."""
    header = text.encode() + b"\n"
    length = len(header) if size is None else size
    return b"\x93NUMPY" + version + struct.pack("<H", length) + header + bytes(4)


F2 = "{'descr': '<f2', 'fortran_order': False, 'shape': %s, }"
SOUND = npy(np.ones(2, np.float16))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is no NPZ file"),
        (b"PK", "it is no NPZ file"),
        (SOUND, "it is no NPZ file"),
        (packed([("a.npy", SOUND)])[:-1], "it is no undamaged NPZ file"),
        (packed([("a.npy", SOUND)])[30:], "it is no NPZ file"),
        (packed([("a.npy", SOUND)], comment=b"hello"), "it is no undamaged NPZ file"),
        (packed([("a.npy", SOUND), ("a.npy", SOUND)]), "two of its arrays have one name"),
        (packed([("a.npy", SOUND), ("a", SOUND)]), "two of its arrays have one name"),
        (packed([("a.npy", SOUND)], zipfile.ZIP_LZMA), "'a' is packed in a way that NumPy does not use"),
        (packed([("a.npy", SOUND)], zipfile.ZIP_BZIP2), "'a' is packed in a way that NumPy does not use"),
        (packed([(f"{k}.npy", b"") for k in range(4001)]), "it holds more than 4,000 arrays"),
        (packed([("a" * 60_000 + f"{k}.npy", b"") for k in range(14)]), "it holds more than 4,000 arrays"),
        (packed([("a.npy", bytes(ROOM + 1))]), "its arrays take more than 1,000,000 bytes"),
        *((packed([("a.npy", content)]), "'a' is no array of plain numbers") for content in (
            *(b"", SOUND[:9], SOUND[:40], b"hello" * 99, npy(np.array(["text"])), npy(np.ones(2, complex))),
            headed("[" * 900),
            headed(F2 % "(2,)", version=b"\x02\x00"),
            headed(F2 % "(2,)", size=60_000),
            headed(F2 % "(2,)", size=9),
            headed(F2 % "(-2,)"),
            headed(F2 % "(True,)"),
            headed(F2 % "(1 + 1,)"),
            headed(F2 % ("(" + "1, " * 33 + ")")),
            headed(F2 % ("(" * 99 + ")" * 99)),
            headed((F2 % "(2,)").replace("<f2", "|O")),
            headed((F2 % "(2,)").replace("<f2", "<f1")),
            headed((F2 % "(2,)").replace("'<f2'", "[('a', '<f2')]")),
            headed("__import__('os').abort()"),
        )),
        *((packed([("a.npy", content)]), "'a' has another size than its shape says") for content in (
            *(SOUND[:-1], SOUND + bytes(1), headed(F2 % "(3,)"), headed(F2 % "(0,)"), headed(F2 % "()")),
            headed(F2 % "(9999999999, 9999999999)"),
        )),
    ],
)  # fmt: skip
def test_invalid_archives_raise(content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message) as refused:
        Npz(content, ROOM)
    assert len(str(refused.value)) < 100


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_damaged_data_raises_when_read(method: int) -> None:
    array = np.random.default_rng(0).integers(0, 256, 5000, np.uint8)
    content = bytearray(packed([("a.npy", npy(array))], method))
    content[3000] ^= 1
    stored = Npz(bytes(content), ROOM)
    with pytest.raises(ValueError, match=r"^it is no undamaged NPZ file \((BadZipFile|error)\)$"):
        stored.read("a", "u")


def test_zip_bomb_raises_before_decompression() -> None:
    bomb = packed([("a.npy", SOUND), ("bomb.npy", npy(np.zeros(3 * 10**7, np.uint8)))])
    assert len(bomb) < 10**5
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="its arrays take more than"):
            Npz(bomb, ROOM)
        Npz(bomb, 10**8)  # there is room for it, and still it is not unpacked before somebody reads it
        assert tracemalloc.get_traced_memory()[1] < 10 * len(bomb)
    finally:
        tracemalloc.stop()


def test_truncated_array_raises() -> None:
    content = bytearray(packed([("a.npy", npy(np.zeros(4000, np.uint8)))]))
    offset = content.index(b"PK\x01\x02")  # the directory says how many bytes are packed
    packed_bytes = struct.unpack_from("<I", content, offset + 20)[0]
    struct.pack_into("<I", content, offset + 20, packed_bytes - 9)
    with pytest.raises(ValueError, match=r"no undamaged NPZ file|ends too early"):
        Npz(bytes(content), ROOM).read("a", "u")


def test_directory_size_is_not_trusted() -> None:
    content = bytearray(packed([(f"{k}.npy", b"") for k in range(17_000)]))
    struct.pack_into("<2H", content, len(content) - 14, 1, 1)  # so many arrays, it says
    with pytest.raises(ValueError, match="it holds more than 4,000 arrays"):
        Npz(bytes(content), ROOM)
    struct.pack_into("<I", content, len(content) - 10, DIRECTORY_BYTES)  # and so many bytes
    with pytest.raises(ValueError, match="no undamaged NPZ file"):
        Npz(bytes(content), ROOM)


def test_parses_numpy_headers() -> None:
    """The sound file that the damaged headers above are made of."""
    assert Npz(packed([("a.npy", headed(F2 % "(2,)"))]), ROOM).read("a", "f").tolist() == [0, 0]
