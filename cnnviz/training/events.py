"""What a training run tells: one JSON object a line, read by everything that shows progress.

Every event has "event" and "time" (seconds since 1970). In the order of a run:

start: name, epochs, epoch (done before: more than 0 if resumed), steps (batches an epoch),
    batch_size, images, test_images, seed, precision, pid, toy (trained on the bundled samples alone).
batch: epoch (from 1), step (batches done of this epoch), loss and accuracy (means of the batches since
    the last such event), epoch_loss and epoch_accuracy (means of this epoch so far), learning_rate,
    images_per_second, seconds_left.
epoch: epoch, loss and accuracy (means of the epoch), test_loss, test_accuracy, seconds (trained so far),
    images_per_second, seconds_left.
end: state ("done", "stopped", "failed" or "diverged"), message (why it failed or diverged, else ""). If it
    diverged also: what ("loss", "weights", "answers" or "half", for weights too large for half precision),
    epoch (from 1) and step (batches done of it), learning_rate (the highest of the run).

No number in it is NaN or infinite.
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
BLOCK = 1 << 20
"""Bytes read in one go; no event is as long."""
MAX_BYTES = 2**28
"""Bytes of a file of events that is read; a day of training at four events a second writes half of them."""
TAIL = 512
"""Bytes before the place where reading goes on that must still be what was read."""


class Writer:
    """The one writer of a file of events. Nobody else can write into it until it is closed or has died.

    Args:
        path: made if it is not there.
        keep: bytes of what stands in it to go on after; what lies behind them is cut off. If there are
            not so many (the end was lost in a power cut), its whole lines are kept.

    Raises:
        CnnvizError: if another run is writing into it. OSError: if it cannot be written.
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
        """Append an event; a line that does not fit on the disk leaves nothing behind.

        Returns:
            The event as written.
        """
        entry: Event = {"event": event, "time": round(time.time(), 3), **values}
        line = (json.dumps(entry, allow_nan=False) + "\n").encode()
        try:
            written = os.write(self._file.fileno(), line)
            if written < len(line):  # the disk took a part: ask again for the error that stopped it
                os.write(self._file.fileno(), line[written:])
        except OSError:
            self._file.truncate(self.size)
            raise
        self.size += len(line)
        return entry

    def close(self) -> None:
        """Let others write."""
        self._file.close()


def read(path: Path, start: int = 0) -> tuple[list[Event], int]:
    """Return the events from byte `start` on, and where to go on reading.

    A last line that is only half written is left for the next time. A file that is not there, or not
    yet, has no events, and one that is larger than `MAX_BYTES` none that are read.
    """
    try:
        with _opened(path) as file:
            blocks = list(_whole_lines(file, start))
    except OSError:
        return [], start
    return [event for block in blocks for event in _events(block)], start + sum(map(len, blocks))


class Reader:
    """Follows a file of events while it is written, also when a run that goes on has cut it.

    Args:
        path: need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place = 0
        self._tail = b""  # what was read last, which must still stand before the place

    def read(self) -> Iterator[tuple[list[Event], bool]]:
        """Give the new events, block by block, each with whether the file begins anew with it.

        Then all that was read before is void: it was cut, and what is kept of it comes again.
        """
        try:
            with _opened(self._path) as file:
                file.seek(self._place - len(self._tail))
                if file.read(len(self._tail)) != self._tail:
                    self._place, self._tail = 0, b""
                    yield [], True
                for block in _whole_lines(file, self._place):
                    self._place += len(block)
                    self._tail = (self._tail + block)[-TAIL:]
                    yield _events(block), False
        except OSError:  # not there yet, or nothing that can be read
            return


def _opened(path: Path) -> IO[bytes]:
    """Open a file of events to be read; raise OSError if it is none, or too large to be read to its end."""
    file = files.open_regular(path)
    if os.fstat(file.fileno()).st_size > MAX_BYTES:
        file.close()
        raise OSError(errno.EFBIG, "larger than a file of events", str(path))
    return file


def _whole_lines(file: IO[bytes], start: int) -> Iterator[bytes]:
    """Give what stands in a file from `start` on in blocks of whole lines."""
    while True:
        file.seek(start)
        content = file.read(BLOCK)
        block = content[: content.rfind(b"\n") + 1]
        if not block and len(content) == BLOCK:  # longer than any event: damaged, and passed over
            block = content
        if block:
            yield block
        start += len(block)
        if len(content) < BLOCK:
            return


def _events(lines: bytes) -> list[Event]:
    events = []
    for line in lines.splitlines():
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):  # a damaged line hides nothing but itself
            continue
        if isinstance(event, dict) and isinstance(event.get("event"), str):
            events.append(event)
    return events


def clock(seconds: float) -> str:
    """Write a time that a run takes.

    >>> clock(123), clock(3723), clock(float("inf"))
    ('2:03', '1:02:03', '–')
    """
    if not isfinite(seconds):
        return "–"
    minutes, rest = divmod(ceil(seconds), 60)  # what is left is never "0:00"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
