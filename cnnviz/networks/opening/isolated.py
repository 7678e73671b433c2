"""Files of anyone, read in a process of their own with limits on time and memory.

Run as a program it reads one, for the request on its standard input, and writes the network into the store;
`open_into_store` and `read_isolated` run it.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cnnviz import processes
from cnnviz.data.dataset import Preprocessing
from cnnviz.errors import CnnvizError
from cnnviz.networks import store
from cnnviz.networks.architecture import Architecture
from cnnviz.networks.opening.reading import SCALINGS, read
from cnnviz.networks.weights import Weights, read_weights_of

SECONDS = 120
"""Limit of the processor time and of the time to wait."""
MEMORY = 6 * 2**30
_one_at_a_time = threading.Lock()  # each takes a core and up to `MEMORY`


def add_to_store(
    path: Path,
    *,
    name: str = "",
    classes: Sequence[str] | None = None,
    size: tuple[int, int] | None = None,
    scaling: str = "",
    preprocessing: Preprocessing | None = None,
    title: str = "",
    architecture: str = "",
    called: str = "",
) -> str:
    """Read a network from a file and write it into the store; return its name.

    Args:
        path, classes, size, preprocessing, architecture: as for `open_network`. called: as for `read`.
        name: of the network; "" = after the file's.
        scaling: a key of `SCALINGS`, or "" for the file's own.
        title: the file's name for the card; "" = that of `path`.

    Raises:
        CnnvizError: as `open_network`, and if there is a network of that name.
    """
    if name:
        store.check_name(name)
    preprocessing = SCALINGS[scaling] if scaling else preprocessing
    found, weights, card = read(
        path,
        classes,
        name=name,
        size=size,
        preprocessing=preprocessing,
        title=title,
        architecture=architecture,
        called=called,
    )
    store.check_name(found.name)
    store.write(found, weights, card)
    return found.name


def open_into_store(path: Path, *, on_poll: Callable[[], object] = lambda: None, **options: Any) -> str:
    """Do `add_to_store` in another process, which is killed at its limits or when this function is left.

    Args:
        path: the file. on_poll: called every fifth of a second; an exception from it cancels.
        options: those of `add_to_store`, but `preprocessing`.

    Raises:
        CnnvizError: as `add_to_store`; with the reason "network_costly" at a limit, "network_busy" if another
            file is being opened.
    """
    if not _one_at_a_time.acquire(blocking=False):
        raise CnnvizError(
            "`path` must be sent again later: another file is being opened. Received: one more.",
            reason="network_busy",
        )
    try:
        return _name_of(path, options, store.folder(), on_poll)
    finally:
        _one_at_a_time.release()


def read_isolated(
    path: Path, preprocessing: Preprocessing | None = None, **options: Any
) -> tuple[Architecture, Weights, dict[str, Any]]:
    """Do `read` in another process, one at a time, which is killed at its limits.

    Args:
        path, preprocessing, options: as for `add_to_store`.

    Raises:
        CnnvizError: as `open_into_store`.
    """
    if preprocessing is not None:
        options["preprocessing"] = vars(preprocessing)
    with _one_at_a_time, tempfile.TemporaryDirectory() as folder:
        name = _name_of(path, options, Path(folder), lambda: None)
        architecture = store.read(Path(folder) / f"{name}{store.ENDING}", name)
        return architecture, *read_weights_of(architecture.graph, name, Path(folder))


def _name_of(path: Path, options: Mapping[str, Any], folder: Path, on_poll: Callable[[], object]) -> str:
    """Read a file in another process, which writes the network into a folder; return its name."""
    request = json.dumps({"path": str(path), **options}, allow_nan=False)
    answer = _answer(request, folder, on_poll)
    if "name" in answer:
        return str(answer["name"])
    raise CnnvizError(answer["message"], reason=answer["reason"], **answer["values"])


def _answer(request: str, folder: Path, on_poll: Callable[[], object]) -> Mapping[str, Any]:
    """Run the process, and return its answer."""
    output, code = processes.run(
        __name__, request.encode(), on_poll=on_poll, seconds=SECONDS, silent=True, CNNVIZ_NETWORKS=str(folder)
    )
    lines = output.splitlines()
    if code == 0 and lines:
        found: Mapping[str, Any] = json.loads(lines[-1])
        return found
    raise CnnvizError(
        f"`path` must be opened within {SECONDS} s and {MEMORY >> 30} GB. Received: one that takes more.",
        reason="network_costly",
    )


def main() -> None:
    """Open the file of the request, and print the network's name or the error as JSON."""
    _limit()
    request = json.load(sys.stdin)
    if size := request.get("size"):
        request["size"] = tuple(size)
    if scaling := request.get("preprocessing"):
        mean, deviation = (tuple(scaling[key]) for key in ("mean", "deviation"))
        request["preprocessing"] = Preprocessing(scaling["divisor"], mean, deviation)
    answer: dict[str, Any]
    try:
        name = add_to_store(Path(request.pop("path")), **request)
        answer = {"name": name}
    except CnnvizError as error:
        answer = {"message": str(error), "reason": error.reason, "values": error.values}
    except MemoryError:
        raise SystemExit(1) from None
    print(json.dumps(answer, default=str, allow_nan=False))


def _limit() -> None:
    """Limit this process's time and memory, where the operating system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for kind, most in ((resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_AS, MEMORY)):
        with contextlib.suppress(ValueError, OSError):  # a Mac has none of memory; or it is lower already
            resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    main()
