"""The scene of the stepper: every number in it against the one-cell steps and the window."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz import CnnvizError, Window, conv2d_step, pool_step
from cnnviz.arithmetic import ops
from cnnviz.explain.scene import Scene, scene, scene_of
from cnnviz.export.pen import brightness
from cnnviz.layers.base import SlidingOp
from tests.scenes import addition, leaky, pointwise, sigmoid, transposed

TOLERANCE = 1e-5

WINDOWS = [
    pytest.param(Window(3), id="valid"),
    pytest.param(Window(3, padding="same"), id="same"),
    pytest.param(Window(3, stride=2, padding=1), id="stride"),
    pytest.param(Window((2, 3), stride=(1, 2), padding=((0, 2), (3, 1))), id="asymmetric"),
    pytest.param(Window(3, stride=2, padding=2, dilation=2), id="dilation"),
    pytest.param(Window((5, 1), padding="same", dilation=(1, 3)), id="tall"),
]
POOLS = [
    pytest.param(Window(2, stride=2), id="halves"),
    pytest.param(Window(3, stride=2, padding="same"), id="same"),
    pytest.param(Window((3, 2), stride=1, padding=((1, 0), (0, 1))), id="asymmetric"),
]


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def cells_of(made: Scene) -> list[tuple[int, int]]:
    return list(np.ndindex(made.output.shape))  # type: ignore[arg-type]


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("channels", [1, 3, 32])
def test_convolution_scene_equals_its_steps(window: Window, channels: int) -> None:
    generator = rng()
    x = generator.normal(size=(9, 11, channels)).astype(np.float32)
    kernel = generator.normal(size=(*window.size, channels)).astype(np.float32)
    made = scene(x, window, "conv", kernel=kernel, bias=0.25)
    assert made.output.shape == window.output_size((9, 11))
    for i, j in cells_of(made):
        step = conv2d_step(
            x, kernel[..., None], [0.25], i, j, 0,
            stride=window.stride, padding=window.padding, dilation=window.dilation,
        )  # fmt: skip
        assert made.output[i, j] == pytest.approx(step.value, abs=TOLERANCE * channels)
        np.testing.assert_allclose(made.sums[i, j], step.channel_sums, atol=TOLERANCE * channels)
        assert made.totals[i, j] + 0.25 == pytest.approx(step.value, abs=TOLERANCE * channels)
        # what the browser multiplies: the patch it reads through the tables, times the kernel
        inside = np.ix_(made.rows[i] + 9, made.cols[j] + 11)
        patch = np.pad(made.x, ((9, 9), (11, 11), (0, 0)))[inside]
        np.testing.assert_allclose(patch * made.kernel, step.products, atol=TOLERANCE)


@pytest.mark.parametrize("window", [*WINDOWS, *POOLS])
def test_tables_are_the_cells_of_the_window(window: Window) -> None:
    x = np.ones((8, 10, 1))
    made = scene(x, window, "conv", kernel=np.ones((*window.size, 1)))
    assert made.rows.dtype == made.cols.dtype == np.int16
    assert made.pads == window.pads((8, 10))
    for i, j in cells_of(made):
        rows, cols = window.cells(i, j, (8, 10))
        assert made.rows[i].tolist() == rows.tolist()
        assert made.cols[j].tolist() == cols.tolist()


@pytest.mark.parametrize("window", POOLS)
@pytest.mark.parametrize("operation", ["max", "average"])
def test_pooling_scene_equals_its_steps(window: Window, operation: str) -> None:
    x = rng().normal(size=(7, 9, 1)).astype(np.float32) - 5  # all negative: padding must not win
    made = scene(x, window, operation, beside=("average" if operation == "max" else "max",))
    assert next(iter(made.outputs)) == operation
    assert made.output is made.outputs[operation]
    for i, j in cells_of(made):
        for name, output in made.outputs.items():
            step = pool_step(
                x, i, j, 0, operation=name, size=window.size, stride=window.stride, padding=window.padding
            )
            assert output[i, j] == pytest.approx(step.value, abs=TOLERANCE)
        assert divmod(int(made.winners[i, j]), window.size[1]) == step.winner
        assert made.counts[i, j] == step.count
        assert made.totals[i, j] == pytest.approx(np.nansum(step.patch), abs=TOLERANCE * 10)


def test_a_pooling_alone_has_one_output() -> None:
    made = scene(np.arange(16.0).reshape(4, 4, 1), Window(2, stride=2), "average")
    assert list(made.outputs) == ["average"]
    assert made.output.tolist() == [[2.5, 4.5], [10.5, 12.5]]
    assert made.winners is None
    assert made.counts.tolist() == [[4, 4], [4, 4]]


def test_relu_is_a_window_of_one_cell() -> None:
    made = pointwise(np.array([[[-2.0], [0.0]], [[3.0], [-0.5]]]))
    assert made.output.tolist() == [[0.0, 0.0], [3.0, 0.0]]
    assert made.rows.tolist() == made.cols.tolist() == [[0], [1]]


def test_a_pointwise_function_is_the_layers_own() -> None:
    x = rng().normal(size=(4, 5, 1)) * 3
    formula = "{(x)} × {(x)} × {(x)}"
    op = SlidingOp("pointwise", x, Window(1), function="cube", formula=formula, compute=lambda x: x**3)
    made = scene_of(op)
    np.testing.assert_allclose(made.output, x[..., 0] ** 3, rtol=1e-6)
    assert (made.name, made.operation, made.formula) == ("cube", "pointwise", op.formula)
    limit = np.abs(x).max()
    assert made.curve[0].tolist() == pytest.approx([-limit, -(limit**3)])
    np.testing.assert_allclose(made.curve[:, 1], made.curve[:, 0] ** 3, rtol=1e-4, atol=1e-6)
    assert len(made.curve) > 200  # it bends everywhere; where a function is straight, ends are enough
    assert len(pointwise(x).curve) == 3
    assert pointwise(np.zeros((2, 2, 1))).curve.tolist() == [[-1, 0], [0, 0], [1, 1]]


@pytest.mark.parametrize("channels", [1, 2])
def test_a_transposed_convolution_is_one_over_inserted_zeros(channels: int) -> None:
    made = transposed(channels)
    kernel = np.flip(made.kernel, (0, 1))[:, :, np.newaxis]
    wanted = ops.conv2d_transpose(made.x[::2, ::2], kernel, [0.5], stride=2)[..., 0]
    np.testing.assert_allclose(made.output, wanted, atol=1e-5)
    for row, col in np.ndindex(*made.x.shape[:2]):
        assert made.is_inserted(row, col) == (row % 2 == 1 or col % 2 == 1)
        assert not made.is_inserted(row, col) or not made.x[row, col].any()


def test_an_addition_is_the_sum_of_its_channels() -> None:
    made = addition()
    np.testing.assert_allclose(made.output, made.x.sum(axis=2), atol=1e-6)
    assert (made.name, made.channel_names) == ("add", ("conv2_bn", "block1_relu"))


def test_digest_depends_on_the_scene() -> None:
    scenes = [leaky(), sigmoid(), transposed(), transposed(2), addition()]
    assert len({made.digest for made in scenes}) == len(scenes)
    assert leaky().digest == leaky().digest


def test_integers_stay_exact() -> None:
    x = np.arange(25).reshape(5, 5, 1)
    made = scene(
        x, Window(3), "conv", kernel=np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])[..., None], bias=3
    )
    assert made.output.tolist() == [[-5.0] * 3] * 3
    assert made.output.dtype == made.x.dtype == made.kernel.dtype == np.float32


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (np.zeros((4, 4, 1)), Window(2), "blur"),
            "`operation` must be one of conv, max, average, pointwise, terms.",
        ),
        ((np.zeros((4, 4, 1)), Window(2), "conv"), "`kernel` must be given for conv"),
        ((np.zeros((4, 4, 2)), Window(2), "max"), "`x` must be one map"),
        ((np.zeros((4, 4)), Window(2), "max"), "`x` must have 3 axes."),
        ((np.zeros((4, 4, 1)), Window(2), "pointwise"), "`window` must be Window(1) for pointwise."),
        ((np.zeros((4, 4, 1)), Window(2, dilation=2), "max"), "`window` must have dilation 1"),
        ((np.zeros((4, 4, 1)), Window(5), "max"), "`size` must fit into the padded input."),
    ],
)
def test_errors(arguments: tuple, message: str) -> None:
    with pytest.raises(CnnvizError, match=message.replace("(", r"\(").replace(")", r"\)").replace("`", "`")):
        scene(*arguments)


def test_kernel_must_fit_window_and_input() -> None:
    x = np.zeros((4, 4, 2))
    with pytest.raises(CnnvizError, match="`kernel` must be as large as the window"):
        scene(x, Window(2), "conv", kernel=np.zeros((3, 3, 2)))
    with pytest.raises(CnnvizError, match="`kernel` must have as many input channels as `x`"):
        scene(x, Window(3), "conv", kernel=np.zeros((3, 3, 1)))


@pytest.mark.parametrize("beside", [("max",), ("conv",), ("pointwise",)])
def test_only_the_other_pooling_goes_beside(beside: tuple) -> None:
    with pytest.raises(CnnvizError, match="`beside` must be the other one of max and average"):
        scene(np.zeros((4, 4, 1)), Window(2), "max", beside=beside)


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(0.1, 0.9, (0, 1)), (-0.5, 0.75, (-0.5, 0.75)), (0, 3, (0, 3))]
)
def test_black_and_white_are_what_the_preprocessing_makes_of_them(
    low: float, high: float, expected: tuple[float, float]
) -> None:
    x = np.linspace(low, high, 75, dtype=np.float32).reshape(5, 5, 3)
    made = scene_of(SlidingOp("conv", x, Window(3), np.ones((3, 3, 3), np.float32)))
    assert made.picture_range == pytest.approx(expected)
    shown = brightness(x, *made.picture_range)
    assert shown[0, 0, 0] == pytest.approx(255 * (low - expected[0]) / (expected[1] - expected[0]), abs=1)
    assert shown.max() == pytest.approx(255 * (high - expected[0]) / (expected[1] - expected[0]), abs=1)


@pytest.mark.parametrize("operation", ["max", "average"])
def test_a_window_may_have_more_cells_than_int16_counts(operation: str) -> None:
    x = np.arange(200 * 200.0).reshape(200, 200, 1)
    made = scene(x, Window(200), operation)  # as a global pooling of 200x200 cells
    assert made.counts is not None
    assert made.counts.tolist() == [[40_000]]
    if operation == "max":
        assert made.winners is not None
        assert made.winners.tolist() == [[39_999]]
    else:
        assert made.totals is not None
        assert made.totals[0, 0] == pytest.approx(x.sum())
