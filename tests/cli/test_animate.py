"""`cnnviz animate`: its files, and what its errors advise."""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cnnviz.cli.main import main
from cnnviz.colours import SCALES, Colour, signed_scale
from tests.thorough import thorough


@pytest.mark.parametrize(
    ("arguments", "name", "steps"),
    [
        ([], "conv_i5x5_k3x3_s1_p0.gif", 9),
        (["--padding", "same", "--stride", "2"], "conv_i5x5_k3x3_s2_p1.gif", 9),
        (["--padding", "1,2", "--kernel", "2x3"], "conv_i5x5_k2x3_s1_p1x2.gif", 42),
        (["--padding", "((1, 0), (0, 2))", "--input", "3x4"], "conv_i3x4_k3x3_s1_p1-0x0-2.gif", 8),
        (["--padding", "2", "--dilation", "2,1", "--no-numbers"], "conv_i5x5_k3x3_s1_p2_d2x1.gif", 35),
        (["--kernel", "1 0; 0 -1/2", "--bias", "-1", "--language", "ko"], "conv_i5x5_k2x2_s1_p0.gif", 16),
        (["--operation", "max", "--input", "6x6", "--theme", "dark"], "max_i6x6_k2x2_s2_p0.gif", 9),
        (["--operation", "average", "--stride", "1", "--width", "480"], "average_i5x5_k2x2_s1_p0.gif", 16),
        (["--operation", "relu", "--input", "1 -2; 0 3; 4 -5", "--speed", "5"], "relu_i3x2.gif", 6),
        (["--input", "3", "--kernel", "sobel_x", "--every", "100"], "conv_i32x32_k3x3_s1_p0.gif", 10),
        (["--input", "3", "--kernel", "sobel_x", "--rows", "1"], "conv_i32x32_k3x3_s1_p0.gif", 30),
    ],
)
def test_animate_writes_a_gif_named_after_what_it_shows(
    arguments: list[str], name: str, steps: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["animate", *arguments]) == 0
    with Image.open(tmp_path / name) as image:
        assert image.n_frames == steps  # type: ignore[attr-defined]


def test_animate_takes_a_scale(tmp_path: Path) -> None:
    written = {}
    for scale in SCALES:
        for ending in ("gif", "html"):
            path = tmp_path / f"{scale}.{ending}"
            what = ["--input", "2 -2; 0 1", "--kernel", "1 -1", "--scale", scale]
            assert main(["animate", *what, "--out", str(path)]) == 0
            written[scale, ending] = path.read_bytes()
        assert f"--signed-name: {scale};".encode() in written[scale, "html"]
    with Image.open(io.BytesIO(written["grey_safe", "gif"])) as image:
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 20)}  # type: ignore[union-attr]

    def there(colour: Colour) -> bool:
        return any(
            np.abs(np.subtract(shown, colour)).max() <= 3 for shown in colours
        )  # the palette's nearest

    scale, other = signed_scale("grey_safe"), signed_scale()
    assert all(map(there, (scale.negative, scale.zero, scale.positive)))
    assert not any(map(there, (other.negative, other.positive)))


def test_animate_writes_html(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "steps.html"
    assert main(["animate", "--input", "224x224", "--padding", "same", "--out", str(path)]) == 0
    assert capsys.readouterr().out.startswith(f"{path}: 50,176 steps, ")
    assert path.read_text("utf-8").startswith("<!doctype html>")


ADVICE = re.compile(r"(?:--\w+ [^\s,]+? ?)+(?=[.,]?(?: or | An | It |$|\n))")


def advised(message: str) -> list[list[str]]:
    """Return the options that an error advises, a list for each way."""
    return [way.split() for way in ADVICE.findall(message)]


TOO_LARGE = [
    ["--input", "20x20"],
    ["--input", "512x512"],
    ["--input", "2x400", "--kernel", "1", "--every", "9"],
    ["--input", "200x1", "--kernel", "1"],
    ["--padding", "300"],
    ["--padding", "700", "--out", "a.html"],
    ["--padding", "300", "--kernel", "7"],
    ["--input", "512x512", "--padding", "300", "--out", "a.html"],
    ["--input", "512x512", "--padding", "300", "--rows", "3"],
    ["--input", "256x256", "--operation", "max", "--kernel", "5", "--stride", "1", "--padding", "4"],
    ["--input", "512x512", "--operation", "average", "--stride", "1", "--every", "7"],
    ["--input", "512x512", "--operation", "relu"],
    ["--input", "3", "--padding", "250", "--dilation", "30", "--kernel", "15"],
]
SOME = (0, 2, 5, 8, 9, 11, 12)
"""Of the above: each advice, file, operation and option of the frames that are shown."""


def follow_advice(arguments: list[str], folder: Path) -> int:
    """Run `animate`, and where it fails all that it advises; return how many ways these were."""
    arguments = ["animate", "--width", "480", "--no-numbers", *arguments]
    with contextlib.chdir(folder):
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            code = main(arguments)
            ways = advised(said.getvalue())
            assert "must fit" in said.getvalue() or (code == 0) != bool(ways), said.getvalue()
            for way in ways:
                assert main([*arguments, *way]) == 0, (way, said.getvalue())
    return len(ways)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [each for k, each in enumerate(TOO_LARGE) if thorough() or k in SOME], ids=" ".join
)
def test_what_an_error_advises_works(arguments: list[str], tmp_path: Path) -> None:
    assert follow_advice(arguments, tmp_path)


@pytest.mark.slow
@pytest.mark.exhaustive  # the others' way with any numbers
@given(
    st.sampled_from(["1x151", "13x13", "149x2", "151x1", "256x1", "257x3", "300x300"]),
    st.sampled_from(["1", "3", "2x5", "15"]),
    st.sampled_from(["valid", "same", "3", "0,60", "130"]),
    st.sampled_from([[], ["--stride", "3"], ["--every", "40"], ["--rows", "1"], ["--out", "a.html"]]),
)
@settings(max_examples=10)
def test_what_any_error_advises_works(size: str, kernel: str, padding: str, more: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        follow_advice(["--input", size, "--kernel", kernel, "--padding", padding, *more], Path(folder))
