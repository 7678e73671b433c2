"""The folder of training runs: which networks are in it, and their weights, cards and recordings.

Its content is untrusted: this module ignores invalid entries and logs each of them once.
"""

from __future__ import annotations

import functools
import logging
import os
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cnnviz import files
from cnnviz.errors import CnnvizError
from cnnviz.formats import decoding
from cnnviz.networks import cards, network, store, zoo
from cnnviz.networks.fitting import check_trainable
from cnnviz.networks.graph import max_file_size
from cnnviz.networks.weights import Weights
from cnnviz.training import recording

TIME = "%Y%m%d-%H%M%S"
"""The format of run ids."""
RUN_FOLDER = re.compile(rf"({zoo.RUN.pattern})-({store.NAME.pattern})")
_logged: set[Path] = set()


@dataclass(frozen=True)
class FinishedRun:
    """A finished run with a valid network.

    Attributes:
        model: the network's name, such as "vgg@20261124-153012". folder: contains its files.
    """

    model: str
    folder: Path


def folder() -> Path:
    """Return the absolute folder of runs: CNNVIZ_RUNS, else `runs` in the working directory."""
    return files.runs_folder().absolute()


def start_time(model: str) -> datetime:
    """Return the start time of the run that trained a network, in the server's time zone.

    >>> start_time("vgg@20261124-153012").isoformat()
    '2026-11-24T15:30:12'
    """
    return datetime.strptime(zoo.split(model)[1], TIME)


def finished() -> list[FinishedRun]:
    """Return the finished runs with weights and a valid model card, the newest first."""
    found = []
    for run, name, path in run_folders():
        files_of = [path / f"{name}.{ending}" for ending in ("json", "npz")]
        if not all(map(os.path.lexists, files_of)):
            continue  # not finished
        fault = next((f"{path.name} is no file" for path in files_of if not files.is_regular(path)), "")
        own = [path / f"{name}.{ending}" for ending in ("architecture.json", "samples.npz")]
        fault = fault or _size_fault(name, path, stamp(files_of[1])[1], *map(stamp, own))
        fault = fault or _card_fault(files_of[0], stamp(files_of[0]))
        if fault:
            log_invalid(path, fault)
        else:
            found.append(FinishedRun(f"{name}@{run}", path))
    return found


@functools.lru_cache(maxsize=10_000)
def _size_fault(name: str, path: Path, size: int, *stamps: tuple[int, int, int]) -> str:
    """Return the problem with the size of a run's weights, or with its architecture; "" if there is none.

    It is remembered until one of `stamps` changes: fewer architectures are kept than there may be runs.
    """
    try:
        architecture = network.architecture_in(name, path)
        if name not in zoo.names():
            check_trainable(architecture)  # pages rely on it
        room = max_file_size(architecture.graph)
    except CnnvizError as error:
        return str(error)
    return f"{name}.npz is larger than weights of {name} can be" if size > room else ""


def locate(model: str) -> tuple[str, Path]:
    """Return a network's architecture and the folder of its files.

    Raises:
        CnnvizError: if there is no such run.
    """
    architecture, run = zoo.split(model)
    if not run:
        return architecture, network.home(architecture)
    for each in finished():  # untrusted names are compared, never used as paths
        if each.model == model:
            return architecture, each.folder
    raise CnnvizError(f"`model` must be of a run that is here. Received: model={model!r}.", reason="run_gone")


def read_weights(model: str) -> tuple[Weights, dict[str, Any]]:
    """Return weights and model card of a network, bundled or trained by a run.

    Raises:
        CnnvizError: as `network.read_weights`, and if there is no such run.
    """
    architecture, where = locate(model)
    try:
        return network.read_weights(architecture, where)
    except CnnvizError as error:
        if not zoo.split(model)[1]:
            raise
        log_invalid(where, str(error))
        if error.reason == "weights_not_finite":  # more specific than "run_weights"
            raise
        raise CnnvizError(str(error), reason="run_weights") from None


def read_card(model: str) -> dict[str, Any]:
    """Return the model card of a network, bundled or trained by a run.

    Raises:
        CnnvizError: if there is no such run or no valid card.
    """
    architecture, where = locate(model)
    return _read_card(where / f"{architecture}.json")


def read_recording(architecture: str, where: Path) -> recording.Recording:
    """Return the recording of a network's training; the arguments are the result of `locate`.

    Raises:
        CnnvizError: as `recording.read`.
    """
    try:
        return recording.read(architecture, where)
    except CnnvizError as error:
        if where != network.home(architecture):
            log_invalid(where, str(error))
        raise


def _read_card(path: Path) -> dict[str, Any]:
    try:
        card = decoding.read_json(path)
        cards.validate(card, len(network.architecture_in(path.stem, path.parent).data_set.classes))
    except (OSError, ValueError) as error:
        raise CnnvizError(f"The model card {path.name} is damaged: {error}", reason="run_weights") from None
    return card


@functools.lru_cache(maxsize=10_000)
def _card_fault(path: Path, stamp: tuple[int, int, int]) -> str:
    """Return the error of a model card, or "" if it is valid; cached until `stamp` changes."""
    try:
        _read_card(path)
    except CnnvizError as error:
        return str(error)
    return ""


def stamp(path: Path) -> tuple[int, int, int]:
    """Return (modification time, size, inode) of a file, zeros if it does not exist."""
    try:
        state = path.stat()
    except OSError:
        return 0, 0, 0
    return state.st_mtime_ns, state.st_size, state.st_ino


def throughput(architecture: zoo.Architecture) -> float | None:
    """Return the images per second of the last finished run of an architecture, or None.

    Only runs on its data set count.
    """
    for run in finished():
        if zoo.split(run.model)[0] != architecture.name:
            continue
        try:
            if zoo.get(run.model).data_set != architecture.data_set:
                continue
            card = read_card(run.model)
        except CnnvizError:  # deleted meanwhile
            continue
        images, seconds = card["data"]["train"] * card["epochs"], card["training_seconds"]
        if images >= 1000 and seconds >= 1:  # toy runs are not representative
            return float(images / seconds)
    return None


def run_folders() -> list[tuple[str, str, Path]]:
    """Return (run id, architecture, folder) of all runs, the newest first."""
    own = _own_files("|".join(zoo.trained_names()))
    try:
        names = sorted(os.listdir(folder()), reverse=True)
    except OSError:
        return []
    found = []
    for name in names:
        match, path = RUN_FOLDER.fullmatch(name), folder() / name
        if match is None or not _is_network(match[2], path):
            if not own.match(name):
                log_invalid(path, "it is not called TIME-NETWORK, as in 20261124-153012-vgg")
        elif not _is_time(match[1]):
            log_invalid(path, "there is no such time")
        elif not os.path.isdir(path):
            log_invalid(path, "it is no folder")
        elif not os.access(path, os.R_OK | os.X_OK):
            log_invalid(path, "it cannot be read")
        else:
            found.append((match[1], match[2], path))
    return found


@functools.cache
def _own_files(names: str) -> re.Pattern[str]:
    """Return the pattern of valid entries that are no runs: files of `train` without --out."""
    return re.compile(rf"\.|({names})\.")


def _is_network(name: str, path: Path) -> bool:
    """Return whether a network of that name can be trained here, or the run's folder describes it."""
    if name in zoo.names():
        return name in zoo.trained_names()
    return files.is_regular(path / f"{name}.architecture.json")


def _is_time(number: str) -> bool:
    try:
        datetime.strptime(number, TIME)
    except ValueError:
        return False
    return True


def log_invalid(path: Path, fault: str) -> None:
    """Log, once per entry, that it is ignored."""
    if path not in _logged:
        _logged.add(path)
        logging.getLogger(__name__).warning("Left out of the runs: %s: %s", path, fault)


def new_folder(name: str) -> Path:
    """Create the folder of a new run of a network, and return it.

    Raises:
        OSError: if it cannot be created.
    """
    moment = datetime.now()
    while True:
        path = folder() / zoo.run_folder(name, moment.strftime(TIME))
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            moment += timedelta(seconds=1)
        else:
            return path
