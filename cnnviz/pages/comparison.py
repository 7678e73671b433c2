"""Comparison page: a fully connected network and a CNN on the same edited and shifted image."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from cnnviz.arithmetic import transform
from cnnviz.arithmetic.transform import MAX_SHIFT, Edit
from cnnviz.components.dense_view import pooled_shape
from cnnviz.components.shifts import ComparedNetwork, Selection, shifts
from cnnviz.errors import CnnvizError
from cnnviz.figures.shift_accuracy import accuracy_over_shifts, rings
from cnnviz.hosting import script_turns
from cnnviz.networks import shift_counts, zoo
from cnnviz.networks.cards import shifts as shifts_of
from cnnviz.pages import (
    activation_cache,
    charts,
    data_sets,
    error_messages,
    figure_cache,
    first_layer,
    frame,
    image_selection,
    lecture_state,
    link,
    linked_views,
    model_cache,
    network_menu,
    network_texts,
    predict,
    shift_cache,
    theme,
    translation,
)
from cnnviz.pages.translation import t
from cnnviz.text.rounding import percent

SHIFTS_TIMEOUT = 0.2  # s that a visitor may wait for every shift; what takes longer is filled in later
DEFAULT_PICTURE = "sample-0"
UNEDITED = {f"comparison_{name}": value for name, value in vars(Edit()).items()}


def example() -> shift_counts.Example | None:
    """Return the sample that shows the difference best, as it was counted, or None."""
    model = str(link.current("model"))
    names = (network_menu.baseline(model) or network_menu.BASELINE, model)
    return shift_counts.example(
        *names, (model_cache.reference(names[0]).sha256, model_cache.reference(names[1]).sha256)
    )


def open_example() -> None:
    """Select the example where a visitor comes without a picture or a view of their own."""
    begins = "comparison.begun" not in st.session_state
    st.session_state["comparison.begun"] = True
    own = any(key == "picture" or key.startswith("comparison_") for key in st.query_params)
    free = (
        begins
        and not own
        and lecture_state.lecture_step() is None
        and image_selection.picture() == DEFAULT_PICTURE
    )
    if free and (chosen := example()) is not None:
        link.put(picture=f"sample-{chosen.index}")
        st.rerun()


open_example()
# a link without a picture opens the example
image_selection.picture(always=lecture_state.lecture_step() is None)
picked = image_selection.picked()
networks = (network_menu.baseline(picked.model) or network_menu.BASELINE, picked.model)
names = [network_texts.model_name(name) for name in networks]
short = (t("comparison.plain"), t("comparison.cnn"))
cards = [model_cache.card(name) for name in networks]
layers = [zoo.get(name).layers for name in networks]


def shift(text: str) -> tuple[int, int]:
    """Parse a shift "2,-1": pixels to the right and down."""
    dx, dy = (int(part) for part in text.split(","))
    if max(abs(dx), abs(dy)) > MAX_SHIFT:
        raise ValueError(text)
    return dx, dy


def watched(text: str) -> int:
    """Parse the index of a class."""
    return [str(k) for k in range(len(data_sets.class_names()))].index(text)


def edit() -> Edit:
    """Draw the controls of all edits but the shift, and return the edits."""
    with frame.controls(), st.container(horizontal=True, vertical_alignment="bottom"):
        mirror = link.switch(t("comparison.mirror"), "comparison_mirror")
        grey = link.switch(t("comparison.grey"), "comparison_grey")
        cut = link.whole(
            t("comparison.cut"),
            "comparison_cut",
            0,
            min(12, (min(picked.image.shape[:2]) - 1) // 2),  # something has to be left
            default=0,
            width=150,
            help=t("comparison.cut_help", size=data_sets.picture_size()),
        )
        cover = link.whole(
            t("comparison.cover"),
            "comparison_cover",
            0,
            min(24, *picked.image.shape[:2]),
            default=0,
            width=150,
            help=t("comparison.cover_help"),
        )
        row = col = 0
        if cover:
            rows, cols = picked.image.shape[:2]
            row = link.whole(t("comparison.row"), "comparison_row", 0, rows - cover, default=0, width=140)
            col = link.whole(t("comparison.col"), "comparison_col", 0, cols - cover, default=0, width=140)
        changes = Edit(cut, mirror, grey, cover, row, col)
        st.button(t("comparison.undo"), on_click=lambda: link.put(**UNEDITED), disabled=changes == Edit())
    return changes


@st.fragment
def compare() -> None:
    """Draw the editable image and both networks' predictions, as a fragment."""
    image = transform.edit(picked.image, edit())
    dx, dy = link.value("comparison_shift", (0, 0), shift)
    choice = link.value("comparison_class", None, watched)
    answers = [shift_cache.shift_predictions(name, image) for name in networks]
    for answer in answers:
        answer.start(dx, dy)
    with script_turns.waiting():
        for answer in answers:
            answer.wait(SHIFTS_TIMEOUT)
    for name, model, answer in zip(names, networks, answers, strict=True):
        if (lost := answer.non_finite_image) is not None:
            show_divergence(name, model, lost)
    shifts(
        image,
        [
            ComparedNetwork(
                name,
                brief,
                t(
                    "comparison.facts",
                    parameters=network_texts.parameters(infos),
                    percent=percent(card["test"]["accuracy"]),
                ),
                answer.probabilities.copy(),
            )
            for name, brief, infos, card, answer in zip(names, short, layers, cards, answers, strict=True)
        ],
        class_names=data_sets.class_names(),
        true_label=picked.label,
        selection=Selection(dx, dy, choice),
        language=translation.language(),
        key="comparison_shifts",
        on_select=lambda chosen: link.put(
            comparison_shift=(chosen.dx, chosen.dy), comparison_class=chosen.watched
        ),
    )
    if not all(answer.finished for answer in answers):
        show_progress(answers)
    elif any(answer.failed for answer in answers):
        st.warning(t("comparison.failed"), icon=":material/error:")
    link.publish_fragment()


def show_divergence(name: str, model: str, image: np.ndarray) -> None:
    """Show in which layer a network's activations for a shifted image are not finite."""
    try:
        activation_cache.activations(model, image)
    except CnnvizError as error:
        st.markdown(f"**{name}**")
        error_messages.show_error(error)


@st.fragment(run_every=1.0)
def show_progress(answers: list[shift_cache.ShiftPredictions]) -> None:
    """Show the progress of the shifts, and rerun when all are computed."""
    if all(answer.finished for answer in answers):
        st.rerun()
    done = sum(answer.count for answer in answers)
    st.caption(
        t(
            "comparison.computing",
            done=done,
            all=sum(answer.probabilities[..., 0].size for answer in answers),
        )
    )


def positions_left() -> str:
    """Return the size of the CNN's maps before flattening: "4×4"."""
    layers = zoo.get(picked.model).layers
    rows, cols, _ = next(
        layer.input_shape for layer in layers if len(layer.output_shape) < len(layer.input_shape)
    )
    return f"{rows}×{cols}"


def what_is_left(*, steadier: bool) -> str:
    """Say whether the CNN keeps the larger share of its accuracy, and why."""
    if pooled_shape(zoo.get(picked.model).graph) is not None:  # the fully connected layer sees no positions
        return t("comparison.steadier_pooled") if steadier else t("comparison.not_steadier_pooled")
    positions = positions_left()
    if steadier:
        return t("comparison.steadier", positions=positions)
    return t("comparison.not_steadier", positions=positions)


def accuracy_in_words(measured: Sequence[Any]) -> str:
    """Return the mean accuracies at distance 0, 1, ... of each network as a sentence."""
    axes = (
        f"{t('comparison.axis_accuracy')}, {t('comparison.axis_distance')} 0–{len(rings(measured[0])) - 1}."
    )
    lines = [
        f"{name}: {', '.join(map(percent, rings(accuracy)[:, 0]))}."
        for name, accuracy in zip(names, measured, strict=True)
    ]
    return " ".join([axes, *lines])


frame.heading("comparison")
compare()
predict.draw("comparison", picked)
if (chosen := example()) is not None and image_selection.picture() == f"sample-{chosen.index}":
    plain_all, cnn_all = (f"{count:,}" for count in chosen.total)
    st.caption(
        t(
            "comparison.chosen",
            samples=chosen.samples,
            shifts=shift_counts.SHIFTS,
            plain=chosen.right[0],
            cnn=chosen.right[1],
            all=f"{chosen.samples * shift_counts.SHIFTS:,}",
            plain_all=plain_all,
            cnn_all=cnn_all,
            behind=chosen.behind,
        )
    )

st.header(t("comparison.accuracy_title"), anchor=False)
measured = [own for card in cards if (own := shifts_of(card)) is not None]
state = [
    f"{card['sha256']} {model_cache.card_mtime(name)}" for name, card in zip(networks, cards, strict=True)
]  # it may be measured again
if len(measured) == len(cards):
    with st.container(key="comparison_accuracy"):
        charts.chart(
            figure_cache.figure(
                ("shifts", *state, picked.model, translation.language(), theme.dark()),
                lambda: accuracy_over_shifts(
                    dict(zip(names, (own["accuracy"] for own in measured), strict=True)),
                    classes=len(data_sets.class_names()),
                    axis_x=t("comparison.axis_distance"),
                    axis_y=t("comparison.axis_accuracy"),
                    mean=t("comparison.mean"),
                    worst=t("comparison.worst"),
                    best=t("comparison.best"),
                    dark=theme.dark(),
                ),
            ),
            name="accuracy_over_shifts",
            alt=accuracy_in_words([own["accuracy"] for own in measured]),
        )
    means = [rings(own["accuracy"])[:, 0] for own in measured]
    kept = [mean[-1] / mean[0] for mean in means]
    st.markdown(
        t(
            "comparison.accuracy",
            plain=percent(means[0][0]),
            plain_far=percent(means[0][-1]),
            cnn=percent(means[1][0]),
            cnn_far=percent(means[1][-1]),
            distance=MAX_SHIFT,
            plain_kept=percent(kept[0]),
            cnn_kept=percent(kept[1]),
        )
        + " "
        + what_is_left(steadier=kept[1] > kept[0])
    )
    st.caption(
        t(
            "comparison.measured",
            images=f"{measured[0]['n']:,}",
            shifts=(2 * MAX_SHIFT + 1) ** 2,
            classes=len(data_sets.class_names()),
        )
    )
elif others := [k for k, card in enumerate(cards) if "shifts" in card and shifts_of(card) is None]:
    st.error(t("comparison.other_weights", name=names[others[0]]), icon=":material/error:")
else:
    st.caption(t(f"comparison.not_measured_{'run' if '@' in picked.model else 'yet'}"))

st.header(t("comparison.numbers_title"), anchor=False)
shape, count = " × ".join(map(str, picked.image.shape)), f"{picked.image.size:,}"
st.markdown(t("comparison.numbers", shape=shape, count=count))
linked_views.pixel_viewer(picked.image)


def weight_images(images: Sequence[np.ndarray]) -> None:
    """Draw the first layer's weights of both networks as pictures, and what follows from them.

    Args:
        images: of each network, see `first_layer.kernels`.
    """
    st.header(t("comparison.weights_title"), anchor=False)
    st.markdown(t("comparison.weights_lead"))
    plain, filters = images
    group = link.whole(
        t("comparison.group", count=first_layer.SHOWN, name=names[0]),
        "comparison_group",
        0,
        plain.shape[-1] // first_layer.SHOWN - 1,
        default=0,
        width=300,
    )
    with st.container(key="comparison_weights"):
        columns = st.columns(2)
    for column, k in zip(columns, range(2), strict=True):
        height, width, channels, count = images[k].shape
        with column:
            st.markdown(
                t(
                    "comparison.units",
                    name=names[k],
                    count=count,
                    size=f"{height}×{width}×{channels}",
                    weights=f"{height * width * channels:,}",
                )
            )
            first_layer.draw(networks[k], images[k], names[k], 0 if k else group)
    st.caption(t("comparison.scaling"))
    with st.container(key="comparison_by_hand"):
        st.markdown(t("comparison.by_hand"))
        first_layer.draw_classic()
    st.header(t("comparison.remember_title"), anchor=False)
    graph = zoo.get(picked.model).graph
    rows, cols, _ = next(info.output_shape for info in graph if info.layer.filters)
    weights, size, positions = f"{plain[..., 0].size:,}", filters[..., 0].size, f"{rows * cols:,}"
    st.markdown(
        t("comparison.remember", weights=weights, filter=size, positions=positions)
        if pooled_shape(graph) is None
        else t("comparison.remember_pooled", weights=weights, filter=size, positions=positions)
    )


kernels = [images for name in networks if (images := first_layer.kernels(name)) is not None]
if len(kernels) == len(networks):  # else one of them has no weights that are pictures
    weight_images(kernels)
