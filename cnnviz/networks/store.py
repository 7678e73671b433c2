"""The folder of opened networks: NAME.architecture.json, NAME.npz (weights) and NAME.json (card) each."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from cnnviz import settings
from cnnviz.errors import CnnvizError, invalid
from cnnviz.files import write_atomically
from cnnviz.formats import decoding
from cnnviz.networks import architecture_file, bundled
from cnnviz.networks.architecture import Architecture
from cnnviz.networks.weights import write_weights

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
ENDING = ".architecture.json"
MAX_NETWORKS = 200


def folder() -> Path:
    """Return the folder of opened networks: the environment variable CNNVIZ_NETWORKS, else `networks`."""
    return Path(settings.NETWORKS())


def names() -> list[str]:
    """Return the names of the opened networks, in alphabetical order, without damaged ones."""
    try:
        found = {path.name for path in folder().iterdir()}
    except OSError:
        return []
    stems = sorted(name.removesuffix(ENDING) for name in found if name.endswith(ENDING))
    complete = [stem for stem in stems if NAME.fullmatch(stem) and {f"{stem}.npz", f"{stem}.json"} <= found]
    return [stem for stem in complete[:MAX_NETWORKS] if _is_sound(stem)]


def _is_sound(name: str) -> bool:
    path = folder() / f"{name}{ENDING}"
    stamp = _stamp(path)
    return stamp is not None and _was_sound(path, name, *stamp)


@lru_cache(maxsize=4 * MAX_NETWORKS)
def _was_sound(path: Path, name: str, *stamp: int) -> bool:
    """Return whether an architecture can be read; more are remembered than architectures are kept."""
    try:
        read(path, name)
    except CnnvizError:
        return False
    return True


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Return a version of a file's contents, None if it does not exist."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size, state.st_ino


def get(name: str) -> Architecture | None:
    """Return the architecture of an opened network, or None if there is none of that name.

    Raises:
        CnnvizError: if its file is damaged.
    """
    if not NAME.fullmatch(name):  # untrusted: it becomes a path
        return None
    path = folder() / f"{name}{ENDING}"
    stamp = _stamp(path)
    return None if stamp is None else _cached(path, name, *stamp)


@lru_cache(maxsize=50)
def _cached(path: Path, name: str, *stamp: int) -> Architecture:
    """Read an architecture; `stamp` is part of the cache key and changes with the file."""
    return read(path, name)


def read(path: Path, name: str) -> Architecture:
    """Return the architecture of an opened network in its file.

    Raises:
        CnnvizError: if the file is missing or damaged.
    """
    try:
        return architecture_file.from_json(decoding.read_json(path), name=name)
    except (ValueError, OSError) as error:
        raise CnnvizError(f"The architecture {path.name} is damaged: {error}", reason="weights") from None


def free_name(name: str) -> str:
    """Return a name, with the first number behind it that makes it one that no network has.

    Args:
        name: of a network, at most 40 characters.
    """
    taken, found, number = names(), name, 2
    while found in taken:
        ending = f"_{number}"
        found, number = f"{name[: 40 - len(ending)]}{ending}", number + 1
    return found


def check_name(name: str) -> None:
    """Check that a network may be written under a name.

    Raises:
        CnnvizError: if it is none for an opened network, or there is a network of that name.
    """
    check_text(name)
    if name in names():
        raise CnnvizError(
            f"`name` must be one that no network has. Received: name={name!r}.", reason="network_name"
        )


def check_text(name: str) -> None:
    """Check that a name can be that of a network which is not bundled.

    Raises:
        CnnvizError: if it cannot.
    """
    if not NAME.fullmatch(name) or name in bundled.names():
        raise CnnvizError(
            "`name` must be a-z, 0-9 and _, at most 40, from a letter on, and not that of a bundled network. "
            f"Received: name={name!r}.",
            reason="network_title",
        )


def write(architecture: Architecture, weights: Mapping[str, Any], card: Mapping[str, Any]) -> None:
    """Write an opened network's three files; the architecture last, as it makes the network known.

    Raises:
        CnnvizError: if the name is not one of an opened network, the folder is full, or a layer has a setting
            that could not be read again; nothing is written then.
    """
    name = architecture.name
    check_text(name)
    if name not in names() and len(names()) >= MAX_NETWORKS:
        raise CnnvizError(
            f"`name` must be one of at most {MAX_NETWORKS} networks. Received: one more.",
            reason="network_many",
        )
    entry = architecture_file.to_json(architecture)
    architecture_file.from_json(entry)
    write_weights(name, weights, card, folder(), exact=True)
    content = json.dumps(entry, ensure_ascii=False, allow_nan=False) + "\n"
    write_atomically(folder() / f"{name}{ENDING}", content.encode())


def remove(name: str) -> None:
    """Remove an opened network; no error if it is not there.

    Raises:
        CnnvizError: if the name cannot be that of an opened network.
    """
    if not NAME.fullmatch(name):
        raise invalid("name", "must be that of an opened network", name)
    for ending in (ENDING, ".npz", ".json"):  # the first makes it known
        (folder() / f"{name}{ending}").unlink(missing_ok=True)
