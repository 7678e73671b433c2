"""The stepper: a window slides over an input, and every number of the output can be taken apart.

Python computes a `Scene` once, and how it is said (see cnnviz/explain: scene.py, step.py, payload.py); the
component in the browser then moves over it without a re-run. JavaScript only multiplies a patch with the
kernel, to show the products, and fills numbers into lines.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import streamlit as st

from cnnviz.components import register, time_from
from cnnviz.components.value import LARGEST, field, indices, well_formed
from cnnviz.explain.payload import payload
from cnnviz.explain.scene import Scene

_mount = register("stepper")


class Settled(NamedTuple):
    """Where the visitor has come to rest: an output cell, and the input channel looked at."""

    row: int
    column: int
    channel: int


def stepper(
    scene: Scene,
    *,
    language: str,
    cell: tuple[int, int] = (0, 0),
    channel: int = 0,
    input_name: str = "",
    output_name: str = "",
    rgb: bool = False,
    key: str,
) -> Settled | None:
    """Show a scene and let the visitor step through it, without re-runs of the page.

    A re-run with the same scene disturbs nothing. With another scene the visitor's cell is
    kept if the new output has it. A `cell` or `channel` that differs from the one passed
    before, and is not what the visitor has settled on, makes the stepper go there.

    Args:
        scene: from `scene_of`.
        language: "en" or "ko".
        cell: (row, column) of the output cell to begin with.
        channel: the input channel to look at, where there are too many to show all.
        input_name, output_name: captions, such as "relu1" and "conv2"; else "Input" and "Output".
        rgb: draw the input as the picture it is: x in [0, 1], 3 channels (1 channel: in grey).
        key: the component's key, unique on the page.

    Returns:
        Where the visitor has settled, about half a second after the last step and never
        while playing; None if nowhere since `cell` was last set. Put it into the link.
    """
    height, width = scene.output.shape
    result = _mount(
        key=key,
        data=payload(
            scene,
            language,
            cell=cell,
            channel=channel,
            input_name=input_name,
            output_name=output_name,
            rgb=rgb,
        ),
        on_place_change=lambda: None,
    )
    memory = st.session_state.setdefault(f"{key}.stepper", {})
    given = Settled(*cell, channel)
    moved = _moved(given, memory.get("given"), memory.get("returned"))
    memory["given"] = given
    settled, time = settled_from(result.place), time_from(result.place)
    if settled is None or time is None:
        return None
    if moved and settled != given:
        memory["stale"] = time
    fits = settled.row < height and settled.column < width and settled.channel < scene.x.shape[2]
    if not fits or memory.get("stale") == time:
        return None
    memory["returned"] = settled
    return settled


@well_formed
def settled_from(value: Any) -> Settled:
    """Return what the browser sent as a place of any scene, or None if it is none."""
    return Settled(*indices(field(value, "at"), LARGEST, LARGEST, LARGEST))


def _moved(given: Settled, before: Settled | None, returned: Settled | None) -> bool:
    """Whether the page points somewhere new: neither where it did before nor where it was told to."""
    return before is not None and given not in (before, returned)
