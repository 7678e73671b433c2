"""Training runs that the app starts, each in its own process and folder; one runs at a time.

The process of a run reads its standard input: when the server ends, for whatever reason, the pipe closes and
the run stops. Pages read the progress of a run from the events file in its folder.

The process inherits the server's locks on the folder of runs and on its own folder, which prevents other
servers from starting a second run. The content of the folder of runs is untrusted: this module ignores
invalid entries and logs each of them once.
"""

from __future__ import annotations

import functools
import json
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from math import isfinite
from pathlib import Path
from typing import IO, Any, Literal

from cnnviz import files, settings
from cnnviz.data import registry
from cnnviz.data.dataset import DataSet
from cnnviz.errors import CnnvizError, as_integer, invalid
from cnnviz.formats import decoding
from cnnviz.networks import builder, cards, network, run_files, store, zoo
from cnnviz.networks.architecture import clean_title
from cnnviz.networks.fitting import check_trainable, fit
from cnnviz.networks.graph import max_file_size
from cnnviz.networks.recipe import BUILT_RECIPE, Recipe
from cnnviz.training import events, recording

PERCENT = (100, 50, 25, 10, 5, 1)
"""Selectable shares of the training images."""
MAX_EPOCHS = 100
BATCH_SIZES = (16, 32, 64, 128, 256, 512)
VALIDATION = (0, 5, 10, 20)
"""Percent of the training images that are kept apart for validation."""
RATE_FACTORS = (0.1, 0.3, 1.0, 3.0, 10.0)
"""Selectable factors of the recipe's learning rate."""
MIN_POINTS = 300
"""Number of points of a curve after downsampling; it has at most twice as many."""
STOP_TIMEOUT = 600.0
"""Seconds after a stop request in which a run can finish its step and write a checkpoint, or evaluate a
completely trained network, before it is killed."""

TIME = "%Y%m%d-%H%M%S"
"""The format of run ids."""
KILL_SIGNALS = (
    signal.SIGTERM,
    signal.SIGINT,
    *([signal.SIGKILL, signal.SIGHUP] if os.name == "posix" else []),
)
"""Signals that count as stopping a run, not as a failure."""
BUILT = "built"
"""The name of the networks that visitors build and train."""
RUN_FOLDER = re.compile(rf"({zoo.RUN.pattern})-({store.NAME.pattern})")
DATA_NAME = re.compile("[a-z0-9_]{0,60}")
"""The name of a data set in a specification."""
MAX_NUMBER = 1e12
"""Largest valid number in an event."""

Point = tuple[float, float, float]
"""A point of a curve: epochs trained, loss, accuracy."""
State = Literal["running", "stopping", "done", "stopped", "failed", "diverged"]


@dataclass(frozen=True)
class RunSpec:
    """The specification of a training run.

    Attributes:
        name: the architecture; `BUILT` for a stack.
        epochs: passes over the data, 1..100.
        percent: share of the training images, one of `PERCENT`.
        rate_factor: factor of the recipe's learning rate, one of `RATE_FACTORS`.
        batch_size: one of `BATCH_SIZES`, or None for the recipe's.
        toy: whether to train on the 20 bundled samples only.
        data: the name of the data set, one of `registry.here()`; "" = the architecture's own.
        stack: the text of a stack that a visitor built, as `builder.parse` takes it; "" = of the zoo.
        validation: share of these training images that are kept apart, one of `VALIDATION`; none in a toy
            run.
        title: what the visitor calls that stack; "" = nothing.

    Raises:
        CnnvizError: if a value is out of range.
    """

    name: str
    epochs: int
    percent: int = 100
    rate_factor: float = 1.0
    batch_size: int | None = None
    toy: bool = False
    data: str = ""
    stack: str = ""
    validation: int = 0
    title: str = ""

    def __post_init__(self) -> None:
        for field in ("stack", "title"):
            if not isinstance(getattr(self, field), str):
                raise invalid(field, "must be text", getattr(self, field))
        if self.stack:
            builder.parse(self.stack)
            if self.name != BUILT or self.toy:
                raise invalid("name", f"must be {BUILT!r} for a stack, which is no toy", self.name)
            if clean_title(self.title) != self.title:
                raise invalid("title", "must have no spaces around it", self.title)
        elif self.title:
            raise invalid("title", "must be of a stack", self.title)
        elif self.name not in zoo.trained_names():
            raise invalid("name", f"must be one of {', '.join(zoo.trained_names())}", self.name)
        if as_integer("epochs", self.epochs, minimum=1) > MAX_EPOCHS:
            raise invalid("epochs", f"must be <= {MAX_EPOCHS}", self.epochs)
        for field, allowed in (
            ("percent", PERCENT),
            ("validation", VALIDATION),
            ("rate_factor", RATE_FACTORS),
            ("batch_size", (None, *BATCH_SIZES)),
            ("toy", (False, True)),
        ):
            if getattr(self, field) not in allowed:
                raise invalid(field, f"must be one of {', '.join(map(str, allowed))}", getattr(self, field))
        if not isinstance(self.data, str) or not DATA_NAME.fullmatch(self.data):
            raise invalid("data", "must be the name of a data set", self.data)

    @property
    def data_set(self) -> DataSet | None:
        """The data set, None if it is not here."""
        if not self.stack:
            own = zoo.get(self.name).data_set
            if self.data in ("", own.name):
                return own if self.toy or own.find(None) is not None else None
        return next((each for each in registry.here() if each.name == self.data), None)

    @property
    def architecture(self) -> zoo.Architecture:
        """The architecture, for the data set if it is here.

        Raises:
            CnnvizError: for a stack, if its data set is not here or it cannot be trained on it.
        """
        if self.stack:
            if (data_set := self.data_set) is None:
                raise _no_data()
            return built(self.stack, data_set, self.title)
        return fit(zoo.get(self.name), self.data_set or zoo.get(self.name).data_set)

    @property
    def recipe(self) -> Recipe:
        """The recipe that the other settings modify."""
        return zoo.recipe_of(self.architecture, toy=self.toy)

    @property
    def location(self) -> str | Path | None:
        """Where the data set lies, as the command line takes it; None if it is not here."""
        data_set = self.data_set
        if self.toy or data_set is None:
            return "samples" if self.toy else None
        return data_set.name if data_set.bundled else data_set.find(None)

    @property
    def learning_rate(self) -> float:
        """The peak learning rate, at the start or after the warm-up."""
        return float(f"{self.rate_factor * self.recipe.learning_rate:.6g}")

    def arguments(self, folder: Path, data: str | Path) -> list[str]:
        """Return the command-line arguments of the run.

        Args:
            folder: the run's folder. data: where the data set lies, or "samples".
        """
        words: dict[str, Any] = {"epochs": self.epochs, "data": data, "out": folder}
        if self.rate_factor != 1:
            words["learning-rate"] = self.learning_rate
        if self.batch_size is not None:
            words["batch-size"] = self.batch_size
        if self.percent != 100 and not self.toy:
            words["fraction"] = self.percent / 100
        if self.validation and not self.toy:
            words["validation"] = self.validation / 100
        options = [text for word, value in words.items() for text in (f"--{word}", str(value))]
        what = str(folder / f"{self.name}.architecture.json") if self.stack else self.name
        return ["train", what, *options, "--background"]


def built(stack: str, data_set: DataSet, title: str = "") -> zoo.Architecture:
    """Return the architecture of a stack that a visitor built, to be trained on a data set.

    Its last layer with units has one for each class.

    Raises:
        CnnvizError: if the stack is none; with the reason "train_fit", if a block of it does not take the
            images; as `check_trainable`.
    """
    graph = builder.for_data_set(builder.parse(stack), data_set)
    architecture = zoo.Architecture(BUILT, graph, BUILT_RECIPE.fitted(data_set), data_set, title)
    check_trainable(architecture)
    return architecture


@dataclass(frozen=True)
class Diverged:
    """Where the numbers of a run stopped being finite; unknown values are None.

    Attributes:
        what: "loss", "weights", "answers" or "half", as in the "end" event.
        epoch: from 1. step: batches done in this epoch. learning_rate: the run's peak learning rate.
    """

    what: str
    epoch: int
    step: int | None = None
    learning_rate: float | None = None


@dataclass(frozen=True)
class FinishedRun:
    """A finished run with a valid network.

    Attributes:
        model: the network's name, such as "vgg@20261124-153012". folder: contains its files.
    """

    model: str
    folder: Path


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


def folder() -> Path:
    """Return the absolute folder of runs: CNNVIZ_RUNS, else `runs` in the working directory."""
    return files.runs_folder().absolute()


def start_time(model: str) -> datetime:
    """Return the start time of the run that trained a network, in the server's time zone.

    >>> start_time("vgg@20261124-153012").isoformat()
    '2026-11-24T15:30:12'
    """
    return datetime.strptime(zoo.split(model)[1], TIME)


def finished() -> list[FinishedRun]:
    """Return the finished runs with weights and a valid model card, the newest first."""
    found = []
    for run, name, place in _run_folders():
        files_of = [place / f"{name}.{ending}" for ending in ("json", "npz")]
        if not all(map(os.path.lexists, files_of)):
            continue  # not finished
        fault = next((f"{path.name} is no file" for path in files_of if not files.is_regular(path)), "")
        own = [place / f"{name}.{ending}" for ending in ("architecture.json", "samples.npz")]
        fault = fault or _size_fault(name, place, _stamp(files_of[1])[1], *map(_stamp, own))
        fault = fault or _card_fault(files_of[0], _stamp(files_of[0]))
        if fault:
            _log_invalid(place, fault)
        else:
            found.append(FinishedRun(f"{name}@{run}", place))
    return found


@functools.lru_cache(maxsize=10_000)
def _size_fault(name: str, place: Path, size: int, *stamps: tuple[int, int, int]) -> str:
    """Return what is wrong with the size of a run's weights, or with its architecture; "" if nothing is.

    It is remembered until one of `stamps` changes: fewer architectures are kept than there may be runs.
    """
    try:
        architecture = network.architecture_in(name, place)
        if name not in zoo.names():
            check_trainable(architecture)  # pages rely on it
        room = max_file_size(architecture.graph)
    except CnnvizError as error:
        return str(error)
    return f"{name}.npz is larger than weights of {name} can be" if size > room else ""


def locate(model: str) -> tuple[str, Path]:
    """Return a network's architecture and the folder of its files.

    Raises:
        CnnvizError: if there is no such run.
    """
    architecture, run = zoo.split(model)
    if not run:
        return architecture, network.home(architecture)
    for each in finished():  # untrusted names are compared, never used as paths
        if each.model == model:
            return architecture, each.folder
    raise CnnvizError(f"`model` must be of a run that is here. Received: model={model!r}.", reason="run_gone")


def read_weights(model: str) -> tuple[network.Weights, dict[str, Any]]:
    """Return weights and model card of a network, bundled or trained by a run.

    Raises:
        CnnvizError: as `network.read_weights`, and if there is no such run.
    """
    architecture, where = locate(model)
    try:
        return network.read_weights(architecture, where)
    except CnnvizError as error:
        if not zoo.split(model)[1]:
            raise
        _log_invalid(where, str(error))
        if error.reason == "weights_not_finite":  # more specific than "run_weights"
            raise
        raise CnnvizError(str(error), reason="run_weights") from None


def read_card(model: str) -> dict[str, Any]:
    """Return the model card of a network, bundled or trained by a run.

    Raises:
        CnnvizError: if there is no such run or no valid card.
    """
    architecture, where = locate(model)
    return _read_card(where / f"{architecture}.json")


def read_recording(architecture: str, where: Path) -> recording.Recording:
    """Return the recording of a network's training; the arguments are the result of `locate`.

    Raises:
        CnnvizError: as `recording.read`.
    """
    try:
        return recording.read(architecture, where)
    except CnnvizError as error:
        if where != network.home(architecture):
            _log_invalid(where, str(error))
        raise


def _read_card(path: Path) -> dict[str, Any]:
    try:
        card = decoding.read_json(path)
        cards.validate(card, len(network.architecture_in(path.stem, path.parent).data_set.classes))
    except (OSError, ValueError) as error:
        raise CnnvizError(f"The model card {path.name} is damaged: {error}", reason="run_weights") from None
    return card


@functools.lru_cache(maxsize=10_000)
def _card_fault(path: Path, stamp: tuple[int, int, int]) -> str:
    """Return the error of a model card, or "" if it is valid; cached until `stamp` changes."""
    try:
        _read_card(path)
    except CnnvizError as error:
        return str(error)
    return ""


def _stamp(path: Path) -> tuple[int, int, int]:
    """Return (modification time, size, inode) of a file, zeros if it does not exist."""
    try:
        state = path.stat()
    except OSError:
        return 0, 0, 0
    return state.st_mtime_ns, state.st_size, state.st_ino


def throughput(architecture: zoo.Architecture) -> float | None:
    """Return the images per second of the last finished run of an architecture, or None.

    Only runs on its data set count.
    """
    for run in finished():
        if zoo.split(run.model)[0] != architecture.name:
            continue
        try:
            if zoo.get(run.model).data_set != architecture.data_set:
                continue
            card = read_card(run.model)
        except CnnvizError:  # deleted meanwhile
            continue
        images, seconds = card["data"]["train"] * card["epochs"], card["training_seconds"]
        if images >= 1000 and seconds >= 1:  # toy runs are not representative
            return float(images / seconds)
    return None


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
        if _stamp(path)[1] > events.MAX_BYTES:
            _log_invalid(path, f"it is larger than {events.MAX_BYTES:,} bytes")
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
                place = {"step": self.start["steps"], **event}  # an "epoch" event follows its last step
                self.diverged = self.diverged or Diverged(
                    "loss", *(as_integer(key, place[key], minimum=1) for key in ("epoch", "step"))
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


@dataclass(frozen=True)
class Status:
    """A consistent snapshot of the current or last run.

    Attributes:
        run: the run. state: its state.
        own: whether it is a running process of this server, which `Runner.stop` can stop.
        message: the error of a failed run, or "".
    """

    run: Run
    state: State
    own: bool = False
    message: str = ""


class Runner:
    """Starts, stops and observes runs. There is one per server, shared by all sessions; it is thread-safe.

    Args:
        program: the command that gets the arguments of a run; None = this package.

    Attributes:
        run: the current or last run, or None; `status` updates it.
    """

    def __init__(self, program: Sequence[str] | None = None) -> None:
        self.run: Run | None = None
        self._program = program or (sys.executable, "-m", "cnnviz")
        self._process: subprocess.Popen[bytes] | None = None  # of `run`, until its exit code is read
        self._exit_code: int | None = None
        self._stop_requested = 0.0  # time of the stop request; 0 = none
        self._lock = threading.Lock()  # guards all of the above

    @property
    def busy(self) -> bool:
        """Whether a run of this server is running."""
        with self._lock:
            return self._is_running()

    def start(self, spec: RunSpec, resume: Run | None = None) -> Run:
        """Start or resume a run.

        Args:
            spec: what to train. resume: a stopped run to resume, whose own specification `spec` is.

        Raises:
            CnnvizError: if runs are disabled, another one is running, there is no data, or its folder or
                process cannot be created.
        """
        _require_own_server()
        data = spec.location
        if data is None:
            raise _no_data()
        with self._lock:
            # a run started from the command line only locks its events file
            if self._is_running() or any(_is_being_written(run) for run in _all_runs()):
                raise _already_running()
            self._reap()
            try:
                folder().mkdir(parents=True, exist_ok=True)
                with files.locked(folder()) as lock:
                    run = Run(resume.model, resume.folder) if resume else _new_run(spec)
                    # absolute, as the process starts where this package lies
                    place = data.absolute() if isinstance(data, Path) else data
                    command = [*self._program, *spec.arguments(run.folder, place)]
                    if resume:
                        command.append("--resume")
                    with files.locked(run.folder) as own, (run.folder / "log.txt").open("wb") as log:
                        # the process inherits both locks, and is the only holder from now on
                        process = _process(command, log, [*lock, *own])
            except BlockingIOError:
                raise _already_running() from None
            except OSError as error:
                raise CnnvizError(
                    f"A run needs a folder it can write into: {error.strerror}.", reason="run_folder"
                ) from None
            self.run, self._process, self._exit_code, self._stop_requested = run, process, None, 0.0
            return run

    def stop(self, run: Run | None = None) -> None:
        """Request the run to write a checkpoint and stop after its current step.

        Args:
            run: the run to stop; nothing happens if another one is running by now. None = any.

        Raises:
            CnnvizError: on a public server, whose visitors stop nothing.
        """
        _require_own_server()
        with self._lock:
            if self._is_running() and not self._stop_requested and run in (None, self.run):
                self._stop_requested = time.monotonic()
                self._close_stdin()

    def state(self) -> State | None:
        """Return the state of the current or last run, or None if there is none."""
        status = self.status()
        return None if status is None else status.state

    def status(self) -> Status | None:
        """Read new events, and return the status of the current or last run; None if there is none.

        If this server runs none, it is the run of another process, or else the last one.
        """
        with self._lock:
            # before reading events: a run that ends meanwhile must not look running with an "end" event
            own = self._is_running()
            if not own:
                self._reap()
            on = own or self._find_current()
            if self.run is None:
                return None
            self.run.update()
            if not on:
                return self._final_status(self.run)
            if own and self._stop_requested:
                if self._process and time.monotonic() - self._stop_requested > STOP_TIMEOUT:
                    self._process.kill()
                return Status(self.run, "stopping", own)
            return Status(self.run, "running", own)

    def _is_running(self) -> bool:
        """Return whether the process of this server is running."""
        return self._process is not None and self._process.poll() is None

    def _reap(self) -> None:
        """Read the exit code of a process of this server that has ended."""
        if self._process is not None:
            self._close_stdin()
            self._exit_code, self._process = self._process.poll(), None

    def _close_stdin(self) -> None:
        """Close the standard input of the process, which stops it even before it handles signals."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def _find_current(self) -> bool:
        """Set `run` to that of another process, or else the last one; return whether it is running."""
        here = _all_runs()
        held = files.is_locked(folder())
        holding = next((run for run in here if held and files.is_locked(run.folder)), None)
        latest = holding or max(here, key=_last_written, default=None)
        if latest is None or self.run is None or self.run.folder != latest.folder:
            self.run, self._exit_code = latest, None
        on = self.run is not None and (holding is not None or _is_being_written(self.run))
        if on:
            self._exit_code = None  # of an earlier process of the run
        return on

    def _final_status(self, run: Run) -> Status:
        """Return the status of a run that has ended."""
        if run.end:
            ends: dict[Any, State] = {"done": "done", "stopped": "stopped", "diverged": "diverged"}
            message = run.end.get("message")
            state = ends.get(str(run.end.get("state")), "failed")
            if state == "done" and run.diverged:
                state = "diverged"
            return Status(run, state, message=message if isinstance(message, str) else "")
        message = _last_error(run)
        # killed, or its server has ended too: no sign of a failure
        stopped = not message and (self._exit_code is None or -self._exit_code in KILL_SIGNALS)
        return Status(run, "stopped" if stopped else "failed", message=message)


def _process(command: Sequence[str], log: IO[bytes], locks: Sequence[int]) -> subprocess.Popen[bytes]:
    """Start a run's process, which inherits open locks.

    Raises:
        CnnvizError: if it cannot be started.
    """
    try:
        return subprocess.Popen(
            command,
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in the server's terminal stops it by the pipe only
            pass_fds=locks,
        )
    except OSError as error:
        raise CnnvizError(f"No process can be started: {error.strerror}.", reason="run_folder") from None


def _require_own_server() -> None:
    if settings.hosted():
        raise CnnvizError(
            "No run can be started or stopped on this server (CNNVIZ_HOSTED=1).", reason="run_hosted"
        )


def _no_data() -> CnnvizError:
    return CnnvizError("`data` must be there before a run can be started.", reason="run_data")


def _already_running() -> CnnvizError:
    return CnnvizError("A run is on; there is one at a time.", reason="run_on")


def _all_runs() -> list[Run]:
    """Return all runs, finished or not, the newest first."""
    return [Run(f"{name}@{number}", place) for number, name, place in _run_folders()]


def _last_written(run: Run) -> int:
    """Return the modification time of a run's folder or events, whichever is later."""
    return max(_stamp(path)[0] for path in (run.folder, run.folder / f"{run.name}.events.jsonl"))


def _is_being_written(run: Run) -> bool:
    """Return whether any process holds the lock of a run's events file."""
    return files.is_locked(run.folder / f"{run.name}.events.jsonl")


def _run_folders() -> list[tuple[str, str, Path]]:
    """Return (run id, architecture, folder) of all runs, the newest first."""
    own = _own_files("|".join(zoo.trained_names()))
    try:
        names = sorted(os.listdir(folder()), reverse=True)
    except OSError:
        return []
    found = []
    for name in names:
        match, place = RUN_FOLDER.fullmatch(name), folder() / name
        if match is None or not _is_network(match[2], place):
            if not own.match(name):
                _log_invalid(place, "it is not called TIME-NETWORK, as in 20261124-153012-vgg")
        elif not _is_time(match[1]):
            _log_invalid(place, "there is no such time")
        elif not os.path.isdir(place):
            _log_invalid(place, "it is no folder")
        elif not os.access(place, os.R_OK | os.X_OK):
            _log_invalid(place, "it cannot be read")
        else:
            found.append((match[1], match[2], place))
    return found


@functools.cache
def _own_files(names: str) -> re.Pattern[str]:
    """Return the pattern of valid entries that are no runs: files of `train` without --out."""
    return re.compile(rf"\.|({names})\.")


def _is_network(name: str, place: Path) -> bool:
    """Return whether a network of that name is trained here, or the run's folder says what it is."""
    if name in zoo.names():
        return name in zoo.trained_names()
    return files.is_regular(place / f"{name}.architecture.json")


def _is_time(number: str) -> bool:
    try:
        datetime.strptime(number, TIME)
    except ValueError:
        return False
    return True


_logged: set[Path] = set()


def _log_invalid(place: Path, fault: str) -> None:
    """Log, once per entry, that it is ignored."""
    if place not in _logged:
        _logged.add(place)
        logging.getLogger(__name__).warning("Left out of the runs: %s: %s", place, fault)


def _new_run(spec: RunSpec) -> Run:
    """Create a run with a new folder."""
    architecture = spec.architecture if spec.stack else None  # raises before there is a folder
    place = new_folder(spec.name)
    if architecture is not None:
        run_files.write(architecture, place)
    network.write_atomically(place / "order.json", json.dumps(asdict(spec), allow_nan=False).encode())
    number = place.name.removesuffix(f"-{spec.name}")
    return Run(f"{spec.name}@{number}", place)


def new_folder(name: str) -> Path:
    """Create the folder of a new run of a network, and return it.

    Raises:
        OSError: if it cannot be created.
    """
    moment = datetime.now()
    while True:
        place = folder() / zoo.run_folder(name, moment.strftime(TIME))
        try:
            place.mkdir(parents=True)
        except FileExistsError:
            moment += timedelta(seconds=1)
        else:
            return place


def _last_error(run: Run) -> str:
    """Return the last error message in a run's log, or "" if the run continued after it."""
    log, events_file = run.folder / "log.txt", run.folder / f"{run.name}.events.jsonl"
    try:
        with files.open_regular(log) as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 100_000))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    if _stamp(events_file)[0] > _stamp(log)[0]:
        return ""
    messages = [line.partition("cnnviz: ")[2] for line in lines if line.startswith("cnnviz: ")]
    return messages[-1] if messages else ""


def _mean(points: Sequence[Point]) -> Point:
    """Return the mean loss and accuracy at the position of the last point."""
    _, losses, accuracies = zip(*points, strict=True)
    return points[-1][0], sum(losses) / len(points), sum(accuracies) / len(points)
