"""Runs of training that the app starts: each a process of its own with a folder of its own, one at a time.

A run's process holds on to the server by its standard input: however the server ends, the pipe
closes, and the run stops by itself. All that a page shows of a run comes from the events in its folder.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from cnnviz import cifar, events, network, zoo
from cnnviz.errors import CnnvizError, as_integer, invalid

try:
    import fcntl
except ImportError:  # not on this system: then a run that another server has started looks stopped
    fcntl = None  # type: ignore[assignment]

PERCENT = (100, 50, 25, 10, 5, 1)
"""Shares of the training images that a run can be given."""
MOST_EPOCHS = 100
BATCH_SIZES = (16, 32, 64, 128, 256, 512)
RATE_FACTORS = (0.1, 0.3, 1.0, 3.0, 10.0)
"""What the recipe's learning rate can be multiplied with."""
POINTS = 300
"""Batches that a curve shows at least, once there are so many; twice as many at most."""
PATIENCE = 600.0
"""Seconds that a run which is asked to stop has for its step and its checkpoint, or to measure a network
that is trained to its end, before it is killed."""

Point = tuple[float, float, float]
"""Of a curve: epochs trained, loss, accuracy."""
State = Literal["running", "stopping", "done", "stopped", "failed"]


@dataclass(frozen=True)
class Order:
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
        if as_integer("epochs", self.epochs, minimum=1) > MOST_EPOCHS:
            raise invalid("epochs", f"must be <= {MOST_EPOCHS}", self.epochs)
        for field, allowed in (
            ("percent", PERCENT),
            ("rate_factor", RATE_FACTORS),
            ("batch_size", (None, *BATCH_SIZES)),
            ("toy", (False, True)),
        ):
            if getattr(self, field) not in allowed:
                raise invalid(field, f"must be one of {', '.join(map(str, allowed))}", getattr(self, field))

    @property
    def learning_rate(self) -> float:
        """The highest learning rate, at the start or after the warm-up."""
        return float(f"{self.rate_factor * zoo.get(self.name).recipe.learning_rate:.6g}")

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
class Finished:
    """A run whose network can be looked into.

    Attributes:
        model: what the network is called: "vgg@20261124-153012". folder: where its files lie.
    """

    model: str
    folder: Path


@dataclass(frozen=True)
class Standing:
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
    return Path(os.environ.get("CNNVIZ_RUNS") or "runs").absolute()


def hosted() -> bool:
    """Return whether this is a public server, on which no run can be started (CNNVIZ_HOSTED=1)."""
    return os.environ.get("CNNVIZ_HOSTED") == "1"


def started(model: str) -> datetime:
    """Return when the run of a network was started, in the server's time.

    >>> started("vgg@20261124-153012").isoformat()
    '2026-11-24T15:30:12'
    """
    return datetime.strptime(zoo.split(model)[1], "%Y%m%d-%H%M%S")


def finished() -> list[Finished]:
    """Return the runs that have weights and a model card, the newest first."""
    found = []
    for run, name, place in _folders():
        if all((place / f"{name}.{ending}").is_file() for ending in ("json", "npz")):
            found.append(Finished(f"{name}@{run}", place))
    return found


def place(model: str) -> tuple[str, Path]:
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
    architecture, where = place(model)
    try:
        return network.read_weights(architecture, where)
    except CnnvizError as error:
        if where == network.WEIGHTS:
            raise
        raise CnnvizError(str(error), reason="run_weights") from None


def read_card(model: str) -> dict[str, Any]:
    """Return the model card alone of a network, bundled or trained by a run.

    Raises:
        CnnvizError: if there is no such run, or no card that can be read.
    """
    architecture, where = place(model)
    try:
        card = json.loads((where / f"{architecture}.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CnnvizError(
            f"The model card of {model} cannot be read: {error}.", reason="run_weights"
        ) from None
    if not isinstance(card, dict):
        raise CnnvizError(f"The model card of {model} is damaged: it is no object.", reason="run_weights")
    return card


def pace(name: str) -> float | None:
    """Return how many images a second the last finished run of an architecture trained here, or None."""
    for run in finished():
        if zoo.split(run.model)[0] != name:
            continue
        try:
            card = json.loads((run.folder / f"{name}.json").read_text("utf-8"))
            images, seconds = card["data"]["train"] * card["epochs"], card["training_seconds"]
        except (OSError, ValueError, LookupError, TypeError):
            continue
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
    """

    def __init__(self, model: str, folder: Path) -> None:
        self.model, self.folder = model, folder
        self.start: events.Event = {}
        self.last: events.Event = {}
        self.end: events.Event = {}
        self.batches: list[Point] = []
        self.epochs: list[events.Event] = []
        self._offset = 0
        self._curve = Curve()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The architecture."""
        return zoo.split(self.model)[0]

    @property
    def order(self) -> Order | None:
        """What it was started with, or None if that cannot be read."""
        try:
            return Order(**json.loads((self.folder / "order.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    @property
    def standing(self) -> Standing | None:
        """Where it stands, or None before its first event."""
        start, last = self.start, self.last
        if not start:
            return None
        done = last["epoch"] if last.get("event") == "epoch" else start["epoch"]  # whole epochs
        if last.get("event") == "batch":
            done = last["epoch"] - 1 + last["step"] / start["steps"]
        return Standing(
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
        """Take in the events that are new."""
        with self._lock:
            new, self._offset = events.read(self.folder / f"{self.name}.events.jsonl", self._offset)
            for event in new:
                try:
                    self._take(event)
                except (LookupError, TypeError, ValueError):  # not as it should be: as if it were not there
                    continue
            if new:
                self.batches = self._curve.points()

    def _take(self, event: events.Event) -> None:
        match event["event"]:
            case "start":
                for count in ("epochs", "steps", "epoch"):
                    as_integer(count, event[count], minimum=0 if count == "epoch" else 1)
                self.start, self.last, self.end = event, {}, {}
            case "batch":
                done = event["epoch"] - 1 + event["step"] / self.start["steps"]
                self._curve.add((done, float(event["loss"]), float(event["accuracy"])))
                self.last = event
            case "epoch":
                for key in ("epoch", "loss", "accuracy", "test_loss", "test_accuracy"):
                    float(event[key])
                self.epochs = [*self.epochs, event]
                self.last = event
            case "end":
                self.end = event


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


class Runner:
    """The one on a server that starts runs. All visitors share it.

    Args:
        program: what is called with the command line of a run; None = this package.

    Attributes:
        run: the run that is on or was the last one, or None. `state` looks for it.
    """

    def __init__(self, program: Sequence[str] | None = None) -> None:
        self.run: Run | None = None
        self._program = program or (sys.executable, "-m", "cnnviz")
        self._process: subprocess.Popen[bytes] | None = None
        self._asked = 0.0  # when it was asked to stop; 0 = it was not
        self._lock = threading.Lock()

    @property
    def busy(self) -> bool:
        """Whether a run of this server is on, which can be stopped here."""
        return self._process is not None and self._process.poll() is None

    def start(self, order: Order, resume: Run | None = None) -> Run:
        """Start a run, unless one is on.

        Args:
            order: what to train. resume: a stopped run that is to go on, with its own order.

        Raises:
            CnnvizError: if runs are switched off, one is on, there is no data, or no folder can be made.
        """
        if hosted():
            raise CnnvizError("No run can be started on this server (CNNVIZ_HOSTED=1).", reason="run_hosted")
        data = "samples" if order.toy else cifar.find_folder()
        if data is None:
            raise CnnvizError("`data` must be there before a run can be started.", reason="run_data")
        with self._lock:
            newest = _newest()
            if self.busy or (newest and _is_written(newest)):
                raise CnnvizError("A run is on; there is one at a time.", reason="run_on")
            try:
                run = Run(resume.model, resume.folder) if resume else _new_run(order)
                # absolute, as the process starts where this package lies
                command = order.arguments(run.folder, "samples" if order.toy else Path(data).absolute())
                with (run.folder / "log.txt").open("wb") as log:
                    process = subprocess.Popen(
                        [*self._program, *command, *(["--resume"] if resume else [])],
                        cwd=Path(__file__).parents[1],
                        stdin=subprocess.PIPE,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                        start_new_session=True,  # an interrupted server ends it by the pipe, once
                    )
            except OSError as error:
                raise CnnvizError(
                    f"A run needs a folder it can write into: {error.strerror}.", reason="run_folder"
                ) from None
            self.run, self._process, self._asked = run, process, 0.0
            return run

    def stop(self) -> None:
        """Ask the run to stop after its step; it keeps a checkpoint."""
        with self._lock:
            if not self._asked:
                self._asked = time.monotonic()
                self._let_go()

    def _let_go(self) -> None:
        """Close the process' standard input: what it stops at, from its first moment on, unlike a signal."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def state(self) -> State | None:
        """Read the run's events, and return how it stands; None if there is no run.

        A server that has started none looks at the newest that lies here.
        """
        if self._process is None:
            newest = _newest()
            if newest is None or self.run is None or self.run.folder != newest.folder:
                self.run = newest
            if self.run is None:
                return None
            written = _is_written(self.run)
            self.run.update()
            return "running" if written else self._ended(self.run)
        assert self.run is not None  # the process is its own
        busy = self.busy  # before the events: what ends while they are read is not half told
        self.run.update()
        if not busy:
            return self._ended(self.run)
        if not self._asked:
            return "running"
        if time.monotonic() - self._asked > PATIENCE:
            self._process.kill()
        return "stopping"

    def _ended(self, run: Run) -> State:
        """Return how a run ended whose process is gone; if it could not say so, its `end` says it now."""
        self._let_go()
        if not run.end:
            message = _last_words(run.folder / "log.txt")
            # its server was gone too: then nothing is known to have gone wrong
            gone = self._process is None and not message
            run.end = {"event": "end", "state": "stopped" if gone else "failed", "message": message}
        state: State = run.end["state"] if run.end.get("state") in ("done", "stopped") else "failed"
        return state


def _newest() -> Run | None:
    for number, name, place in _folders():
        return Run(f"{name}@{number}", place)
    return None


def _is_written(run: Run) -> bool:
    """Return whether a process is writing into a run's events, whichever server has started it."""
    if not fcntl:
        return False
    try:
        with (run.folder / f"{run.name}.events.jsonl").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _folders() -> list[tuple[str, str, Path]]:
    """Return (number, architecture, folder) of every run here, the newest first."""
    form = re.compile(rf"({zoo.RUN.pattern})-({'|'.join(zoo.names())})")
    try:
        names = sorted(os.listdir(folder()), reverse=True)
    except OSError:
        return []
    matches = (form.fullmatch(name) for name in names)
    return [(match[1], match[2], folder() / match[0]) for match in matches if match]


def _new_run(order: Order) -> Run:
    """Make a folder that no other run has."""
    moment = datetime.now()
    while True:
        number = moment.strftime("%Y%m%d-%H%M%S")
        place = folder() / zoo.run_folder(order.name, number)
        try:
            place.mkdir(parents=True)
        except FileExistsError:
            moment += timedelta(seconds=1)
            continue
        network.replace_file(place / "order.json", json.dumps(asdict(order)).encode())
        return Run(f"{order.name}@{number}", place)


def _last_words(log: Path) -> str:
    """Return the sentence that a run has ended with on standard error, or ""."""
    try:
        lines = log.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    said = [line.partition("cnnviz: ")[2] for line in lines if line.startswith("cnnviz: ")]
    return said[-1] if said else ""


def _mean(points: Sequence[Point]) -> Point:
    """Return the mean of points, where the last one stands: a curve ends where training is."""
    _, losses, accuracies = zip(*points, strict=True)
    return points[-1][0], sum(losses) / len(points), sum(accuracies) / len(points)
