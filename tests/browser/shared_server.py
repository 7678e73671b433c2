"""One server for all processes of a test run: each one would import TensorFlow and load the networks."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


class Sharing:
    """The server that the processes of a test run share: its address and its users, in a folder."""

    def __init__(self, folder: Path) -> None:
        """Take a folder, which all of them name alike."""
        folder.mkdir(exist_ok=True)
        self.folder = folder

    def join(self, start: Callable[[], str]) -> tuple[str, bool]:
        """Return the server's address, and whether this process has started it, as nobody else uses one."""
        with self._locked():
            others = self._users()
            if not others:
                (self.folder / "url").write_text(start(), "utf-8")
            self._write([*others, os.getpid()])
            return (self.folder / "url").read_text("utf-8"), not others

    def leave(self, started: bool) -> None:
        """Stop using the server; who has started it waits for all others, and for no dead ones."""
        while True:
            with self._locked():
                others = [each for each in self._users() if each != os.getpid()]
                if not (started and others):
                    self._write(others)
                    return
            time.sleep(0.1)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _users(self) -> list[int]:
        """Return the processes that use the server, without those that have ended."""
        path = self.folder / "users"
        named = [int(each) for each in path.read_text("utf-8").split()] if path.exists() else []
        return [each for each in named if Path(f"/proc/{each}").exists()]

    def _write(self, users: list[int]) -> None:
        (self.folder / "users").write_text(" ".join(map(str, users)), "utf-8")
