"""Convolution page: a trained, classic or typed kernel on an image, a feature map or a number grid."""

from typing import Any

import numpy as np
import streamlit as st

from cnnviz import Window
from cnnviz.arithmetic.kernels import CLASSIC, LUMA_WEIGHTS, parse_grid
from cnnviz.errors import CnnvizError
from cnnviz.explain import snippets
from cnnviz.explain.snippet_data import Activation, Data, Pixels, Weight, Written
from cnnviz.layers.base import SlidingOp
from cnnviz.layers.conv import Conv
from cnnviz.networks import zoo
from cnnviz.networks.graph import IMAGE
from cnnviz.pages import (
    activation_cache,
    data_sets,
    figure_cache,
    frame,
    image_selection,
    layer_words,
    lecture_state,
    link,
    linked_views,
    model_cache,
    network_texts,
    predict,
    take_along,
)
from cnnviz.pages.code_block import code_block
from cnnviz.pages.convolution_subject import Subject
from cnnviz.pages.translation import number, t

BOARD = "3 1 0 2 1 4\n0 2 5 1 0 3\n1 4 2 0 2 1\n2 0 1 3 5 0\n4 1 0 2 1 2\n0 3 2 1 0 1"
TYPED = "1 0 -1\n2 0 -2\n1 0 -1"


picked = image_selection.picked()
input_errors: list[CnnvizError] = []


def trained_kernel() -> Subject:
    """Draw the controls for a filter of the network, and return it with the layer's input."""
    graph = zoo.get(picked.model).graph
    titles = network_texts.layer_names(graph)
    choices = {info.name: titles[info.name] for info in graph if info.layer.page == "convolution"}
    name = link.option(t("convolution.layer"), "convolution_layer", choices, width=170)
    weights = model_cache.weights(picked.model)[0]
    own = {key: weights[f"{name}.{key}"] for key in graph[name].weight_shapes}
    filters = graph[name].output_shape[2]
    index = link.whole(t("convolution.filter"), "map", 0, filters - 1, default=0, width=130)
    (before,) = graph.shown_inputs(name)
    layer, channels = graph[name].layer, graph.shape(before)[2]
    assert isinstance(layer, Conv)  # this page is about that one kind
    seen = layer.seen(index, channels) if layer.groups > 1 else None  # None = all
    if before == IMAGE:
        x, source = data_sets.selected().preprocess(picked.image), t("convolution.name_picture")
        x_code: Data = Pixels(picked.named, channels=seen)
    else:
        source = titles[before]
        x_code = Activation(picked.model, before, picked.named, seen)
        x = activation_cache.activations(picked.model, picked.image)[before]
    op = layer.sliding_op([x], own, index)  # over the channels that this filter sees
    assert op is not None
    assert op.kernel is not None
    bias = op.bias if "bias" in own else None
    return Subject(
        op.x,
        op.kernel,
        bias,
        source,
        f"{titles[name]} · {t('convolution.filter')} {index}",
        before == IMAGE,
        x_code,
        Weight(picked.model, name, "kernel", index),
        None if bias is None else Weight(picked.model, name, "bias", index),
        layer.window,
    )


def parse_or_fallback(text: str, fallback: str, **limits: Any) -> np.ndarray:
    """Parse typed numbers; if they are invalid, store the error for after all controls and use `fallback`."""
    try:
        return parse_grid(text, **limits)
    except CnnvizError as error:
        input_errors.append(error)
        return parse_grid(fallback, **limits)


def custom_kernel(source: str) -> Subject:
    """Draw the controls for a classic or typed kernel and its input, and return both."""
    link.untag("digest")  # no number here is the network's
    if source == "classic":
        name = link.option(
            t("convolution.which"),
            "classic",
            {k: t(f"convolution.classic_{k}") for k in CLASSIC},
            width=230,
        )
        kernel = CLASSIC[name]
    else:
        text = link.lines(
            t("convolution.typed"),
            "weights",
            TYPED,
            help=t("convolution.typed_help"),
            width=230,
            height=122,
        )
        kernel = parse_or_fallback(text, TYPED, smallest=1, largest=7, square=True)
    in_colour = data_sets.selected().channels == 3
    inputs = ("grey", "colour", "grid") if in_colour else ("grey", "grid")
    on = link.option(
        t("convolution.input"),
        "input",
        {choice: t(f"convolution.input_{choice}") for choice in inputs},
        draw=st.segmented_control,
        required=True,
    )
    picture = data_sets.selected().preprocess(picked.image)
    name = t("convolution.name_picture")
    if on == "grid":
        text = link.lines(
            t("convolution.grid"),
            "numbers",
            BOARD,
            help=t("convolution.grid_help"),
            width=230,
            height=170,
        )
        grid = parse_or_fallback(text, BOARD, smallest=2, largest=12)
        x, name = grid[..., np.newaxis], t("convolution.name_grid")
        x_code: Data = Written(grid, channels=1)
    else:
        mixed = in_colour and on == "grey"
        x = (picture @ LUMA_WEIGHTS)[..., np.newaxis] if mixed else picture
        x_code = Pixels(picked.named, grey=mixed)
    return Subject(
        x,
        np.repeat(kernel[..., np.newaxis], x.shape[2], axis=2),
        None,
        name,
        t("convolution.name_output"),
        on != "grid",
        x_code,
        Written(kernel, channels=x.shape[2]),
    )


def window(size: tuple[int, int]) -> Window:
    """Draw the controls of stride, padding and dilation."""
    stride = tuple(
        link.whole(t(f"convolution.stride_{axis}"), f"stride_{axis}", 1, 8, default=1, width=130)
        for axis in ("rows", "cols")
    )
    kind = link.option(
        t("convolution.padding"),
        "padding",
        {choice: t(f"convolution.padding_{choice}") for choice in ("same", "valid", "custom")},
        draw=st.segmented_control,
        required=True,
    )
    padding: Any = kind
    if kind == "custom":
        padding = tuple(
            link.whole(t(f"convolution.pad_{axis}"), f"pad_{axis}", 0, 8, default=1, width=130)
            for axis in ("rows", "cols")
        )
    dilation = link.whole(t("convolution.dilation"), "dilation", 1, 8, default=1, width=130)
    return Window(size, stride, padding, dilation)


def formula(subject: Subject, window: Window) -> str:
    """Return the formula of the output size with its numbers, as LaTeX."""
    size = subject.x.shape[0], subject.x.shape[1]
    pads, out = window.pads(size), window.output_size(size)
    lines = []
    for k, axis in enumerate(("rows", "cols")):
        covered = rf"{size[k]} + {pads[k][0]} + {pads[k][1]} - {window.extent[k]}"
        steps = rf"\left\lfloor \frac{{{covered}}}{{{window.stride[k]}}} \right\rfloor"
        lines.append(rf"\text{{{t(f'convolution.size_{axis}')}}} &= {steps} + 1 = {out[k]}")
    return r"\begin{aligned}" + r"\\".join(lines) + r"\end{aligned}"


frame.heading("convolution")
# in the lecture the example is set already, and the screen is for the numbers
settings = (
    st.expander(t("convolution.settings")) if lecture_state.in_lecture("convolution") else st.container()
)
with settings, frame.controls():
    with st.container(horizontal=True):
        source = link.option(
            t("convolution.kernel"),
            "kernel",
            {choice: t(f"convolution.kernel_{choice}") for choice in ("trained", "classic", "typed")},
            draw=st.segmented_control,
            required=True,
        )
        subject = trained_kernel() if source == "trained" else custom_kernel(source)
    with st.container(horizontal=True):
        sliding = window(subject.kernel.shape[:2])
if input_errors:
    raise input_errors[0]

scene = figure_cache.scene(SlidingOp("conv", subject.x, sliding, subject.kernel, subject.bias or 0.0))
captions: dict[str, Any] = {
    "input_name": subject.input_name,
    "output_name": subject.output_name,
    "rgb": subject.rgb,
}
selection = linked_views.step_through(scene, **captions)
predict.draw("convolution", picked)


left, right = st.columns(2)
with left, st.container(key="convolution_size"):
    st.header(t("convolution.size"), anchor=False)
    st.latex(formula(subject, sliding))
    st.caption(t("convolution.size_words"))
    if sliding.dilation[0] > 1:
        st.caption(
            t(
                "convolution.extent",
                dilation=sliding.dilation[0],
                size=sliding.size[0],
                extent=sliding.extent[0],
            )
        )
    height, width, channels = subject.kernel.shape
    rows, cols = sliding.output_size(subject.x.shape[:2])
    has_bias = int(subject.bias is not None)
    st.markdown(
        t(
            "convolution.counts",
            kh=height,
            kw=width,
            channels=channels,
            bias=has_bias,
            parameters=f"{subject.kernel.size + has_bias:,}",
            products=f"{subject.kernel.size * rows * cols:,}",
        )
    )
with right:
    st.header(t("convolution.notes"), anchor=False)
    total = number(subject.kernel[..., 0].sum())
    st.markdown(f"- {t(f'convolution.note_{source}', sum=total)}")
    if sliding.pads(subject.x.shape[:2]) != ((0, 0), (0, 0)):
        st.markdown(f"- {t('convolution.note_padding')}")
    st.markdown(f"- {t('convolution.note_input')}")
    if subject.own is not None and sliding != subject.own:
        words = t(
            "convolution.departs",
            stride="×".join(map(str, dict.fromkeys(subject.own.stride))),
            padding=layer_words.padding_name(subject.own),
        )
        st.markdown(f"- {words}")
    st.caption(t("convolution.flip"))

code_block(
    conv=lambda library: snippets.convolution(
        library, subject.x_code, subject.kernel_code, subject.bias_code, sliding
    )
)
take_along.row(scene, selection, **captions)
