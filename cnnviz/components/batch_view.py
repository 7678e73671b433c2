"""Batch normalisation of one channel, stepped through: mean, variance, normalise, scale and shift.

Python sends the channel's values in a batch and the statistics of both ways, training and inference; the
component in the browser adds up and normalises them, value by value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cnnviz.components import digest, pack, register
from cnnviz.components.message import receiver
from cnnviz.components.value import field, indices, one_of
from cnnviz.text import section

WAYS = ("training", "inference")
STAGES = ("mean", "variance", "normalise", "scale")

_mount = register("batch_view")


@dataclass(frozen=True)
class Selection:
    """The selection.

    Attributes:
        way: whose statistics, one of `WAYS`.
        stage: the computation, one of `STAGES`.
        cell: picture, row and column of the selected value.
    """

    way: str
    stage: str
    cell: tuple[int, ...]


def batch_view(
    values: np.ndarray,
    ways: Mapping[str, Mapping[str, float]],
    selection: Selection,
    *,
    language: str,
    key: str,
    on_select: Callable[[Selection], None],
) -> None:
    """Mount the component.

    Args:
        values: float32 [N, H, W], the channel's input in each picture of the batch.
        ways: {way: {"mean", "variance", "gamma", "beta", "epsilon"}}, for each of `WAYS`.
        selection: the initial selection; the browser follows it if it differs from the last one it sent.
        language: "en" or "ko".
        key: the component's key, unique on the page.
        on_select: called before the next run, about half a second after the visitor's last move.
    """
    shape = values.shape
    data = payload(values, ways, selection, language=language)
    _mount(
        data=data,
        key=key,
        receivers={"selection": receiver(lambda value: read_selection(value, shape), on_select)},
    )


def payload(
    values: np.ndarray, ways: Mapping[str, Mapping[str, float]], selection: Selection, *, language: str
) -> bytes:
    """Pack the payload. Arguments as for `batch_view`.

    The header holds `digest`, `text`, `ways` and `selection`; the array is `values`, float32 [N, H, W].
    """
    values = np.ascontiguousarray(values, np.float32)
    header = {
        "digest": digest(values),
        "text": section("batch_view", language),
        "ways": {way: {name: float(value) for name, value in ways[way].items()} for way in WAYS},
        "selection": asdict(selection),
    }
    return pack(header, {"values": values})


def read_selection(value: Any, shape: tuple[int, ...]) -> Selection:
    """Parse the browser's selection for values of a shape [N, H, W]."""
    cell = indices(field(value, "cell"), *shape)
    return Selection(one_of(field(value, "way"), WAYS), one_of(field(value, "stage"), STAGES), cell)
