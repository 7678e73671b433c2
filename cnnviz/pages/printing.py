"""PDFs of the lecture and of worksheets: printed in the background, one at a time on a server, and kept."""

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
from urllib.parse import urlencode

import streamlit as st

from cnnviz import settings
from cnnviz.components import manifest
from cnnviz.explain import lecture
from cnnviz.export import chromium
from cnnviz.export.handout import SECONDS
from cnnviz.pages import cache, frame
from cnnviz.pages.byte_cache import MB
from cnnviz.pages.frame import t
from cnnviz.pages.server import once_per_process
from cnnviz.text import LANGUAGES

MAX_BYTES = 64 * MB
"""Of all handouts that are kept."""
STARTED = "printing.started"
"""What the session has asked for: only who has started a handout may cancel it."""
_log = logging.getLogger(__name__)


class Kind(NamedTuple):
    """What a handout is of: its language, whether it has notes, and a digest of all that it says."""

    language: str
    notes: bool
    digest: str

    def command(self) -> list[str]:
        """Return what makes it: a command of this package."""
        given = ["handout", "--language", self.language, "--out", "-", *(["--notes"] if self.notes else [])]
        address = settings.ADDRESS()
        return [*given, "--address", address] if address else given


class Sheet(NamedTuple):
    """What a printed worksheet is of: its link's choices, its language, and whether it has the answers.

    `digest` is of what draws it and of the network's weights.
    """

    link: str
    language: str
    answers: bool
    digest: str

    def command(self) -> list[str]:
        """Return what makes it: a command of this package."""
        given = ["worksheet", f"?{self.link}", "--language", self.language, "--out", "-"]
        return [*given, "--answers"] if self.answers else given


def draw() -> None:
    """Draw the part of the Lecture page that makes the handout and gives it."""
    st.header(t("lecture.handout"), anchor=False)
    st.markdown(t("lecture.handout_lead"))
    kind = Kind(
        frame.language(),
        st.toggle(t("lecture.handout_notes"), key="lecture.handout_notes"),
        content_digest(),
    )
    job = handouts()
    _offer(
        job,
        kind,
        f"cnnviz-{kind.language}{'-notes' if kind.notes else ''}.pdf",
        make=t("lecture.handout_make"),
        save=lambda made: t("lecture.handout_save", megabytes=f"{len(made) / 1e6:.1f}"),
        failed=t("lecture.handout_failed"),
        no_chromium=t("lecture.handout_no_chromium"),
        running=lambda: _show_progress(kind),
    )


@st.fragment(run_every=1.0)
def _show_progress(kind: Kind) -> None:
    job = handouts()
    running = job.running
    if running is None:
        st.rerun()
    place, count = job.progress
    st.progress(place / count, t("lecture.handout_running", number=place, count=count))
    if running == st.session_state.get(STARTED) and st.button(
        t("lecture.handout_cancel"), icon=":material/close:"
    ):
        job.cancel(running)
        job.wait()
        st.rerun()
    if running != kind:
        st.info(t("lecture.handout_busy"), icon=":material/hourglass_top:")


def _offer(
    job: Handouts,
    wanted: Kind | Sheet,
    file: str,
    *,
    make: str,
    save: Callable[[bytes], str],
    failed: str,
    no_chromium: str,
    running: Callable[[], None],
) -> None:
    """Draw the button that makes a PDF, what is there while one is made, or the button that saves it.

    Args:
        job: that makes it. wanted: what it is of. file: the name of its file.
        make, save: words on the buttons. failed, no_chromium: why there is none.
        running: draws what is there while one is made.
    """
    made = job.get(wanted)
    if made is not None:
        st.download_button(
            save(made),
            made,
            file,
            "application/pdf",
            icon=":material/picture_as_pdf:",
            on_click="ignore",
        )
    elif job.running is not None:
        running()
    elif chromium.find() is None:
        st.info(no_chromium, icon=":material/info:")
    else:
        if job.failed == wanted:
            st.error(failed, icon=":material/error:")
        if st.button(make, icon=":material/print:"):
            if job.start(wanted):
                st.session_state[STARTED] = wanted
            st.rerun()


def draw_worksheet(link: dict[str, str]) -> None:
    """Draw what prints a worksheet and gives it.

    Args:
        link: the worksheet, its network and what else its link carries.
    """
    answers = st.toggle(t("exercises.sheet_answers"), key="sheet_answers")
    weights = cache.reference(link["model"]).sha256  # another network may get the name of a removed one
    sheet = Sheet(urlencode(link), frame.language(), answers, f"{manifest().name} {weights}")
    job = worksheets()
    _offer(
        job,
        sheet,
        f"cnnviz-worksheet{'-answers' if answers else ''}.pdf",
        make=t("exercises.sheet_pdf_make"),
        save=lambda made: t("exercises.sheet_pdf_save"),
        failed=t("exercises.sheet_failed"),
        no_chromium=t("exercises.sheet_no_chromium"),
        running=_wait_for_worksheet,
    )


@st.fragment(run_every=1.0)
def _wait_for_worksheet() -> None:
    if worksheets().running is None:
        st.rerun()
    st.info(t("exercises.sheet_printing"), icon=":material/hourglass_top:")


@once_per_process
def content_digest() -> str:
    """Return a digest of what a handout shows and says: steps, texts and numbers, and what draws them."""
    digest = hashlib.blake2s(digest_size=8)
    facts = cache.lecture_facts()
    digest.update(f"{manifest().name} {sorted(facts.items())}".encode())
    for step in lecture.steps():
        said = [lecture.words(step.name, language, facts) for language in LANGUAGES]
        digest.update(f"{step} {sorted(step.choices.items())} {said}".encode())
    return digest.hexdigest()


@once_per_process
def handouts() -> Handouts:
    """Return the handouts of this server."""
    return Handouts()


@once_per_process
def worksheets() -> Handouts:
    """Return the printed worksheets of this server."""
    return Handouts()


class Handouts:
    """PDFs that are made one at a time, in a process of the lowest priority, and kept up to a size.

    Args:
        seconds: how long one may take, or its next step.
        program: what gets the arguments of `cnnviz`; None = this package.

    Attributes:
        running: what is being made, or None.
        progress: the number of its steps that are done, and of all.
        failed: what could not be made last, or None.
    """

    def __init__(self, seconds: float = SECONDS + 60, program: Sequence[str] | None = None) -> None:
        self.running: Kind | Sheet | None = None
        self.progress = (0, len(lecture.steps()))
        self.failed: Kind | Sheet | None = None
        self._seconds = seconds
        self._program = program or (sys.executable, "-m", "cnnviz")
        self._made: OrderedDict[Kind | Sheet, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._cancelled = False

    def get(self, kind: Kind | Sheet) -> bytes | None:
        """Return a PDF if it is there."""
        with self._lock:
            if kind in self._made:
                self._made.move_to_end(kind)
            return self._made.get(kind)

    def start(self, kind: Kind | Sheet) -> bool:
        """Make a PDF in the background, unless one is being made; return whether it was started."""
        with self._lock:
            if self.running is not None:
                return False
            self.running, self.failed, self.progress = kind, None, (0, len(lecture.steps()))
            self._cancelled = False
            self._thread = threading.Thread(target=self._make, args=(kind,), name="handout", daemon=True)
            self._thread.start()
        return True

    def cancel(self, kind: Kind | Sheet) -> None:
        """Give up what is being made, if it is of this kind."""
        with self._lock:
            if self.running == kind:
                self._cancelled = True
                if self._process is not None:
                    self._process.kill()

    def wait(self) -> None:
        """Wait until nothing is being made."""
        if self._thread is not None:
            self._thread.join()

    def _make(self, kind: Kind | Sheet) -> None:
        made = None
        try:
            # Chromium's profile lies there; it stays behind if the process is killed
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

    def _print(self, kind: Kind | Sheet, folder: str) -> bytes | None:
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
            said: list[bytes] = []
            # beside: a pipe that nobody reads holds up the process
            listening = threading.Thread(target=self._listen, args=(process.stderr, said, late), daemon=True)
            listening.start()
            made = process.stdout.read()
            listening.join()
            if process.wait() == 0 and made.startswith(b"%PDF"):
                return made
            if not self._cancelled:
                _log.error("The PDF cannot be made: %s", b"".join(said).decode(errors="replace"))
            return None
        finally:
            late.stop()
            with self._lock:
                self._process = None
            process.kill()
            process.wait()
            process.stdout.close()
            process.stderr.close()

    def _listen(self, lines: Iterable[bytes], said: list[bytes], late: _Alarm) -> None:
        """Note the progress, "7/50", and keep all else that the command says."""
        for line in lines:
            if found := re.fullmatch(rb"(\d+)/(\d+)\s*", line):
                self.progress = (int(found[1]), int(found[2]))
                late.begin()
            else:
                said.append(line)


class _Alarm:
    """Calls a function once so many seconds have gone by since it was made or begun anew."""

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
