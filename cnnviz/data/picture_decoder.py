"""Decode one image file in a separate process: `python picture_decoder.py` reads it from standard input.

A malicious file can take minutes or gigabytes to decode. Unlike a thread, a process can be stopped: this one
limits its own processor time and memory, and `data.upload`, which starts it, kills it when the result is no
longer needed. It imports only Pillow, so that it starts in about 40 ms.
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

MAX_SIDE = 4096
"""Largest width and height of an upload, in pixels."""
PREVIEW_SIDE = 512
"""Largest width and height of the preview, in pixels."""


class Limits(NamedTuple):
    """Limits of the cost of decoding one file.

    Attributes:
        seconds: processor time; the slowest ordinary image of 4096x4096 takes about one.
        memory: bytes of address space; that image takes about half of them.
        scans: of a JPEG; each scan visits all pixels, however few bytes it has. libjpeg's progressive
            scripts have 10, or 18 for four colours.
        segments: of a JPEG; a photo has some dozens. Pillow parses them one by one, in Python.
    """

    seconds: int = 5
    memory: int = 2**30
    scans: int = 64
    segments: int = 2**16


class Format(NamedTuple):
    """A supported image format: its name, MIME type and file name suffixes."""

    name: str
    mime: str
    suffixes: tuple[str, ...]


FORMATS = {
    "PNG": Format("PNG", "image/png", (".png", ".apng")),
    "JPEG": Format(
        "JPEG", "image/jpeg", (".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".jfi", ".pjpeg", ".pjp", ".mpo")
    ),
    "WEBP": Format("WebP", "image/webp", (".webp",)),
    "GIF": Format("GIF", "image/gif", (".gif",)),
}
"""Formats by Pillow's names. They are detected by content; the suffixes are for file dialogs."""


class DecodeError(Exception):
    """A file that cannot be decoded; `reason` as in `CnnvizError`."""

    def __init__(self, rule: str, received: str, *, reason: str) -> None:
        super().__init__(f"`upload` must be {rule}. Received: {received}.")
        self.reason = reason


LIMITS = Limits()


def decode(content: bytes, side: int, limits: Limits = LIMITS) -> tuple[Image.Image, Image.Image, list[int]]:
    """Decode an image, apply its EXIF orientation and blend transparency with white.

    Returns:
        The central square as RGB of `side` x `side`, a preview of the whole image as RGB of at most 512
        pixels a side, and (left, top, side) of the square in the preview.

    Raises:
        DecodeError: with the reason "upload_side", "upload_format", "upload_damaged" or "upload_costly".
    """
    too_wide = f"at most {MAX_SIDE:,} pixels a side"
    try:
        _check_cost(content, limits)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of unusual metadata
            with Image.open(io.BytesIO(content), formats=list(FORMATS)) as picture:
                width, height = picture.size
                if max(width, height) > MAX_SIDE:
                    raise DecodeError(too_wide, f"{width}x{height}", reason="upload_side")
                picture.draft(
                    "RGB", (PREVIEW_SIDE, PREVIEW_SIDE)
                )  # a large JPEG is decoded at a fraction of its size
                upright = _on_white(ImageOps.exif_transpose(picture))
    except DecodeError:
        raise
    except Image.DecompressionBombError:  # raised before memory is allocated
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
    preview.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.LANCZOS)
    square = min(upright.size)
    left, top = (upright.width - square) // 2, (upright.height - square) // 2
    cut = upright.crop((left, top, left + square, top + square))
    crop = [left * preview.width // upright.width, top * preview.height // upright.height, min(preview.size)]
    return cut.resize((side, side), Image.Resampling.LANCZOS), preview, crop


def format_names() -> str:
    """Return the formats' names: "PNG, JPEG, WebP, GIF"."""
    return ", ".join(known.name for known in FORMATS.values())


def _check_cost(content: bytes, limits: Limits) -> None:
    """Reject a file whose structure makes decoding expensive.

    Every scan of a JPEG visits all pixels; every colour profile of a PNG (there should be one) is
    decompressed to up to 1 MB.
    """
    if content.startswith(b"\xff\xd8"):
        scans, segments = _count_jpeg_scans(content, limits)
        if scans > limits.scans:
            raise DecodeError(
                f"a JPEG of at most {limits.scans} scans", "one with more", reason="upload_costly"
            )
        if segments > limits.segments:
            raise DecodeError(
                f"a JPEG of at most {limits.segments:,} segments", "one with more", reason="upload_costly"
            )
    elif content.startswith(b"\x89PNG") and content.count(b"iCCP") > limits.scans:
        raise DecodeError(
            "a PNG with one colour profile", f"more than {limits.scans}", reason="upload_costly"
        )


_MARKER = re.compile(rb"\xff([^\x00\xff\x01\xd0-\xd7])")
"""The start of a segment; 0xFF 0x00 is an escaped value, and the other excluded markers have no segment."""
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9


def _count_jpeg_scans(content: bytes, limits: Limits) -> tuple[int, int]:
    """Count a JPEG's scans, and its segments and stray bytes, which Pillow reads one by one.

    Parses markers up to the end of the first image, or until a limit is exceeded. Bytes within segments
    (such as a thumbnail) and after the end are skipped.
    """
    scans, segments, at = 0, 0, 2
    while scans <= limits.scans and segments <= limits.segments and (marker := _MARKER.search(content, at)):
        segments += 1 if scans else 1 + marker.start() - at
        code, at = marker[1][0], marker.end()
        if code == _END_OF_IMAGE:
            break
        scans += code == _START_OF_SCAN
        at += max(2, int.from_bytes(content[at : at + 2], "big"))  # the segment's length counts itself
    return scans, segments


def _on_white(picture: Image.Image) -> Image.Image:
    """Convert an image of any mode to RGB, blending transparency with white."""
    if picture.mode.startswith("I"):  # 16-bit grey: Pillow would clip it to 255 instead of scaling
        picture.info.pop("transparency", None)
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    rgba = picture.convert("RGBA")
    flat = Image.new("RGBA", rgba.size, "white")
    return Image.alpha_composite(flat, rgba).convert("RGB")


def _limit(limits: Limits) -> None:
    """Set the operating system's limits of this process; there are none on Windows."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in (
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # unsupported, or the hard limit is lower
            resource.setrlimit(kind, (most, most))


def main(side: str, *limits: str) -> None:
    """Decode standard input; write a line of JSON, then the pixels of the square and of the preview."""
    allowed = Limits(*map(int, limits))
    _limit(allowed)
    Image.MAX_IMAGE_PIXELS = MAX_SIDE**2 // 2  # Pillow raises above the double
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
