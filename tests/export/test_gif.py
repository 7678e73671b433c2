"""The animated GIF: at which steps it stops, how long it is, and its limits."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from cnnviz import CnnvizError, Window
from cnnviz.colours import signed_colour, signed_scale
from cnnviz.export.gif import MAX_STEPS, fitting_every, gif, steps
from cnnviz.export.layout import Layout
from cnnviz.export.look import Look
from tests.scenes import convolved, grid, pointwise


def test_gif_has_one_frame_per_step() -> None:
    made = convolved(grid(5, 6, 1), Window(3, stride=2, padding=1), make=grid)
    cells = steps(made)
    content = gif(made, cells, Look(), speed=4)
    image = Image.open(io.BytesIO(content))
    assert (image.format, image.size, image.info["loop"]) == ("GIF", (1280, 720), 0)
    assert image.n_frames == made.output.size == len(cells)
    durations = []
    output = Layout(made, Look()).outputs[0]
    colours = signed_colour(made.output / np.abs(made.output).max(), signed_scale()).astype(int)
    for k, (i, j) in enumerate(cells):
        image.seek(k)
        durations.append(image.info["duration"])
        x, y = (round(edge) for edge in output.cell(i, j)[:2])
        shown = np.array(image.convert("RGB").getpixel((x + 9, y + 9)), int)  # between frame and digit
        assert np.abs(shown - colours[i, j]).max() <= 6  # the palette's nearest
    assert durations == [250] * (len(cells) - 1) + [2250]


def test_steps() -> None:
    made = pointwise(grid(20, 20, 1))
    assert steps(made, rows=2)[-1] == (1, 19)
    assert steps(made, rows=1, every=6) == [(0, 0), (0, 6), (0, 12), (0, 18), (0, 19)]
    with pytest.raises(
        CnnvizError,
        match=r"at most 150 steps, and this one would have 400: use --every 3 or --rows 7\.",
    ) as raised:
        steps(made)
    assert raised.value.reason == "animation_steps"
    assert len(steps(made, every=3)) <= MAX_STEPS
    assert len(steps(made, rows=7)) <= MAX_STEPS
    for wrong in ({"rows": 0}, {"every": 0}):
        with pytest.raises(CnnvizError, match="must be >= 1"):
            steps(made, **wrong)


@pytest.mark.parametrize("count", [1, 2, 149, 150, 151, 1024, 49_284])
def test_fitting_every(count: int) -> None:
    def kept(every: int) -> int:
        return len({*range(0, count, every), count - 1})

    every = fitting_every(count)
    assert kept(every) <= MAX_STEPS
    assert every == 1 or kept(every - 1) > MAX_STEPS


@pytest.mark.parametrize("speed", [0, 26, float("nan")])
def test_speeds(speed: float) -> None:
    with pytest.raises(CnnvizError, match=r"`speed` must be in 0\.1\.\.25"):
        gif(pointwise(grid(2, 2, 1)), [(0, 0)], Look(), speed=speed)
