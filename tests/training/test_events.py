"""Events: written whole or not at all, read while they are being written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnnviz import CnnvizError, files
from cnnviz.training.events import BLOCK, MAX_BYTES, Reader, Writer, read


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


def test_a_cut_behind_the_end_keeps_the_whole_lines(tmp_path: Path) -> None:
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
def test_a_reader_notices_that_a_run_went_on_from_before(tmp_path: Path, more: int) -> None:
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


def test_a_reader_behind_the_cut_reads_on_and_one_of_a_new_file_begins_anew(tmp_path: Path) -> None:
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


def test_a_line_that_is_longer_than_any_event_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    damage = b"[" * (2 * BLOCK + 5) + b"\n"
    path.write_bytes(b'{"event": "batch", "step": 1}\n' + damage + b'{"event": "batch", "step": 2}\n')
    assert steps(Reader(path), []) == [1, 2]
    assert [event["step"] for event in read(path)[0]] == [1, 2]


@pytest.mark.skipif(os.name != "posix", reason="no named pipes")
def test_a_named_pipe_is_no_file_of_events_and_nobody_waits_for_it(tmp_path: Path) -> None:
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
def test_who_looks_whether_a_run_is_on_never_keeps_it_from_writing(tmp_path: Path) -> None:
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


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
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
