"""Arrays and texts of untrusted HDF5 files, with limits on their number, size and compression.

HDF5 can point out of a file (external links, external storage, virtual data sets), into itself in circles,
and declare more numbers than there is memory. Only what lies in the file itself is read, and only after its
size is known. Errors are ValueErrors with a clause such as "it points to another file", as in `decoding`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import h5py

MAX_ENTRIES = 50_000
"""Groups and arrays of a file, those of an optimizer included."""
MAX_DEPTH = 20
MAX_RATIO = 200
"""Maximum ratio of an array's bytes to its stored bytes."""
MAX_TEXT_BYTES = 16 * 2**20


class Hdf5:
    """The groups and arrays of an HDF5 file below a group, found without reading any number.

    Args:
        file: opened in binary mode; it has to stay open. unpacked: limit of all bytes that are read.
        root: the group.

    Attributes:
        arrays: {path below `root`: shape} of all arrays.

    Raises:
        ValueError: if it is no such file, points elsewhere or exceeds a limit.
    """

    def __init__(self, file: IO[bytes], unpacked: int, root: str = "/") -> None:
        import h5py

        self._left = unpacked
        with _as_value_error():
            self._file = h5py.File(file, "r")
        self._datasets: dict[str, h5py.Dataset] = {}
        self._groups: dict[str, h5py.Group] = {}
        with _as_value_error():
            group = self._file
            for name in root.strip("/").split("/"):
                group = self._member(group, name) if name else group
            if not isinstance(group, h5py.Group):
                raise ValueError(f"it holds no group {root}")
            self._walk(group, "", 0)
        self.arrays: Mapping[str, tuple[int, ...]] = {
            path: tuple(dataset.shape) for path, dataset in self._datasets.items()
        }

    def _member(self, group: h5py.Group, name: str) -> h5py.Group | h5py.Dataset:
        """Return a member of a group that lies in this file."""
        import h5py

        if name not in group:
            raise ValueError(f"it holds no {name[:60]!r}")
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise ValueError("it points to another location or file")
        return group[name]

    def _walk(self, group: h5py.Group, path: str, depth: int) -> None:
        import h5py

        self._groups[path] = group
        if depth > MAX_DEPTH:
            raise ValueError("it is nested too deeply")
        for name in group:
            member = self._member(group, name)
            if len(self._groups) + len(self._datasets) > MAX_ENTRIES:
                raise ValueError(f"it holds more than {MAX_ENTRIES:,} entries")
            full_name = f"{path}/{name}" if path else name
            if isinstance(member, h5py.Dataset):
                self._datasets[full_name] = member
            elif isinstance(member, h5py.Group):
                self._walk(member, full_name, depth + 1)

    def read(self, path: str) -> np.ndarray:
        """Return an array of floating-point numbers as float32.

        Raises:
            ValueError: if it is missing, of another kind, stored elsewhere, or exceeds a limit.
        """
        dataset = self._datasets.get(path)
        if dataset is None:
            raise ValueError(f"it holds no array {path[:100]!r}")
        if dataset.dtype.kind != "f":
            raise ValueError(f"the array {path[:100]!r} is of {dataset.dtype}")
        if dataset.is_virtual or dataset.external:
            raise ValueError(f"the array {path[:100]!r} is stored in another file")
        stored = dataset.id.get_storage_size()
        if dataset.nbytes > MAX_RATIO * stored:
            raise ValueError(f"the array {path[:100]!r} is larger than what is stored of it")
        self._left -= dataset.size * 4
        if self._left < 0:
            raise ValueError("its arrays take too much memory")
        with _as_value_error(), np.errstate(over="ignore"):
            return np.asarray(dataset[()], np.float32)

    def text(self, path: str, attribute: str) -> str | None:
        """Return a text attribute of a group, or None if there is none.

        Raises:
            ValueError: if it is no text, or too long.
        """
        import h5py

        with _as_value_error():
            group = self._groups[path]
            if attribute not in group.attrs:
                return None
            kind = group.attrs.get_id(attribute)
            if kind.shape != () or h5py.check_string_dtype(kind.dtype) is None:
                raise ValueError(f"{attribute} is no text")
            value: Any = group.attrs[attribute]
            text = value.decode() if isinstance(value, bytes) else str(value)
        if len(text) > MAX_TEXT_BYTES:
            raise ValueError(f"{attribute} is longer than {MAX_TEXT_BYTES:,} characters")
        return text

    def texts(self, path: str, attribute: str) -> list[str]:
        """Return a list of texts, an attribute of a group; [] if there is none.

        Raises:
            ValueError: if it is something else, or too long.
        """
        import h5py

        group = self._groups.get(path)
        with _as_value_error():
            if group is None or attribute not in group.attrs:
                return []
            kind = group.attrs.get_id(attribute)
            if kind.shape == (0,):
                return []
            if len(kind.shape) != 1 or h5py.check_string_dtype(kind.dtype) is None:
                raise ValueError(f"{attribute} is no list of texts")
            if kind.shape[0] > MAX_ENTRIES or kind.get_storage_size() > MAX_TEXT_BYTES:
                raise ValueError(f"{attribute} is too long")
            values: list[Any] = list(group.attrs[attribute])
            return [value.decode() if isinstance(value, bytes) else str(value) for value in values]

    def groups(self, path: str) -> list[str]:
        """Return the names of the groups in a group; [] if there is none of that path."""
        return list(self._groups[path]) if path in self._groups else []


@contextmanager
def _as_value_error() -> Iterator[None]:
    try:
        yield
    except ValueError:
        raise
    except Exception as error:  # h5py raises many types on damaged files
        raise ValueError(f"it is no undamaged HDF5 file ({type(error).__name__})") from None
