"""A picture, a step that changes the network's answer, and the picture after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cnnviz.components import digest, pack, register
from cnnviz.components.message import receiver
from cnnviz.components.value import field, index, integer
from cnnviz.data.dataset import as_rgb
from cnnviz.explain.fooling import LARGEST, Fooling
from cnnviz.text import section

_mount = register("fooling_view")


@dataclass(frozen=True)
class Step:
    """The selection: the size of the step in units of 1/255, and its target class.

    The answer itself as the class means: away from it. A size of None means the smallest that is enough.
    """

    size: int | None
    toward: int


def fooling_view(
    image: np.ndarray,
    found: Fooling | None,
    *,
    probabilities: np.ndarray,
    class_names: Sequence[str],
    selection: Step,
    language: str,
    key: str,
    on_select: Callable[[Step], None],
) -> None:
    """Mount the component.

    Args:
        image: uint8 [H, W, C].
        found: the steps, None while they are computed.
        probabilities: float32 [classes], of the picture.
        class_names: names in `language`.
        selection: the initial selection; the browser follows it if it differs from the last one it sent.
        language: "en" or "ko".
        key: Streamlit's key of this component.
        on_select: called before the next run with the current selection.
    """
    data = payload(
        image,
        found,
        probabilities=probabilities,
        class_names=class_names,
        selection=selection,
        language=language,
    )
    select = receiver(lambda value: read_step(value, len(class_names)), on_select)
    _mount(data=data, key=key, receivers={"selection": select})


def payload(
    image: np.ndarray,
    found: Fooling | None,
    *,
    probabilities: np.ndarray,
    class_names: Sequence[str],
    selection: Step,
    language: str,
) -> bytes:
    """Pack the payload. Arguments as for `fooling_view`.

    The header holds `digest`, `text`, `class_names`, `largest`, `answer`, `smallest` (null if no step is
    enough, or unknown), `probabilities` of the picture and `selection`. The arrays are `picture`, uint8
    [H, W, 3], and, unless they are computed still, `signs`, uint8 [H, W, 3] (0, 1, 2 for -1, 0, 1), and
    `steps`, float32 [largest + 1, classes].
    """
    arrays = {"picture": as_rgb(image)}
    if found is not None:
        arrays |= {"signs": as_rgb((found.signs + 1).astype(np.uint8)), "steps": found.probabilities}
    header = {
        "digest": digest(*arrays.values()),
        "text": section("fooling_view", language),
        "class_names": list(class_names),
        "largest": LARGEST,
        "answer": int(probabilities.argmax()),
        "smallest": found.smallest if found is not None else None,
        "probabilities": [float(share) for share in probabilities],
        "selection": asdict(selection),
    }
    return pack(header, arrays)


def read_step(value: Any, classes: int) -> Step:
    """Parse the browser's selection."""
    size = field(value, "size")
    return Step(
        None if size is None else integer(size, 0, LARGEST),
        index(field(value, "toward"), classes),
    )
