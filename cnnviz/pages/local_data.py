"""The complete data sets on this machine: read once for all sessions, or downloaded."""

from __future__ import annotations

import logging
import threading

from cnnviz.data import cifar10
from cnnviz.data.dataset import DataSet, Samples, Split
from cnnviz.pages.server import once_per_process

_log = logging.getLogger(__name__)


def full_set(data_set: DataSet, split: Split, folder: str) -> Samples:
    """Return a split of a local data set, as its files are now; read-only, one copy for all sessions.

    Raises:
        CnnvizError: if the files cannot be read.
    """
    return _full_split(data_set.name, data_set.size, split, folder).get(data_set)


@once_per_process
def _full_split(name: str, size: tuple[int, int], split: Split, folder: str) -> FullSplit:
    return FullSplit(split, folder)


class FullSplit:
    """A split of a local data set, which is read again when its files have changed."""

    def __init__(self, split: Split, folder: str) -> None:
        self._split, self._folder = split, folder
        self._stamp: object = None
        self._images: Samples | None = None
        self._lock = threading.Lock()

    def get(self, data_set: DataSet) -> Samples:
        """Return the images; read-only.

        Args:
            data_set: as it is found now, as it may hold images that were read when it was found.
        """
        with self._lock:
            stamp = data_set.stamp(self._folder)
            if self._images is None or stamp != self._stamp:
                self._images = None  # makes room for the new ones
                self._images, self._stamp = data_set.load(self._split, self._folder), stamp
            return self._images


@once_per_process
def download() -> Download:
    """Return the process's download of the complete CIFAR-10, which a visitor may start."""
    return Download()


class Download:
    """Keras' download in a background thread, shared by all sessions.

    Attributes:
        failed: whether the last attempt failed.
    """

    def __init__(self) -> None:
        self.failed = False
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the download, unless it is running."""
        with self._lock:
            if not self.running:
                self._thread = threading.Thread(target=self._run, name="download", daemon=True)
                self._thread.start()

    @property
    def running(self) -> bool:
        """Whether the download is running."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def share(self) -> float:
        """Downloaded fraction of the archive, 0..1."""
        size = cifar10.ARCHIVE.stat().st_size if cifar10.ARCHIVE.is_file() else 0
        return min(1.0, size / cifar10.ARCHIVE_BYTES)

    def _run(self) -> None:
        try:
            cifar10.load_split("test")
            self.failed = False
        except Exception:  # network, disk space, permissions: logged here; the page reports the failure
            _log.exception("CIFAR-10 cannot be downloaded")
            self.failed = True
