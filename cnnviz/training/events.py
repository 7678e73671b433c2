"""The event log of a training run, one JSON object per line; everything that shows progress reads it.

Every event has "event" and "time" (seconds since 1970). In the order of a run:

start: name, epochs, epoch (completed epochs, above 0 if resumed), steps (batches per epoch), batch_size,
    images, validation_images (if there are any), test_images, seed, precision, pid, toy (whether it trains
    on the bundled samples only).
batch: epoch (from 1), step (batches done in this epoch), loss and accuracy (means since the last such
    event), epoch_loss and epoch_accuracy (means of this epoch so far), learning_rate,
    images_per_second, seconds_left.
epoch: epoch, loss and accuracy (means of the epoch), validation_loss and validation_accuracy (if there are
    validation images), test_loss, test_accuracy, seconds (of training so far), images_per_second,
    seconds_left.
end: state ("done", "stopped", "failed" or "diverged"), message (of a failure or divergence, else ""). If
    it diverged also: what ("loss", "weights", "answers" for predictions, or "half" for weights too large
    for half precision), epoch (from 1), step (batches done in it), learning_rate (the run's peak).

All numbers are finite.
"""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Iterator
from math import ceil, isfinite
from pathlib import Path
from typing import IO, Any

from cnnviz import files
from cnnviz.errors import CnnvizError

Event = dict[str, Any]
BLOCK_BYTES = 1 << 20
"""Bytes read at once; every event is shorter."""
MAX_BYTES = 2**28
"""Size limit of an event log; a day of training at four events per second writes half of it."""
TAIL_BYTES = 512
"""Bytes before the read position that are compared to detect that the log was truncated and rewritten."""


class Writer:
    """The exclusive writer of an event log, which stays locked until it is closed or its process ends.

    Args:
        path: the log, created if it does not exist.
        keep: number of bytes to keep of an existing log; the rest is truncated. If the log is shorter (its
            end was lost in a power cut), its complete lines are kept.

    Raises:
        CnnvizError: if another process is writing into it. OSError: if it cannot be written.
    """

    def __init__(self, path: Path, keep: int = 0) -> None:
        self._file = files.open_regular(path, "a+b")
        try:
            if not files.try_lock(self._file):
                raise CnnvizError(
                    f"`out` must be a folder that no other run is writing into. Received: {path.parent}."
                )
            if keep > os.fstat(self._file.fileno()).st_size:
                self._file.seek(0)
                keep = self._file.read().rfind(b"\n") + 1
            self._file.truncate(keep)
        except BaseException:
            self._file.close()
            raise
        self.size = keep

    def write(self, event: str, **values: Any) -> Event:
        """Append an event and return it as written; a write error leaves no partial line.

        Raises:
            OSError: if it cannot be written, for example because the disk is full.
        """
        entry: Event = {"event": event, "time": round(time.time(), 3), **values}
        line = (json.dumps(entry, allow_nan=False) + "\n").encode()
        try:
            written = os.write(self._file.fileno(), line)
            if written < len(line):  # partial write: write the rest, or get the error that stopped it
                os.write(self._file.fileno(), line[written:])
        except OSError:
            self._file.truncate(self.size)
            raise
        self.size += len(line)
        return entry

    def close(self) -> None:
        """Close the log and release its lock."""
        self._file.close()


def read(path: Path, start: int = 0) -> tuple[list[Event], int]:
    """Return the events from byte `start` on, and the position to continue from.

    An incomplete last line is left for the next call. A log that does not exist or is larger than
    `MAX_BYTES` has no events.
    """
    try:
        with _open_log(path) as file:
            blocks = list(_complete_lines(file, start))
    except OSError:
        return [], start
    return [event for block in blocks for event in _parse_lines(block)], start + sum(map(len, blocks))


class Reader:
    """Follows an event log while it is written, even if a resumed run truncates it.

    Args:
        path: the log, which need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = 0
        self._tail = b""  # the bytes before the position when it was read

    def read(self) -> Iterator[tuple[list[Event], bool]]:
        """Yield blocks of new events, each with whether reading restarts with it.

        On a restart the log was truncated: earlier events are void, and the remaining ones are yielded again.
        """
        try:
            with _open_log(self._path) as file:
                file.seek(self._position - len(self._tail))
                if file.read(len(self._tail)) != self._tail:
                    self._position, self._tail = 0, b""
                    yield [], True
                for block in _complete_lines(file, self._position):
                    self._position += len(block)
                    self._tail = (self._tail + block)[-TAIL_BYTES:]
                    yield _parse_lines(block), False
        except OSError:  # does not exist yet, or is not readable
            return


def _open_log(path: Path) -> IO[bytes]:
    """Open a log for reading; raise OSError if it is not a regular file or too large."""
    file = files.open_regular(path)
    if os.fstat(file.fileno()).st_size > MAX_BYTES:
        file.close()
        raise OSError(errno.EFBIG, "larger than a file of events", str(path))
    return file


def _complete_lines(file: IO[bytes], start: int) -> Iterator[bytes]:
    """Yield the content of a file from `start` on, in blocks of complete lines."""
    while True:
        file.seek(start)
        content = file.read(BLOCK_BYTES)
        block = content[: content.rfind(b"\n") + 1]
        if not block and len(content) == BLOCK_BYTES:  # a line longer than any event: damaged, skipped
            block = content
        if block:
            yield block
        start += len(block)
        if len(content) < BLOCK_BYTES:
            return


def _parse_lines(lines: bytes) -> list[Event]:
    events = []
    for line in lines.splitlines():
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):  # skip damaged lines
            continue
        if isinstance(event, dict) and isinstance(event.get("event"), str):
            events.append(event)
    return events


def clock(seconds: float) -> str:
    """Format a duration as [h:]mm:ss, rounded up.

    >>> clock(123), clock(3723), clock(float("inf"))
    ('2:03', '1:02:03', '–')
    """
    if not isfinite(seconds):
        return "–"
    minutes, rest = divmod(ceil(seconds), 60)  # rounded up: a remaining time is never "0:00"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
