"""Checkpoints of training runs."""

from __future__ import annotations

import json
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from cnnviz.errors import CnnvizError, invalid
from cnnviz.formats import decoding
from cnnviz.networks import cards
from cnnviz.networks.graph import max_file_size
from cnnviz.networks.recipe import Recipe
from cnnviz.training.run_plan import Plan

RECIPE_DEFAULTS = {entry.name: entry.default for entry in fields(Recipe) if entry.default is not MISSING}
"""Values of recipe options that are missing in checkpoints of older versions."""


@dataclass(frozen=True)
class Checkpoint:
    """A saved run. state: epoch, step, sums, history, seconds and size of the event log."""

    state: dict[str, Any]
    variables: list[np.ndarray]


def read(plan: Plan, out: Path) -> Checkpoint | None:
    """Return the checkpoint of a plan, or None if there is none.

    Raises:
        CnnvizError: if it is damaged or of another plan.
    """
    path = path_of(plan.name, out)
    if not path.is_file():
        return None
    # three float32 per weight, two of them of the optimizer; and the state as JSON
    room = 2 * max_file_size(plan.architecture.graph) + decoding.JSON_BYTES
    try:
        stored = decoding.Npz(decoding.read_bytes(path, room), room)
        state = decoding.parse_json(stored.read("state", "u").tobytes())
        variables = [stored.read(f"v{k}", "biuf") for k in range(len(stored.shapes) - 1)]
        if not _is_state(state):
            raise ValueError("its state is not that of a run")
    except ValueError as error:
        raise error_of(out, f"one that is damaged ({error})") from None
    found, done = {**RECIPE_DEFAULTS, **state["identity"]}, len(state["history"])
    wanted = json.loads(json.dumps(plan.identity(), allow_nan=False))
    if found != wanted:
        differing = [key for key in wanted.keys() | found.keys() if found.get(key) != wanted.get(key)]
        raise error_of(out, "one with " + ", ".join(f"{key}={found.get(key)!r}" for key in sorted(differing)))
    if done > plan.recipe.epochs:
        raise invalid("epochs", f"must be >= {done}, which the checkpoint has behind it", plan.recipe.epochs)
    if state["step"] >= plan.steps:
        raise error_of(out, f"one that is damaged (it is at step {state['step']} of {plan.steps})")
    return Checkpoint(state, variables)


def _is_state(state: dict[str, Any]) -> bool:
    """Return whether a checkpoint's state has all entries that resuming needs."""
    match state:
        case {
            "identity": dict(),
            "epoch": int(epoch),
            "step": int(step),
            "sums": {"loss": int() | float(), "accuracy": int() | float()},
            "history": list(history),
            "seconds": int() | float(),
            "events": int(events),
        }:
            counts = step >= 0 and events >= 0 and epoch == len(history)
            return counts and all(
                isinstance(row, dict) and all(isinstance(row.get(key), int | float) for key in cards.METRICS)
                for row in history
            )
    return False


def path_of(name: str, out: Path) -> Path:
    """Return the path of a network's checkpoint in a folder."""
    return out / f"{name}.checkpoint.npz"


def error_of(out: Path, received: str) -> CnnvizError:
    """Return the error of a run that cannot be resumed from the files in its folder."""
    return CnnvizError(
        f"`resume` must find an undamaged checkpoint of this run in {out}. Received: {received}."
    )
