"""Decode one picture file in a process of its own: `python picture_decoder.py` reads it from standard input.

A file can be built so that it takes minutes or gigabytes to decode. A thread cannot be stopped, a process
can: this one limits its own processor time and memory, and `data.upload`, which starts it, ends it when
nobody waits for it any more. It imports nothing but Pillow, so that it starts in some 40 ms.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
import warnings
from typing import Any, NamedTuple

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_PIXELS = 4096
"""Pixels a side."""
PREVIEW = 512
"""Pixels a side of the picture that is shown to the visitor."""


class Limits(NamedTuple):
    """What one file may cost.

    Attributes:
        seconds: of processor time; the slowest ordinary picture of 4096x4096 takes about one.
        memory: bytes of address space; that picture takes about half of them.
        scans: of a JPEG. Each goes over all pixels, however few bytes it has. libjpeg's progressive
            scripts have 10, for four colours 18.
        steps: segments of a JPEG; a photo has some dozens. Pillow takes them one by one, in Python.
    """

    seconds: int = 5
    memory: int = 2**30
    scans: int = 64
    steps: int = 2**16


class Format(NamedTuple):
    """A format that is decoded: its name in sentences, its type on the web, how its files' names end."""

    name: str
    mime: str
    endings: tuple[str, ...]


FORMATS = {
    "PNG": Format("PNG", "image/png", (".png", ".apng")),
    "JPEG": Format(
        "JPEG", "image/jpeg", (".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".jfi", ".pjpeg", ".pjp", ".mpo")
    ),
    "WEBP": Format("WebP", "image/webp", (".webp",)),
    "GIF": Format("GIF", "image/gif", (".gif",)),
}
"""By Pillow's names. A file is what its content says; the endings are for file dialogs."""


class DecodeError(Exception):
    """A file that is not decoded, and the reason, a word."""

    def __init__(self, rule: str, received: str, *, reason: str) -> None:
        super().__init__(f"`upload` must be {rule}. Received: {received}.")
        self.reason = reason


LIMITS = Limits()


def decode(content: bytes, side: int, limits: Limits = LIMITS) -> tuple[Image.Image, Image.Image, list[int]]:
    """Decode a picture: upright, on white.

    Returns:
        Its central square as RGB of `side` x `side`, the whole picture as RGB of at most 512 pixels a
        side, and (left, top, side) of the square in the latter.

    Raises:
        DecodeError: with the reason "upload_side", "upload_format", "upload_damaged" or "upload_costly".
    """
    too_wide = f"at most {MAX_PIXELS:,} pixels a side"
    try:
        _check_passes(content, limits)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata; the limits here decide
            with Image.open(io.BytesIO(content), formats=list(FORMATS)) as picture:
                width, height = picture.size
                if max(width, height) > MAX_PIXELS:
                    raise DecodeError(too_wide, f"{width}x{height}", reason="upload_side")
                picture.draft("RGB", (PREVIEW, PREVIEW))  # a large JPEG is decoded at a fraction of its size
                upright = _on_white(ImageOps.exif_transpose(picture))
    except DecodeError:
        raise
    except Image.DecompressionBombError:  # before a decoder sets memory aside
        raise DecodeError(too_wide, "far more", reason="upload_side") from None
    except MemoryError:
        raise DecodeError(
            f"decoded in {limits.memory:,} bytes", "one that takes more", reason="upload_costly"
        ) from None
    except UnidentifiedImageError:
        raise DecodeError(
            f"a picture in one of {format_names()}", "another file", reason="upload_format"
        ) from None
    except Exception as error:  # Pillow's decoders raise many types on damaged files
        failure = f"one that fails ({type(error).__name__})"
        raise DecodeError("an undamaged picture", failure, reason="upload_damaged") from None
    preview = upright.copy()
    preview.thumbnail((PREVIEW, PREVIEW), Image.Resampling.LANCZOS)
    square = min(upright.size)
    left, top = (upright.width - square) // 2, (upright.height - square) // 2
    cut = upright.crop((left, top, left + square, top + square))
    crop = [left * preview.width // upright.width, top * preview.height // upright.height, min(preview.size)]
    return cut.resize((side, side), Image.Resampling.LANCZOS), preview, crop


def format_names() -> str:
    """Return the formats' names: "PNG, JPEG, WebP, GIF"."""
    return ", ".join(known.name for known in FORMATS.values())


def _check_passes(content: bytes, limits: Limits) -> None:
    """Refuse a file that makes a decoder do the same long work again and again.

    A JPEG's scans go over all pixels; a PNG has one colour profile, and each is decompressed to 1 MB.
    """
    if content.startswith(b"\xff\xd8"):
        scans, steps = _jpeg_passes(content, limits)
        if scans > limits.scans:
            raise DecodeError(
                f"a JPEG of at most {limits.scans} scans", "one with more", reason="upload_costly"
            )
        if steps > limits.steps:
            raise DecodeError(
                f"a JPEG of at most {limits.steps:,} segments", "one with more", reason="upload_costly"
            )
    elif content.startswith(b"\x89PNG") and content.count(b"iCCP") > limits.scans:
        raise DecodeError(
            "a PNG with one colour profile", f"more than {limits.scans}", reason="upload_costly"
        )


_MARKER = re.compile(rb"\xff([^\x00\xff\x01\xd0-\xd7])")
"""What begins a segment; 0xFF 0x00 is a value in a scan, and the others have no segment."""
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9


def _jpeg_passes(content: bytes, limits: Limits) -> tuple[int, int]:
    """Count a JPEG's scans, and what Pillow reads one by one: segments, stray bytes before the first scan.

    Goes from marker to marker to the end of the first image, or until one of both is above its limit. Bytes
    within segments, a thumbnail's for example, and behind the end are not looked at.
    """
    scans, steps, at = 0, 0, 2
    while scans <= limits.scans and steps <= limits.steps and (marker := _MARKER.search(content, at)):
        steps += 1 if scans else 1 + marker.start() - at
        code, at = marker[1][0], marker.end()
        if code == _END_OF_IMAGE:
            break
        scans += code == _START_OF_SCAN
        at += max(2, int.from_bytes(content[at : at + 2], "big"))  # the segment's length counts itself
    return scans, steps


def _on_white(picture: Image.Image) -> Image.Image:
    """Return a picture of any mode as RGB, transparency over white."""
    if picture.mode.startswith("I"):  # 16 bits of grey: Pillow would clip it to 255 where it must scale
        picture.info.pop("transparency", None)
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    rgba = picture.convert("RGBA")
    flat = Image.new("RGBA", rgba.size, "white")
    return Image.alpha_composite(flat, rgba).convert("RGB")


def _limit(limits: Limits) -> None:
    """Let the system end this process where it costs more than it may; Windows knows no such limits."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in (
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # the system's own limit is lower, or it has none
            resource.setrlimit(kind, (most, most))


def main(side: str, *limits: str) -> None:
    """Decode standard input; write a line of JSON, then the pixels of square and preview."""
    allowed = Limits(*map(int, limits))
    _limit(allowed)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS**2 // 2  # Pillow raises above the double
    answer: dict[str, Any]
    pixels = b""
    try:
        square, preview, crop = decode(sys.stdin.buffer.read(), int(side), allowed)
        answer = {"preview": [preview.height, preview.width, 3], "crop": crop}
        pixels = square.tobytes() + preview.tobytes()
    except DecodeError as refusal:
        answer = {"reason": refusal.reason, "message": str(refusal)}
    sys.stdout.buffer.write(json.dumps(answer, allow_nan=False).encode() + b"\n" + pixels)


if __name__ == "__main__":
    main(*sys.argv[1:])
