"""A GIF, made in a separate process: Python computes for one thread at a time, and a server has visitors.

Run as a program it makes the GIF of the request on its standard input; `gif` runs it.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable

from cnnviz import processes, settings
from cnnviz.errors import CnnvizError
from cnnviz.explain.scene import Scene
from cnnviz.export import gif as gifs
from cnnviz.export.look import Look

NICENESS = 10
"""It yields to the server beside it."""
OVER_LIMIT: int = getattr(signal, "SIGXCPU", 0)
"""The signal that ends a process which has computed too long; 0 = the system knows none."""


def gif(
    scene: Scene,
    cells: list[tuple[int, int]],
    look: Look,
    *,
    speed: float = 2.0,
    wanted: Callable[[], bool] = lambda: True,
) -> bytes:
    """Return the result of `cnnviz.export.gif.gif`.

    Raises:
        CnnvizError: as that; with the reason "left" once it is not wanted any more, with "cpu_seconds" if it
            takes too long on a public server.
        RuntimeError: if the process ended without an answer; its standard error has the reason.
    """

    def ask() -> None:
        if not wanted():
            raise CnnvizError("The visitor who asked for this has left.", reason="left")

    # both ends are this program: nobody else's bytes are unpickled
    output, code = processes.run(__name__, pickle.dumps((scene, cells, look, speed)), on_poll=ask)
    if OVER_LIMIT and code == -OVER_LIMIT:
        seconds = settings.CPU_SECONDS()
        raise CnnvizError(f"A GIF takes over {seconds} CPU seconds.", reason="cpu_seconds", count=seconds)
    if code:
        raise RuntimeError(f"the process that makes a GIF ended with {code}")
    made, message, reason, values = pickle.loads(output)
    if made is None:
        raise CnnvizError(message, reason=reason, **values)
    return bytes(made)


def main() -> None:
    """Make the GIF of the request, and write it or its error."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    if OVER_LIMIT and settings.hosted():
        import resource  # not on Windows

        seconds = settings.CPU_SECONDS()
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    scene, cells, look, speed = pickle.load(sys.stdin.buffer)
    try:
        answer: tuple[bytes | None, str, str, dict[str, object]]
        answer = (gifs.gif(scene, cells, look, speed=speed), "", "", {})
    except CnnvizError as error:
        answer = (None, str(error), error.reason, error.values)
    sys.stdout.buffer.write(pickle.dumps(answer))


if __name__ == "__main__":
    main()
