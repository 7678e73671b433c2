"""Builder page: edit a stack of layers, see its shapes and feature maps, and copy it as Keras code."""

from collections.abc import Mapping
from typing import get_args

import numpy as np
import streamlit as st

from cnnviz.arithmetic import ops
from cnnviz.components.feature_grid import Scale, feature_grid
from cnnviz.components.stack_editor import stack_editor
from cnnviz.errors import CnnvizError
from cnnviz.explain import snippets
from cnnviz.explain.snippet_data import Untrained, layer_data
from cnnviz.figures.pooling_order import order_heatmaps, orders_of_maps
from cnnviz.hosting import visitors
from cnnviz.networks import builder
from cnnviz.networks.graph import IMAGE
from cnnviz.pages import (
    activation_cache,
    builder_training,
    charts,
    error_messages,
    frame,
    image_selection,
    layer_words,
    link,
    network_texts,
    predict,
    theme,
    translation,
)
from cnnviz.pages.code_block import library_switch, show_code
from cnnviz.pages.translation import number, t
from cnnviz.text import kinds

SCALES: tuple[Scale, ...] = get_args(Scale)
DEFAULT = builder.write(next(iter(builder.PRESETS.values())))
picked = image_selection.picked()


def set_stack(stack: builder.Stack) -> None:
    """Store `stack` as the visitor's choice."""
    st.session_state["builder_unread"] = None
    link.put(builder_stack=builder.write(stack))


def canonical(text: str) -> str:
    """Normalise the text of a stack from a link; store the error if it is invalid."""
    try:
        return builder.write(builder.parse(text))
    except CnnvizError as error:
        st.session_state["builder_unread"] = error
        raise


def choose_stack() -> builder.Stack:
    """Draw the buttons of the presets, and return the visitor's stack."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(t("builder.start_from"), width="content")
        for name, start in builder.PRESETS.items():
            st.button(
                t(f"builder.start_{name}"), key=f"builder_start_{name}", on_click=set_stack, args=(start,)
            )
    stack = builder.parse(link.value("builder_stack", DEFAULT, canonical))
    if (unread := st.session_state.get("builder_unread")) is not None:
        error_messages.show_error(unread)
    return stack


def show_totals(stack: builder.Stack, analysis: builder.Analysis) -> None:
    """Show the total cost and the diagram of a stack, up to its first problem."""
    infos = analysis.infos
    st.markdown(
        t(
            "builder.total",
            blocks=len(stack),
            shape=layer_words.times(infos[-1].output_shape if infos else picked.image.shape),
            parameters=network_texts.parameters(infos),
            work=f"{sum(info.multiply_accumulates for info in infos):,}",
        )
    )
    if infos:
        layer_words.drawing(infos, t("builder.title"), key=builder.write(stack))
        explain_skip_layers(stack, analysis)


def explain_skip_layers(stack: builder.Stack, analysis: builder.Analysis) -> None:
    """Say what each convolution on a skip connection is there for, with its numbers."""
    infos, titles = {info.name: info for info in analysis.infos}, network_texts.layer_names(analysis.infos)
    for *on_skip, end in builder.block_nodes(stack):
        if not on_skip or on_skip[0].layer.name not in infos:
            continue
        conv = infos[on_skip[0].layer.name]
        words = t(
            "builder.on_skip",
            target=titles[end.layer.name],
            layer=titles[conv.name],
            before=layer_words.times(conv.input_shape),
            after=layer_words.times(conv.output_shape),
            made=conv.output_shape[-1],
            maps=conv.input_shape[-1],
            parameters=f"{conv.total_parameters:,}",
        )
        stride = conv.window.stride[0] if conv.window else 1
        st.markdown(f"{words} {t('builder.on_skip_stride', stride=stride)}" if stride > 1 else words)


def show_maps(analysis: builder.Analysis, activations: Mapping[str, np.ndarray], scale: Scale) -> None:
    """Draw all feature maps, without softmax, which would look like a prediction despite random weights."""
    drawn = [info for info in analysis.infos if not info.layer.probabilities]
    if not any(info.drawn for info in drawn):
        st.info(t("builder.nothing") if analysis.problem is None else t("builder.maps_later"))
        return
    feature_grid(
        activations,
        drawn,
        picked.image,
        class_names=(),
        true_label=picked.label,
        language=translation.language(),
        key="builder_grid",
        scale=scale,
        on_scale=lambda chosen: link.put(scale=chosen),
    )


def compare_orders(analysis: builder.Analysis, index: int, activations: Mapping[str, np.ndarray]) -> None:
    """Show ReLU and pooling in both orders, for max and average pooling."""
    first, second = analysis.infos[index : index + 2]
    window = first.window or second.window
    assert window is not None  # one of the two is the pooling
    (source,) = first.inputs
    x = builder.PREPROCESSING(picked.image) if source == IMAGE else activations[source]
    results = {
        name: orders_of_maps(x, pool, window.size, stride=window.stride, padding=window.padding)
        for name, pool in (("max", ops.max_pool), ("average", ops.average_pool))
    }
    most = int(np.argmax([np.abs(orders.difference).sum() for orders in results["average"]]))
    titles = network_texts.layer_names(analysis.infos)
    words = t("builder.order_pair", first=titles[first.name], second=titles[second.name], map=most)
    st.markdown(words)
    for name, orders in results.items():
        differing = sum(order.differing for order in orders)
        verdict = name if differing or name == "max" else "no_negative"
        words = t(
            f"builder.order_{verdict}",
            differing=f"{differing:,}",
            cells=f"{sum(order.difference.size for order in orders):,}",
            largest=number(max(order.largest for order in orders)),
        )
        st.markdown(f"- {words}")
    with st.container(key="pooling_orders"):
        charts.chart(
            order_heatmaps(
                {t(f"pooling.{name}"): orders[most] for name, orders in results.items()},
                relu_first=t("pooling.order_relu_first"),
                pool_first=t("pooling.order_pool_first"),
                difference=t("pooling.difference"),
                dark=theme.dark(),
            ),
            name="pooling_order",
            alt=layer_words.orders_in_words({name: orders[most] for name, orders in results.items()}),
            height="stretch",  # frame.css: as high as its maps
        )


def show_code_of(stack: builder.Stack, analysis: builder.Analysis, seed: int) -> None:
    """Show the Keras code of the stack, or the code of one of its layers in any library."""
    whole = "all"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(t("code.block"), anchor=False, width="content")
        titles = network_texts.layer_names(analysis.infos)
        names = {code: layer_words.option(code, title) for code, title in titles.items()}
        name = link.option(
            t("builder.code_of"),
            "builder_code",
            {whole: t("builder.code_whole")} | names,
            label_visibility="collapsed",
            width=300,
        )
        library = library_switch() if name != whole else None
    if library is not None:
        model = Untrained(builder.write(stack), seed, picked.image.shape)
        inputs, weights = layer_data(model, name, picked.named)
        (info,) = (info for info in analysis.infos if info.name == name)
        show_code(snippets.layer(library, info.layer, inputs, weights))
    elif analysis.problem is None:
        st.code(builder.keras_code(stack, picked.image.shape), language="python")
    else:
        layer = builder.named_layers(stack)[analysis.problem.index]
        titles = kinds.layer_names(
            {each.name: each.kind for each in builder.named_layers(stack)}, translation.language()
        )
        st.markdown(t("builder.code_later", name=titles[layer.name]))


@st.fragment
def page() -> None:
    """Draw everything that depends on the stack, as a fragment."""
    stack = choose_stack()
    analysis = builder.analyze(stack, picked.image.shape)
    stack_editor(
        stack,
        analysis,
        language=translation.language(),
        key="builder_editor",
        on_edit=set_stack,
    )
    show_totals(stack, analysis)

    st.header(t("builder.maps_title"), anchor=False)
    st.markdown(t("builder.maps_lead"))
    seed = link.whole(
        t("builder.seed"),
        "builder_seed",
        0,
        builder.MAX_SEED,
        default=0,
        help=t("builder.seed_help"),
        width=150,
    )
    scale = link.value("scale", "layer", lambda text: SCALES[SCALES.index(text)])
    with activation_cache.stack_turns().turn(
        visitors.current()
    ):  # nothing is computed for visitors who have left meanwhile
        activations = activation_cache.random_run(builder.write(stack), seed, picked.image)
    show_maps(analysis, activations, scale)

    st.header(t("builder.order_title"), anchor=False)
    index = builder.swappable(analysis.infos)
    if index is None:
        st.markdown(t("builder.order_none"))
    else:
        compare_orders(analysis, index, activations)

    show_code_of(stack, analysis, seed)
    builder_training.draw(stack, set_stack)
    predict.draw("builder", picked, builder.write(stack))
    link.publish_fragment()


frame.heading("builder")
page()
