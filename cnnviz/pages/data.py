"""Data page: images by class, as numbers, one-hot labels, the channel order, augmentation, resolution."""

import math
from collections.abc import Iterable
from typing import get_args

import numpy as np
import streamlit as st

from cnnviz.components.gallery import Group, gallery
from cnnviz.components.reshape_slip import FollowedPixel, Side, codes, slip_pictures
from cnnviz.data.dataset import UNKNOWN, Preprocessing, Samples, as_rgb
from cnnviz.figures.class_balance import class_balance
from cnnviz.figures.vectors import class_vectors
from cnnviz.pages import (
    charts,
    data_augmentation,
    data_resolution,
    data_sets,
    figure_cache,
    frame,
    image_selection,
    image_sources,
    lecture_state,
    link,
    linked_views,
    predict,
    theme,
    translation,
)
from cnnviz.pages.data_sets import EVERY_CLASS
from cnnviz.pages.translation import t
from cnnviz.text import keys
from cnnviz.text.rounding import guessing, percent

VIEWS = ("pictures", "numbers", "one_hot", "order", "augmentation", "resolution")
PER_CLASS = {"all": 10, "one": 100}  # pictures of a class on one page of the gallery

picked = image_selection.picked()
data_set = data_sets.selected()
names = data_sets.class_names()


def samples_note(count: int) -> str:
    """Return the note on the samples."""
    key = f"data.samples_note_{data_set.name}"
    return t(key) if key in keys() else t("data.samples_note", count=count)


def balance_note() -> str:
    """Return the note on the source of the counted images."""
    key = f"data.balance_note_{data_set.name}"
    return t(key) if key in keys() else t("data.balance_note")


def lead(view: str) -> str:
    """Return the lead of a view."""
    key = f"data.lead_{view}_{data_set.name}"
    if key in keys():
        return t(key)
    if view == "pictures" and not data_set.readable:
        return t("data.lead_pictures_unknown", size=data_sets.picture_size())
    return t(
        f"data.lead_{view}",
        set=data_sets.data_set_title(),
        size=data_sets.picture_size(),
        classes=f"{len(names):,}",
    )


def pictures() -> None:
    """Draw the gallery by class, and the class distribution."""
    found = image_sources.local_data_sets()
    if (found["sample"].labels == UNKNOWN).all():
        unlabelled(found["sample"])
        return
    with st.container(horizontal=True):
        origin = "sample"
        if len(found) > 1:
            words = {name: t(f"data.set_{name}") for name in found}
            origin = link.option(
                t("data.set"), "data_set", words, draw=st.segmented_control, required=True, width="content"
            )
        images = found[origin]
        choices = data_sets.class_choices()
        options = {EVERY_CLASS: t("data.class_all", count=len(names))} | dict(
            zip(choices, names, strict=True)
        )
        chosen = EVERY_CLASS
        if origin != "sample":
            chosen = link.option(t("data.class"), "data_class", options, width=180)
        shown = [k for k, choice in enumerate(choices) if chosen in (EVERY_CLASS, choice)]
        counts = data_set.class_counts(images.labels)
        size = PER_CLASS["all" if chosen == EVERY_CLASS else "one"]
        pages = max(1, math.ceil(int(counts[shown].max()) / size))
        page = 1
        if pages > 1:
            page = link.whole(t("data.page", pages=pages), "data_page", 1, pages, default=1, width=160)
    left, right = st.columns([3, 2] if len(found) > 1 else 2, gap="large")
    if lecture_state.in_lecture("data") and data_set.per_class:  # it speaks of the whole set
        totals = [sum(data_set.per_class.values())] * len(names)
    else:
        totals = [int(count) for count in counts]
    with left:
        indices = [data_set.page_by_class(images.labels, size, page - 1)[k] for k in shown]
        together = np.concatenate(indices)
        links = [f"{origin}-{index}" for index in together]
        current = link.value("picture", "sample-0", str)
        lacking = t("data.none")
        if origin == "sample":
            lacking = t("data.not_in_samples", count=len(images))
        gallery(
            as_rgb(images.images[together]),
            [f"{names[int(images.labels[index])]} ({index})" for index in together],
            [
                Group(names[k], t("data.count", n=f"{totals[k]:,}"), len(i), lacking)
                if totals[k]
                else Group(names[k], t("data.none"), len(i))
                for k, i in zip(shown, indices, strict=True)
            ],
            links.index(current) if current in links else None,
            label=t("data.gallery"),
            key=f"gallery_{origin}",
            on_select=lambda pick: link.put(picture=links[pick]),
        )
        st.caption(t("data.gallery_note"))
    with right:
        st.header(t("data.balance"), anchor=False)
        guess = guessing(len(names))
        bars = {
            t(f"data.bars_{origin}", n=f"{len(part):,}"): data_set.class_counts(part.labels)
            for origin, part in found.items()
        }
        figure = figure_cache.figure(
            ("balance", *bars, str([count.tolist() for count in bars.values()]), *names, theme.dark()),
            lambda: class_balance(
                bars,
                names,
                axis_share=t("data.axis_share"),
                even=t("data.even", share=guess),
                dark=theme.dark(),
            ),
        )
        in_words = "; ".join(f"{words}: {_listed(names, map(str, count))}" for words, count in bars.items())
        charts.chart(figure, name="class_balance", alt=in_words)
        if data_set.per_class:
            train, test = (f"{data_set.per_class[split]:,}" for split in ("train", "test"))
            st.markdown(t("data.official", train=train, test=test, share=guess))
        st.markdown(balance_note() if len(found) > 1 else samples_note(len(images)))


def unlabelled(images: Samples) -> None:
    """Draw samples of unknown class, in one group: there is no balance of classes to show."""
    links = [f"sample-{index}" for index in range(len(images))]
    current = link.value("picture", "sample-0", str)
    group = Group(t("frame.unknown_class"), t("data.count", n=f"{len(images):,}"), len(images))
    gallery(
        as_rgb(images.images),
        [data_sets.sample_title(index) for index in range(len(images))],
        [group],
        links.index(current) if current in links else None,
        label=t("data.gallery"),
        key="gallery_unlabelled",
        on_select=lambda pick: link.put(picture=links[pick]),
    )
    st.markdown(t("data.unlabelled_note", set=data_set.title, classes=f"{len(names):,}"))


def _listed(names: Iterable[str], values: Iterable[str]) -> str:
    """Return the alternative of a chart of classes: "cat 2, ship 4"."""
    return ", ".join(f"{name} {value}" for name, value in zip(names, values, strict=True))


def numbers() -> None:
    """Draw the pixel viewer, and the scaling of one pixel."""
    view = linked_views.pixel_viewer(picked.image)
    scaling = data_set.preprocessing
    centred = bool(scaling.mean or scaling.deviation)
    with st.container(key="data_scaling"):
        st.header(t("data.scaling_centred") if centred else t("data.scaling"), anchor=False)
        left, right = st.columns(2, gap="large")
    bytes_ = picked.image[view.row, view.col]
    channels = ("red", "green", "blue") if len(bytes_) == 3 else ("grey",)
    lines = [
        rf"\text{{{t(f'data.channel_{channel}')}}} &: {scaling.formula(byte, k)} = {value:.4f}"
        for k, (channel, byte, value) in enumerate(zip(channels, bytes_, scaling(bytes_), strict=True))
    ]
    with left, st.container(key="data_scaled"):
        st.markdown(t("data.scaling_pixel", row=view.row, col=view.col))
        st.latex(r"\begin{aligned}" + r"\\".join(lines) + r"\end{aligned}")
        st.code(f"x = {scaling.code('images.astype(np.float32)')}", language="python")
    size = picked.image.size  # a byte each
    room, needed = f"{size:,}", f"{4 * size:,}"
    if scaling == Preprocessing():
        right.markdown(t("data.scaling_why", bytes=room, floats=needed))
    else:
        right.markdown(t("data.scaling_why_own", bytes=room, floats=needed))
    if centred:
        right.markdown(t("data.centred_why", set=data_sets.data_set_title()))


def one_hot() -> None:
    """Draw the label as name, index and one-hot vector, beside the network's probabilities."""
    label = picked.label
    if label is None:
        label = image_selection.your_label(picked)
    vector = data_set.one_hot(label)
    answer = image_selection.class_probabilities(picked).astype(np.float64)
    # softmax is never 0 or 1, even where float32 has no number between
    answer = answer.clip(np.finfo(np.float32).smallest_subnormal, np.nextafter(1, 0))
    left, right = st.columns([2, 3], gap="large")
    with left, st.container(key="data_answer"):
        shown = data_sets.listed_classes(answer, label)
        figure = class_vectors(
            {t("data.row_label"): vector[shown], t("data.row_answer"): answer[shown]},
            [names[k] for k in shown],
            shown,
            dark=theme.dark(),
        )
        chances = _listed([names[k] for k in shown], map(percent, answer[shown]))
        charts.chart(
            figure,
            name="one_hot",
            alt=f"{t('data.row_label')}: {names[label]}. {t('data.row_answer')}: {chances}",
        )
        data_sets.note_on_classes()
    with right:
        with st.container(key="data_class_index"):
            columns = st.columns(2)
            columns[0].metric(t("data.step_class"), names[label])
            columns[1].metric(t("data.step_index"), label)
        with st.container(key="data_vector"):
            st.caption(t("data.step_vector", classes=f"{len(vector):,}"))
            st.code(_written(vector, label), language=None)
        if len(names) > 2:
            middle = min(3, len(names) - 2)
            st.markdown(
                t(
                    "data.one_hot_why",
                    low=names[middle - 1],
                    middle=names[middle],
                    high=names[middle + 1],
                    low_index=middle - 1,
                    middle_index=middle,
                    high_index=middle + 1,
                )
            )
        count = len(vector)
        lines = f"y = keras.utils.to_categorical(labels, {count})\ny = np.eye({count})[labels]  # NumPy"
        st.code(lines, language="python")
        st.markdown(t("data.loss", name=names[label]))
        others = float(np.delete(answer, label).sum())
        loss = -math.log(answer[label]) if answer[label] < 0.9 else -math.log1p(-others)
        st.latex(rf"-\ln {likelihood(answer[label], others)} \approx {decimal(loss, 3)}")


def _written(vector: np.ndarray, label: int) -> str:
    """Write a one-hot vector: "[0, 1, 0]"; of a long one the two ends, and the neighbours of the 1."""
    words = [f"{v:.0f}" for v in vector]
    if len(words) > data_sets.FEW_CLASSES:
        near = range(max(0, label - 1), min(len(words), label + 2))
        kept = sorted({0, 1, *near, len(words) - 2, len(words) - 1})
        words = [
            word
            for before, k in zip([-1, *kept], kept, strict=False)
            for word in (["…"] if k > before + 1 else []) + [words[k]]
        ]
    return f"[{', '.join(words)}]"


def decimal(value: float, digits: int) -> str:
    """Format a number > 0 with `digits` decimals, or in scientific notation if it is too small, as LaTeX."""
    if value >= 0.5 * 10**-digits:
        return f"{value:.{digits}f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"


def likelihood(p: float, others: float) -> str:
    """Format a probability as LaTeX such that it is neither 0 nor 1; `others` is its complement."""
    if f"{p:.4f}" == "1.0000":
        return rf"(1 - {decimal(others, 4)})"
    digits = decimal(p, 4)
    return digits if "cdot" not in digits else f"({digits})"


def parse_followed_pixel(text: str) -> tuple[str, int, int]:
    """Parse "right,3,4": which image, and a pixel of it."""
    side, _, cell = text.partition(",")
    return get_args(Side)[get_args(Side).index(side)], *linked_views.pixel(cell)


def order() -> None:
    """Draw the image with the correct channel order, and scrambled by `reshape`."""
    image = as_rgb(picked.image)
    nearest = linked_views.within(image)
    side, row, col = link.value(
        "data_pixel",
        ("right", 0, 0),
        parse_followed_pixel,
        fit=lambda followed: (followed[0], *nearest(followed[1:])),
    )
    slip_pictures(
        image,
        language=translation.language(),
        pixel=FollowedPixel(side, row, col),
        key="reshape_slip",
        on_select=lambda pixel: link.put(data_pixel=(pixel.side, pixel.row, pixel.col)),
    )
    left, right = st.columns(2, gap="large")
    left.markdown(t("data.order_right"))
    code, rows = codes(image.shape), f"x = rows  # (N, {image.size})"
    left.code(f"{rows}\nimages = {code['right']}", language="python")
    right.markdown(t("data.order_wrong"))
    right.code(f"{rows}\nimages = {code['wrong']}", language="python")
    pixels, rest_of_three = divmod(image.shape[1], 3)
    st.markdown(t("data.order_why", cols=image.shape[1], pixels=f"{pixels}{('', '⅓', '⅔')[rest_of_three]}"))
    st.caption(t("data.order_history"))


def augmentation() -> None:
    """Draw the picture as training changes it."""
    data_augmentation.draw(picked)


def resolution() -> None:
    """Draw a photograph beside itself in CIFAR-10's size."""
    data_resolution.draw(picked)


frame.heading("data", lead=False)
view = link.option(
    t("data.view"),
    "data_view",
    {name: t(f"data.view_{name}") for name in VIEWS},
    draw=st.segmented_control,
    required=True,
    label_visibility="collapsed",
)
if not lecture_state.in_lecture("data"):  # the step's text says it
    st.markdown(lead(view))
with st.container(key="data_view_shown"):
    {
        "pictures": pictures,
        "numbers": numbers,
        "one_hot": one_hot,
        "order": order,
        "augmentation": augmentation,
        "resolution": resolution,
    }[view]()
predict.draw("data", picked)
