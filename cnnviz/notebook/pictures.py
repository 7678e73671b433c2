"""Pictures that replace a widget in a notebook that is opened without a kernel."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np
from PIL import Image

from cnnviz.colours import signed_colour, signed_scale
from cnnviz.errors import CnnvizError
from cnnviz.explain.scene import Scene
from cnnviz.export.drawing import frames
from cnnviz.export.look import Look, Theme
from cnnviz.export.pen import Lettering, Pen

TILE = 96
"""Width and height of a map in pixels."""
ACROSS = 10
"""Maps of a row."""
GAP = 8


def of_step(scene: Scene, cell: tuple[int, int], language: str) -> bytes:
    """Return a PNG of a step; of an input that is too large to be drawn so, of its maps and the output."""
    try:
        (image,) = frames(scene, [cell], Look(language=language))
    except CnnvizError as error:
        if error.reason != "animation_cells":
            raise
        return of_maps({"": np.dstack([scene.x[..., : ACROSS - 1], _enlarged(scene)])})
    return _png(image)


def _enlarged(scene: Scene) -> np.ndarray:
    """Return the output [H, W], each cell of the input as the nearest one of the output."""
    rows, cols = (
        np.arange(n) * out // n for n, out in zip(scene.x.shape[:2], scene.output.shape, strict=True)
    )
    return scene.output[np.ix_(rows, cols)]


def of_maps(layers: Mapping[str, np.ndarray], image: np.ndarray | None = None) -> bytes:
    """Return a PNG with a row for each layer: its name and its first maps, coloured by their sign.

    Args:
        layers: {name: maps [H, W, C]}. image: uint8 [H, W, 3], drawn above.
    """
    look = Look(width=480)
    theme: Theme = look.theme
    scale = signed_scale(look.scale)
    letters = Lettering(1.0)
    rows = len(layers) + (image is not None)
    heading = 22
    width = GAP + ACROSS * (TILE + GAP)
    sheet = Image.new("RGB", (width, GAP + rows * (heading + TILE + GAP)), theme.background)
    pen = Pen(sheet, look, letters)
    top = GAP
    if image is not None:
        sheet.paste(_tile(image), (GAP, top + heading))
        top += heading + TILE + GAP
    for name, maps in layers.items():
        count = maps.shape[2]
        shown = min(count, ACROSS)
        more = f"  ({shown} / {count})" if count > shown else ""
        pen.draw.text((GAP, top), letters.known(f"{name}{more}"), fill=theme.ink, font=letters.font(15))
        limit = float(np.abs(maps).max()) or 1.0
        for k in range(shown):
            tile = _tile(signed_colour(maps[..., k] / limit, scale).astype(np.uint8))
            sheet.paste(tile, (GAP + k * (TILE + GAP), top + heading))
        top += heading + TILE + GAP
    return _png(sheet)


def _tile(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(pixels).resize((TILE, TILE), Image.Resampling.NEAREST)


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
