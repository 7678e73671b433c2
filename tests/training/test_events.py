"""Events: written whole or not at all, read while they are being written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnnviz import CnnvizError, files
from cnnviz.training.events import BLOCK_BYTES, MAX_BYTES, Reader, Writer, read


def test_events_are_read_in_parts(tmp_path: Path) -> None:
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


def test_incomplete_lines_wait_and_damaged_lines_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"event": "start"}\n{"event": \n[1]\n{"no": 1}\n{"event": "batch"}\n{"event": "ba')
    told, place = read(path)
    assert [event["event"] for event in told] == ["start", "batch"]
    with path.open("ab") as file:
        file.write(b'tch", "step": 2}\n')
    assert read(path, place)[0] == [{"event": "batch", "step": 2}]


def test_writer_truncates_to_the_kept_bytes(tmp_path: Path) -> None:
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


def test_second_writer_raises(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    writer = Writer(path)
    writer.write("start")
    with pytest.raises(CnnvizError, match="no other run is writing into"):
        Writer(path)
    assert len(read(path)[0]) == 1  # and what is there stays
    writer.close()
    Writer(path, keep=0).close()


def test_failed_write_leaves_no_partial_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_short_log_keeps_its_complete_lines(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"event": "start"}\n{"event": "ba')
    writer = Writer(path, keep=1000)  # what the checkpoint counted; a power cut has taken the rest
    writer.write("start", epoch=1)
    writer.close()
    content = path.read_bytes()
    assert b"\0" not in content
    assert len(content) == writer.size
    assert [json.loads(line)["event"] for line in content.splitlines()] == ["start", "start"]


def steps(reader: Reader, known: list[int]) -> list[int]:
    """Return the steps that a reader knows of, once it has read on."""
    for new, again in reader.read():
        known = ([] if again else known) + [event["step"] for event in new]
    return known


@pytest.mark.parametrize("more", [1, 3, 5, 8])
def test_reader_restarts_when_the_log_was_truncated(tmp_path: Path, more: int) -> None:
    path = tmp_path / "events.jsonl"
    writer = Writer(path)
    reader, known = Reader(path), list[int]()
    for step in range(2):
        writer.write("batch", step=step)
    keep = writer.size
    for step in range(2, 5):
        writer.write("batch", step=step)
    known = steps(reader, known)
    assert known == [0, 1, 2, 3, 4]
    writer.close()  # as if killed
    writer = Writer(path, keep=keep)
    for step in range(10, 10 + more):  # shorter than what was read, as long, and longer
        writer.write("batch", step=step)
    known = steps(reader, known)
    assert known == [0, 1, *range(10, 10 + more)]
    writer.write("batch", step=20)
    assert steps(reader, known) == [*known, 20]
    writer.close()


def test_reader_continues_before_the_cut_and_restarts_on_a_new_log(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    assert steps(Reader(path), []) == []  # not there yet
    reader = Reader(path)
    writer = Writer(path)
    writer.write("batch", step=0)
    known = steps(reader, [])
    keep = writer.size
    writer.write("batch", step=1)
    writer.close()
    writer = Writer(path, keep=keep)  # of what this reader has not read
    writer.write("batch", step=2)
    parts = list(reader.read())
    assert [again for _, again in parts] == [False]
    assert [event["step"] for events, _ in parts for event in events] == [2]
    assert known == [0]
    writer.close()
    Writer(path).close()  # without a checkpoint: all is void
    assert steps(reader, [0, 2]) == []


def test_overlong_line_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    damage = b"[" * (2 * BLOCK_BYTES + 5) + b"\n"
    path.write_bytes(b'{"event": "batch", "step": 1}\n' + damage + b'{"event": "batch", "step": 2}\n')
    assert steps(Reader(path), []) == [1, 2]
    assert [event["step"] for event in read(path)[0]] == [1, 2]


@pytest.mark.skipif(os.name != "posix", reason="no named pipes")
def test_named_pipe_does_not_block(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    os.mkfifo(path)
    assert steps(Reader(path), []) == []
    assert read(path) == ([], 0)
    with pytest.raises(OSError):
        Writer(path)


LOOKING = """
import sys
from pathlib import Path
from cnnviz import files

print("looking", flush=True)
while True:
    files.is_locked(Path(sys.argv[1]))
"""


@pytest.mark.skipif(not files.HAS_LOCKS, reason="this system locks no files")
def test_checking_a_lock_does_not_prevent_locking(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    Writer(path).close()
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", LOOKING, str(path)]
    pollers = [subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE) for _ in range(2)]
    try:
        for poller in pollers:
            assert poller.stdout
            assert poller.stdout.readline() == b"looking\n"
        for _ in range(300):
            writer = Writer(path)
            assert files.is_locked(path)
            with pytest.raises(CnnvizError, match="no other run"):  # and a second one is still refused
                Writer(path)
            writer.close()
    finally:
        for poller in pollers:
            poller.kill()
            poller.communicate()
    assert not files.is_locked(path)


def test_oversized_log_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with path.open("wb") as file:
        file.write(b'{"event": "start"}\n')
    reader = Reader(path)
    assert [event["event"] for events, _ in reader.read() for event in events] == ["start"]
    with path.open("ab") as file:
        file.truncate(MAX_BYTES)
    assert next(reader.read(), None) is not None  # it is read up to the limit
    with path.open("ab") as file:
        file.truncate(MAX_BYTES + 1)  # takes no place on the disk
    assert next(reader.read(), None) is None
    assert next(Reader(path).read(), None) is None
    assert read(path) == ([], 0)
