"""Classic kernels do what their names say; typed ones are read or refused."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz import CnnvizError, conv2d
from cnnviz.arithmetic.kernels import CLASSIC, parse_grid

X = np.random.default_rng(0).normal(size=(9, 9))
RAMP = np.tile(np.arange(9.0), (9, 1))  # grows by 1 a column


def apply(name: str, x: np.ndarray) -> np.ndarray:
    return conv2d(x[..., None], CLASSIC[name][..., None, None])[..., 0]


def test_identity_and_brightness() -> None:
    np.testing.assert_array_equal(apply("identity", X), X[1:-1, 1:-1])
    for name in ("identity", "blur", "gaussian", "sharpen", "emboss"):
        assert CLASSIC[name].sum() == pytest.approx(1), name  # keeps the brightness
    for name in ("sobel_x", "sobel_y", "laplacian"):
        assert CLASSIC[name].sum() == 0, name  # flat areas give 0


def test_derivative_kernels_respond_to_edges() -> None:
    assert (apply("sobel_x", RAMP) == 8).all()
    assert (apply("sobel_y", RAMP) == 0).all()
    assert (apply("laplacian", RAMP) == 0).all()  # no curvature
    assert (apply("laplacian", RAMP**2) == 2).all()
    np.testing.assert_allclose(apply("blur", X)[0, 0], X[:3, :3].mean())


def test_parse_grid() -> None:
    read = parse_grid("1/4, −2  0.5\n\n 0 0 0 ;1 2 3", smallest=1, largest=7, square=True)
    assert read.tolist() == [[0.25, -2, 0.5], [0, 0, 0], [1, 2, 3]]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "grid_rows"),
        ("1 2\n3", "grid_rows"),
        ("1 2 3\n" * 9, "grid_size"),
        ("1 2\n3 4", "grid_size"),
        ("x", "grid_number"),
        ("nan", "grid_number"),
        ("inf", "grid_number"),
        ("1e9", "grid_number"),
        ("1/0", "grid_number"),
        ("1001", "grid_number"),
        ("9" * 10_000, "grid_number"),
    ],
)
def test_parse_grid_rejects_invalid_text(text: str, reason: str) -> None:
    with pytest.raises(CnnvizError, match=r"`text` must (hold|be)") as caught:
        parse_grid(text, smallest=1, largest=7, square=True)
    assert caught.value.reason == reason
