"""Opening files without blocking, and advisory locks on files and folders.

A lock belongs to the open file description: child processes that inherit it hold it too, and it is released
when the last of them closes it or ends.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import stat
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from cnnviz import settings

try:
    import fcntl
except ImportError:
    HAS_LOCKS = False
else:
    HAS_LOCKS = True
    """Whether the operating system supports file locks. Without them concurrent runs are not detected."""

_NON_BLOCKING = getattr(os, "O_NONBLOCK", 0)  # opening a named pipe would block until a writer opens it


def runs_folder() -> Path:
    """Return the folder of training runs: the environment variable CNNVIZ_RUNS, else `runs`."""
    return Path(settings.RUNS())


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file atomically: readers see the old content or the new, and never that of two writers."""
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex[:12]}.part")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # the content must reach the disk before the rename
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def remove_unfinished(folder: Path, name: str) -> None:
    """Remove what killed writers of the files NAME.* have left; nobody may be writing one of them now.

    Raises:
        OSError: if one cannot be removed.
    """
    for path in folder.glob(f"{glob.escape(name)}.*.part"):
        path.unlink(missing_ok=True)


def is_regular(path: Path) -> bool:
    """Return whether a path is a regular file; never raises."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def open_regular(path: Path, mode: str = "rb") -> IO[bytes]:
    """Open a regular file in binary mode.

    Raises:
        OSError: if it does not exist, cannot be opened, or is not a regular file, such as a named pipe.
    """

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags | _NON_BLOCKING, 0o666)

    file: IO[bytes] = open(path, mode, opener=opener)  # noqa: SIM115  # the caller closes it
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return file


@contextlib.contextmanager
def locked(path: Path) -> Iterator[list[int]]:
    """Lock a folder within the context, and yield the file descriptors that share the lock if inherited.

    Raises:
        BlockingIOError: if the lock is held elsewhere. OSError: if the folder does not exist.
    """
    if not HAS_LOCKS:
        yield []
        return
    folder = os.open(path, os.O_RDONLY)
    try:
        if not try_lock(folder):
            raise BlockingIOError(errno.EWOULDBLOCK, "held by another process", str(path))
        yield [folder]
    finally:
        os.close(folder)  # processes that inherited the descriptor keep the lock


def try_lock(file: IO[bytes] | int) -> bool:
    """Try to lock an open file or folder, and return whether it succeeded.

    A concurrent `is_locked`, which holds a shared lock for a moment, does not make it fail. It always
    succeeds on file systems without locks.
    """
    if not HAS_LOCKS:
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
            break  # a shared lock is possible: another process is in `is_locked`
        else:
            return False
        fcntl.flock(file, fcntl.LOCK_UN)
        time.sleep(0.001)


def is_locked(path: Path) -> bool:
    """Return whether a file or folder is locked; False if it does not exist."""
    if not HAS_LOCKS:
        return False
    try:
        file = os.open(path, os.O_RDONLY | _NON_BLOCKING)
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
