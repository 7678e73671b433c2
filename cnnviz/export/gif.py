"""Animated GIFs of a scene, with one frame per output cell."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from cnnviz.colours import signed_colour, signed_scale
from cnnviz.errors import CnnvizError
from cnnviz.explain.scene import Scene
from cnnviz.export.drawing import frames
from cnnviz.export.layout import check_cells
from cnnviz.export.look import Look, mix
from cnnviz.export.pen import brightness

MAX_STEPS = 150
"""Most steps of a GIF; at 1280 x 720 pixels they are about 4 MB, and a minute at 2.5 per second."""
SPEEDS = (0.1, 25.0)  # steps per second; browsers slow down faster ones
REST = 2.0  # seconds the finished picture stays


def steps(scene: Scene, *, rows: int | None = None, every: int = 1) -> list[tuple[int, int]]:
    """Return the output cells (i, j) of an animation, row by row.

    Args:
        scene: the scene. rows: number of output rows to animate; None = all.
        every: use every n-th cell only; the last cell of the rows is always included.

    Raises:
        CnnvizError: with the reason "animation_steps", if there are too many steps, with a choice that fits
            in the message; as `drawing.frames`, if the input is too large.
    """
    check_cells(scene)  # first: fewer steps would not help
    height, width = scene.output.shape
    for name, value in (("rows", rows if rows is not None else 1), ("every", every)):
        if value < 1:
            raise CnnvizError(f"`{name}` must be >= 1. Received: {name}={value}.")
    count = width * min(height, rows or height)
    chosen = [*range(0, count, every)]
    if chosen[-1] != count - 1:
        chosen.append(count - 1)
    if len(chosen) > MAX_STEPS:
        ways = [f"--every {fitting_every(count)}"]
        if width <= MAX_STEPS:
            ways.append(f"--rows {MAX_STEPS // width}")
        raise CnnvizError(
            f"A GIF has at most {MAX_STEPS} steps, and this one would have {len(chosen):,}: use "
            f"{' or '.join(ways)}.",
            reason="animation_steps",
        )
    return [divmod(k, width) for k in chosen]


def fitting_every(count: int) -> int:
    """Return the smallest n for which every n-th of `count` steps, and the last, fit into a GIF.

    >>> fitting_every(150), fitting_every(151), fitting_every(1024)
    (1, 2, 7)
    """
    return max(1, -(-(count - 1) // (MAX_STEPS - 1)))


def gif(
    scene: Scene,
    cells: list[tuple[int, int]],
    look: Look,
    *,
    speed: float = 2.0,
) -> bytes:
    """Return an animated GIF that loops for ever.

    Args:
        scene: the scene. cells: from `steps`. look: drawing options.
        speed: steps per second, 0.1 to 25. The last frame stays two seconds longer.

    Raises:
        CnnvizError: as `drawing.frames`, and if `speed` is out of range.
    """
    low, high = SPEEDS
    if not low <= speed <= high:
        raise CnnvizError(f"`speed` must be in {low:g}..{high:g} steps a second. Received: speed={speed:g}.")
    palette = _palette(scene, look)
    pictures = (
        picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in frames(scene, cells, look)
    )
    step = round(100 / speed) * 10  # a GIF counts in hundredths
    durations = [step] * (len(cells) - 1) + [step + round(1000 * REST)]
    out = io.BytesIO()
    next(pictures).save(
        out,
        "GIF",
        save_all=True,
        append_images=pictures,
        duration=durations,
        loop=0,
        optimize=True,  # only what changes from step to step is stored
    )
    return out.getvalue()


def _palette(scene: Scene, look: Look) -> Image.Image:
    """Return a palette for all frames: the drawing colours, and blends for antialiased text."""
    theme = look.theme
    colours = [theme.line(share) for share in np.linspace(0, 1, 24)]
    colours += [mix(theme.background, theme.focus, share) for share in np.linspace(0, 1, 13)[1:]]
    colours += [mix(theme.ink, theme.focus, share) for share in (0.25, 0.5, 0.75)]
    scale = signed_scale(look.scale, look.dark)
    colours += [tuple(c) for c in signed_colour(np.linspace(-1, 1, 97), scale).tolist()]
    colours += [mix(end, (255, 255, 255), s) for end in (scale.negative, scale.positive) for s in (0.3, 0.6)]
    if look.rgb:
        picture = Image.fromarray(brightness(scene.x, *scene.picture_range)).quantize(255 - len(colours))
        flat = picture.getpalette() or []
        colours += [(flat[k], flat[k + 1], flat[k + 2]) for k in range(0, len(flat), 3)]
    image = Image.new("P", (1, 1))
    image.putpalette([part for colour in colours[:255] for part in colour])
    return image
