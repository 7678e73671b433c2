"""PDFs that are made in the background: handouts of the lecture and worksheets."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from cnnviz import settings
from cnnviz.components import manifest
from cnnviz.explain import lecture
from cnnviz.export import chromium
from cnnviz.export.handout import SECONDS
from cnnviz.pages import model_cache
from cnnviz.pages.byte_cache import MB
from cnnviz.pages.server import once_per_process
from cnnviz.text import LANGUAGES

_log = logging.getLogger(__name__)
MAX_BYTES = 64 * MB
"""Maximum size of all kept handouts together."""


class Handout(NamedTuple):
    """The contents of a handout: its language, whether it has notes, and a digest of its texts."""

    language: str
    notes: bool
    digest: str

    def command(self) -> list[str]:
        """Return the arguments of the command that makes it."""
        given = ["handout", "--language", self.language, "--out", "-", *(["--notes"] if self.notes else [])]
        address = settings.ADDRESS()
        return [*given, "--address", address] if address else given


class Worksheet(NamedTuple):
    """The contents of a printed worksheet: its link's choices, its language, and whether it has the answers.

    `digest` is of the code that draws it and of the network's weights.
    """

    link: str
    language: str
    answers: bool
    digest: str

    def command(self) -> list[str]:
        """Return the arguments of the command that makes it."""
        given = ["worksheet", f"?{self.link}", "--language", self.language, "--out", "-"]
        return [*given, "--answers"] if self.answers else given


@once_per_process
def content_digest() -> str:
    """Return a digest of a handout's contents: steps, texts and numbers, and the code that draws them."""
    digest = hashlib.blake2s(digest_size=8)
    facts = model_cache.lecture_facts()
    digest.update(f"{manifest().name} {sorted(facts.items())}".encode())
    for step in lecture.steps():
        words = [lecture.words(step.name, language, facts) for language in LANGUAGES]
        digest.update(f"{step} {sorted(step.choices.items())} {words}".encode())
    return digest.hexdigest()


@once_per_process
def handouts() -> PdfJobs:
    """Return the handouts of this server."""
    return PdfJobs()


@once_per_process
def worksheets() -> PdfJobs:
    """Return the printed worksheets of this server."""
    return PdfJobs()


class PdfJobs:
    """PDFs that are made one at a time, in a process of the lowest priority, and kept up to a size.

    Args:
        seconds: how long one may take, or its next step.
        program: what gets the arguments of `cnnviz`; None = this package.

    Attributes:
        running: the PDF in progress, or None.
        progress: the number of its steps that are done, and of all.
        failed: what could not be made last, or None.
    """

    def __init__(self, seconds: float = SECONDS + 60, program: Sequence[str] | None = None) -> None:
        self.running: Handout | Worksheet | None = None
        self.progress = (0, len(lecture.steps()))
        self.failed: Handout | Worksheet | None = None
        self._seconds = seconds
        self._program = program or (sys.executable, "-m", "cnnviz")
        self._made: OrderedDict[Handout | Worksheet, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._cancelled = False

    def get(self, kind: Handout | Worksheet) -> bytes | None:
        """Return a PDF if it is there."""
        with self._lock:
            if kind in self._made:
                self._made.move_to_end(kind)
            return self._made.get(kind)

    def start(self, kind: Handout | Worksheet) -> bool:
        """Make a PDF in the background, unless one is being made; return whether it was started."""
        with self._lock:
            if self.running is not None:
                return False
            self.running, self.failed, self.progress = kind, None, (0, len(lecture.steps()))
            self._cancelled = False
            self._thread = threading.Thread(target=self._make, args=(kind,), name="handout", daemon=True)
            self._thread.start()
        return True

    def cancel(self, kind: Handout | Worksheet) -> None:
        """Cancel the PDF in progress, if it is of this kind."""
        with self._lock:
            if self.running == kind:
                self._cancelled = True
                if self._process is not None:
                    self._process.kill()

    def wait(self) -> None:
        """Wait until nothing is being made."""
        if self._thread is not None:
            self._thread.join()

    def _make(self, kind: Handout | Worksheet) -> None:
        made = None
        try:
            # Chromium's profile is there; it is left behind if the process is killed
            with tempfile.TemporaryDirectory(prefix="cnnviz-", ignore_cleanup_errors=True) as folder:
                made = self._print(kind, folder)
        except OSError as error:  # no process, no memory
            _log.error("The PDF cannot be made: %s", error)
        finally:  # whatever happened: as long as one is made nobody gets another
            with self._lock:
                if made:
                    self._made[kind] = made
                    while sum(map(len, self._made.values())) > MAX_BYTES and len(self._made) > 1:
                        self._made.popitem(last=False)
                elif not self._cancelled:
                    self.failed = kind
                self.running = None

    def _print(self, kind: Handout | Worksheet, folder: str) -> bytes | None:
        """Return the PDF from the command of this package; None if it fails, which the log explains."""
        command = [*self._program, *kind.command()]
        if (app := _own_address()) is not None:
            command += ["--app", app]
        root = Path(__file__).parents[2]
        process = subprocess.Popen(
            command,
            cwd=root,
            env={**os.environ, "TMPDIR": folder},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        with self._lock:
            self._process = process
            if self._cancelled:  # before there was a process
                process.kill()
        if hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, process.pid, 10)  # visitors come first
        late = _Alarm(self._seconds, process.kill)
        try:
            output: list[bytes] = []
            # beside: a pipe that nobody reads holds up the process
            reader = threading.Thread(target=self._listen, args=(process.stderr, output, late), daemon=True)
            reader.start()
            made = process.stdout.read()
            reader.join()
            if process.wait() == 0 and made.startswith(b"%PDF"):
                return made
            if not self._cancelled:
                _log.error("The PDF cannot be made: %s", b"".join(output).decode(errors="replace"))
            return None
        finally:
            late.stop()
            with self._lock:
                self._process = None
            process.kill()
            process.wait()
            process.stdout.close()
            process.stderr.close()

    def _listen(self, lines: Iterable[bytes], output: list[bytes], late: _Alarm) -> None:
        """Note the progress, "7/50", and keep all else that the command says."""
        for line in lines:
            if found := re.fullmatch(rb"(\d+)/(\d+)\s*", line):
                self.progress = (int(found[1]), int(found[2]))
                late.begin()
            else:
                output.append(line)


class _Alarm:
    """Calls a function a number of seconds after it was made or last restarted."""

    def __init__(self, seconds: float, ring: Callable[[], None]) -> None:
        self._seconds, self._ring = seconds, ring
        self._lock, self._stopped = threading.Lock(), False
        self._timer: threading.Timer | None = None
        self.begin()

    def begin(self) -> None:
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            if not self._stopped:
                self._timer = threading.Timer(self._seconds, self._ring)
                self._timer.daemon = True
                self._timer.start()

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            if self._timer is not None:
                self._timer.cancel()


def _own_address() -> str | None:
    """Return the address of this server on this machine; None if it has none there, or not by plain HTTP."""
    if st.get_option("server.sslCertFile"):
        return None
    if st.get_option("server.address") not in (None, "", "0.0.0.0", "::", *chromium.HOSTS):
        return None
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"http://{chromium.HOSTS[0]}:{st.get_option('server.port')}/{base}".rstrip("/")
