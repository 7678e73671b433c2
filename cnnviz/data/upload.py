"""An uploaded picture: decoded one at a time, beside the server's own threads and within limits."""

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

import numpy as np
from PIL import Image

from cnnviz.data import picture_decoder
from cnnviz.data.picture_decoder import LIMITS, Limits
from cnnviz.errors import CnnvizError

MAX_BYTES = 5 * 1024 * 1024
PATIENCE = 20.0
"""Seconds that a visitor waits for a turn and for the picture, together."""
TICK = 0.1
"""Seconds between two looks at whether somebody still waits."""
_one_at_a_time = threading.Lock()  # each may take a core for seconds, and 1 GB


@dataclass(frozen=True)
class Upload:
    """A visitor's picture, made fit for a network.

    Attributes:
        image: uint8 [side, side, 3].
        preview: uint8 [h, w, 3]: the whole picture, upright, at most 512 cells a side.
        crop: (left, top, side) of the square taken, in cells of `preview`.
    """

    image: np.ndarray
    preview: np.ndarray
    crop: tuple[int, int, int]

    def fitted(self, shape: tuple[int, int, int]) -> np.ndarray:
        """Return the picture as a network of another size or number of channels takes it, uint8 [H, W, C].

        The largest part of the middle that has the new proportions is scaled; grey is the brightness.
        """
        if self.image.shape == shape:
            return self.image
        height, width, channels = shape
        picture = Image.fromarray(self.preview)
        scale = min(picture.width / width, picture.height / height)
        across, down = scale * width, scale * height
        left, top = (picture.width - across) / 2, (picture.height - down) / 2
        box = (left, top, left + across, top + down)
        picture = picture.resize((width, height), Image.Resampling.LANCZOS, box=box)
        return np.asarray(picture.convert("L" if channels == 1 else "RGB")).reshape(shape)


def decode_upload(
    content: bytes,
    *,
    side: int = 32,
    waiting: Callable[[], object] = lambda: None,
    patience: float = PATIENCE,
    limits: Limits = LIMITS,
) -> Upload:
    """Decode a visitor's picture: upright, on white, its central square scaled to 32x32.

    PNG, JPEG, WebP or GIF (first frame), any mode; at most 5 MB and 4,096 pixels a side. A process of its
    own decodes it, which ends at its limits, or when this function is left.

    Args:
        content: of the file.
        side: rows and columns of the image.
        waiting: called every tenth of a second; what it raises ends the decoding and is passed on.
        patience: seconds after which the decoder counts as busy.
        limits: what the file may cost.

    Raises:
        CnnvizError: if it is anything else; its reason is "upload_bytes", "upload_side",
            "upload_format", "upload_damaged", "upload_costly", or "upload_busy" if another time it may work.
    """
    if len(content) > MAX_BYTES:
        raise CnnvizError(
            f"`upload` must be at most {MAX_BYTES:,} bytes. Received: {len(content):,}.",
            reason="upload_bytes",
        )
    deadline = time.monotonic() + patience

    def tick() -> None:
        waiting()
        if time.monotonic() > deadline:
            raise CnnvizError(
                "`upload` must be sent again later: the decoder is busy. "
                f"Received: one that waited {patience:g} s.",
                reason="upload_busy",
            )

    while not _one_at_a_time.acquire(timeout=TICK):
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
    if code != 0 or not head:  # the decoder itself broke on it
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
    for name in ("SIGXCPU", "SIGKILL")  # the latter: at the system's limit of memory
    if (number := getattr(signal, name, None)) is not None
)
"""Exit codes of a decoder that the system has ended."""


def _run(content: bytes, side: int, limits: Limits, tick: Callable[[], object]) -> tuple[bytes, int]:
    """Return what the decoder's process writes, and its exit code; it ends with this function."""
    # -P: only installed modules are imported, none that lies beside the script or in the working folder
    command = [sys.executable, "-P", picture_decoder.__file__, str(side), *map(str, limits)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        try:
            with contextlib.suppress(BrokenPipeError):  # it has ended before it has read all
                process.stdin.write(content)  # waits no longer than it takes to start
            while True:
                try:
                    output, _ = process.communicate(timeout=TICK)
                    return output, process.returncode
                except subprocess.TimeoutExpired:
                    tick()
        except BaseException:  # nobody waits any more
            process.kill()
            raise
