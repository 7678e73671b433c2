"""Files that several processes write at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cnnviz.files import write_atomically


def test_two_writers_of_a_file_do_not_mix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, fsync = tmp_path / "file", os.fsync

    def another_writes(number: int) -> None:
        monkeypatch.setattr(os, "fsync", fsync)
        write_atomically(path, b"of another")
        assert path.read_bytes() == b"of another"
        fsync(number)

    monkeypatch.setattr(os, "fsync", another_writes)
    write_atomically(path, b"a longer content")
    assert path.read_bytes() == b"a longer content"
    assert list(tmp_path.iterdir()) == [path]
