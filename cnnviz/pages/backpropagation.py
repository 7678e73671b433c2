"""Backpropagation page: the loss of a picture, its gradients back to one weight, and gradient steps."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnnviz.components.gallery import Group, gallery
from cnnviz.components.weight_gradient import Selection, weight_gradient
from cnnviz.explain import snippets
from cnnviz.explain.descent import (
    OneKernel,
    kernel_gradient,
    kernel_layers,
    squared_norm,
    step,
    strongest,
)
from cnnviz.figures.descent import loss_curve, output_gradient
from cnnviz.figures.signed_maps import signed_maps
from cnnviz.networks import zoo
from cnnviz.networks.gradients import Gradients, logits
from cnnviz.pages import (
    charts,
    data_sets,
    frame,
    gradient_cache,
    image_selection,
    link,
    network_texts,
    predict,
    theme,
    translation,
)
from cnnviz.pages.code_block import code_block
from cnnviz.pages.gradient_cache import Descent
from cnnviz.pages.translation import t
from cnnviz.text.numbers import significant
from cnnviz.text.rounding import percent

FALL = 0.3  # the share by which the loss would fall at the suggested learning rate, falling as it begins
RATES = ("0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1", "3", "10")
MAX_STEPS = 20
SHOWN_MAPS = 8
OWN = "own"  # the picture's own choice: its class, the filter or channel of the strongest gradient

picked = image_selection.picked()
graph = zoo.get(picked.model).graph
names = data_sets.class_names()
layers = kernel_layers(graph)
titles = network_texts.layer_names(layers)
scopes = {name: t(f"backpropagation.scope_{name}") for name in ("kernel", "all")}
rates = {each: each for each in RATES}


def whole_steps(text: str) -> int:
    """Parse the number of steps taken."""
    return range(MAX_STEPS).index(int(text))


def class_of_picture() -> int:
    """Draw the choice of the class that the picture shall be, and return it."""
    probabilities = image_selection.class_probabilities(picked)
    own = int(np.nanargmax(probabilities)) if picked.label is None else picked.label
    note = t("backpropagation.label_guess") if picked.label is None else t("backpropagation.label_own")
    choices = {OWN: f"{names[own]} ({note})"}
    choices |= {str(k): name for k, name in enumerate(names) if k != own}
    chosen = link.option(
        t("backpropagation.label"), "back_label", choices, width=260, help=t("backpropagation.label_help")
    )
    return own if chosen == OWN else int(chosen)


def strongest_first(gradient: np.ndarray) -> dict[str, str]:
    """Return the choices among the last axis of a gradient, by default the strongest."""
    own, *_ = strongest(gradient, 1)
    choices = {OWN: t("backpropagation.strongest", index=own)}
    return choices | {str(k): str(k) for k in range(gradient.shape[-1])}


def index_of(choice: str, gradient: np.ndarray) -> int:
    """Return the index that a choice among the last axis of a gradient means."""
    own, *_ = strongest(gradient, 1)
    return own if choice == OWN else int(choice)


def choose_map(maps: list[OneKernel], index: int) -> None:
    """Go to the kernel of a clicked gradient map."""
    link.put(back_layer=maps[index].layer, back_filter=str(maps[index].filter), back_channel=OWN)


@dataclass(frozen=True)
class Chosen:
    """The kernel, and the channel of it that is looked at."""

    kernel: OneKernel
    channel: int


def chosen_kernel() -> Chosen:
    """Return the choice of layer, filter and channel, which `draw_kernel` draws below what depends on it."""
    layer = link.selected("back_layer", titles)
    own = fresh.weights[f"{layer}.kernel"]  # before any step, so that the choice stays while it learns
    filter = index_of(link.selected("back_filter", strongest_first(own)), own)
    of_filter = own[..., filter]
    channel = index_of(link.selected("back_channel", strongest_first(of_filter)), of_filter)
    return Chosen(OneKernel(layer, filter), channel)


def draw_kernel(kernel: OneKernel) -> None:
    """Draw the choice of layer, filter and channel."""
    own = fresh.weights[f"{kernel.layer}.kernel"]
    of_filter = own[..., kernel.filter]
    with st.container(horizontal=True, vertical_alignment="bottom", key="back_kernel"):
        link.option(t("backpropagation.layer"), "back_layer", titles, width=190)
        link.option(t("backpropagation.filter"), "back_filter", strongest_first(own), width=230)
        link.option(t("backpropagation.channel"), "back_channel", strongest_first(of_filter), width=230)


def suggested_rate(only: OneKernel | None) -> str:
    """Return the largest learning rate at which the loss falls by about the share `FALL`, if `only` moves."""
    largest = FALL * fresh.value / (squared_norm(fresh.weights, only) or 1.0)
    return max((each for each in RATES if float(each) <= largest), key=float, default=RATES[0])


def draw_step(only: OneKernel | None) -> None:
    """Draw the choice of what moves and of the learning rate."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="back_rate_row"):
        link.option(
            t("backpropagation.scope"), "back_scope", scopes, draw=st.segmented_control, required=True
        )
        link.option(
            t("backpropagation.rate"),
            "back_rate",
            rates,
            draw=st.select_slider,
            default=suggested_rate(only),
            width=300,
        )


def gradient_maps(found: Gradients, kernel: OneKernel) -> None:
    """Draw the strongest gradient maps of each layer with kernels, from the last back to the first."""
    maps: list[OneKernel] = []
    pictures, captions, groups = [], [], []
    side = max(info.output_shape[0] for info in layers)
    for info in reversed(layers):
        gradient = found.outputs[info.name]
        shown = strongest(gradient, SHOWN_MAPS)
        if kernel.layer == info.name and kernel.filter not in shown:
            shown[-1] = kernel.filter
        of_layer = gradient[..., shown]
        largest = significant(float(np.abs(of_layer).max()), 2)
        pictures.append(signed_maps(of_layer, side, scale=theme.colour_scale(), dark=theme.dark()))
        captions += [t("backpropagation.map", layer=titles[info.name], index=k) for k in shown]
        groups.append(Group(titles[info.name], t("backpropagation.largest", value=largest), len(shown)))
        maps += [OneKernel(info.name, k) for k in shown]
    gallery(
        np.concatenate(pictures),
        captions,
        groups,
        maps.index(kernel),
        label=t("backpropagation.maps_title"),
        key="back_maps",
        on_select=lambda index: choose_map(maps, index),
        large=True,
    )


def selection(
    size: tuple[int, ...], strongest_weight: tuple[int, int], positions: tuple[int, ...]
) -> Selection:
    """Return the selected weight and position from the link."""
    weight = link.value(
        "back_weight",
        strongest_weight,
        link.cell,
        fit=lambda cell: cell if cell[0] < size[0] and cell[1] < size[1] else strongest_weight,
    )
    middle = positions[0] // 2, positions[1] // 2
    position = link.value(
        "back_place",
        middle,
        link.cell,
        fit=lambda cell: (min(cell[0], positions[0] - 1), min(cell[1], positions[1] - 1)),
    )
    return Selection(weight, position)


frame.heading("backpropagation")
label = class_of_picture()
taken = link.value("back_steps", 0, whole_steps)

start = Descent(picked.model, picked.image, label, 0.0, None, 0)
fresh = gradient_cache.gradients(start)
x = data_sets.selected().preprocess(picked.image)

chosen = chosen_kernel()
kernel = chosen.kernel
only = kernel if link.selected("back_scope", scopes) == "kernel" else None
rate = link.selected("back_rate", rates, default=suggested_rate(only))
now = Descent(picked.model, picked.image, label, float(rate), only, taken)
*outlooks, then = [gradient_cache.outlook(now.after(k)) for k in range(taken + 2)]
found, weights = (
    gradient_cache.gradients(now.after(taken)),
    gradient_cache.descended_weights(now.after(taken)),
)
after = step(weights, found.weights, float(rate), kernel)[f"{kernel.layer}.kernel"]

st.header(t("backpropagation.loss_title"), anchor=False)
with st.container(key="back_loss"):
    p = found.activations[graph.output.name]
    st.markdown(
        t(
            "backpropagation.loss",
            name=names[label],
            p=percent(float(p[label]), softmax=True),
            loss=significant(found.value),
        )
        + (" " + t("backpropagation.after_steps", steps=taken) if taken else "")
    )
    charts.chart(
        output_gradient(
            p,
            label,
            names,
            titles=(t("backpropagation.axis_p"), t("backpropagation.axis_gradient")),
            scale=theme.colour_scale(),
            dark=theme.dark(),
        ),
        name="output_gradient",
        alt=t(
            "backpropagation.output_alt",
            name=names[label],
            gradient=significant(float(found.outputs[logits(graph).name][label])),
        ),
    )
    st.markdown(t("backpropagation.output_about"))
st.header(t("backpropagation.maps_title"), anchor=False)
st.markdown(t("backpropagation.maps_about"))
with st.container(key="back_layers"):
    gradient_maps(found, kernel)

st.header(t("backpropagation.kernel_title"), anchor=False)
draw_kernel(kernel)
draw_step(only)

shown = kernel_gradient(graph, weights, x, found, kernel, chosen.channel)
a, b = np.unravel_index(np.abs(shown.gradient).argmax(), shown.gradient.shape)
(source,) = graph.shown_inputs(kernel.layer)
source_name = (
    titles.get(source) or network_texts.layer_names(graph).get(source) or t("backpropagation.picture")
)
weight_gradient(
    shown,
    after[:, :, chosen.channel, kernel.filter],
    rate=float(rate),
    input_name=t("backpropagation.input", name=source_name, channel=chosen.channel),
    output_name=t("backpropagation.map", layer=titles[kernel.layer], index=kernel.filter),
    selection=selection(shown.kernel.shape, (int(a), int(b)), shown.upstream.shape),
    language=translation.language(),
    key="weight_gradient",
    on_select=lambda made: link.put(back_weight=made.weight, back_place=made.position),
)
predict.draw("backpropagation", picked)

st.header(t("backpropagation.step_title"), anchor=False)
st.markdown(
    t(
        f"backpropagation.step_{'kernel' if only else 'all'}",
        rate=rate,
        name=titles[kernel.layer],
        filter=kernel.filter,
    )
)
with st.container(horizontal=True, vertical_alignment="center", key="back_step"):
    before = outlooks[-1]
    p_before = percent(float(before.probabilities[label]), softmax=True)
    st.metric(
        t("backpropagation.probability", name=names[label]),
        f"{p_before} → {percent(float(then.probabilities[label]), softmax=True)}",
        width="content",
    )
    st.metric(
        t("backpropagation.loss_name"),
        f"{significant(before.loss)} → {significant(then.loss)}",
        width="content",
    )
    st.button(
        t("backpropagation.again"),
        type="primary",
        on_click=link.put,
        kwargs={"back_steps": taken + 1},
        disabled=taken + 1 >= MAX_STEPS,
    )
    st.button(t("backpropagation.restart"), on_click=link.put, kwargs={"back_steps": 0}, disabled=not taken)
if then.loss > before.loss:
    st.info(t("backpropagation.too_long"), icon=":material/trending_up:")
losses = [each.loss for each in (*outlooks, then)]
charts.chart(
    loss_curve(
        losses,
        taken,
        axis_x=t("backpropagation.axis_steps"),
        axis_y=t("backpropagation.loss_name"),
        dark=theme.dark(),
    ),
    name="loss_curve",
    alt=t("backpropagation.curve_alt", losses=", ".join(significant(loss) for loss in losses)),
)
st.caption(t("backpropagation.note"))
code_block(
    descent=lambda library: snippets.descent(
        library, picked.model, picked.named, label, kernel.layer, kernel.filter, float(rate)
    )
)
