"""The scene of the stepper: every number in it against the one-cell steps and the window."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz import CnnvizError, Window, conv2d_step, pool_step
from cnnviz.components.stepper import Scene, Settled, _moved, scene
from cnnviz.text import section
from tests.unpack import unpack

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
def test_convolution_equals_its_steps(window: Window, channels: int) -> None:
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
def test_pooling_equals_its_steps(window: Window, operation: str) -> None:
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
    made = scene(np.array([[[-2.0], [0.0]], [[3.0], [-0.5]]]), Window(1), "relu")
    assert made.output.tolist() == [[0.0, 0.0], [3.0, 0.0]]
    assert made.rows.tolist() == made.cols.tolist() == [[0], [1]]


def test_integers_stay_exact() -> None:
    x = np.arange(25).reshape(5, 5, 1)
    made = scene(
        x, Window(3), "conv", kernel=np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])[..., None], bias=3
    )
    assert made.output.tolist() == [[-5.0] * 3] * 3
    assert made.output.dtype == made.x.dtype == made.kernel.dtype == np.float32


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(
            scene(
                rng().normal(size=(5, 6, 3)), Window(3, padding="same"), "conv",
                kernel=rng().normal(size=(3, 3, 3)), bias=0.5,
            ),
            id="conv",
        ),
        pytest.param(scene(rng().normal(size=(5, 6, 1)), Window(2), "max", beside=("average",)), id="pool"),
        pytest.param(scene(rng().normal(size=(5, 6, 1)), Window(1), "relu"), id="relu"),
    ],
)  # fmt: skip
def test_payload_round_trip(made: Scene) -> None:
    text = section("stepper", "ko")
    header, arrays = unpack(made.payload(text, cell=(1, 2), input_name="입력", rgb=True))
    assert header["text"] == text
    assert (header["cell"], header["channel"], header["input_name"]) == ([1, 2], 0, "입력")
    assert header["outputs"] == list(made.outputs)
    assert header["operation"] == made.operation
    assert header["bias"] == made.bias
    assert header["pads"] == [list(pair) for pair in made.pads]
    assert header["limits"]["output"][0] == pytest.approx(np.abs(made.output).max())
    assert arrays.keys() == made.arrays().keys()
    for name, array in made.arrays().items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)


def test_digest_is_the_scene_and_not_the_place_in_it() -> None:
    def digest(x: np.ndarray, **options: object) -> str:
        made = scene(x, Window(1), "relu")
        return unpack(made.payload({}, **options))[0]["digest"]  # type: ignore[arg-type]

    x = np.zeros((2, 3, 1))
    assert digest(x) == digest(x, cell=(1, 1)) == digest(x.copy(), channel=0)
    assert len({digest(x), digest(x + 1), digest(x.reshape(3, 2, 1)), digest(x, output_name="relu1")}) == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((4, 4, 1)), Window(2), "blur"), "`operation` must be one of conv, max, average, relu."),
        ((np.zeros((4, 4, 1)), Window(2), "conv"), "`kernel` must be given for conv"),
        ((np.zeros((4, 4, 2)), Window(2), "max"), "`x` must be one map"),
        ((np.zeros((4, 4)), Window(2), "max"), "`x` must have 3 axes."),
        ((np.zeros((4, 4, 1)), Window(2), "relu"), "`window` must be Window(1) for relu."),
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


@pytest.mark.parametrize("beside", [("max",), ("conv",), ("relu",)])
def test_only_the_other_pooling_goes_beside(beside: tuple) -> None:
    with pytest.raises(CnnvizError, match="`beside` must be the other one of max and average"):
        scene(np.zeros((4, 4, 1)), Window(2), "max", beside=beside)


@pytest.mark.parametrize(
    ("given", "before", "returned", "moved"),
    [
        pytest.param((0, 0, 0), None, None, False, id="first run"),
        pytest.param((0, 0, 0), (0, 0, 0), (2, 3, 0), False, id="page that passes a constant"),
        pytest.param((2, 3, 0), (0, 0, 0), (2, 3, 0), False, id="page that passes back what it was told"),
        pytest.param((5, 5, 0), (2, 3, 0), (2, 3, 0), True, id="link to another cell"),
        pytest.param((2, 3, 4), (2, 3, 0), (2, 3, 7), True, id="link to another channel"),
    ],
)
def test_only_a_link_moves_the_stepper(
    given: tuple, before: tuple | None, returned: tuple | None, moved: bool
) -> None:
    place = [None if p is None else Settled(*p) for p in (before, returned)]
    assert _moved(Settled(*given), *place) is moved
