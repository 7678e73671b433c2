"""The stepper: a window slides over an input and shows the calculation of every output cell.

Python computes a `Scene` and its texts once (see cnnviz/explain: scene.py, step.py, payload.py); the
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
    """The selected output cell and input channel."""

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
    """Mount the stepper on a scene; stepping needs no script runs.

    A re-run with the same scene disturbs nothing. With another scene the visitor's cell is
    kept if the new output has it. A `cell` or `channel` that differs from the one passed
    before, and is not the visitor's selection, makes the stepper go there.

    Args:
        scene: from `scene_of`.
        language: "en" or "ko".
        cell: (row, column) of the initial output cell.
        channel: the displayed input channel, if there are too many to show all.
        input_name, output_name: captions, such as "relu1" and "conv2"; else "Input" and "Output".
        rgb: whether the input, in [0, 1], is drawn as an image.
        whole: whether the complete output is shown from the start, not only up to the cell.
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
    """Parse the browser's selection for an output [rows, cols] and an input with `channels` channels."""
    row, col = indices(field(value, "cell"), rows, cols)
    return Selection(row, col, index(field(value, "channel"), channels))
