"""Run the cases of a kind in a child process, and another one where that crashed or got stuck."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tests.fuzz.child import tell

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {
    "PYTHONFAULTHANDLER": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CNNVIZ_DATA": "",  # no data and no runs of this machine: the same cases, the same report
    "CNNVIZ_RUNS": str(ROOT / "tests" / "no-runs"),
}
TIMEOUT = 120.0
"""Seconds of the child's own work without a line after which its case counts as one without an end."""
PATIENCE = 900.0
"""The same in seconds of waiting: it may wait for itself, or for a machine that is busy with other things."""


@dataclass(frozen=True)
class Fault:
    """A case that was neither accepted nor refused in a sentence, and what happened instead."""

    number: int
    case: str
    what: str


@dataclass
class Report:
    """Results of the cases of one kind. refused: counts of each error message."""

    kind: str
    seed: str
    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    begun: tuple[int, str] | None = None
    """Number and text of the last case that was begun."""

    def hear(self, told: dict[str, Any]) -> None:
        """Count what a line of `tests.fuzz.child` tells."""
        if "begin" in told:
            self.begun = told["begin"], told["case"]
        elif "fault" in told:
            assert self.begun is not None
            self.faults.append(Fault(*self.begun, told["fault"]))
        elif told["refused"] is None:
            self.accepted += 1
        else:
            self.refused[told["refused"]] += 1

    @property
    def tried(self) -> int:
        return self.accepted + self.refused.total() + len(self.faults)

    def again(self, fault: Fault) -> str:
        """Return the command that tries a fault's case once more."""
        return f"python -m tests.fuzz {self.kind} --seed {self.seed} --first {fault.number} --count 1"


def run(kind: str, *, seed: str, count: int, first: int = 0) -> Report:
    """Try `count` cases of a kind, from the one numbered `first` on."""
    report, end = Report(kind, seed), first + count
    while first < end:
        arguments = (kind, seed, str(first), str(end - first))
        with subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.child", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | ENVIRONMENT,
        ) as child:
            report.begun = None
            words = _listen(child, report)
        if child.returncode == 0:
            break
        number, case = report.begun or (first + report.tried, "(between two cases)")
        how = signal.Signals(-child.returncode).name if child.returncode < 0 else f"exit {child.returncode}"
        report.faults.append(Fault(number, case, f"{how}\n{words}"))
        first = number + 1
    return report


def run_here(kind: str, *, seed: str, count: int) -> Report:
    """Try `count` cases of a kind in this process, which a crash ends."""
    report = Report(kind, seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # in a process of its own they are no errors
        for line in tell(kind, seed, 0, count):
            report.hear(line)
    return report


def _listen(child: subprocess.Popen[str], report: Report) -> str:
    """Count what a child tells until it ends; return its last words."""
    lines: queue.Queue[str | None] = queue.Queue()
    words: list[str] = []
    assert child.stdout is not None
    assert child.stderr is not None
    readers = [
        threading.Thread(target=_read, args=(child.stdout, lines.put), daemon=True),
        threading.Thread(target=_read, args=(child.stderr, lambda line: _keep(words, line)), daemon=True),
    ]
    for reader in readers:
        reader.start()
    last, worked = time.monotonic(), _processor_seconds(child)
    while True:
        try:
            line = lines.get(timeout=1)
        except queue.Empty:
            waited, work = time.monotonic() - last, _processor_seconds(child) - worked
            if waited < PATIENCE and work < TIMEOUT:
                continue
            child.kill()
            words.append(f"without an end: nothing in {waited:.0f} seconds, {work:.0f} of them of work\n")
            break
        last, worked = time.monotonic(), _processor_seconds(child)
        if line is None:
            break
        report.hear(json.loads(line))
    child.wait()
    for reader in readers:
        reader.join()
    return "".join(words)


def _processor_seconds(child: subprocess.Popen[str]) -> float:
    """Return how long a process has worked so far; where the system does not tell, the time."""
    try:
        fields = Path(f"/proc/{child.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except FileNotFoundError:
        return time.monotonic()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # in user mode and in the kernel


def _read(stream: IO[str], keep: Any) -> None:
    for line in stream:
        keep(line)
    keep(None)


def _keep(words: list[str], line: str | None) -> None:
    """Keep the last lines that a child has written: an interpreter that crashes says where."""
    if line is not None:
        words.append(line)
        del words[:-40]
