"""Components whose state is part of the link: the stepper and the pixel viewer."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import numpy as np

from cnnviz.components.pixel_numbers import NEAREST, Channel, PixelView, Unit, pixel_numbers
from cnnviz.components.stepper import Selection, stepper
from cnnviz.explain.scene import Scene
from cnnviz.pages import data_sets, link, translation

SMALL_GRID = 12
"""Outputs of at most this side are stepped through from the first cell; larger ones from the middle."""


def step_through(scene: Scene, *, input_name: str, output_name: str, rgb: bool = False) -> Selection:
    """Mount the stepper on a scene and store its cell and channel in the link.

    Large outputs start in the middle, small ones at the first cell.

    Args:
        scene: the scene. input_name, output_name: captions. rgb: whether the input is drawn as an image.

    Returns:
        The displayed cell and channel.
    """
    rows, cols = scene.output.shape
    start = (rows // 2, cols // 2) if min(rows, cols) > SMALL_GRID else (0, 0)
    row, col = link.value(
        "cell", start, link.cell, fit=lambda cell: (min(cell[0], rows - 1), min(cell[1], cols - 1))
    )
    channel = link.value("channel", 0, link.index, fit=lambda channel: min(channel, scene.x.shape[2] - 1))
    stepper(
        scene,
        language=translation.language(),
        cell=(row, col),
        channel=channel,
        input_name=input_name,
        output_name=output_name,
        rgb=rgb,
        whole=link.value("revealed", "", lambda text: link.one_of(("all",), text)) == "all",
        key=f"stepper_{scene.name}",
        on_select=lambda chosen: link.put(cell=(chosen.row, chosen.column), channel=chosen.channel),
    )
    return Selection(row, col, channel)


def pixel_viewer(image: np.ndarray, key: str = "pixel_numbers") -> PixelView:
    """Mount the pixel viewer on an image and store its state in the link.

    Returns:
        The state in this run.
    """
    rows, cols = image.shape[:2]
    start = PixelView(min(15, rows - 1), min(15, cols - 1), float(cols))
    row, col = link.value("pixel_cell", (start.row, start.col), pixel, fit=within(image))
    view = PixelView(
        row,
        col,
        link.value("pixel_across", start.across, _visible_columns, fit=lambda across: min(across, cols)),
        link.value("pixel_channel", start.channel, lambda text: link.one_of(get_args(Channel), text)),
        link.value("pixel_unit", start.unit, lambda text: link.one_of(get_args(Unit), text)),
        bool(link.value("pixel_plain", 0, lambda text: ("0", "1").index(text))),
    )
    scaling = data_sets.selected().preprocessing
    pixel_numbers(
        image, scaling=scaling, language=translation.language(), view=view, key=key, on_select=_put_pixel_view
    )
    return view


def _put_pixel_view(view: PixelView) -> None:
    link.put(
        pixel_cell=(view.row, view.col),
        pixel_across=view.across,
        pixel_channel=view.channel,
        pixel_unit=view.unit,
        pixel_plain=int(view.plain),
    )


def pixel(text: str) -> tuple[int, int]:
    """Parse a pixel of an image of the selected network's data set, "3,4"."""
    row, col = link.cell(text)
    rows, cols = data_sets.selected().size
    if not (0 <= row < rows and 0 <= col < cols):
        raise ValueError(text)
    return row, col


def within(image: np.ndarray) -> Callable[[tuple[int, int]], tuple[int, int]]:
    """Return the function that maps a pixel, perhaps of a larger image, to the nearest one of an image."""
    rows, cols = image.shape[:2]
    return lambda pixel: (min(pixel[0], rows - 1), min(pixel[1], cols - 1))


def _visible_columns(text: str) -> float:
    """Parse the number of visible columns of the pixel viewer."""
    if not NEAREST <= float(text) <= data_sets.selected().size[1]:
        raise ValueError(text)
    return float(text)
