"""Titles of scenes: the sizes and settings that a visitor knows, and no others."""

from __future__ import annotations

from cnnviz import Window
from cnnviz.explain.scene import scene
from cnnviz.export.titles import describe, file_name
from tests.scenes import addition, convolved, grid, numbers, pointwise, transposed


def test_describe_and_file_name() -> None:
    made = convolved(grid(5, 6, 1), Window((2, 3), stride=(1, 2), padding=((0, 2), (3, 1)), dilation=(2, 1)))
    pooled = scene(grid(6, 6, 1), Window(2, stride=2), "max", beside=("average",))
    assert describe(made, "en") == (
        "Convolution",
        "Input 5 × 6 · Kernel 2 × 3 · stride 1 × 2 · padding 0+2, 3+1 · dilation 2 × 1 · Output 5 × 4",
    )
    assert describe(pooled, "ko")[0] == "최대 풀링"
    assert file_name(made, "gif") == "conv_i5x6_k2x3_s1x2_p0-2x3-1_d2x1.gif"
    assert file_name(pooled, "html") == "max_i6x6_k2x2_s2_p0.html"
    assert file_name(pointwise(grid(3, 4, 1)), "gif") == "relu_i3x4.gif"


def test_title_of_a_layer_is_its_kind() -> None:
    assert describe(addition(), "en") == ("Addition", "Input 4 × 5 × 2 · Output 4 × 5")
    assert describe(addition(), "ko")[0] == "덧셈"
    assert file_name(addition(), "gif") == "add_i4x5.gif"
    assert describe(pointwise(grid(3, 4, 1)), "en") == ("ReLU", "Input 3 × 4 · Output 3 × 4")
    made_up = pointwise(grid(3, 4, 1), "cube", "{(x)} × {(x)} × {(x)}", lambda x: x**3)
    assert describe(made_up, "ko")[0] == "Cube"
    by_one = convolved(numbers(3, 4, 8), Window(1))
    assert describe(by_one, "en")[1] == "Input 3 × 4 × 8 · Kernel 1 × 1 · stride 1 · padding 0 · Output 3 × 4"


def test_describe_transposed_convolution() -> None:
    assert describe(transposed(), "en")[1] == "Input 3 × 4 · Kernel 3 × 3 · stride 2 · Output 7 × 9"
    assert file_name(transposed(), "gif") == "conv_transpose_i3x4_k3x3_s2.gif"
