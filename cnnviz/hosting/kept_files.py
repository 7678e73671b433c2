"""Pictures and downloads of a page stay for a while after no run names them any more.

Streamlit forgets what a session's runs have named as soon as its next one begins, and takes away what nobody
names whenever anybody's run ends. Where visitors come by the hundred that is many times a second: a file that
was made for a download would be gone before its browser asks for it, and so would a picture.
"""

from __future__ import annotations

import time
from collections import Counter

from streamlit.runtime.media_file_manager import MediaFileManager, MediaFileMetadata
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from cnnviz import settings

SECONDS = 60.0
"""Seconds for which a file is kept that no run names: long enough for a browser to ask for it."""
BUTTONS = 8
"""Number of the latest downloads per session that stay available when no run names their buttons."""
_since: dict[object, float] = {}
"""Times at which a file (by its metadata) or a button (by its file's name) was first seen unnamed."""


def begin() -> None:
    """Let Streamlit take files away as it is described above, from now on."""
    MediaFileManager.remove_orphaned_files = tidy  # type: ignore[method-assign,assignment]  # no other way


def tidy(manager: MediaFileManager) -> int:
    """Remove files that have not been named for SECONDS, and the oldest beyond the limit.

    Returns:
        How many files stay that no run names.
    """
    now = time.monotonic()
    with manager._lock:  # as the replaced method does
        named = {file for files in manager._files_by_session_and_coord.values() for file in files.values()}
        # a file that is made again has new metadata, and stays as long again
        files = {about: file for file, about in manager._file_metadata.items() if file not in named}
        buttons = [file for file in manager._deferred_callables if file not in named]
        seen = {key: _since.get(key, now) for key in (*files, *buttons)}
        _since.clear()
        _since.update(seen)
        gone = _files_to_take(manager, files, now)
        for file in gone:
            manager._delete_file(file)
        for file in _buttons_to_take(manager, buttons, now):
            manager._drop_deferred_id(file)
    return len(files) - len(gone)


def _files_to_take(manager: MediaFileManager, files: dict[MediaFileMetadata, str], now: float) -> list[str]:
    storage = manager._storage
    assert isinstance(storage, MemoryMediaFileStorage)  # Streamlit's only one
    left, gone = settings.FILES() * 1_000_000, []
    for about, file in sorted(files.items(), key=lambda item: _since[item[0]], reverse=True):
        left -= storage.get_file(file).content_size
        if left < 0 or now - _since[about] >= SECONDS:
            gone.append(file)
    return gone


def _buttons_to_take(manager: MediaFileManager, buttons: list[str], now: float) -> list[str]:
    """Return the buttons whose functions go; each holds the data of its file."""
    of_session: Counter[str] = Counter()
    gone = []
    for file in reversed(buttons):  # the newest first
        of_session[session := manager._deferred_callables[file]["session_id"]] += 1
        if of_session[session] > BUTTONS or now - _since[file] >= SECONDS:
            gone.append(file)
    return gone
