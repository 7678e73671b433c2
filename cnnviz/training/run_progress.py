"""The progress of a run, read from its events."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from cnnviz import files
from cnnviz.errors import CnnvizError, as_integer, invalid
from cnnviz.formats import decoding
from cnnviz.networks import cards, zoo
from cnnviz.training import events, runs
from cnnviz.training.run_spec import RunSpec

MIN_POINTS = 300
"""Number of points of a curve after downsampling; it has at most twice as many."""
MAX_NUMBER = 1e12
"""Largest valid number in an event."""
Point = tuple[float, float, float]
"""A point of a curve: epochs trained, loss, accuracy."""


@dataclass(frozen=True)
class Diverged:
    """The point at which a run's numbers stopped being finite; unknown values are None.

    Attributes:
        what: "loss", "weights", "answers" or "half", as in the "end" event.
        epoch: from 1. step: batches done in this epoch. learning_rate: the run's peak learning rate.
    """

    what: str
    epoch: int
    step: int | None = None
    learning_rate: float | None = None


@dataclass(frozen=True)
class Progress:
    """The progress of a run; values that are not known yet are None.

    Attributes:
        epoch: the current one, from 1. epochs: number of epochs. share: completed fraction, 0..1.
        images_per_second, seconds_left: current estimates.
        loss, accuracy: means over the training images of this epoch so far.
        validation_accuracy, test_accuracy: after the last complete epoch; the first is None, too, if the run
            has no validation images.
    """

    epoch: int
    epochs: int
    share: float
    images_per_second: float | None
    seconds_left: float | None
    loss: float | None
    accuracy: float | None
    validation_accuracy: float | None
    test_accuracy: float | None


class Run:
    """A run, as far as its events are read. `update` reads new events; it is thread-safe.

    Attributes:
        model: the name of its network. folder: contains its files.
        start: the last "start" event (a resumed run has several), or {}.
        last: the last "batch" or "epoch" event since then, or {}.
        batches: (epochs trained, loss, accuracy) over the whole run, downsampled.
        epochs: the "epoch" events. end: the "end" event, or {}.
        diverged: where its numbers stopped being finite, or None.
    """

    def __init__(self, model: str, folder: Path) -> None:
        self.model, self.folder = model, folder
        self._state = _EventState()
        self._events = events.Reader(folder / f"{self.name}.events.jsonl")
        self._lock = threading.Lock()
        self._publish()

    @property
    def name(self) -> str:
        """The architecture."""
        return zoo.split(self.model)[0]

    @property
    def spec(self) -> RunSpec | None:
        """The specification that it was started with, or None if it cannot be read."""
        try:
            return RunSpec(**decoding.read_json(self.folder / "order.json"))
        except (OSError, ValueError, TypeError):
            return None

    @property
    def resumable(self) -> RunSpec | None:
        """The specification, if the run has a checkpoint and can be resumed; else None."""
        left = files.is_regular(self.folder / f"{self.name}.checkpoint.npz")
        return self.spec if left else None

    @property
    def progress(self) -> Progress | None:
        """The progress, or None before the first event."""
        start, last = self.start, self.last
        if not start:
            return None
        done = last["epoch"] if last.get("event") == "epoch" else start["epoch"]  # whole epochs
        if last.get("event") == "batch":
            done = last["epoch"] - 1 + last["step"] / start["steps"]
        return Progress(
            min(int(done) + 1, start["epochs"]),
            start["epochs"],
            done / start["epochs"],
            last.get("images_per_second"),
            last.get("seconds_left"),
            last.get("epoch_loss", last.get("loss")),
            last.get("epoch_accuracy", last.get("accuracy")),
            self.epochs[-1].get("validation_accuracy") if self.epochs else None,
            self.epochs[-1]["test_accuracy"] if self.epochs else None,
        )

    def update(self) -> None:
        """Read the new events, or all of them if the run was resumed from before the last ones."""
        path = self.folder / f"{self.name}.events.jsonl"
        if runs.stamp(path)[1] > events.MAX_BYTES:
            runs.log_invalid(path, f"it is larger than {events.MAX_BYTES:,} bytes")
        with self._lock:
            changed = False
            for new, again in self._events.read():
                if again:
                    self._state = _EventState()
                for event in new:
                    try:
                        self._state.apply(event)
                    except (
                        LookupError,
                        TypeError,
                        ValueError,
                    ):  # ignore invalid events
                        continue
                changed = changed or again or bool(new)
            if changed:
                self._publish()

    def _publish(self) -> None:
        """Replace the public attributes by copies, as other threads may be reading the old ones."""
        state = self._state
        self.start, self.last, self.end = state.start, state.last, state.end
        self.diverged = state.diverged
        self.epochs, self.batches = list(state.epochs), state.curve.points()


class _EventState:
    """The state of a run after a sequence of events."""

    def __init__(self) -> None:
        self.start: events.Event = {}
        self.last: events.Event = {}
        self.end: events.Event = {}
        self.diverged: Diverged | None = None
        self.epochs: list[events.Event] = []
        self.curve = Curve()

    def apply(self, event: events.Event) -> None:
        """Update the state by an event; raise LookupError, TypeError or ValueError if it is invalid."""
        match event["event"]:
            case "start":
                for key, least in (("epochs", 1), ("steps", 1), ("epoch", 0)):
                    _number(as_integer(key, event[key], minimum=least))
                self.start, self.last, self.end, self.diverged = event, {}, {}, None
            case "batch" | "epoch" if _is_non_finite(event.get("loss")):  # old runs did not stop there
                counters = {"step": self.start["steps"], **event}  # an "epoch" event follows its last step
                self.diverged = self.diverged or Diverged(
                    "loss", *(as_integer(key, counters[key], minimum=1) for key in ("epoch", "step"))
                )
            case "batch":
                epoch, step = (_number(as_integer(key, event[key], minimum=1)) for key in ("epoch", "step"))
                done = epoch - 1 + step / self.start["steps"]
                self.curve.add((done, _number(event["loss"]), _number(event["accuracy"])))
                self.last = _without_invalid_numbers(event)
            case "epoch":
                for key in ("loss", "accuracy", "test_loss", "test_accuracy"):
                    _number(event[key])
                _number(as_integer("epoch", event["epoch"], minimum=1))
                kept = [event[key] for key in cards.VALIDATION_METRICS if key in event]
                if len(kept) == 1:
                    raise invalid("event", "must have both validation metrics, or neither", kept)
                for value in kept:
                    _number(value)
                self.epochs.append(event)
                self.last = _without_invalid_numbers(event)
            case "end":
                self.end = event
                if event.get("state") == "diverged":
                    self.diverged = _diverged(event)


def _diverged(end: events.Event) -> Diverged:
    """Parse the "end" event of a run that diverged."""
    epoch, step = (as_integer(key, end[key], minimum=1) for key in ("epoch", "step"))
    what = end["what"] if end["what"] in ("weights", "answers", "half") else "loss"
    return Diverged(what, epoch, step, _number(end["learning_rate"]))


def _is_non_finite(loss: Any) -> bool:
    """Return whether a loss is NaN or infinite."""
    return isinstance(loss, float) and not isfinite(loss)


def _number(value: Any) -> float:
    """Return a number of an event as a float, or raise if it is not finite."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= MAX_NUMBER:
        raise invalid("value", "must be a finite number", value)
    return float(value)


def _without_invalid_numbers(event: events.Event) -> events.Event:
    """Return an event without its invalid optional numbers."""
    kept = dict(event)
    for key in ("images_per_second", "seconds_left", "epoch_loss", "epoch_accuracy"):
        try:
            _number(event.get(key))
        except CnnvizError:
            kept.pop(key, None)
    return kept


class Curve:
    """A curve that is downsampled while it grows: every point is the mean of equally many added points.

    Example:
        >>> curve = Curve(least=1)
        >>> for k in range(5):
        ...     curve.add((float(k), 10.0 * k, 0.0))
        >>> curve.points()
        [(3.0, 15.0, 0.0), (4.0, 40.0, 0.0)]
    """

    def __init__(self, least: int = MIN_POINTS) -> None:
        self._least, self._bin_size = least, 1
        self._points: list[Point] = []
        self._pending: list[Point] = []

    def add(self, point: Point) -> None:
        """Add a point: (epochs trained, loss, accuracy)."""
        self._pending.append(point)
        if len(self._pending) < self._bin_size:
            return
        self._points.append(_mean(self._pending))
        self._pending = []
        if len(self._points) == 2 * self._least:
            self._points = [_mean(self._points[k : k + 2]) for k in range(0, len(self._points), 2)]
            self._bin_size *= 2

    def points(self) -> list[Point]:
        """Return up to `2 * least` points; the last one may be the mean of fewer added points."""
        return [*self._points, *([_mean(self._pending)] if self._pending else [])]


def _mean(points: Sequence[Point]) -> Point:
    """Return the mean loss and accuracy at the position of the last point."""
    _, losses, accuracies = zip(*points, strict=True)
    return points[-1][0], sum(losses) / len(points), sum(accuracies) / len(points)
