"""Uploaded pictures: damaged ones of every format, headers that promise too much, parts put together."""

from __future__ import annotations

import io
import random
import struct
import time
import zlib
from collections.abc import Iterator
from functools import cache

import numpy as np
from PIL import Image

from cnnviz import CnnvizError
from cnnviz.data.upload import decode_upload
from cnnviz.text import translate
from tests.fuzz import hostile

SIDES = (1, 2, 3, 31, 32, 33, 64, 100)
MODES = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "JPEG": ("L", "RGB", "CMYK"),
    "WEBP": ("RGB", "RGBA"),
    "GIF": ("L", "P"),
}
MAGIC = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff\xe0",
    b"GIF89a",
    b"RIFF\x20\x00\x00\x00WEBPVP8 ",
    b"BM",
    b"%PDF-",
    b"<svg ",
)
MAX_SECONDS = 20.0
REASONS = ("upload_bytes", "upload_side", "upload_format", "upload_damaged", "upload_costly")


def cases(generator: random.Random) -> Iterator[bytes]:
    """Yield the contents of files."""
    while True:
        content = _picture(generator)
        choice = generator.random()
        if choice < 0.05:
            yield content
        elif choice < 0.55:
            yield hostile.changed_bytes(content, generator)
        elif choice < 0.7:
            yield _resized(content, generator)
        elif choice < 0.85:
            yield _spliced(content, _picture(generator), generator)
        else:
            yield generator.choice(MAGIC) + generator.randbytes(generator.randrange(300))


def _picture(generator: random.Random) -> bytes:
    kind = generator.choice(list(MODES))
    mode = generator.choice(MODES[kind])
    size = generator.choice(SIDES), generator.choice(SIDES)
    return _encoded(
        kind,
        mode,
        size,
        kind in ("PNG", "GIF", "WEBP") and generator.random() < 0.2,
        generator.random() < 0.3,
    )


@cache
def _encoded(kind: str, mode: str, size: tuple[int, int], animated: bool, progressive: bool) -> bytes:
    # a gradient: a picture of noise is large, and one of a single colour has nothing to damage
    rows, cols = np.indices((size[1], size[0]))
    values = np.stack([rows * 7 % 256, cols * 5 % 256, (rows + cols) % 256], axis=-1).astype(np.uint8)
    picture = Image.fromarray(values)
    picture = picture.convert("L").convert(mode) if mode == "I;16" else picture.convert(mode)
    options: dict[str, object] = {"progressive": progressive} if kind == "JPEG" else {}
    if animated and mode != "I;16":
        options |= {"save_all": True, "append_images": [picture.rotate(90), picture.rotate(180)]}
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def _resized(content: bytes, generator: random.Random) -> bytes:
    """Return a picture whose header, or another field, gives other sizes; a PNG's checksum is right."""
    size = struct.pack(
        ">II", *(generator.choice((0, 1, 33, 4096, 4097, 2**16 - 1, 2**31 - 1)) for _ in range(2))
    )
    if content.startswith(MAGIC[0]):
        head = b"IHDR" + size + content[24:29]
        return content[:12] + head + struct.pack(">I", zlib.crc32(head)) + content[33:]
    width = generator.choice((size[2:4] + size[6:8], size[3:1:-1] + size[7:5:-1]))
    frame = content.find(b"\xff\xc0") + 1 or content.find(b"\xff\xc2") + 1
    offset = {b"G": 6, b"\xff": frame + 4, b"R": 26}[content[:1]]
    return content[:offset] + width + content[offset + 4 :]


def _spliced(content: bytes, other: bytes, generator: random.Random) -> bytes:
    """Return the beginning of one file and the end of another, or a piece of one again and again."""
    start, stop = sorted(generator.randrange(len(content)) for _ in range(2))
    if generator.random() < 0.5:
        return content[:stop] + other[generator.randrange(len(other)) :]
    times = generator.choice((2, 10, 1000, 100_000))
    return (
        content[:start] + content[start:stop] * min(times, 300_000 // max(stop - start, 1)) + content[start:]
    )


def check(content: bytes) -> str | None:
    """Decode a file: to a picture of the right shapes, or to a reason that the pages have words for."""
    begun, refusal = time.monotonic(), None
    try:
        upload = decode_upload(content, timeout=MAX_SECONDS)
    except CnnvizError as error:
        refusal = error
    assert time.monotonic() - begun < 2 * MAX_SECONDS
    if refusal is not None:
        assert refusal.reason in REASONS, refusal
        assert str(refusal).startswith("`upload` must be ")
        return translate(f"error.{refusal.reason}", "en", detail=str(refusal))
    height, width, channels = upload.preview.shape
    left, top, side = upload.crop
    assert upload.image.shape == (32, 32, 3)
    assert channels == 3
    assert 0 < max(height, width) <= 512
    assert left >= 0 <= top
    assert left + side <= width
    assert top + side <= height
    return None
