"""What a training run tells: one JSON object a line, read by everything that shows progress.

Every event has "event" and "time" (seconds since 1970). In the order of a run:

start: name, epochs, epoch (done before: more than 0 if resumed), steps (batches an epoch),
    batch_size, images, test_images, seed, precision, pid, toy (trained on the bundled samples alone).
batch: epoch (from 1), step (batches done of this epoch), loss and accuracy (means of the batches since
    the last such event), epoch_loss and epoch_accuracy (means of this epoch so far), learning_rate,
    images_per_second, seconds_left.
epoch: epoch, loss and accuracy (means of the epoch), test_loss, test_accuracy, seconds (trained so far),
    images_per_second, seconds_left.
end: state ("done", "stopped" or "failed"), message (why it failed, else "").
"""

from __future__ import annotations

import json
import os
import time
from math import isfinite
from pathlib import Path
from typing import Any

from cnnviz.errors import CnnvizError

try:
    import fcntl
except ImportError:  # not on this system: then nothing but care keeps two runs out of one folder
    fcntl = None  # type: ignore[assignment]

Event = dict[str, Any]


class Writer:
    """The one writer of a file of events. Nobody else can write into it until it is closed or has died.

    Args:
        path: made if it is not there.
        keep: bytes of what stands in it to go on after; what lies behind them is cut off.

    Raises:
        CnnvizError: if another run is writing into it. OSError: if it cannot be written.
    """

    def __init__(self, path: Path, keep: int = 0) -> None:
        self._file = path.open("ab")
        try:
            if fcntl is not None:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._file.truncate(keep)
        except BlockingIOError:
            self._file.close()
            raise CnnvizError(
                f"`out` must be a folder that no other run is writing into. Received: {path.parent}."
            ) from None
        except OSError:
            self._file.close()
            raise
        self.size = keep

    def write(self, event: str, **values: Any) -> Event:
        """Append an event; a line that does not fit on the disk leaves nothing behind.

        Returns:
            The event as written.
        """
        entry: Event = {"event": event, "time": round(time.time(), 3), **values}
        line = (json.dumps(entry) + "\n").encode()
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
    yet, has no events.
    """
    try:
        with path.open("rb") as file:
            file.seek(start)
            content = file.read()
    except FileNotFoundError:
        return [], start
    complete = content[: content.rfind(b"\n") + 1]
    events = []
    for line in complete.splitlines():
        try:
            event = json.loads(line)
        except ValueError:  # a damaged line hides nothing but itself
            continue
        if isinstance(event, dict) and isinstance(event.get("event"), str):
            events.append(event)
    return events, start + len(complete)


def clock(seconds: float) -> str:
    """Write a time that a run takes.

    >>> clock(123), clock(3723), clock(float("inf"))
    ('2:03', '1:02:03', '–')
    """
    if not isfinite(seconds):
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
