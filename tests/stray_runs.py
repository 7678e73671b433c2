"""Entries of a folder of runs that are not in order, by what is wrong with them, and one that is."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from cnnviz.networks import network, zoo
from cnnviz.training import recording

GOOD = "20260101-120000"
"""The number of the run that is in order."""
NUMBER = "20260102-120000"
"""The number of most others; they are newer."""
NAME = "keras_lecture"
ENTRY = f"{NUMBER}-{NAME}"
MODEL = f"{NAME}@{NUMBER}"
START = {"event": "start", "time": 1.0, "epochs": 2, "epoch": 0, "steps": 4}
EPOCH = {"loss": 1.5, "accuracy": 0.5, "test_loss": 1.6, "test_accuracy": 0.4}
END = {"event": "end", "time": 2.0, "state": "done", "message": ""}


def finished(folder: Path, number: str, name: str = NAME, **entries: Any) -> Path:
    """Make a finished run of the bundled weights, whose card has other entries, and return its folder."""
    run = folder / f"{number}-{name}"
    run.mkdir(parents=True)
    os.link(network.WEIGHTS / f"{name}.npz", run / f"{name}.npz")
    card = json.loads((network.WEIGHTS / f"{name}.json").read_text("utf-8"))
    (run / f"{name}.json").write_text(json.dumps({**card, **entries}), "utf-8")
    events(run, START, END)
    return run


def events(run: Path, *entries: Mapping[str, Any]) -> Path:
    """Write events into a run's folder."""
    run.mkdir(parents=True, exist_ok=True)
    with (run / f"{NAME}.events.jsonl").open("a") as file:
        file.writelines(json.dumps(entry) + "\n" for entry in entries)
    return run


def pipe(path: Path) -> None:
    """Put a named pipe in place of the file at a path: opening it for reading blocks for ever."""
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def sparse(path: Path, size: int = 1 << 40) -> None:
    """Make a file that claims to have a terabyte."""
    with path.open("ab") as file:
        file.truncate(size)


def replaced(path: Path, content: bytes) -> None:
    """Put other content in place of a file that is shared with the bundled one."""
    path.unlink()
    path.write_bytes(content)


def _recorded(folder: Path, **parts: Any) -> None:
    """Make a finished run with a recording of three moments, other parts of which are given."""
    shapes = {"kernel": (3, 3, 3, 32), "bias": (32,)}
    whole = recording.Recording(
        zoo.get(NAME),
        np.arange(3),
        np.arange(3) / 2,
        ("conv1",),
        {f"conv1.{key}": np.ones((3, *shape), np.float32) for key, shape in shapes.items()},
        np.full((3, 20, 10), 0.1, np.float32),
        np.full(3, 0.1, np.float32),
    )
    own = network.reference(NAME).sha256  # a run's weights are the bundled ones
    recording.write(replace(whole, sha256=own, **parts), finished(folder, NUMBER))


def all_of(folder: Path) -> None:
    """Make every entry of the tables, each with a number of its own, in one folder."""
    for k, make in enumerate([*LEFT_OUT.values(), *SHOWN.values(), *PICKED.values()]):
        alone = folder.parent / f"alone-{k}"
        alone.mkdir()
        make(alone)
        for entry in alone.iterdir():
            entry.rename(folder / entry.name.replace(NUMBER, f"20260103-1200{k:02}"))


def _card(**entries: Any) -> Callable[[Path], object]:
    return lambda folder: finished(folder, NUMBER, **entries)


def _bundled(key: str) -> dict[str, Any]:
    return dict(json.loads((network.WEIGHTS / f"{NAME}.json").read_text("utf-8"))[key])


LEFT_OUT: Mapping[str, Callable[[Path], object]] = {
    "no such time": lambda folder: finished(folder, "20260102-000061"),
    "no such day": lambda folder: finished(folder, "20260230-120000"),
    "year nought": lambda folder: finished(folder, "00000102-120000"),
    "plain file": lambda folder: ((folder / ENTRY).touch(0o777), (folder / ENTRY).chmod(0o777)),
    "named pipe": lambda folder: os.mkfifo(folder / ENTRY),
    "symlink loop": lambda folder: (folder / ENTRY).symlink_to(folder / ENTRY),
    "symlink to nothing": lambda folder: (folder / ENTRY).symlink_to(folder / "gone"),
    "other name": lambda folder: (folder / "zzz notes").mkdir(),
    "unknown network": lambda folder: (folder / f"{NUMBER}-gpt").mkdir(),
    "card: NaN seconds": _card(training_seconds=float("nan")),
    "card: endless seconds": _card(training_seconds=float("inf")),
    "card: note an object": _card(data={**_bundled("data"), "note": {"a": 1}}),
    "card: toy a text": _card(data={**_bundled("data"), "toy": "no"}),
    "card: recipe a text": _card(recipe="as usual"),
    "card: unknown optimizer": _card(recipe={**_bundled("recipe"), "optimizer": "adam"}),
    "card: rate an object": _card(recipe={**_bundled("recipe"), "learning_rate": {}}),
    "card: versions a list": _card(versions=[]),
    "card: NaN history": _card(history=[{**EPOCH, "loss": float("nan")}]),
    "card: accuracy a text": _card(test={**_bundled("test"), "accuracy": "0.5"}),
    "card: ragged confusion": _card(test={**_bundled("test"), "confusion": [[1], [2, 3]]}),
    "card: mistakes of texts": _card(test={**_bundled("test"), "mistakes": ["a cat"]}),
    "card: shifts of another size": _card(shifts={"n": 1, "accuracy": [[0.5]]}),
    "card: huge number": _card(parameters=10**400),
    "card: deeply nested": lambda folder: replaced(
        finished(folder, NUMBER) / f"{NAME}.json", b"[" * 100_000 + b"]" * 100_000
    ),
    "card: no object": lambda folder: replaced(finished(folder, NUMBER) / f"{NAME}.json", b"[]"),
    "card: no text": lambda folder: replaced(finished(folder, NUMBER) / f"{NAME}.json", b"\xff\xfe\x00"),
    "card: named pipe": lambda folder: pipe(finished(folder, NUMBER) / f"{NAME}.json"),
    "card: huge": lambda folder: sparse(finished(folder, NUMBER) / f"{NAME}.json"),
    "weights: named pipe": lambda folder: pipe(finished(folder, NUMBER) / f"{NAME}.npz"),
    "weights: folder": lambda folder: (
        (finished(folder, NUMBER) / f"{NAME}.npz").unlink(),
        (folder / ENTRY / f"{NAME}.npz").mkdir(),
    ),
    "weights: huge": lambda folder: (
        replaced(finished(folder, NUMBER) / f"{NAME}.npz", b""),
        sparse(folder / ENTRY / f"{NAME}.npz"),
    ),
}
"""Functions that make an entry that is no network; each is called with the folder of runs."""

SHOWN: Mapping[str, Callable[[Path], object]] = {
    "empty folder": lambda folder: (folder / ENTRY).mkdir(),
    "in the future": lambda folder: events(folder / f"29991231-235959-{NAME}", START),
    "events: named pipe": lambda folder: pipe(events(folder / ENTRY) / f"{NAME}.events.jsonl"),
    "events: huge": lambda folder: sparse(events(folder / ENTRY, START) / f"{NAME}.events.jsonl"),
    "events: folder": lambda folder: (folder / ENTRY / f"{NAME}.events.jsonl").mkdir(parents=True),
    "events: no text": lambda folder: (events(folder / ENTRY) / f"{NAME}.events.jsonl").write_bytes(
        b"\xff" * 5000
    ),
    "events: of wrong types": lambda folder: events(
        folder / ENTRY,
        START,
        {"event": "batch", "epoch": 1, "step": 1, "loss": 1.0, "accuracy": 0.5, "images_per_second": "fast"},
        {"event": "batch", "epoch": 1, "step": 2, "loss": 1.0, "accuracy": 0.5, "seconds_left": {}},
        {"event": "batch", "epoch": 1, "step": 2, "loss": float("nan"), "accuracy": 0.5},
        {"event": "epoch", "epoch": 10**400, **EPOCH},
        {"event": "epoch", "epoch": 1, **EPOCH, "test_loss": float("inf")},
        {"event": "epoch", "epoch": 1, **EPOCH, "seconds_left": [], "images_per_second": None},
        {"event": "end", "state": {}, "message": ["a"]},
    ),
    "events: huge numbers": lambda folder: events(folder / ENTRY, {**START, "epochs": 10**400}),
    "events: done, without a network": lambda folder: events(folder / ENTRY, START, END),
    "order: named pipe": lambda folder: (
        pipe(events(folder / ENTRY, START) / "order.json"),
        (folder / ENTRY / f"{NAME}.checkpoint.npz").touch(),
    ),
    "order: a list": lambda folder: (
        (events(folder / ENTRY, START) / "order.json").write_text("[[]]"),
        (folder / ENTRY / f"{NAME}.checkpoint.npz").touch(),
    ),
    "log: named pipe": lambda folder: pipe(events(folder / ENTRY, START) / "log.txt"),
    "checkpoint: named pipe": lambda folder: pipe(events(folder / ENTRY, START) / f"{NAME}.checkpoint.npz"),
}
"""Runs that left no network, and parts that cannot be read; the training page may show what there is."""

PICKED: Mapping[str, Callable[[Path], object]] = {
    "weights: others than the card's": lambda folder: replaced(
        finished(folder, NUMBER) / f"{NAME}.npz", b"PK no archive"
    ),
    "recording: no archive": lambda folder: (finished(folder, NUMBER) / f"{NAME}.recording.npz").write_bytes(
        b"no archive"
    ),
    "recording: huge": lambda folder: sparse(finished(folder, NUMBER) / f"{NAME}.recording.npz"),
    "recording: named pipe": lambda folder: pipe(finished(folder, NUMBER) / f"{NAME}.recording.npz"),
    "recording: of no layers": lambda folder: _recorded(folder, layers=(), weights={}),
    "recording: of a layer that has no weights here": lambda folder: _recorded(folder, weights={}),
    "recording: steps of another shape": lambda folder: _recorded(folder, steps=np.zeros((3, 2), int)),
    "recording: fewer probabilities": lambda folder: _recorded(folder, probabilities=np.zeros((3, 2, 10))),
    "recording: accuracy of one moment": lambda folder: _recorded(folder, accuracy=np.zeros(1)),
    "recording: moments that are none": lambda folder: _recorded(folder, epochs=np.full(3, np.nan)),
}
"""Networks with a file that only those who pick them need: they get one sentence, nobody else does."""
