"""Uploaded images, decoded one at a time in a separate process with limits on time and memory."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image

from cnnviz.data import picture_decoder
from cnnviz.data.picture_decoder import LIMITS, Limits
from cnnviz.errors import CnnvizError

MAX_BYTES = 5 * 1024 * 1024
TIMEOUT = 20.0
"""Seconds for waiting for the decoder and decoding, together."""
MIN_CROP = 16
"""Least rows of a crop, in pixels of the preview."""
POLL_INTERVAL = 0.1
"""Seconds between two calls of `on_poll`."""
_one_at_a_time = threading.Lock()  # each may take a core for seconds, and 1 GB


class Crop(NamedTuple):
    """The part of an uploaded image that is used, in pixels of its preview; the data set gives its shape."""

    left: int
    top: int
    height: int


@dataclass(frozen=True)
class Upload:
    """An uploaded image, scaled for a network.

    Attributes:
        image: uint8 [side, side, 3], the central square; or a picture of another shape (`of`).
        preview: uint8 [h, w, 3], the whole image, at most 512 pixels a side.
        crop: (left, top, side) of the square, in pixels of `preview`.
    """

    image: np.ndarray
    preview: np.ndarray
    crop: tuple[int, int, int]

    @classmethod
    def of(cls, image: np.ndarray) -> Upload:
        """Return an upload that has a network's shape already, uint8 [H, W, C] with C = 1 or 3."""
        rows, cols, channels = image.shape
        side = min(rows, cols)
        preview = np.repeat(image, 3 // channels, axis=2)
        return cls(image, preview, ((cols - side) // 2, (rows - side) // 2, side))

    def box(self, size: tuple[int, int], crop: Crop | None = None) -> tuple[float, float, float, float]:
        """Return the largest central crop with the aspect ratio of a size (rows, columns), or another crop.

        Args:
            size: rows and columns. crop: which part; it is moved and scaled into the picture.

        Returns:
            (left, top, right, bottom), in pixels of `preview`; of a central square that of `crop`.
        """
        if crop is not None:
            left, top, height = self.fitted(size, crop)
            return left, top, left + height * size[1] / size[0], top + height
        if size[0] == size[1]:
            left, top, side = self.crop
            return left, top, left + side, top + side
        rows, cols = self.preview.shape[:2]
        scale = min(rows / size[0], cols / size[1])
        down, across = scale * size[0], scale * size[1]
        return (cols - across) / 2, (rows - down) / 2, (cols + across) / 2, (rows + down) / 2

    def fitted(self, size: tuple[int, int], crop: Crop) -> Crop:
        """Return a crop of the shape of a size (rows, columns), scaled and moved into the picture."""
        rows, cols = self.preview.shape[:2]
        largest = int(min(rows, cols * size[0] / size[1]))
        height = min(max(crop.height, MIN_CROP), largest)
        width = height * size[1] / size[0]
        return Crop(min(max(crop.left, 0), int(cols - width)), min(max(crop.top, 0), rows - height), height)

    def resized(self, shape: tuple[int, int, int], crop: Crop | None = None) -> np.ndarray:
        """Return the image in another shape, uint8 [H, W, C].

        The largest central crop with the new aspect ratio is scaled, or that which is given; C = 1 gives its
        brightness.
        """
        if self.image.shape == shape and crop is None:
            return self.image
        height, width, channels = shape
        picture = Image.fromarray(self.preview)
        picture = picture.resize(
            (width, height), Image.Resampling.LANCZOS, box=self.box((height, width), crop)
        )
        return np.asarray(picture.convert("L" if channels == 1 else "RGB")).reshape(shape)


def decode_upload(
    content: bytes,
    *,
    side: int = 32,
    on_poll: Callable[[], object] = lambda: None,
    timeout: float = TIMEOUT,
    limits: Limits = LIMITS,
) -> Upload:
    """Decode an uploaded image and scale its central square to `side` x `side`.

    It may be PNG, JPEG, WebP or GIF (first frame) of any mode, at most 5 MB and 4,096 pixels a side. EXIF
    orientation is applied and transparency blended with white. A separate process decodes it, which is
    killed at its limits or when this function is left.

    Args:
        content: the file's bytes.
        side: rows and columns of the result.
        on_poll: called every tenth of a second; an exception from it cancels decoding and propagates.
        timeout: seconds to wait for other uploads and decoding.
        limits: limits of the decoder.

    Raises:
        CnnvizError: with the reason "upload_bytes", "upload_side", "upload_format", "upload_damaged",
            "upload_costly", or "upload_busy" after a timeout.
    """
    if len(content) > MAX_BYTES:
        raise CnnvizError(
            f"`upload` must be at most {MAX_BYTES:,} bytes. Received: {len(content):,}.",
            reason="upload_bytes",
        )
    deadline = time.monotonic() + timeout

    def tick() -> None:
        on_poll()
        if time.monotonic() > deadline:
            raise CnnvizError(
                "`upload` must be sent again later: the decoder is busy. "
                f"Received: one that waited {timeout:g} s.",
                reason="upload_busy",
            )

    while not _one_at_a_time.acquire(timeout=POLL_INTERVAL):
        tick()
    try:
        output, code = _run(content, side, limits, tick)
    finally:
        _one_at_a_time.release()
    if code in _LIMIT_REACHED:
        raise CnnvizError(
            f"`upload` must be decoded within {limits.seconds} s. Received: one that takes longer.",
            reason="upload_costly",
        )
    head, _, pixels = output.partition(b"\n")
    if code != 0 or not head:  # the decoder crashed
        raise CnnvizError(
            "`upload` must be an undamaged picture. Received: one that ends the decoder.",
            reason="upload_damaged",
        )
    answer = json.loads(head)
    if "reason" in answer:
        raise CnnvizError(answer["message"], reason=answer["reason"])
    values = np.frombuffer(pixels, np.uint8)
    image, preview = np.split(values, [side * side * 3])
    return Upload(image.reshape(side, side, 3), preview.reshape(answer["preview"]), tuple(answer["crop"]))


_LIMIT_REACHED = tuple(
    -number
    for name in ("SIGXCPU", "SIGKILL")  # SIGKILL: out of memory
    if (number := getattr(signal, name, None)) is not None
)
"""Exit codes of a decoder that the operating system killed."""


def _run(content: bytes, side: int, limits: Limits, tick: Callable[[], object]) -> tuple[bytes, int]:
    """Run the decoder and return its output and exit code; it never outlives this function."""
    # -P: import installed modules only, not files beside the script or in the working folder
    command = [sys.executable, "-P", picture_decoder.__file__, str(side), *map(str, limits)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        try:
            with contextlib.suppress(BrokenPipeError):  # the decoder ended before reading everything
                process.stdin.write(content)  # blocks only until the decoder has started
            while True:
                try:
                    output, _ = process.communicate(timeout=POLL_INTERVAL)
                    return output, process.returncode
                except subprocess.TimeoutExpired:
                    tick()
        except BaseException:  # cancelled
            process.kill()
            raise
