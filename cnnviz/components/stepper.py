"""The stepper: a window slides over an input, and every number of the output can be taken apart.

Python computes a `Scene` once, and how it is said (see cnnviz/explain: scene.py, step.py, payload.py); the
component in the browser then moves over it without a re-run. JavaScript only multiplies a patch with the
kernel, to show the products, and fills numbers into lines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from cnnviz.components import register
from cnnviz.components.message import receiver
from cnnviz.components.value import field, index, indices
from cnnviz.explain.payload import payload
from cnnviz.explain.scene import Scene

_mount = register("stepper")


class Selection(NamedTuple):
    """An output cell, and the input channel looked at."""

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
    whole: bool = False,
    key: str,
    on_select: Callable[[Selection], None],
) -> None:
    """Show a scene and let the visitor step through it, without re-runs of the page.

    A re-run with the same scene disturbs nothing. With another scene the visitor's cell is
    kept if the new output has it. A `cell` or `channel` that differs from the one passed
    before, and is not what the visitor has selected, makes the stepper go there.

    Args:
        scene: from `scene_of`.
        language: "en" or "ko".
        cell: (row, column) of the output cell to begin with.
        channel: the input channel to look at, where there are too many to show all.
        input_name, output_name: captions, such as "relu1" and "conv2"; else "Input" and "Output".
        rgb: draw the input as the picture it is: x in [0, 1], 3 channels (1 channel: in grey).
        whole: show the whole output from the start, not only what is computed up to the cell.
        key: the component's key, unique on the page.
        on_select: called before the next run with the cell and channel that are selected now, about half a
            second after the last step, and never while playing.
    """
    rows, cols = scene.output.shape
    channels = scene.x.shape[2]
    select = receiver(lambda value: read_selection(value, rows, cols, channels), on_select)
    data = payload(
        scene,
        language,
        cell=cell,
        channel=channel,
        input_name=input_name,
        output_name=output_name,
        rgb=rgb,
        whole=whole,
    )
    _mount(data=data, key=key, receivers={"selection": select})


def read_selection(value: Any, rows: int, cols: int, channels: int) -> Selection:
    """Return what the browser sent as a cell of an output [rows, cols], and a channel of its input."""
    row, col = indices(field(value, "cell"), rows, cols)
    return Selection(row, col, index(field(value, "channel"), channels))
