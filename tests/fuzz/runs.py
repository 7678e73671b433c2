"""Folders of runs: entries that are none, files that are damaged, missing or no files at all."""

from __future__ import annotations

import json
import os
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache as once
from pathlib import Path
from typing import Any

from cnnviz.networks import network
from cnnviz.pages import model_cache, recording_cache, training_runs
from cnnviz.training import runs
from cnnviz.training.run_process import Runner
from tests import stray_runs
from tests.fuzz import hostile
from tests.fuzz.visitor import outcome, visit

NAMES = ("keras_lecture", "mlp", "tensorflow_lecture")
GOOD = f"{stray_runs.NAME}@{stray_runs.GOOD}"
NUMBERS = (
    *("20260102-120000", "20250102-120000", "29991231-235959", "20260102-000061", "20260230-120000"),
    *("00000102-120000", "20260102_120000", "٢٠٢٦٠١٠٢-١٢٠٠٠٠", "2026", "", ".", "20260102-120000-"),
)
PAGES = ("network", "models", "training", "learning", "convolution", "comparison")
PARTS = ("json", "npz", "recording.npz", "checkpoint.npz", "events.jsonl")
"""Files of a run that begin with its network's name."""
BATCH = {"event": "batch", "epoch": 1, "step": 1, "loss": 1.0, "accuracy": 0.5, "images_per_second": 9.0}
EVENTS = (stray_runs.START, BATCH, {"event": "epoch", "epoch": 1, **stray_runs.EPOCH}, stray_runs.END)
ORDER = {
    "name": "keras_lecture",
    "epochs": 2,
    "percent": 100,
    "rate_factor": 1.0,
    "batch_size": None,
    "toy": True,
}


@dataclass(frozen=True)
class Entry:
    """An entry of the folder: its name, what it is, and its files' contents; a text says what else one is."""

    name: str
    kind: str
    files: dict[str, bytes | str]


@dataclass(frozen=True)
class Case:
    """A folder of runs, the page that is opened, and the network that is picked on it."""

    entries: tuple[Entry, ...]
    page: str
    model: str


def cases(generator: random.Random) -> Iterator[Case]:
    """Yield folders with up to three entries beside one that is in order."""
    while True:
        entries = tuple(_entry(generator) for _ in range(generator.randint(1, 3)))
        number, _, name = generator.choice(entries).name.rpartition("-")
        model = GOOD if generator.random() < 0.3 else f"{name}@{number}"
        yield Case(entries, generator.choice(PAGES), model)


def _entry(generator: random.Random) -> Entry:
    name = generator.choice((*NAMES, *NAMES, "gpt", "..", "한국어"))
    number = generator.choice((*NUMBERS[:2] * 6, *NUMBERS))
    kind = generator.choice(("folder",) * 12 + tuple(ODD))
    files: dict[str, bytes | str] = {}
    for part in (*(f"{name}.{ending}" for ending in PARTS), "order.json", "log.txt"):
        choice = generator.random()
        if choice < 0.12:
            continue
        if choice < 0.2:
            files[part] = generator.choice(list(ODD))
        elif choice < 0.55:
            files[part] = _sound(part)
        else:
            files[part] = _damaged(part, generator)
    return Entry(f"{number}-{name}", kind, files)


@once
def _sound(part: str) -> bytes | str:
    if part == "order.json":
        return json.dumps(ORDER).encode()
    if part.endswith("events.jsonl"):
        return b"".join(json.dumps(event).encode() + b"\n" for event in EVENTS)
    bundled = network.WEIGHTS / part
    if not bundled.is_file():
        return b"PK\x03\x04"
    return "bundled" if part.endswith(".npz") else bundled.read_bytes()


def _damaged(part: str, generator: random.Random) -> bytes:
    sound = _sound(part)
    if isinstance(sound, str):  # what is in them, `weights` damages more thoroughly
        sound = (network.WEIGHTS / part).read_bytes()[:200_000]
    if part.endswith("json") and generator.random() < 0.7 and sound.startswith(b"{"):
        return json.dumps(hostile.changed(json.loads(sound), generator)).encode()
    if part.endswith("jsonl") and generator.random() < 0.7:
        events = [json.loads(line) for line in sound.splitlines()]
        events = [
            hostile.changed(event, generator) if generator.random() < 0.5 else event for event in events
        ]
        return b"".join(json.dumps(event).encode() + b"\n" for event in generator.choices(events, k=6))
    return hostile.changed_bytes(sound, generator)


def _link_to_itself(path: Path) -> None:
    path.symlink_to(path)


ODD: dict[str, Callable[[Path], Any]] = {
    "pipe": os.mkfifo,
    "loop": _link_to_itself,
    "link to nothing": lambda path: path.symlink_to("gone"),
    "empty": Path.touch,
    "inner folder": Path.mkdir,
    "a terabyte": lambda path: stray_runs.sparse(path),
    "link to a device": lambda path: path.symlink_to("/dev/zero"),
}
"""Entries in the place of a folder or a file."""


def _make(folder: Path, entry: Entry) -> None:
    path = folder / entry.name
    if path.exists() or path.is_symlink():
        return  # two entries of one name
    if entry.kind != "folder":
        ODD[entry.kind](path)
        return
    path.mkdir()
    for name, content in entry.files.items():
        if isinstance(content, bytes):
            (path / name).write_bytes(content)
        elif content == "bundled":
            os.link(network.WEIGHTS / name, path / name)
        else:
            ODD[content](path / name)


def check(case: Case) -> str | None:
    """Open a page: what is in order is offered, and what is not is refused at most to who picks it."""
    with tempfile.TemporaryDirectory(prefix="cnnviz-runs-", ignore_cleanup_errors=True) as directory:
        folder = Path(directory) / "runs"
        os.environ["CNNVIZ_RUNS"] = str(folder)
        stray_runs.finished(folder, stray_runs.GOOD)
        for entry in case.entries:
            _make(folder, entry)
        for kept in (model_cache._card, model_cache._weights, training_runs._run, recording_cache._recording):
            kept.clear()  # type: ignore[attr-defined]
        runner = Runner()  # a server has one, of one folder; here each case has its own
        training_runs.runner = lambda: runner
        assert GOOD in [run.model for run in runs.finished()]
        refused = outcome(visit(case.page, {"model": case.model}))
        assert refused is None or case.model != GOOD or case.page == "training", refused
        return refused
