"""The gradient of one kernel weight: input times upstream gradient, position by position, then its step.

Python sends the maps, the kernel's slice with its gradients, and the slice after the step; the component in
the browser moves over the positions. JavaScript multiplies the pair at each and adds the products.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnviz.components import digest, pack, register
from cnnviz.components.message import receiver
from cnnviz.components.value import field, indices
from cnnviz.explain.descent import KernelGradient
from cnnviz.text import section

_mount = register("weight_gradient")


@dataclass(frozen=True)
class Selection:
    """The selected weight of the kernel's slice and position in the gradient map, each (row, column)."""

    weight: tuple[int, int]
    position: tuple[int, int]


def weight_gradient(
    shown: KernelGradient,
    after: np.ndarray,
    *,
    rate: float,
    input_name: str,
    output_name: str,
    selection: Selection,
    language: str,
    key: str,
    on_select: Callable[[Selection], None],
) -> None:
    """Mount the component.

    Args:
        shown: the kernel's slice, its gradient and the factors.
        after: [kh, kw], the slice after the step. rate: the learning rate.
        input_name, output_name: captions, such as "relu1" and "conv2 · map 3".
        selection: the initial selection; the browser follows it if it differs from the last one it sent.
        language: "en" or "ko".
        key: the component's key, unique on the page.
        on_select: called before the next run, about half a second after the visitor's last move.
    """
    size, positions = shown.kernel.shape, shown.upstream.shape
    data = payload(
        shown,
        after,
        rate=rate,
        input_name=input_name,
        output_name=output_name,
        selection=selection,
        language=language,
    )
    select = receiver(lambda value: read_selection(value, size, positions), on_select)
    _mount(data=data, key=key, receivers={"selection": select})


def payload(
    shown: KernelGradient,
    after: np.ndarray,
    *,
    rate: float,
    input_name: str,
    output_name: str,
    selection: Selection,
    language: str,
) -> bytes:
    """Pack the payload. Arguments as for `weight_gradient`.

    The header holds `digest`, `text`, `names` {x, upstream}, `rate`, the window's `stride`, `dilation` and
    `pads` [[top, bottom], [left, right]], and the selection: `weight`, `position`. The arrays, float32, are
    `x` [H, W], `upstream` [OH, OW], and `kernel`, `gradient`, `after`, [kh, kw].
    """
    arrays = {
        "x": shown.x,
        "upstream": shown.upstream,
        "kernel": shown.kernel,
        "gradient": shown.gradient,
        "after": after,
    }
    arrays = {name: np.ascontiguousarray(array, np.float32) for name, array in arrays.items()}
    header = {
        "digest": digest(*arrays.values()),
        "text": section("weight_gradient", language),
        "names": {"x": input_name, "upstream": output_name},
        "rate": rate,
        "stride": shown.window.stride,
        "dilation": shown.window.dilation,
        "pads": shown.window.pads((shown.x.shape[0], shown.x.shape[1])),
        "weight": selection.weight,
        "position": selection.position,
    }
    return pack(header, arrays)


def read_selection(value: Any, size: tuple[int, ...], positions: tuple[int, ...]) -> Selection:
    """Parse the browser's selection for a kernel [kh, kw] and a gradient map [OH, OW]."""
    (row, column), (i, j) = (
        indices(field(value, name), *shape[:2]) for name, shape in (("weight", size), ("position", positions))
    )
    return Selection((row, column), (i, j))
