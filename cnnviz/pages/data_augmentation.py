"""Augmentation: the picked picture as training changes it; a view of the page Data."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import streamlit as st

from cnnviz.components.gallery import Group, gallery
from cnnviz.data.dataset import as_rgb
from cnnviz.figures.vectors import class_vectors
from cnnviz.networks import zoo
from cnnviz.networks.recipe import Recipe
from cnnviz.pages import activation_cache, charts, data_sets, link, network_texts, run_view, theme
from cnnviz.pages.image_selection import Picked
from cnnviz.pages.translation import t
from cnnviz.text.rounding import percent
from cnnviz.training.augmentation import Draws, augment

VARIANTS = 12
SEEDS = 1000
EXAMPLE = "resnet"
"""The network with whose recipe the view starts: the one that mirrors, moves and covers."""
STRONGER = {"shift": 6, "cutout": 16}
"""Amounts that can be chosen beyond those of the recipes, in pixels."""


def whole(text: str, end: int) -> int:
    """Parse a whole number in 0..end-1."""
    return [str(k) for k in range(end)].index(text)


def defaults() -> Recipe:
    """Return the recipe that the view starts with, for the picked network's data set."""
    return zoo.recipe(EXAMPLE).fitted(data_sets.selected())


def amount(name: str, label: str) -> int:
    """Draw the choice of an amount in pixels, the recipes' and a stronger one, and return it."""
    usual = getattr(defaults(), name)
    sizes = {STRONGER[name], *(getattr(zoo.recipe(network), name) for network in zoo.trained_names()), usual}
    sizes = {size for size in sizes if size <= min(data_sets.selected().size)}
    texts = {str(size): t("data.augment_pixels", count=size) for size in sorted(sizes)}
    return int(
        link.option(
            label,
            f"augment_{name}",
            texts | {"0": t("data.augment_off")},
            draw=st.segmented_control,
            default=str(usual),
            required=True,
            width="content",
        )
    )


def changes(draws: Draws, variant: int) -> str:
    """Describe the augmentation of a variant: "mirrored, 2 up, 1 left"."""
    words = [t("data.augment_mirrored")] if draws.mirrored[variant] else []
    for distance, ahead, back in zip(draws.moves[variant], ("up", "left"), ("down", "right"), strict=True):
        if distance:
            words.append(t(f"data.augment_moved_{ahead if distance > 0 else back}", count=abs(int(distance))))
    if draws.squares is not None:
        words.append(t("data.augment_covered"))
    return ", ".join(words) or t("data.augment_unchanged")


def draw(picked: Picked) -> None:
    """Draw the variants, and the network's answers to them."""
    seed = link.value("augment_seed", 0, lambda text: whole(text, SEEDS))
    with st.container(horizontal=True, vertical_alignment="bottom", key="augment_controls"):
        flip = link.option(
            t("data.augment_flip"),
            "augment_flip",
            {"1": t("data.augment_on"), "0": t("data.augment_off")},
            draw=st.segmented_control,
            default=str(int(defaults().flip)),
            required=True,
            width="content",
        )
        shift = amount("shift", t("data.augment_shift"))
        cutout = amount("cutout", t("data.augment_cutout"))
        st.button(
            t("data.augment_again"),
            on_click=lambda: link.put(augment_seed=(seed + 1) % SEEDS, augment_variant=None),
            icon=":material/casino:",
            key="augment_again",
        )
    recipe = replace(defaults(), flip=flip == "1", shift=shift, cutout=cutout)
    variants, draws = augment(picked.image, recipe, VARIANTS, seed)
    probabilities = activation_cache.probabilities(
        picked.model, np.concatenate([picked.image[np.newaxis], variants])
    )
    answers = probabilities.argmax(axis=1)
    right = int(answers[0]) if picked.label is None else picked.label
    names = data_sets.class_names()

    def outcome(index: int) -> str:
        """Say the probability of the right class, and another answer if there is one."""
        words = f"{names[right]} {percent(probabilities[index, right], softmax=True)}"
        if (answer := answers[index]) == right:
            return words
        return f"{words} → {names[answer]} {percent(probabilities[index, answer], softmax=True)}"

    titles = [t("data.augment_original"), *(changes(draws, k) for k in range(VARIANTS))]
    notes = [outcome(k) for k in range(VARIANTS + 1)]
    # the one that speaks most against the right class, unless another was picked
    weakest = 1 + int(probabilities[1:, right].argmin())
    wish = link.value("augment_variant", None, lambda text: whole(text, VARIANTS + 1))
    chosen = weakest if wish is None else wish
    st.markdown(
        t(
            f"data.augment_result_{'upload' if picked.label is None else 'label'}",
            model=network_texts.model_name(picked.model),
            name=names[right],
            right=int((answers[1:] == right).sum()),
            count=VARIANTS,
            original=percent(probabilities[0, right], softmax=True),
            lowest=percent(probabilities[weakest, right], softmax=True),
        )
    )
    left, beside = st.columns([3, 2], gap="large")
    with left:
        gallery(
            as_rgb(np.concatenate([picked.image[np.newaxis], variants])),
            [f"{title}: {note}" for title, note in zip(titles, notes, strict=True)],
            [Group(title, note, 1) for title, note in zip(titles, notes, strict=True)],
            chosen,
            label=t("data.augment_gallery"),
            key="augment_gallery",
            on_select=lambda index: link.put(augment_variant=index),
            cards=True,
        )
    shown = data_sets.listed_classes(probabilities[0], right, int(answers[chosen]))
    with beside, st.container(key="augment_answer"):
        charts.chart(
            class_vectors(
                {
                    titles[0]: probabilities[0, shown],
                    t("data.augment_picked"): probabilities[chosen, shown],
                },
                [names[k] for k in shown],
                shown,
                dark=theme.dark(),
            ),
            name="augmentation",
            alt=f"{titles[0]}: {notes[0]}. {titles[chosen]}: {notes[chosen]}",
        )
    st.markdown(t("data.augment_why"))
    st.markdown("\n".join(f"- {words}" for words in recipes()))
    st.caption(t("data.augment_note"))


def recipes() -> list[str]:
    """Say which networks were trained with which augmentation."""
    found = {
        network_texts.architecture_name(name): ", ".join(run_view.augmentation(asdict(zoo.recipe(name))))
        for name in zoo.trained_names()
    }
    without = ", ".join(name for name, words in found.items() if not words)
    return [
        *(f"**{name}**: {words}" for name, words in found.items() if words),
        t("data.augment_none", names=without),
    ]
