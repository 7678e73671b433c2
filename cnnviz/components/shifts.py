"""Two networks' predictions for an image that the visitor shifts by dragging.

Python sends both networks' probabilities for every shift; moving the picture, picking a class and
pointing at a cell happen in the browser. What the visitor looks at is sent back, as `Selection`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cnnviz.arithmetic.transform import MAX_SHIFT, pad_edges
from cnnviz.components import digest, pack, register
from cnnviz.components.message import receiver
from cnnviz.components.value import field, index, integer
from cnnviz.data.dataset import as_rgb
from cnnviz.text import section

_mount = register("shifts", reserved=("48rem", "39.5rem"))


@dataclass(frozen=True)
class Selection:
    """The selected shift, and the class whose probability the heat maps show.

    `watched` is None unless the visitor has picked one: then it is the true class, or the one that the last
    network predicts for the unshifted picture.
    """

    dx: int
    dy: int
    watched: int | None = None


@dataclass(frozen=True)
class ComparedNetwork:
    """A network and its predictions for the shifted image.

    Attributes:
        title: its name in the visitor's language. short: a short name for sentences.
        facts: parameters and accuracy as text.
        probabilities: float32 [13, 13, classes], as `transform.all_shifts` lists the shifts; NaN where
            they are not computed yet, infinite where the network has no finite answer.
    """

    title: str
    short: str
    facts: str
    probabilities: np.ndarray


@dataclass(frozen=True)
class ShiftStability:
    """The stability of a network's prediction over all shifts.

    Attributes:
        shifts: number of shifts.
        changed: number of shifts where the predicted class differs from the unshifted image's.
        right: number of shifts where it is the true class; None if that is unknown.
    """

    shifts: int
    changed: int
    right: int | None


def shift_stability(probabilities: np.ndarray, label: int | None) -> ShiftStability | None:
    """Count predictions over all shifts, [13, 13, classes]; None while some are missing or not finite."""
    if not np.isfinite(probabilities).all():
        return None
    answers = probabilities.argmax(axis=-1)
    middle = answers[len(answers) // 2, answers.shape[1] // 2]
    right = None if label is None else int((answers == label).sum())
    return ShiftStability(answers.size, int((answers != middle).sum()), right)


def shifts(
    image: np.ndarray,
    networks: Sequence[ComparedNetwork],
    *,
    class_names: Sequence[str],
    true_label: int | None,
    selection: Selection,
    language: str,
    key: str,
    on_select: Callable[[Selection], None],
) -> None:
    """Mount the component.

    Args:
        image: uint8 [H, W, C], not shifted.
        networks: the fully connected network, then the CNN.
        class_names: names in `language`.
        true_label: the class, or None for an upload.
        selection: the initial selection; the browser follows it if it differs from the last one it sent.
        language: "en" or "ko".
        key: Streamlit's key of this component.
        on_select: called before the next run with the current selection, about half a second after the
            visitor's last move.
    """
    data = payload(
        image,
        networks,
        class_names=class_names,
        true_label=true_label,
        selection=selection,
        language=language,
    )
    classes = len(class_names)
    select = receiver(lambda value: read_selection(value, classes), on_select)
    _mount(data=data, key=key, receivers={"selection": select})


def payload(
    image: np.ndarray,
    networks: Sequence[ComparedNetwork],
    *,
    class_names: Sequence[str],
    true_label: int | None,
    selection: Selection,
    language: str,
) -> bytes:
    """Pack the payload. Arguments as for `shifts`.

    The header holds `digest` of picture and probabilities, `text`, `class_names`, `true_label`,
    `reach`, `selection` {dx, dy, watched}, `watched` (the class to show unless the visitor picks one) and
    `networks`: {title, short, facts, shifts, changed, right}, the last three null until all is computed,
    and if not all is finite.

    The arrays are `picture`, uint8 [44, 44, 3], the picture with its edge repeated, of which each
    shift is a window; and `probabilities`, float32 [2, 13, 13, 10].
    """
    picture = as_rgb(pad_edges(image))
    probabilities = np.stack([one.probabilities for one in networks]).astype(np.float32)
    rows = []
    for one in networks:
        stability = shift_stability(one.probabilities, true_label)
        rows.append(
            {
                "title": one.title,
                "short": one.short,
                "facts": one.facts,
                "shifts": stability and stability.shifts,
                "changed": stability and stability.changed,
                "right": stability and stability.right,
            }
        )
    header = {
        "digest": digest(picture, probabilities),
        "text": section("shifts", language),
        "class_names": list(class_names),
        "true_label": None if true_label is None else int(true_label),
        "reach": MAX_SHIFT,
        "selection": asdict(selection),
        "watched": _watched(true_label, probabilities[-1]),
        "networks": rows,
    }
    return pack(header, {"picture": picture, "probabilities": probabilities})


def read_selection(value: Any, classes: int) -> Selection:
    """Parse the browser's selection."""
    watched = field(value, "watched")
    return Selection(
        integer(field(value, "dx"), -MAX_SHIFT, MAX_SHIFT),
        integer(field(value, "dy"), -MAX_SHIFT, MAX_SHIFT),
        None if watched is None else index(watched, classes),
    )


def _watched(true_label: int | None, probabilities: np.ndarray) -> int | None:
    if true_label is not None:
        return int(true_label)
    middle = probabilities[MAX_SHIFT, MAX_SHIFT]
    return int(middle.argmax()) if np.isfinite(middle).all() else None
