"""Files that other processes write, or that lie here by accident: read without waiting, and locked.

A lock is held by whoever has the file open, and by every process that inherits it; it ends with them.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:
    LOCKS = False
else:
    LOCKS = True
    """Whether this system locks files; on one that does not, nothing but care keeps two runs apart."""

_NEVER_WAIT = getattr(os, "O_NONBLOCK", 0)  # a named pipe would be waited for until somebody else opens it


def runs_folder() -> Path:
    """Return where runs lie, as the one who started the server named it: CNNVIZ_RUNS, else `runs`."""
    return Path(os.environ.get("CNNVIZ_RUNS") or "runs")


def is_regular(path: Path) -> bool:
    """Return whether a path leads to a regular file; nothing that the path is can raise."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def open_regular(path: Path, mode: str = "rb") -> IO[bytes]:
    """Open a regular file in binary mode.

    Raises:
        OSError: if it is not there, cannot be opened, or is something else, such as a named pipe.
    """

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags | _NEVER_WAIT, 0o666)

    file: IO[bytes] = open(path, mode, opener=opener)  # noqa: SIM115  # the caller closes it
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return file


@contextlib.contextmanager
def held(path: Path) -> Iterator[list[int]]:
    """Hold the lock of a folder, and give what a process must inherit to hold it too.

    Raises:
        BlockingIOError: if somebody else holds it. OSError: if it is not there.
    """
    if not LOCKS:
        yield []
        return
    folder = os.open(path, os.O_RDONLY)
    try:
        if not hold(folder):
            raise BlockingIOError(errno.EWOULDBLOCK, "held by another process", str(path))
        yield [folder]
    finally:
        os.close(folder)  # a process that has inherited it holds on


def hold(file: IO[bytes] | int) -> bool:
    """Lock an open file or folder, and return whether that worked: it does unless somebody else holds it.

    That somebody is just looking, with `is_held`, is no reason to fail. Where a file system has no locks,
    it always works.
    """
    if not LOCKS:
        return True
    while True:
        for kind in (fcntl.LOCK_EX, fcntl.LOCK_SH):
            try:
                fcntl.flock(file, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            except OSError:
                return True
            if kind == fcntl.LOCK_EX:
                return True
            break  # it could be shared: nobody holds it, somebody has looked
        else:
            return False
        fcntl.flock(file, fcntl.LOCK_UN)
        time.sleep(0.001)


def is_held(path: Path) -> bool:
    """Return whether somebody holds the lock of a file or folder. One that is not there is not held."""
    if not LOCKS:
        return False
    try:
        file = os.open(path, os.O_RDONLY | _NEVER_WAIT)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(file)
    return False
