"""Training runs that the app starts, each in its own process and folder; one runs at a time.

The process of a run reads its standard input: when the server ends, for any reason, the pipe closes and
the run stops. Pages read the progress of a run from the events file in its folder.

The process inherits the server's locks on the folder of runs and on its own folder, which prevents other
servers from starting a second run.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Literal

from cnnviz import files, settings
from cnnviz.errors import CnnvizError
from cnnviz.files import write_atomically
from cnnviz.networks import run_files
from cnnviz.training import run_spec, runs
from cnnviz.training.run_progress import Run
from cnnviz.training.run_spec import RunSpec

STOP_TIMEOUT = 600.0
"""Seconds after a stop request in which a run can finish its step and write a checkpoint, or evaluate a
completely trained network, before it is killed."""
KILL_SIGNALS = (
    signal.SIGTERM,
    signal.SIGINT,
    *([signal.SIGKILL, signal.SIGHUP] if os.name == "posix" else []),
)
"""Signals that count as stopping a run, not as a failure."""
State = Literal["running", "stopping", "done", "stopped", "failed", "diverged"]


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
            raise run_spec.no_data()
        with self._lock:
            # a run started from the command line only locks its events file
            if self._is_running() or any(_is_being_written(run) for run in _all_runs()):
                raise _already_running()
            self._reap()
            try:
                runs.folder().mkdir(parents=True, exist_ok=True)
                with files.locked(runs.folder()) as lock:
                    run = Run(resume.model, resume.folder) if resume else new_run(spec)
                    # absolute, as the process starts in the folder of this package
                    location = data.absolute() if isinstance(data, Path) else data
                    command = [*self._program, *spec.arguments(run.folder, location)]
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
        held = files.is_locked(runs.folder())
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
        # killed, also by this server, or its server has ended too: no sign of a failure
        asked = self._exit_code is None or self._stop_requested > 0 or -self._exit_code in KILL_SIGNALS
        stopped = not message and asked
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


def _already_running() -> CnnvizError:
    return CnnvizError("A run is on; there is one at a time.", reason="run_on")


def _all_runs() -> list[Run]:
    """Return all runs, finished or not, the newest first."""
    return [Run(f"{name}@{number}", path) for number, name, path in runs.run_folders()]


def _last_written(run: Run) -> int:
    """Return the modification time of a run's folder or events, whichever is later."""
    return max(runs.stamp(path)[0] for path in (run.folder, run.folder / f"{run.name}.events.jsonl"))


def _is_being_written(run: Run) -> bool:
    """Return whether any process holds the lock of a run's events file."""
    return files.is_locked(run.folder / f"{run.name}.events.jsonl")


def new_run(spec: RunSpec) -> Run:
    """Create a run with a new folder."""
    architecture = spec.architecture if spec.stack else None  # raises before there is a folder
    path = runs.new_folder(spec.name)
    if architecture is not None:
        run_files.write(architecture, path)
    write_atomically(path / "order.json", json.dumps(asdict(spec), allow_nan=False).encode())
    number = path.name.removesuffix(f"-{spec.name}")
    return Run(f"{spec.name}@{number}", path)


def _last_error(run: Run) -> str:
    """Return the last error message in a run's log, or "" if the run continued after it."""
    log, events_file = run.folder / "log.txt", run.folder / f"{run.name}.events.jsonl"
    try:
        with files.open_regular(log) as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 100_000))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    if runs.stamp(events_file)[0] > runs.stamp(log)[0]:
        return ""
    messages = [line.partition("cnnviz: ")[2] for line in lines if line.startswith("cnnviz: ")]
    return messages[-1] if messages else ""
