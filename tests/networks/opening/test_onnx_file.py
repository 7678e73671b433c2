"""ONNX files: every operator against ONNX' own evaluator, and files that have to be refused."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from cnnviz import CnnvizError, open_network
from cnnviz.networks.opening import onnx_message
from cnnviz.networks.opening.onnx_file import convert, read, recognised
from tests.coverage.onnx_models import WITHIN, differences, keras_engine, numpy_engine
from tests.layers.test_kinds import searched
from tests.networks.opening.onnx_made import model, node, numbers, positive

NHWC = (1, 6, 7, 3)


def check(made: onnx.ModelProto, engine: Any = numpy_engine, **arguments: Any) -> list[str]:
    """Compare every value of a file; return the kinds of layer that it became."""
    converted = convert(made.SerializeToString(), **arguments)
    shape = [dim.dim_value or 1 for dim in made.graph.input[0].type.tensor_type.shape.dim]
    x = np.random.default_rng(3).standard_normal(shape).astype(np.float32)
    found = differences(made, x, converted, engine)
    assert len(found) > 1
    for each in found:
        assert each.relative <= WITHIN, each
    return [info.kind for info in converted.opened.graph]


def norm(source: str, to: str, number: int = 0) -> onnx.NodeProto:
    return node("BatchNormalization", f"{source} g{number} b{number} m{number} v{number}", to, epsilon=1e-5)


def norm_constants(channels: int, number: int = 0) -> dict[str, np.ndarray]:
    return {
        f"g{number}": numbers(channels),
        f"b{number}": numbers(channels),
        f"m{number}": numbers(channels),
        f"v{number}": positive(channels),
    }


def one(kind: str, rest: str = "", shape: Any = (1, 3, 6, 7), opset: int = 17, **attributes: Any) -> Any:
    """Return a file of one operator on the picture, and of constants c0, c1, ... by name."""

    def make(*constants: np.ndarray) -> onnx.ModelProto:
        names = {f"c{k}": array for k, array in enumerate(constants)}
        return model([node(kind, f"x {rest}".strip(), "y", **attributes)], names, shape, opset=opset)

    return make


W = numbers(4, 3, 3, 2)
SINGLE = {
    "conv": (one("Conv", "c0 c1", pads=[1, 0, 0, 1], strides=[2, 1])(W, numbers(4)), ["conv"]),
    "conv of upper same": (one("Conv", "c0", auto_pad="SAME_UPPER", strides=[2, 2])(W), ["conv"]),
    "conv of lower same": (one("Conv", "c0", auto_pad="SAME_LOWER", strides=[2, 2])(W), ["conv"]),
    "dilated conv": (one("Conv", "c0", dilations=[2, 1], pads=[2, 0, 2, 1])(W), ["conv"]),
    "grouped conv": (model([node("Conv", "x w", "a"), node("Conv", "a u", "y", group=2)],
                           {"w": W, "u": numbers(6, 2, 3, 3)}), ["conv", "conv"]),
    "depthwise conv": (one("Conv", "c0 c1", group=3, pads=[1] * 4)(numbers(6, 1, 3, 3), numbers(6)),
                       ["depthwise_conv"]),
    "transposed conv": (one("ConvTranspose", "c0 c1", strides=[2, 2], pads=[1, 1, 1, 1],
                            output_padding=[1, 1])(numbers(3, 4, 3, 3), numbers(4)),
                        ["transposed_conv", "cropping"]),
    "max pool": (one("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])(), ["max_pool"]),
    "max pool, ceil": (one("MaxPool", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)(), ["max_pool"]),
    "average pool": (one("AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 0, 1, 1])(),
                     ["average_pool"]),
    "average pool, counted": (one("AveragePool", kernel_shape=[3, 3], pads=[1] * 4, count_include_pad=1)(),
                              ["zero_padding", "average_pool"]),
    "average pool, ceil": (one("AveragePool", kernel_shape=[3, 2], strides=[2, 2], ceil_mode=1)(),
                           ["average_pool"]),
    "batch norm": (model([norm("x", "y")], norm_constants(3)), ["batch_norm"]),
    "lrn": (one("LRN", size=4, alpha=0.2, beta=0.6, bias=2.0)(), ["local_response_norm"]),
    "leaky": (one("LeakyRelu", alpha=0.2)(), ["leaky_relu"]),
    "prelu": (one("PRelu", "c0")(numbers(3, 1, 1)), ["prelu"]),
    "prelu of one number": (one("PRelu", "c0")(numbers(1)), ["prelu"]),
    "upsampling": (one("Resize", " c0", mode="nearest", coordinate_transformation_mode="asymmetric",
                       nearest_mode="floor")(np.array([1, 1, 2, 3], "f4")), ["upsampling"]),
    "upsampling to a size": (one("Resize", "  c0", mode="nearest")(np.array([1, 3, 18, 7])), ["upsampling"]),
    "upsampling, blended": (one("Resize", " c0", mode="linear",
                                coordinate_transformation_mode="pytorch_half_pixel")
                            (np.array([1, 1, 2, 3], "f4")), ["upsampling"]),
    "upsampling of old": (one("Upsample", "c0", opset=9)(np.array([1, 1, 2, 2], "f4")), ["upsampling"]),
    "clip": (one("Clip", "c0 c1")(np.float32(0), np.float32(6)), ["relu6"]),
    "clip of old": (one("Clip", opset=6, min=0.0, max=6.0)(), ["relu6"]),
    "clip from below": (one("Clip", "c0")(np.float32(0)), ["relu"]),
    "hard swish": (one("HardSwish")(), ["hard_swish"]),
    "hard sigmoid": (one("HardSigmoid", alpha=1 / 6, beta=0.5)(), ["hard_sigmoid"]),
    "tanh": (one("Tanh")(), ["tanh"]),
    "pad": (one("Pad", "c0")(np.array([0, 0, 1, 0, 0, 0, 2, 1])), ["zero_padding"]),
    "pad of old": (one("Pad", opset=9, pads=[0, 0, 1, 0, 0, 0, 2, 1])(), ["zero_padding"]),
    "factors": (one("Mul", "c0")(numbers(3, 1, 1)), ["depthwise_conv"]),
    "a factor": (one("Mul", "c0")(np.float32(0.5)), ["rescaling"]),
    "offsets": (one("Sub", "c0")(numbers(1, 3, 1, 1)), ["rescaling"]),
    "divided": (one("Div", "c0")(positive(1, 3, 1, 1)), ["depthwise_conv"]),
    "slice": (one("Slice", "c0 c1 c2")(np.array([1]), np.array([9]), np.array([1])), ["channel_slice"]),
}  # fmt: skip


@pytest.mark.parametrize("case", SINGLE)
def test_an_operator_is_a_layer(case: str) -> None:
    made, kinds = SINGLE[case]
    assert check(made) == kinds


def classifier() -> onnx.ModelProto:
    """Return a network whose flattened maps go into a dense layer, as PyTorch writes it."""
    constants = norm_constants(4) | {"w": W, "d": numbers(5, 4 * 3 * 4), "e": numbers(5)}
    nodes = [
        node("Conv", "x w", "a", "/features/features.0/Conv", pads=[1, 0, 1, 1]),
        norm("a", "b"),
        node("Relu", "b", "c", "/features/features.2/Relu"),
        node("MaxPool", "c", "p", "/features/features.3/MaxPool", kernel_shape=[2, 2], strides=[2, 2]),
        node("Flatten", "p", "f", "/Flatten"),
        node("Dropout", "f", "o", "/classifier/classifier.0/Dropout"),
        node("Gemm", "o d e", "y", "/classifier/classifier.1/Gemm", transB=1),
    ]
    constants["d"] = numbers(5, 4 * 3 * 3)
    return model(nodes, constants, producer="pytorch")


def test_a_whole_network(tmp_path: Path) -> None:
    made = classifier()
    assert check(made, keras_engine) == [
        "conv", "batch_norm", "relu", "max_pool", "dropout", "flatten", "dense",
    ]  # fmt: skip
    path = tmp_path / "small.onnx"
    path.write_bytes(made.SerializeToString())
    with path.open("rb") as file:
        assert recognised(file.read(16))
    opened = read(path)
    assert opened.source == "ONNX (pytorch)"
    assert [info.name for info in opened.graph][:4] == ["features_0", "b", "features_2", "features_3"]
    assert sum(info.total_parameters for info in opened.graph) == 4 * 3 * 3 * 2 + 4 * 4 + 5 * 37
    net = open_network(path, classes="abcde")
    answer = net.predict(np.zeros((2, 6, 7, 3), np.uint8))
    assert answer.shape == (2, 5)
    np.testing.assert_allclose(answer.sum(axis=1), 1, rtol=1e-5)


def test_names_are_near_to_those_in_the_file() -> None:
    nodes = [
        node("Conv", "x stem.0.weight", "a", "node_Conv_292"),
        node("Relu", "a", "b", "node_relu"),
        node("Conv", "b gpu_0/conv2_w_0", "c", "n4"),
        node("MaxPool", "c", "d", "n5", kernel_shape=[2, 2]),
        node("Add", "d d", "e", "/block/Add"),
        node("Sigmoid", "e", "s", "/block/act/Sigmoid"),
        node("Mul", "e s", "f", "/block/act/Mul"),
        node("Relu", "f", "y", "image"),
    ]
    made = model(nodes, {"stem.0.weight": W, "gpu_0/conv2_w_0": numbers(4, 4, 1, 1)})
    names = [info.name for info in convert(made.SerializeToString()).opened.graph]
    assert names == [
        "stem_0",
        "relu",
        "gpu_0_conv2",
        "max_pool",
        "block_add",
        "block_act_swish",
        "relu_image",
    ]


def test_axes_are_only_renamed() -> None:
    """A file of TensorFlow's converter: channels last outside, first inside; nothing of it is a layer."""
    nodes = [
        node("Transpose", "x", "t", perm=[0, 3, 1, 2]),
        node("Conv", "t w", "a", pads=[1, 1, 1, 0]),
        node("Transpose", "a", "l", perm=[0, 2, 3, 1]),
        node("Add", "l bias", "z"),
        node("Relu", "z", "r"),
        node("MatMul", "r mix", "m"),
        node("Reshape", "m s", "f"),
        node("MatMul", "f d", "y"),
    ]
    constants = {"w": W, "bias": numbers(4), "mix": numbers(4, 2), "s": np.array([-1, 6 * 7 * 2])}
    constants["d"] = numbers(6 * 7 * 2, 3)
    kinds = check(model(nodes, constants, NHWC))
    assert kinds == ["conv", "relu", "conv", "flatten", "dense"]


def test_channel_shuffle() -> None:
    nodes = [
        node("Conv", "x k", "z"),
        node("Reshape", "z s", "a"),
        node("Transpose", "a", "b", "mix", perm=[0, 2, 1, 3, 4]),
        node("Reshape", "b t", "c"),
        node("Conv", "c w", "y", group=3),
    ]
    constants = {"s": np.array([1, 3, 2, 6, 7]), "t": np.array([1, 6, 6, 7]), "w": numbers(6, 2, 1, 1)}
    constants["k"] = numbers(6, 3, 1, 1)
    assert check(model(nodes, constants)) == ["conv", "channel_shuffle", "conv"]


def test_squeeze_and_excitation() -> None:
    nodes = [
        node("Conv", "x w", "a"),
        node("GlobalAveragePool", "a", "g"),
        node("Conv", "g v u", "s"),
        node("Sigmoid", "s", "e"),
        node("Mul", "e a", "y"),
    ]
    constants = {"w": W, "v": numbers(4, 4, 1, 1), "u": numbers(4)}
    kinds = check(model(nodes, constants), keras_engine)
    assert kinds == ["conv", "global_average_pool", "reshape", "conv", "sigmoid", "multiply"]


def test_split_add_and_concat() -> None:
    nodes = [
        node("Conv", "x k", "z"),
        node("Split", "z", "a b", axis=1),
        node("Relu", "a", "r"),
        node("Add", "r b", "s"),
        node("Concat", "s z b", "c", axis=1),
        node("ReduceMean", "c", "y", axes=[2, 3], keepdims=0),
    ]
    kinds = check(model(nodes, {"k": numbers(4, 3, 1, 1)}, opset=11))
    assert kinds == ["conv", "channel_slice", "channel_slice", "relu", "add", "concatenate",
                     "global_average_pool"]  # fmt: skip


@pytest.mark.parametrize("half_first", [True, False])
def test_gelu_and_swish_are_put_together(half_first: bool) -> None:
    gelu = [
        node("Div", "x root", "a"),
        node("Erf", "a", "b"),
        node("Add", "b one", "c"),
        *([node("Mul", "x half", "h"), node("Mul", "h c", "g")] if half_first
          else [node("Mul", "x c", "h"), node("Mul", "h half", "g")]),
    ]  # fmt: skip
    nodes = [*gelu, node("Sigmoid", "g", "s"), node("Mul", "g s", "y")]
    constants = {"root": np.float32(np.sqrt(2)), "one": np.float32(1), "half": np.float32(0.5)}
    assert check(model(nodes, constants)) == ["gelu", "swish"]


def test_what_is_used_elsewhere_stays() -> None:
    nodes = [
        node("Sigmoid", "x", "s"),
        node("Mul", "x s", "m"),
        node("Add", "m s", "y"),
    ]
    assert check(model(nodes)) == ["sigmoid", "multiply", "add"]
    nodes = [node("Conv", "x w", "a"), node("Add", "a b", "c"), node("Add", "a c", "y")]
    assert check(model(nodes, {"w": W, "b": numbers(4, 1, 1)})) == ["conv", "rescaling", "add"]


def test_shapes_that_are_computed() -> None:
    """`x.view(x.size(0), -1)` with a batch axis that is left open."""
    nodes = [
        node("Shape", "x", "s"),
        node("Gather", "s zero", "n", axis=0),
        node("Unsqueeze", "n axes", "u"),
        node("Concat", "u rest", "t", axis=0),
        node("Reshape", "x t", "f"),
        node("Gemm", "f d", "y"),
    ]
    constants = {"zero": np.array(0), "axes": np.array([0]), "rest": np.array([-1]), "d": numbers(126, 2)}
    assert check(model(nodes, constants, ("batch", 3, 6, 7))) == ["flatten", "dense"]


def test_whole_numbers_are_divided_towards_zero_and_a_part_of_a_shape_is_read() -> None:
    nodes = [
        node("Shape", "k", "n", start=1, end=2),
        node("Div", "seven two", "q"),
        node("Neg", "q", "p"),
        node("Concat", "n p rest", "t", axis=0),
        node("Reshape", "x t", "r"),
        node("Flatten", "r", "f"),
        node("Gemm", "f d", "y"),
    ]
    constants = {"k": numbers(9, 1), "seven": np.array([-7]), "two": np.array([2]), "rest": np.array([-1])}
    found = convert(model(nodes, constants | {"d": numbers(126, 2)}).SerializeToString())
    assert found.tensors["r"].shape == (3, 42)


def test_an_open_size_is_asked_for() -> None:
    made = model([node("Relu", "x", "y")], shape=("batch", 3, "rows", 7)).SerializeToString()
    with pytest.raises(CnnvizError, match="`size` must be given") as raised:
        convert(made)
    assert raised.value.reason == "network_size"
    assert convert(made, (5, 99)).opened.graph.input_shape == (5, 7, 3)


# ---------------------------------------------------------------- random graphs


@st.composite
def graphs(draw: st.DrawFn) -> onnx.ModelProto:
    """Draw a graph of up to eight operators on maps, with branches."""
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    nodes, constants = [], dict[str, np.ndarray]()
    shapes = {"x": (draw(st.sampled_from([1, 3])), draw(st.integers(4, 9)), draw(st.integers(4, 9)))}

    def constant(*shape: int) -> str:
        name = f"k{len(constants)}"
        constants[name] = rng.standard_normal(shape).astype(np.float32)
        return name

    for step in range(draw(st.integers(1, 8))):
        source = draw(st.sampled_from(list(shapes)))
        (c, h, w), out = shapes[source], f"v{step}"
        kind = draw(
            st.sampled_from(["Conv", "Conv", "MaxPool", "AveragePool", "Relu", "Concat", "Add", "Mul"])
        )
        if kind in ("Conv", "MaxPool", "AveragePool"):
            size = [draw(st.integers(1 if kind == "Conv" else 2, 3)) for _ in "hw"]
            strides = [draw(st.integers(1, 3)) for _ in "hw"]
            pads = [draw(st.integers(0, n - 1)) for n in (*size, *size)]
            ceil = kind != "Conv" and draw(st.booleans())
            new = []
            for n, k, s, before, after in zip((h, w), size, strides, pads[:2], pads[2:], strict=True):
                steps = (n + before + after - k) / s
                count = int(-(-steps // 1) if ceil else steps // 1) + 1
                new.append(count - 1 if ceil and (count - 1) * s >= n + before else count)
            if min(n + a + b - k for n, k, a, b in zip((h, w), size, pads[:2], pads[2:], strict=True)) < 0:
                continue
            made = {"kernel_shape": size, "strides": strides, "pads": pads}
            if kind == "Conv":
                groups = draw(st.sampled_from([n for n in (1, 2, c) if c % n == 0]))
                units = groups * draw(st.integers(1, 3))
                inputs = f"{source} {constant(units, c // groups, *size)} {constant(units)}"
                nodes.append(node(kind, inputs, out, group=groups, **made))
                c = units
            else:
                made |= {"ceil_mode": int(ceil)}
                if kind == "AveragePool":
                    made["count_include_pad"] = draw(st.integers(0, 1)) if not ceil else 0
                nodes.append(node(kind, source, out, **made))
            shapes[out] = (c, new[0], new[1])
        elif kind in ("Add", "Mul", "Concat"):
            other = draw(st.sampled_from([each for each in shapes if shapes[each][1:] == (h, w)]))
            if kind == "Concat":
                nodes.append(node(kind, f"{source} {other}", out, axis=1))
                shapes[out] = (c + shapes[other][0], h, w)
            elif shapes[other] == (c, h, w):
                nodes.append(node(kind, f"{source} {other}", out))
                shapes[out] = (c, h, w)
            else:
                nodes.append(node(kind, f"{source} {constant(c, 1, 1)}", out))
                shapes[out] = (c, h, w)
        else:
            nodes.append(node(kind, source, out))
            shapes[out] = (c, h, w)
    last = list(shapes)[-1]
    nodes.append(node("Flatten", last, "flat"))
    nodes.append(node("Gemm", f"flat {constant(int(np.prod(shapes[last])), 4)}", "y"))
    return model(nodes, constants, (1, *shapes["x"]), opset=19)


@searched(40)
@given(graphs())
def test_random_graphs_agree(made: onnx.ModelProto) -> None:
    check(made)


# ---------------------------------------------------------------- what has to be refused


def external() -> onnx.ModelProto:
    made = classifier()
    stored = made.graph.initializer[0]
    stored.data_location = TensorProto.EXTERNAL
    stored.external_data.add(key="location", value="/etc/passwd")
    return made


def lying(dims: list[int]) -> onnx.ModelProto:
    made = classifier()
    del made.graph.initializer[4].dims[:]
    made.graph.initializer[4].dims.extend(dims)
    return made


def huge() -> onnx.ModelProto:
    shape = np.array([100_000, 100_000])
    return model([node("ConstantOfShape", "s", "w"), node("Gemm", "x w", "y")], {"s": shape})


def nested() -> bytes:
    inner = b""
    for _ in range(500):
        body = b"\x0a\x01a\x32" + _length(inner) + inner if inner else b"\x0a\x01a"
        made = b"\x2a" + _length(body) + body  # node.attribute
        inner = b"\x0a" + _length(made) + made  # graph.node
    return b"\x08\x08\x3a" + _length(inner) + inner


def _length(body: bytes) -> bytes:
    n, made = len(body), b""
    while n > 127:
        made, n = made + bytes([n & 127 | 128]), n >> 7
    return made + bytes([n])


def many_nodes() -> bytes:
    body = b"\x0a\x00" * 600_000
    return b"\x08\x08\x3a" + _length(body) + body


def text_tensor() -> onnx.ModelProto:
    made = model([node("Add", "x c", "y")])
    made.graph.initializer.append(helper.make_tensor("c", TensorProto.STRING, [1], [b"text"]))
    return made


def two_pictures() -> onnx.ModelProto:
    made = model([node("Add", "x z", "y")])
    made.graph.input.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, [1, 3, 6, 7]))
    return made


def foreign() -> onnx.ModelProto:
    return model([helper.make_node("Run", ["x"], ["y"], name="evil", domain="com.example")])


def looped() -> onnx.ModelProto:
    body = helper.make_graph([node("Relu", "x", "q")], "body", [], [])
    return model([node("If", "x", "y", then_branch=body, else_branch=body)])


def padded(amount: int) -> onnx.ModelProto:
    return model([node("Pad", "x p", "y")], {"p": np.array([0, 0, amount, 0, 0, 0, 0, 0])})


def doubling() -> onnx.ModelProto:
    nodes = [node("Concat", f"c{k} c{k}", f"c{k + 1}", axis=0) for k in range(60)]
    return model([*nodes, node("Add", "x c60", "y")], {"c0": numbers(1000)})


HOSTILE: dict[str, tuple[Callable[[], Any], str]] = {
    "nothing": (lambda: b"\x08\x08", "it has no nodes"),
    "noise": (lambda: b"\x08\x08" + bytes(range(256)), "undamaged ONNX file"),
    "cut off": (lambda: classifier().SerializeToString()[:-900], "it ends too early"),
    "weights elsewhere": (external, "lies in another file; export it with external_data=False"),
    "a shape that lies": (lambda: lying([4, 3, 3, 3]), r"has the shape \(4, 3, 3, 3\), but 72 numbers"),
    "a vast shape": (lambda: lying([2**40, 2**40]), "its arrays hold more than 300,000,000 numbers"),
    "a negative shape": (lambda: lying([-4, -3, 3, 2]), "has the shape"),
    "a vast constant": (huge, "its arrays hold more than"),
    "constants that double": (doubling, "its arrays hold more than"),
    "text as weights": (text_tensor, "is not of plain numbers"),
    "deep nesting": (nested, "it is nested more than 12 deep"),
    "many nodes": (many_nodes, "it has more than 500,000 parts"),
    "a cycle": (lambda: model([node("Add", "x b", "a"), node("Relu", "a", "b")]),
                r"\(Add\), whose input 'b' comes from a later node"),
    "itself": (lambda: model([node("Add", "x a", "a", "me")]), "'me' .* from a later node, or from itself"),
    "from nowhere": (lambda: model([node("Add", "x q", "a")]), "whose input 'q' no node makes"),
    "two origins": (lambda: model([node("Relu", "x", "y"), node("Tanh", "x", "y")]), "'y' has two origins"),
    "two pictures": (two_pictures, r"one input\. Received: 2 inputs"),
    "a vector": (lambda: model([node("Relu", "x", "y")], shape=(1, 784)), "four axes.* an input of 2"),
    "five channels": (lambda: model([node("Relu", "x", "y")], shape=(1, 5, 6, 7)), "1 or 3 channels"),
    "another domain": (foreign, "the node 'evil' of the operator com.example.Run"),
    "a branch": (looped, "the node 'y' of the operator If. Export"),
    "unknown": (lambda: model([node("NonMaxSuppression", "x", "y", "boxes")]), "the node 'boxes' "),
    "a constant answer": (lambda: model([node("Relu", "x", "y"), node("Neg", "c", "z")], {"c": numbers(2)}),
                          "output depends on its picture"),
    "a huge border": (lambda: padded(2**40), "more than 200,000,000 numbers"),
    "shrinking": (lambda: one("Resize", " c0")(np.array([1, 1, 0.5, 2], "f4")), "by whole numbers"),
    "endless enlarging": (lambda: one("Upsample", "c0", opset=9)(np.array([1, 1, np.inf, 2], "f4")),
                          "by whole numbers"),
    "enlarging by 100 million": (lambda: one("Resize", "  c0")(np.array([1, 3, 6 * 10**8, 7])),
                                 "by whole numbers"),
    "enlarging by cubes": (lambda: one("Resize", " c0", mode="cubic")(np.array([1, 1, 2, 2], "f4")),
                           "whose mode 'cubic'"),
    "a slope for each position": (lambda: one("PRelu", "c0")(numbers(3, 6, 7)), "not one number for each"),
    "a large window": (lambda: one("MaxPool", kernel_shape=[2**30, 2])(), "window is larger than its input"),
    "no stride": (lambda: one("MaxPool", kernel_shape=[2, 2], strides=[0, 1])(), "`stride` must be"),
    "strides and dilations": (lambda: one("Conv", "c0", dilations=[2, 2], strides=[2, 2])(W[:, :, :2]),
                              "both a stride and a dilation"),
    "a vast sum": (lambda: one("LRN", size=2**30)(), "does not fit inputs"),
    "signals": (lambda: one("MaxPool", kernel_shape=[2])(), "window does not have two axes"),
    "a wrong kernel": (lambda: one("Conv", "c0")(numbers(4, 2, 3, 3)), "does not fit 3 channels"),
    "wrong weights": (lambda: one("Conv", "c0 c1")(W, numbers(3)), r"bias must be \(4,\), and is \(3,\)"),
    "moved batch": (lambda: one("Transpose", perm=[1, 0, 2, 3])(), "moves the batch axis"),
    "torn axes": (lambda: one("Reshape", "c0")(np.array([1, 21, 6])), "tears axes apart"),
    "another hard sigmoid in a product": (
        lambda: model([node("HardSigmoid", "x", "h", alpha=1 / 6, beta=0.3), node("Mul", "x h", "y")]),
        "whose slope is not 1/6"),
    "a size that keeps the aspect ratio": (
        lambda: one("Resize", "  c0", opset=18, keep_aspect_ratio_policy="not_larger")
        (np.array([1, 3, 12, 21])), "which keeps the aspect ratio"),
    "a mean of padding only": (lambda: one("AveragePool", kernel_shape=[2, 2], pads=[2] * 4)(),
        r"`padding` must be smaller than the window of \(2, 2\)"),
    "a mask per position": (lambda: one("Mul", "c0")(numbers(6, 7)), "differs from position to position"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_file_that_cannot_be_opened_says_why(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make, match = HOSTILE[case]
    if case == "constants that double":  # up to a gigabyte else
        monkeypatch.setattr(onnx_message, "MAX_VALUES", 3_000_000)
    made = make()
    content = made if isinstance(made, bytes) else made.SerializeToString()
    with pytest.raises(CnnvizError, match=match) as raised:
        convert(content)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400


@given(st.data())
@searched(60)
def test_damaged_files_are_refused_or_read(data: st.DataObject) -> None:
    content = bytearray(CONTENT)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        convert(bytes(content))
    except CnnvizError:
        pass


CONTENT = classifier().SerializeToString()


def test_the_check_of_bytes_counts_what_the_parser_builds() -> None:
    with pytest.raises(CnnvizError, match="bytes besides its arrays"):
        onnx_message.check_bytes(b"\x12" + _length(bytes(65 * 2**20)) + bytes(65 * 2**20))
    made = classifier()
    made.graph.initializer.append(numpy_helper.from_array(np.zeros(70 * 2**18, np.float32), "large"))
    onnx_message.check_bytes(made.SerializeToString())  # numbers of a weight are not


def test_without_the_package_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(CnnvizError, match=r'pip install "cnnviz\[onnx\]"') as raised:
        convert(CONTENT)
    assert raised.value.reason == "network_no_onnx"
