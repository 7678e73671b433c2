"""Error messages of readers: names and shapes from untrusted files, shortened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cnnviz.errors import CnnvizError

MAX_LISTED = 4
MAX_CHARACTERS = 40
"""Length to which a name is cut."""
TFLITE = b"TFL3"
"""A file of TensorFlow Lite, from its fifth byte on."""
PICKLES = (b"\x80\x02\x8a\x0a", b"\x80\x02}", b"\x80\x02c")
"""First bytes of PyTorch's files from before it wrote archives."""


def listed(names: Iterable[object]) -> str:
    """Return names of a file's parts, as many as a sentence holds.

    >>> listed(["left", "right"]), listed("abcdef")
    ('left, right', 'a, b, c, d, …')
    """
    short = [str(name)[:MAX_CHARACTERS] for name in names]
    return ", ".join([*short[:MAX_LISTED], *["…"][: len(short) > MAX_LISTED]])


def in_words(shape: Sequence[object]) -> str:
    """Return the shape of an input, without its batch axis; "?" where the file leaves it open.

    >>> in_words([128, 1]), in_words([None, 4]), in_words([])
    ('128×1', '?×4', '?')
    """
    sizes = [str(size) if isinstance(size, int) else "?" for size in shape[:8]]
    return "×".join(size[:10] for size in sizes) or "?"


def program_of(start: bytes) -> str | None:
    """Return which other program writes files that start so, or None."""
    if start[4:8] == TFLITE:
        return "TensorFlow Lite"
    return "PyTorch" if start.startswith(PICKLES) else None


def other_program(kind: str) -> CnnvizError:
    """Return the error of a file of another program."""
    return CnnvizError(
        "`path` must be a file of Keras (.keras, .h5) or ONNX (.onnx). Received: one of "
        f"{kind}. Save the model as .keras, or export it as ONNX.",
        reason="network_program",
        kind=kind,
    )
