"""A headless Chromium that prints, controlled over a pipe (the DevTools protocol).

It opens pages of this machine only: no other host has an address for it.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import tempfile
import time
from typing import Any
from urllib.parse import urlsplit

from cnnviz import settings
from cnnviz.errors import CnnvizError, invalid

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOSTS = ("127.0.0.1", "localhost")
"""The hosts whose pages it opens."""
_FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--mute-audio",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND , " + " , ".join(f"EXCLUDE {host}" for host in HOSTS),
)

# two syllables look the same where no font has them
_HAS_KOREAN = """() => {
  const draw = (letter) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 40, height: 40 });
    const pen = canvas.getContext("2d");
    pen.font = "30px sans-serif";
    pen.fillText(letter, 2, 32);
    return canvas.toDataURL();
  };
  return draw("가") !== draw("쀍");
}"""


def check_address(app: str) -> None:
    """Raise a CnnvizError unless an address is one of this machine."""
    try:
        parts = urlsplit(app)
    except ValueError:  # "http://[x"
        parts = urlsplit("")
    if parts.scheme != "http" or parts.hostname not in HOSTS:
        raise invalid("app", f"must be an address on this machine, such as http://{HOSTS[0]}:8501", app)


def find() -> str | None:
    """Return the path of $CHROMIUM or of a Chromium on the PATH; None if none can be driven."""
    if not hasattr(os, "posix_spawn"):  # Windows: its pipes are passed in another way
        return None
    named = settings.CHROMIUM()
    return next(filter(None, map(shutil.which, (named,) if named else NAMES)), None)


class Chromium:
    """A running Chromium, with a profile that goes with it. A context manager.

    Args:
        seconds: time limit for all requests, until `allow` sets another.

    Raises:
        CnnvizError: if there is none, if it does not start or ends, and when the time is over.
    """

    def __init__(self, seconds: float) -> None:
        path = find()
        if path is None:
            raise CnnvizError(
                "PDFs are printed by Chromium, and none is found: install one (Debian: "
                "apt-get install chromium fonts-noto-cjk), or name it in CHROMIUM."
            )
        import fcntl  # not on Windows

        self._deadline = time.monotonic() + seconds
        self._answers, self._number = b"", 0
        self._profile = tempfile.TemporaryDirectory(prefix="cnnviz-chromium-", ignore_cleanup_errors=True)
        from_us, self._to = os.pipe()
        self._from, from_it = os.pipe()
        # it reads at 3 and writes at 4: files of this process there must not be overwritten before their use
        theirs = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (from_us, from_it)]
        silent = os.open(os.devnull, os.O_RDWR)
        # as root Chromium runs without its sandbox or not at all; it sees no page but ours
        flags = [*_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        actions = [(os.POSIX_SPAWN_DUP2, silent, out) for out in (0, 1, 2)]
        actions += [(os.POSIX_SPAWN_DUP2, end, number) for end, number in zip(theirs, (3, 4), strict=True)]
        try:
            self._process = os.posix_spawn(
                path,
                [path, *flags, f"--user-data-dir={self._profile.name}", "about:blank"],
                {**os.environ, "HOME": self._profile.name, "TMPDIR": self._profile.name},
                file_actions=actions,
                setpgroup=0,
            )
        except OSError as error:
            for end in (self._to, self._from):
                os.close(end)
            self._profile.cleanup()
            raise CnnvizError(f"Chromium cannot be started: {error.strerror}.") from None
        finally:
            for end in (from_us, from_it, silent, *theirs):
                os.close(end)

    def __enter__(self) -> Chromium:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            os.killpg(self._process, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(self._process, 0)
        os.close(self._to)
        os.close(self._from)
        self._profile.cleanup()

    def allow(self, seconds: float) -> None:
        """Set the time limit for all requests from now on."""
        self._deadline = time.monotonic() + seconds

    def ask(self, method: str, *, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Call a method of the DevTools protocol and return its result."""
        self._number += 1
        call: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if session:
            call["sessionId"] = session
        left = memoryview(json.dumps(call, allow_nan=False).encode() + b"\0")
        try:
            while left:
                left = left[os.write(self._to, left) :]
        except BrokenPipeError:
            raise self._ended() from None
        while True:
            answer = json.loads(self._next())
            if answer.get("id") == self._number:
                break
        if "error" in answer:
            raise CnnvizError(f"Chromium: {method}: {answer['error'].get('message')}.")
        result: dict[str, Any] = answer["result"]
        return result

    def _next(self) -> bytes:
        """Return its next message."""
        parts = [self._answers]
        while b"\0" not in parts[-1]:
            if not select.select([self._from], [], [], max(0.0, self._deadline - time.monotonic()))[0]:
                raise CnnvizError("The PDF takes too long here; it was given up.")
            read = os.read(self._from, 1 << 20)
            if not read:
                raise self._ended()
            parts.append(read)
        message, _, self._answers = b"".join(parts).partition(b"\0")
        return message

    def _ended(self) -> CnnvizError:
        return CnnvizError("Chromium has ended, or cannot run here.")


class Tab:
    """A page in Chromium."""

    def __init__(self, chromium: Chromium) -> None:
        self._chromium = chromium
        target = chromium.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = chromium.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the DevTools protocol on the page."""
        return self._chromium.ask(method, session=self._session, **parameters)

    def call(self, function: str, *arguments: Any) -> Any:
        """Call a JavaScript function with arguments, wait for its promise and return what JSON holds of it.

        Raises:
            CnnvizError: if it throws.
        """
        given = ", ".join(json.dumps(argument, allow_nan=False) for argument in arguments)
        result = self.ask(
            "Runtime.evaluate", expression=f"({function})({given})", awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in result:
            message = result["exceptionDetails"].get("exception", {}).get("description", "")
            raise CnnvizError(f"The page in Chromium: {message.partition(chr(10))[0]}")
        return result["result"].get("value")

    def press(self, key: str, code: int) -> None:
        """Press a key, by its name and its number in the protocol."""
        for kind in ("rawKeyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def picture(self, box: dict[str, float], quality: int) -> bytes:
        """Return a JPEG of a box, {x, y, width, height} in CSS pixels."""
        shot = self.ask("Page.captureScreenshot", format="jpeg", quality=quality, clip={**box, "scale": 1})
        return base64.b64decode(shot["data"])

    def require_font(self, language: str) -> None:
        """Raise a CnnvizError if no font here has the letters of a language."""
        if language == "ko" and not self.call(_HAS_KOREAN):
            raise CnnvizError(
                "No font with Korean letters is installed, so that the PDF would show empty boxes: "
                "install one (Debian: apt-get install fonts-noto-cjk)."
            )

    def pdf(self) -> bytes:
        """Return the page as PDF, on paper of the size that its style names, else A4."""
        a4 = {"paperWidth": 8.27, "paperHeight": 11.69}  # inches
        printed = self.ask("Page.printToPDF", printBackground=True, preferCSSPageSize=True, **a4)
        return base64.b64decode(printed["data"])
