"""Runs of training that the app starts: each a process of its own with a folder of its own, one at a time.

A run's process holds on to the server by its standard input: however the server ends, the pipe
closes, and the run stops by itself. All that a page shows of a run comes from the events in its folder.

One at a time, whichever server has started it: a run's process inherits the locks of the folder of runs and
of its own folder, which its server has taken.
What lies in the folder of runs was written by others: what is not in order is left out, and the log says
once why. This is the one place where that is decided.
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

from cnnviz import files
from cnnviz.errors import CnnvizError, as_integer, invalid
from cnnviz.formats import decoding
from cnnviz.networks import cards, network, zoo
from cnnviz.networks.graph import max_file_size
from cnnviz.networks.recipe import Recipe
from cnnviz.training import events, recording

PERCENT = (100, 50, 25, 10, 5, 1)
"""Shares of the training images that a run can be given."""
MAX_EPOCHS = 100
BATCH_SIZES = (16, 32, 64, 128, 256, 512)
RATE_FACTORS = (0.1, 0.3, 1.0, 3.0, 10.0)
"""What the recipe's learning rate can be multiplied with."""
POINTS = 300
"""Batches that a curve shows at least, once there are so many; twice as many at most."""
STOP_TIMEOUT = 600.0
"""Seconds that a run which is asked to stop has for its step and its checkpoint, or to measure a network
that is trained to its end, before it is killed."""

TIME = "%Y%m%d-%H%M%S"
"""How the time at which a run was started is written."""
KILLED = (signal.SIGTERM, signal.SIGINT, *([signal.SIGKILL, signal.SIGHUP] if os.name == "posix" else []))
"""Signals that end a run in which nothing went wrong."""
LARGEST = 1e12
"""No number of an event is larger."""

Point = tuple[float, float, float]
"""Of a curve: epochs trained, loss, accuracy."""
State = Literal["running", "stopping", "done", "stopped", "failed", "diverged"]


@dataclass(frozen=True)
class RunSpec:
    """What a visitor wants trained.

    Attributes:
        name: the architecture.
        epochs: passes over the data, 1..100.
        percent: share of the training images, one of `PERCENT`.
        rate_factor: what the recipe's learning rate is multiplied with, one of `RATE_FACTORS`.
        batch_size: one of `BATCH_SIZES`, or None for the recipe's.
        toy: train on the 20 bundled samples alone.

    Raises:
        CnnvizError: if something is none of that.
    """

    name: str
    epochs: int
    percent: int = 100
    rate_factor: float = 1.0
    batch_size: int | None = None
    toy: bool = False

    def __post_init__(self) -> None:
        if self.name not in zoo.names():
            raise invalid("name", f"must be one of {', '.join(zoo.names())}", self.name)
        if as_integer("epochs", self.epochs, minimum=1) > MAX_EPOCHS:
            raise invalid("epochs", f"must be <= {MAX_EPOCHS}", self.epochs)
        for field, allowed in (
            ("percent", PERCENT),
            ("rate_factor", RATE_FACTORS),
            ("batch_size", (None, *BATCH_SIZES)),
            ("toy", (False, True)),
        ):
            if getattr(self, field) not in allowed:
                raise invalid(field, f"must be one of {', '.join(map(str, allowed))}", getattr(self, field))

    @property
    def recipe(self) -> Recipe:
        """The recipe that it changes."""
        return zoo.recipe(self.name, toy=self.toy)

    @property
    def learning_rate(self) -> float:
        """The highest learning rate, at the start or after the warm-up."""
        return float(f"{self.rate_factor * self.recipe.learning_rate:.6g}")

    def arguments(self, folder: Path, data: str | Path) -> list[str]:
        """Return the command line that carries it out.

        Args:
            folder: the run's. data: the folder with CIFAR-10, or "samples".
        """
        words: dict[str, Any] = {"epochs": self.epochs, "data": data, "out": folder}
        if self.rate_factor != 1:
            words["learning-rate"] = self.learning_rate
        if self.batch_size is not None:
            words["batch-size"] = self.batch_size
        if self.percent != 100 and not self.toy:
            words["fraction"] = self.percent / 100
        options = [text for word, value in words.items() for text in (f"--{word}", str(value))]
        return ["train", self.name, *options, "--background"]


@dataclass(frozen=True)
class Diverged:
    """Where the numbers of a run stopped being finite; what is not known is None.

    Attributes:
        what: "loss", "weights", "answers" or "half", as the events' end says it.
        epoch: from 1. step: batches done of it. learning_rate: the highest of the run.
    """

    what: str
    epoch: int
    step: int | None = None
    learning_rate: float | None = None


@dataclass(frozen=True)
class Finished:
    """A run whose network can be looked into.

    Attributes:
        model: what the network is called: "vgg@20261124-153012". folder: where its files lie.
    """

    model: str
    folder: Path


@dataclass(frozen=True)
class Progress:
    """Where a run stands; what is not known yet is None.

    Attributes:
        epoch: the current one, from 1. epochs: how many there will be. share: of the whole run, 0..1.
        images_per_second, seconds_left: as it goes now.
        loss, accuracy: means over the training images of this epoch so far.
        test_accuracy: after the last whole epoch.
    """

    epoch: int
    epochs: int
    share: float
    images_per_second: float | None
    seconds_left: float | None
    loss: float | None
    accuracy: float | None
    test_accuracy: float | None


def folder() -> Path:
    """Return where runs lie: CNNVIZ_RUNS, else `runs` beside where the app was started."""
    return files.runs_folder().absolute()


def hosted() -> bool:
    """Return whether this is a public server, on which no run can be started (CNNVIZ_HOSTED=1)."""
    return os.environ.get("CNNVIZ_HOSTED") == "1"


def started(model: str) -> datetime:
    """Return when the run of a network was started, in the server's time.

    >>> started("vgg@20261124-153012").isoformat()
    '2026-11-24T15:30:12'
    """
    return datetime.strptime(zoo.split(model)[1], TIME)


def finished() -> list[Finished]:
    """Return the runs whose network can be looked into, the newest first: their card is in order."""
    found = []
    for run, name, place in _folders():
        files_of = [place / f"{name}.{ending}" for ending in ("json", "npz")]
        if not all(map(os.path.lexists, files_of)):
            continue  # it is not finished
        fault = next((f"{path.name} is no file" for path in files_of if not files.is_regular(path)), "")
        if not fault and _stamp(files_of[1])[1] > max_file_size(zoo.get(name).graph):
            fault = f"{name}.npz is larger than weights of {name} can be"
        fault = fault or _card_fault(files_of[0], _stamp(files_of[0]))
        if fault:
            _leave_out(place, fault)
        else:
            found.append(Finished(f"{name}@{run}", place))
    return found


def locate(model: str) -> tuple[str, Path]:
    """Return a network's architecture and the folder its files lie in: the bundled one, or its run's.

    Raises:
        CnnvizError: if there is no such run.
    """
    architecture, run = zoo.split(model)
    if not run:
        return architecture, network.WEIGHTS
    for each in finished():  # what a link names is compared, never made into a path
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
        if where == network.WEIGHTS:
            raise
        _leave_out(where, str(error))
        if error.reason == "weights_not_finite":  # which says more
            raise
        raise CnnvizError(str(error), reason="run_weights") from None


def read_card(model: str) -> dict[str, Any]:
    """Return the model card alone of a network, bundled or trained by a run.

    Raises:
        CnnvizError: if there is no such run, or no card that is in order.
    """
    architecture, where = locate(model)
    return _read_card(where / f"{architecture}.json")


def read_recording(architecture: str, where: Path) -> recording.Recording:
    """Return the recording of a network's training that lies in a folder, as `locate` returns both.

    Raises:
        CnnvizError: as `recording.read`.
    """
    try:
        return recording.read(architecture, where)
    except CnnvizError as error:
        if where != network.WEIGHTS:
            _leave_out(where, str(error))
        raise


def _read_card(path: Path) -> dict[str, Any]:
    try:
        card = decoding.read_json(path)
        cards.validate(card, len(zoo.get(path.stem).data_set.classes))
    except (OSError, ValueError) as error:
        raise CnnvizError(f"The model card {path.name} is damaged: {error}", reason="run_weights") from None
    return card


@functools.lru_cache(maxsize=10_000)
def _card_fault(path: Path, stamp: tuple[int, int, int]) -> str:
    """Return what is wrong with a card, "" if nothing is; looked at again when the file has changed."""
    try:
        _read_card(path)
    except CnnvizError as error:
        return str(error)
    return ""


def _stamp(path: Path) -> tuple[int, int, int]:
    """Return what changes when a file does: when it was written, its size, its inode; 0 if it is gone."""
    try:
        state = path.stat()
    except OSError:
        return 0, 0, 0
    return state.st_mtime_ns, state.st_size, state.st_ino


def throughput(name: str) -> float | None:
    """Return how many images a second the last finished run of an architecture trained here, or None."""
    for run in finished():
        if zoo.split(run.model)[0] != name:
            continue
        try:
            card = read_card(run.model)
        except CnnvizError:  # gone in this moment
            continue
        images, seconds = card["data"]["train"] * card["epochs"], card["training_seconds"]
        if images >= 1000 and seconds >= 1:  # a toy says nothing
            return float(images / seconds)
    return None


class Run:
    """What a run has told so far. `update` reads on; several visitors may do so at once.

    Attributes:
        model: what its network will be called. folder: where its files lie.
        start: its first event, empty before that; where it was resumed, that event.
        last: its last batch or epoch since then, or empty.
        batches: (epochs trained, loss, accuracy) over its whole length, thinned out.
        epochs: its epoch events. end: its last event, empty before that.
        diverged: where its numbers stopped being finite, or None.
    """

    def __init__(self, model: str, folder: Path) -> None:
        self.model, self.folder = model, folder
        self._told = _Told()
        self._events = events.Reader(folder / f"{self.name}.events.jsonl")
        self._lock = threading.Lock()
        self._show()

    @property
    def name(self) -> str:
        """The architecture."""
        return zoo.split(self.model)[0]

    @property
    def spec(self) -> RunSpec | None:
        """What it was started with, or None if that cannot be read."""
        try:
            return RunSpec(**decoding.read_json(self.folder / "order.json"))
        except (OSError, ValueError, TypeError):
            return None

    @property
    def resumable(self) -> RunSpec | None:
        """What it can go on with: its spec, if it has left a checkpoint; else None."""
        left = files.is_regular(self.folder / f"{self.name}.checkpoint.npz")
        return self.spec if left else None

    @property
    def progress(self) -> Progress | None:
        """Where it stands, or None before its first event."""
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
            self.epochs[-1]["test_accuracy"] if self.epochs else None,
        )

    def update(self) -> None:
        """Take in the events that are new; all of them anew if the run went on from before the last ones."""
        path = self.folder / f"{self.name}.events.jsonl"
        if _stamp(path)[1] > events.MAX_BYTES:
            _leave_out(path, f"it is larger than {events.MAX_BYTES:,} bytes")
        with self._lock:
            changed = False
            for new, again in self._events.read():
                if again:
                    self._told = _Told()
                for event in new:
                    try:
                        self._told.take(event)
                    except (
                        LookupError,
                        TypeError,
                        ValueError,
                    ):  # not as it should be: as if it were not there
                        continue
                changed = changed or again or bool(new)
            if changed:
                self._show()

    def _show(self) -> None:
        """Hand out what has been told; what is handed out is never changed, for others may be reading it."""
        told = self._told
        self.start, self.last, self.end = told.start, told.last, told.end
        self.diverged = told.diverged
        self.epochs, self.batches = list(told.epochs), told.curve.points()


class _Told:
    """What the events of a run say, one after the other."""

    def __init__(self) -> None:
        self.start: events.Event = {}
        self.last: events.Event = {}
        self.end: events.Event = {}
        self.diverged: Diverged | None = None
        self.epochs: list[events.Event] = []
        self.curve = Curve()

    def take(self, event: events.Event) -> None:
        """Take in an event, or raise if it is not as it should be."""
        match event["event"]:
            case "start":
                for key, least in (("epochs", 1), ("steps", 1), ("epoch", 0)):
                    _number(as_integer(key, event[key], minimum=least))
                self.start, self.last, self.end, self.diverged = event, {}, {}, None
            case "batch" | "epoch" if _is_lost(event.get("loss")):  # runs once went on with that
                place = {"step": self.start["steps"], **event}  # an epoch's event comes after its last step
                self.diverged = self.diverged or Diverged(
                    "loss", *(as_integer(key, place[key], minimum=1) for key in ("epoch", "step"))
                )
            case "batch":
                epoch, step = _number(event["epoch"]), _number(event["step"])
                done = epoch - 1 + step / self.start["steps"]
                self.curve.add((done, _number(event["loss"]), _number(event["accuracy"])))
                self.last = _with_speed(event)
            case "epoch":
                for key in ("epoch", "loss", "accuracy", "test_loss", "test_accuracy"):
                    _number(event[key])
                self.epochs.append(event)
                self.last = _with_speed(event)
            case "end":
                self.end = event
                if event.get("state") == "diverged":
                    self.diverged = _diverged(event)


def _diverged(end: events.Event) -> Diverged:
    """Return where a run says that it diverged."""
    epoch, step = (as_integer(key, end[key], minimum=1) for key in ("epoch", "step"))
    what = end["what"] if end["what"] in ("weights", "answers", "half") else "loss"
    return Diverged(what, epoch, step, _number(end["learning_rate"]))


def _is_lost(loss: Any) -> bool:
    """Return whether a loss is a number, but none that is finite."""
    return isinstance(loss, float) and not isfinite(loss)


def _number(value: Any) -> float:
    """Return a number of an event, or raise if it is none that can be shown."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= LARGEST:
        raise invalid("value", "must be a finite number", value)
    return float(value)


def _with_speed(event: events.Event) -> events.Event:
    """Return an event without those of its further numbers that are none."""
    kept = dict(event)
    for key in ("images_per_second", "seconds_left", "epoch_loss", "epoch_accuracy"):
        try:
            _number(event.get(key))
        except CnnvizError:
            kept.pop(key, None)
    return kept


class Curve:
    """A curve that is thinned out as it grows: every point is the mean of equally many that came in.

    Example:
        >>> curve = Curve(least=1)
        >>> for k in range(5):
        ...     curve.add((float(k), 10.0 * k, 0.0))
        >>> curve.points()
        [(3.0, 15.0, 0.0), (4.0, 40.0, 0.0)]
    """

    def __init__(self, least: int = POINTS) -> None:
        self._least, self._each = least, 1
        self._points: list[Point] = []
        self._waiting: list[Point] = []

    def add(self, point: Point) -> None:
        """Take in the next point: (place, loss, accuracy)."""
        self._waiting.append(point)
        if len(self._waiting) < self._each:
            return
        self._points.append(_mean(self._waiting))
        self._waiting = []
        if len(self._points) == 2 * self._least:
            self._points = [_mean(self._points[k : k + 2]) for k in range(0, len(self._points), 2)]
            self._each *= 2

    def points(self) -> list[Point]:
        """Return up to `2 * least` points; the last one, so that it is up to date, may be of fewer."""
        return [*self._points, *([_mean(self._waiting)] if self._waiting else [])]


@dataclass(frozen=True)
class Status:
    """How the run that is on or was the last one stands, all of it at one moment.

    Attributes:
        run: the run. state: how it stands.
        own: whether this server has started it and it is on: it can be stopped here.
        message: why it failed, "" if it did not or could not say.
    """

    run: Run
    state: State
    own: bool = False
    message: str = ""


class Runner:
    """The one on a server that starts runs. All visitors share it, and may ask for everything at once.

    Args:
        program: what is called with the command line of a run; None = this package.

    Attributes:
        run: the run that is on or was the last one, or None. `status` looks for it.
    """

    def __init__(self, program: Sequence[str] | None = None) -> None:
        self.run: Run | None = None
        self._program = program or (sys.executable, "-m", "cnnviz")
        self._process: subprocess.Popen[bytes] | None = None  # of `run`, until its end has been seen
        self._code: int | None = None  # what it ended with
        self._asked = 0.0  # when it was asked to stop; 0 = it was not
        self._lock = threading.Lock()  # whoever reads or changes any of these holds it

    @property
    def busy(self) -> bool:
        """Whether a run of this server is on, which can be stopped here."""
        with self._lock:
            return self._is_on()

    def start(self, spec: RunSpec, resume: Run | None = None) -> Run:
        """Start a run, unless one is on.

        Args:
            spec: what to train. resume: a stopped run that is to go on, with its own spec.

        Raises:
            CnnvizError: if runs are switched off, one is on, there is no data, or no folder can be made.
        """
        if hosted():
            raise CnnvizError("No run can be started on this server (CNNVIZ_HOSTED=1).", reason="run_hosted")
        data = "samples" if spec.toy else zoo.get(spec.name).data_set.find(None)
        if data is None:
            raise CnnvizError("`data` must be there before a run can be started.", reason="run_data")
        with self._lock:
            # a run that the command line has started holds its own events alone
            if self._is_on() or any(_is_written(run) for run in _all()):
                raise _one_at_a_time()
            self._see_end()
            try:
                folder().mkdir(parents=True, exist_ok=True)
                with files.locked(folder()) as lock:
                    run = Run(resume.model, resume.folder) if resume else _new_run(spec)
                    # absolute, as the process starts where this package lies
                    place = "samples" if spec.toy else Path(data).absolute()
                    command = [*self._program, *spec.arguments(run.folder, place)]
                    if resume:
                        command.append("--resume")
                    with files.locked(run.folder) as own, (run.folder / "log.txt").open("wb") as log:
                        # it holds both locks from now on, and nobody else does
                        process = _process(command, log, [*lock, *own])
            except BlockingIOError:
                raise _one_at_a_time() from None
            except OSError as error:
                raise CnnvizError(
                    f"A run needs a folder it can write into: {error.strerror}.", reason="run_folder"
                ) from None
            self.run, self._process, self._code, self._asked = run, process, None, 0.0
            return run

    def stop(self, run: Run | None = None) -> None:
        """Ask the run to stop after its step; it keeps a checkpoint.

        Args:
            run: stop no other one: it may have ended, and a new one begun, since a visitor saw it.
        """
        with self._lock:
            if self._is_on() and not self._asked and run in (None, self.run):
                self._asked = time.monotonic()
                self._let_go()

    def state(self) -> State | None:
        """Return how the run that is on or was the last one stands; None if there is no run."""
        status = self.status()
        return None if status is None else status.state

    def status(self) -> Status | None:
        """Read the run's events, and return how it stands; None if there is no run.

        A server that has none of its own on looks at the one that another has, or at what was last here.
        """
        with self._lock:
            # before the events: what ends while they are read is not half told
            own = self._is_on()
            if not own:
                self._see_end()
            on = own or self._look_for_others()
            if self.run is None:
                return None
            self.run.update()
            if not on:
                return self._ended(self.run)
            if own and self._asked:
                if self._process and time.monotonic() - self._asked > STOP_TIMEOUT:
                    self._process.kill()
                return Status(self.run, "stopping", own)
            return Status(self.run, "running", own)

    def _is_on(self) -> bool:
        """Return whether the process of this server is on."""
        return self._process is not None and self._process.poll() is None

    def _see_end(self) -> None:
        """Keep what the process of this server has ended with, if there is one that has."""
        if self._process is not None:
            self._let_go()
            self._code, self._process = self._process.poll(), None

    def _let_go(self) -> None:
        """Close the process' standard input: what it stops at, from its first moment on, unlike a signal."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def _look_for_others(self) -> bool:
        """Take the run that somebody else has on, or the last one here, and return whether it is on."""
        here = _all()
        held = files.is_locked(folder())
        holding = next((run for run in here if held and files.is_locked(run.folder)), None)
        latest = holding or max(here, key=_last_written, default=None)
        if latest is None or self.run is None or self.run.folder != latest.folder:
            self.run, self._code = latest, None
        on = self.run is not None and (holding is not None or _is_written(self.run))
        if on:
            self._code = None  # it goes on: how it ended before says nothing any more
        return on

    def _ended(self, run: Run) -> Status:
        """Return how a run ended whose process is gone."""
        if run.end:
            ends: dict[Any, State] = {"done": "done", "stopped": "stopped", "diverged": "diverged"}
            message = run.end.get("message")
            state = ends.get(str(run.end.get("state")), "failed")
            if state == "done" and run.diverged:
                state = "diverged"
            return Status(run, state, message=message if isinstance(message, str) else "")
        message = _last_words(run)
        # killed, or its server was gone too: then nothing is known to have gone wrong
        stopped = not message and (self._code is None or -self._code in KILLED)
        return Status(run, "stopped" if stopped else "failed", message=message)


def _process(command: Sequence[str], log: IO[bytes], locks: Sequence[int]) -> subprocess.Popen[bytes]:
    """Start a run's process, which inherits open locks.

    Raises:
        CnnvizError: if it cannot be started, for which no folder is to blame.
    """
    try:
        return subprocess.Popen(
            command,
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # an interrupted server ends it by the pipe, once
            pass_fds=locks,
        )
    except OSError as error:
        raise CnnvizError(f"No process can be started: {error.strerror}.", reason="run_folder") from None


def _one_at_a_time() -> CnnvizError:
    return CnnvizError("A run is on; there is one at a time.", reason="run_on")


def _all() -> list[Run]:
    """Return every run here, finished or not, the newest first."""
    return [Run(f"{name}@{number}", place) for number, name, place in _folders()]


def _last_written(run: Run) -> int:
    """Return when something was last written into a run's folder, as far as a clock is right."""
    return max(_stamp(path)[0] for path in (run.folder, run.folder / f"{run.name}.events.jsonl"))


def _is_written(run: Run) -> bool:
    """Return whether a process is writing into a run's events, whoever has started it."""
    return files.is_locked(run.folder / f"{run.name}.events.jsonl")


def _folders() -> list[tuple[str, str, Path]]:
    """Return (number, architecture, folder) of every run here, the newest first."""
    form, own = _forms("|".join(zoo.names()))
    try:
        names = sorted(os.listdir(folder()), reverse=True)
    except OSError:
        return []
    found = []
    for name in names:
        match, place = form.fullmatch(name), folder() / name
        if match is None:
            if not own.match(name):
                _leave_out(place, "it is not called TIME-NETWORK, as in 20261124-153012-vgg")
        elif not _is_time(match[1]):
            _leave_out(place, "there is no such time")
        elif not os.path.isdir(place):
            _leave_out(place, "it is no folder")
        elif not os.access(place, os.R_OK | os.X_OK):
            _leave_out(place, "it cannot be read")
        else:
            found.append((match[1], match[2], place))
    return found


@functools.cache
def _forms(names: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return how runs are called, and how what else may lie here begins: files of `train` without --out."""
    return re.compile(rf"({zoo.RUN.pattern})-({names})"), re.compile(rf"\.|({names})\.")


def _is_time(number: str) -> bool:
    try:
        datetime.strptime(number, TIME)
    except ValueError:
        return False
    return True


_left_out: set[Path] = set()


def _leave_out(place: Path, fault: str) -> None:
    """Say in the log, once, that an entry is not in order."""
    if place not in _left_out:
        _left_out.add(place)
        logging.getLogger(__name__).warning("Left out of the runs: %s: %s", place, fault)


def _new_run(spec: RunSpec) -> Run:
    """Make a folder that no other run has."""
    moment = datetime.now()
    while True:
        number = moment.strftime(TIME)
        place = folder() / zoo.run_folder(spec.name, number)
        try:
            place.mkdir(parents=True)
        except FileExistsError:
            moment += timedelta(seconds=1)
            continue
        network.write_atomically(place / "order.json", json.dumps(asdict(spec), allow_nan=False).encode())
        return Run(f"{spec.name}@{number}", place)


def _last_words(run: Run) -> str:
    """Return the sentence that a run has ended with on standard error, or "" if it went on after that."""
    log, told = run.folder / "log.txt", run.folder / f"{run.name}.events.jsonl"
    try:
        with files.open_regular(log) as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 100_000))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    if _stamp(told)[0] > _stamp(log)[0]:
        return ""
    said = [line.partition("cnnviz: ")[2] for line in lines if line.startswith("cnnviz: ")]
    return said[-1] if said else ""


def _mean(points: Sequence[Point]) -> Point:
    """Return the mean of points, where the last one stands: a curve ends where training is."""
    _, losses, accuracies = zip(*points, strict=True)
    return points[-1][0], sum(losses) / len(points), sum(accuracies) / len(points)
