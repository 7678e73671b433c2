"""Files that no run names any more: how long they stay, and how many."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from streamlit.runtime import media_file_manager
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from cnnviz.hosting import kept_files

Clock = Callable[[float], None]


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> MediaFileManager:
    """Streamlit's manager of files, after `begin`."""
    monkeypatch.setattr(MediaFileManager, "remove_orphaned_files", MediaFileManager.remove_orphaned_files)
    kept_files.begin()  # put back afterwards
    return MediaFileManager(MemoryMediaFileStorage("/media"))


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Sets the clock forward."""
    now = [1000.0]
    monkeypatch.setattr(kept_files, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def forward(seconds: float) -> None:
        now[0] += seconds

    return forward


@pytest.fixture
def run_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Lets a session's run begin, for what Streamlit keeps."""

    def begin(session: str) -> None:
        monkeypatch.setattr(media_file_manager, "_get_session_id", lambda: session)

    begin("anna")
    return begin


def there(manager: MediaFileManager, url: str) -> bool:
    return manager.read_file(url.removeprefix("/media/")) is not None


def test_a_download_waits_for_its_browser_however_many_runs_end(
    manager: MediaFileManager, later: Clock, run_of: Callable[[str], None]
) -> None:
    button = manager.add_deferred(lambda: b"GIF89a", "image/gif", "1.0", "a.gif")
    url = manager.execute_deferred(button)
    for _ in range(20):
        manager.remove_orphaned_files()
    assert there(manager, url)
    later(kept_files.SECONDS - 1)
    manager.remove_orphaned_files()
    assert there(manager, url)
    assert manager.execute_deferred(button) == url  # asked for again, it stays as long again
    manager.remove_orphaned_files()
    later(kept_files.SECONDS - 1)
    manager.remove_orphaned_files()
    assert there(manager, url)
    later(1)
    manager.remove_orphaned_files()
    assert not there(manager, url)
    assert manager.execute_deferred(button) == url  # its button is still there


def test_a_picture_stays_while_its_page_is_drawn_again(
    manager: MediaFileManager, later: Clock, run_of: Callable[[str], None]
) -> None:
    url = manager.add(b"a picture", "image/png", "1.0")
    manager.clear_session_refs()  # the next run begins, and another visitor's ends
    manager.remove_orphaned_files()
    assert there(manager, url)
    assert manager.add(b"a picture", "image/png", "1.0") == url
    later(2 * kept_files.SECONDS)
    manager.remove_orphaned_files()  # it is named
    assert there(manager, url)


def test_a_button_answers_while_its_page_is_drawn_again(
    manager: MediaFileManager, later: Clock, run_of: Callable[[str], None]
) -> None:
    button = manager.add_deferred(lambda: b"GIF89a", "image/gif", "1.0", "a.gif")
    manager.clear_session_refs()
    manager.remove_orphaned_files()
    assert there(manager, manager.execute_deferred(button))
    later(kept_files.SECONDS)
    manager.remove_orphaned_files()
    with pytest.raises(MediaFileStorageError, match="not found"):
        manager.execute_deferred(button)


def test_of_a_sessions_buttons_only_the_last_ones_are_kept(
    manager: MediaFileManager, later: Clock, run_of: Callable[[str], None]
) -> None:
    buttons: dict[str, list[str]] = {"anna": [], "ben": []}
    for _ in range(kept_files.BUTTONS + 3):
        for session, own in buttons.items():
            run_of(session)
            manager.clear_session_refs()
            own.append(manager.add_deferred(lambda: b"GIF89a", "image/gif", "1.0", "a.gif"))
    manager.remove_orphaned_files()
    for own in buttons.values():  # one is named
        assert [button in manager._deferred_callables for button in own] == [False] * 2 + [True] * (
            kept_files.BUTTONS + 1
        )


def test_too_much_is_not_kept(
    manager: MediaFileManager,
    later: Clock,
    run_of: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CNNVIZ_FILES_MB", "1")
    urls = []
    for each in range(4):
        urls.append(manager.add(bytes([each]) * 400_000, "image/gif", "1.0", is_for_static_download=True))
        manager.clear_session_refs()
        later(1)
        manager.remove_orphaned_files()
    assert [there(manager, url) for url in urls] == [False, False, True, True]
    assert kept_files.tidy(manager) == 2
