"""The view of learning: a layer's kernels, feature maps and predictions at every moment of a training.

Python sends every moment once; going through them, playing and picking a filter happen in the browser.
What the visitor looks at is sent back, as `Selection`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np

from cnnviz.components import digest, pack, register
from cnnviz.components.message import receiver
from cnnviz.components.value import boolean, field, index, one_of
from cnnviz.data.dataset import as_rgb
from cnnviz.explain import learning
from cnnviz.text import section
from cnnviz.text.rounding import guessing
from cnnviz.training.recording import Recording

FULL_COLOUR = 0.995  # the share of the values that are not yet drawn in full colour

Scale = Literal["training", "moment"]

_mount = register("learning_view", reserved=("48rem", "56rem"))


@dataclass(frozen=True)
class Selection:
    """The visitor's selection.

    Attributes:
        step: batches trained: one of the recording's.
        filter: 0..F-1, or None if the visitor has selected none: the one with the strongest map.
        relu: whether maps are shown after ReLU.
        scale: whether the colour scale is common to all moments, or per moment.
    """

    step: int = 0
    filter: int | None = None
    relu: bool = False
    scale: Scale = "training"


def learning_view(
    recording: Recording,
    layer: str,
    image: np.ndarray,
    maps: np.ndarray,
    probabilities: np.ndarray | None,
    *,
    title: str,
    moments: Sequence[str],
    class_names: Sequence[str],
    true_label: int | None,
    selection: Selection,
    language: str,
    key: str,
    on_select: Callable[[Selection], None],
) -> None:
    """Mount the component on a layer and a recording.

    Args:
        recording: of T moments.
        layer: one of its convolutions, with F filters.
        image: uint8 [H, W, C].
        maps: float32 [T, H, W, F], as `learning.maps` returns them.
        probabilities: float32 [T, classes], or None where they were not recorded for this image.
        title: the layer's name, in `language`.
        moments: the T moments' names, in `language`.
        class_names: names in `language`.
        true_label: the class, or None for an upload.
        selection: the initial selection; the browser follows it if it differs from the last one it sent.
        language: "en" or "ko".
        key: Streamlit's key of this component.
        on_select: called before the next run with the current selection, about half a second after the
            visitor's last move.
    """
    data = payload(
        recording,
        layer,
        image,
        maps,
        probabilities,
        title=title,
        moments=moments,
        class_names=class_names,
        true_label=true_label,
        selection=selection,
        language=language,
    )
    steps, filters = recording.steps.tolist(), maps.shape[-1]
    select = receiver(lambda value: read_selection(value, steps, filters), on_select)
    _mount(data=data, key=key, receivers={"selection": select})


def payload(
    recording: Recording,
    layer: str,
    image: np.ndarray,
    maps: np.ndarray,
    probabilities: np.ndarray | None,
    *,
    title: str,
    moments: Sequence[str],
    class_names: Sequence[str],
    true_label: int | None,
    selection: Selection,
    language: str,
) -> bytes:
    """Pack the payload. Arguments as for `learning_view`.

    The header holds `digest`, `text`, `class_names`, `guessing` (how often guessing is right, in words),
    `true_label`, `selection`, `layer`, its `title` and

        moments     [{step, name, tick, first, accuracy}]: `tick` is short, for the axis; `first`: whether
                    it belongs to the first epoch (its end does not); accuracy null if not measured
        size        of a kernel, [kh, kw, C_in]
        rgb         whether the filters look at the picture itself
        relu        whether ReLU follows the layer
        chosen      the filter to show unless the visitor picks one: its last map, after ReLU if there is
                    one, differs most from cell to cell
        full        {kernels, maps}: {training, moments [T]}: the absolute value drawn in full colour

    The arrays are `image`, uint8 [H, W, C]; `kernels`, float16 [T, F, K, kh, kw], and `channels`,
    int32 [F, K], as `learning.slices` returns them; `maps`, uint8 [T, F, H, W]: a value is
    (entry - 128) * `steps`[t], float32 [T]; `ranges`, float32 [T, F, 2], the exact minimum and maximum
    of each map; `norms` and `distances`, float32 [T, F]; and `probabilities`, float32 [T or 0, classes].
    """
    kernels, channels = learning.slices(recording, layer)
    classes = len(class_names)
    channels_first = np.ascontiguousarray(np.moveaxis(maps, -1, 1), np.float32)  # [T, F, H, W]
    sizes = np.abs(channels_first).reshape(len(maps), -1)  # [T, F * H * W]
    largest = sizes.max(axis=1)
    steps = (np.where(largest > 0, largest, 1) / 127).astype(np.float32)
    relu = learning.relu_follows(recording, layer)
    final = np.maximum(maps[-1], 0) if relu else maps[-1]
    arrays = {
        "image": as_rgb(np.asarray(image, np.uint8)),
        "kernels": kernels.astype(np.float16),
        "channels": channels.astype(np.int32),
        "maps": (np.rint(channels_first / steps[:, None, None, None]) + 128).astype(np.uint8),
        "steps": steps,
        "ranges": np.stack([channels_first.min(axis=(2, 3)), channels_first.max(axis=(2, 3))], axis=2),
        "norms": learning.norms(recording, layer),
        "distances": learning.distances(recording, layer),
        "probabilities": np.empty((0, classes), np.float32) if probabilities is None else probabilities,
    }
    inputs = recording.weights[f"{layer}.kernel"].shape[3]
    header = {
        "digest": digest(*arrays.values()),
        "text": section("learning_view", language),
        "class_names": list(class_names),
        "guessing": guessing(len(class_names)),
        "true_label": None if true_label is None else int(true_label),
        "selection": asdict(selection),
        "layer": layer,
        "title": title,
        "moments": [
            {
                "step": int(step),
                "name": name,
                "tick": str(step) if epoch < 1 else f"{epoch:g}",
                "first": bool(epoch < 1),
                "accuracy": float(accuracy) if np.isfinite(accuracy) else None,
            }
            for step, epoch, name, accuracy in zip(
                recording.steps, recording.epochs, moments, recording.accuracy, strict=True
            )
        ],
        "size": [*kernels.shape[3:], inputs],
        "rgb": inputs == 3,
        "relu": relu,
        "chosen": int(final.std(axis=(0, 1)).argmax()),
        "full": {
            "kernels": _full(np.abs(kernels).reshape(len(kernels), -1)),
            "maps": _full(sizes),
        },
    }
    return pack(header, arrays)


def read_selection(value: Any, steps: Sequence[int], filters: int) -> Selection:
    """Parse the browser's selection, given a recording's steps and a layer's number of filters."""
    picked = field(value, "filter")
    return Selection(
        one_of(field(value, "step"), steps),
        None if picked is None else index(picked, filters),
        boolean(field(value, "relu")),
        one_of(field(value, "scale"), get_args(Scale)),
    )


def _full(sizes: np.ndarray) -> dict[str, Any]:
    """Return the limits of the colour scales for absolute values [T, n], without outliers."""
    moments = np.quantile(sizes, FULL_COLOUR, axis=1)
    largest = float(np.quantile(sizes, FULL_COLOUR))
    return {"training": largest or 1.0, "moments": [float(value) or 1.0 for value in moments]}
