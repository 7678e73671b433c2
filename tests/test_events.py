"""Events: written whole or not at all, read while they are being written."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cnnviz import CnnvizError
from cnnviz.events import Writer, read


def test_what_is_written_is_read_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    assert read(path) == ([], 0)
    writer = Writer(path)
    first = writer.write("start", name="vgg", epochs=3)
    assert first["event"] == "start"
    assert first["time"] > 1_700_000_000
    told, place = read(path)
    assert told == [first]
    assert place == writer.size == path.stat().st_size
    second = writer.write("end", state="done", message="")
    writer.close()
    assert read(path, place) == ([second], writer.size)
    assert [json.loads(line) for line in path.read_text().splitlines()] == [first, second]


def test_half_a_line_waits_and_a_damaged_one_hides_nothing_but_itself(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"event": "start"}\n{"event": \n[1]\n{"no": 1}\n{"event": "batch"}\n{"event": "ba')
    told, place = read(path)
    assert [event["event"] for event in told] == ["start", "batch"]
    with path.open("ab") as file:
        file.write(b'tch", "step": 2}\n')
    assert read(path, place)[0] == [{"event": "batch", "step": 2}]


def test_a_writer_goes_on_after_what_is_to_be_kept(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    writer = Writer(path)
    kept = writer.write("epoch", epoch=1)
    size = writer.size
    writer.write("batch", epoch=2)
    writer.close()
    writer = Writer(path, keep=size)
    new = writer.write("start", epoch=1)
    writer.close()
    assert read(path)[0] == [kept, new]


def test_only_one_writes(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    writer = Writer(path)
    writer.write("start")
    with pytest.raises(CnnvizError, match="no other run is writing into"):
        Writer(path)
    assert len(read(path)[0]) == 1  # and what is there stays
    writer.close()
    Writer(path, keep=0).close()


def test_a_line_that_does_not_fit_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.jsonl"
    writer = Writer(path)
    kept = writer.write("start")
    real = os.write

    def small_disk(descriptor: int, content: bytes) -> int:
        room = writer.size + 20 - path.stat().st_size
        if room <= 0:
            raise OSError(28, "No space left on device")
        return real(descriptor, content[:room])

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", small_disk)
        with pytest.raises(OSError, match="No space left"):
            writer.write("batch", step=1)
    assert path.stat().st_size == writer.size
    last = writer.write("end")
    writer.close()
    assert read(path)[0] == [kept, last]
