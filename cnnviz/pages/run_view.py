"""Views of a network's training: recipe, curves, confusion matrix, mistakes, divergence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from cnnviz.components.gallery import Group, gallery
from cnnviz.data.dataset import DataSet, Samples, as_rgb
from cnnviz.errors import CnnvizError
from cnnviz.figures import confusion_matrix, training_curves
from cnnviz.layers.registry import kind
from cnnviz.networks import cards, zoo
from cnnviz.pages import charts, data_sets, image_selection, link, local_data, network_texts, theme
from cnnviz.pages.translation import t
from cnnviz.text.rounding import percent, rounded
from cnnviz.training.events import clock
from cnnviz.training.run_progress import Run

LONG_MOMENTUM = 0.99
"""Default momentum of batch normalisation's moving statistics."""
DIFFERENT = 0.1
"""Least difference between the accuracies in training and inference mode that the page explains."""
Batches = Sequence[tuple[float, float, float]]


def recipe(recipe: Mapping[str, Any]) -> str:
    """Return a recipe, as on a model card, as text."""
    optimizer = recipe["optimizer"] + ("_nesterov" if recipe.get("nesterov") else "")
    schedule = recipe.get("schedule", "inverse_time")
    if schedule == "inverse_time" and not recipe["decay"]:
        schedule = "constant"
    words = [
        t(f"training.optimizer_{optimizer}", momentum=recipe["momentum"], rho=recipe["rho"]),
        t(
            f"training.schedule_{schedule}",
            rate=recipe["learning_rate"],
            decay=recipe["decay"],
            warmup=percent(recipe.get("warmup", 0), 0),
        ),
        t("training.batches_of", size=recipe["batch_size"]),
    ]
    if recipe.get("weight_decay"):
        words.append(t("training.weight_decay", decay=recipe["weight_decay"]))
    if recipe.get("whitening"):
        words.append(t("training.whitening"))
    if recipe.get("identity"):
        words.append(t("training.identity"))
    if recipe.get("beta_rate", 1) != 1:
        words.append(t("training.beta_rate", times=f"{recipe['beta_rate']:g}"))
    if recipe.get("label_smoothing"):
        words.append(t("training.label_smoothing", share=recipe["label_smoothing"]))
    words += augmentation(recipe)
    if not recipe.get("dropout", True):
        words.append(t("training.no_dropout"))
    momentum = recipe.get("batch_norm_momentum", LONG_MOMENTUM)
    if momentum != LONG_MOMENTUM:
        words.append(t("training.batch_norm_momentum", momentum=momentum))
    if recipe.get("bfloat16"):
        words.append(t("training.bfloat16"))
    return " · ".join(words)


def augmentation(recipe: Mapping[str, Any]) -> list[str]:
    """Say how a recipe changes the training images, [] if it does not."""
    words = []
    if recipe.get("flip"):
        words.append(t("training.flip"))
    if recipe.get("shift"):
        words.append(t("training.shift", pixels=recipe["shift"]))
    if recipe.get("cutout"):
        words.append(t("training.cutout", pixels=recipe["cutout"]))
    return words


def epochs_in_words(measure: training_curves.Measure, rows: Sequence[Mapping[str, float]]) -> str:
    """Return a metric after the first and after the last epoch, on each set of images, as text."""

    def written(value: float) -> str:
        return percent(value) if measure == "accuracy" else rounded(value, 3)

    if not rows:
        return t("training.no_epoch")
    last = "validation" if f"validation_{measure}" in rows[0] else "test"
    return " ".join(
        t(
            f"training.after_epoch_{last}",
            epoch=epoch,
            train=written(rows[epoch - 1][measure]),
            validation=written(rows[epoch - 1].get(f"validation_{measure}", 0.0)),
            test=written(rows[epoch - 1][f"test_{measure}"]),
        )
        for epoch in sorted({1, len(rows)})
    )


def curves(rows: Sequence[Mapping[str, float]], batches: Batches, *, epochs: int, key: str) -> None:
    """Draw loss and accuracy side by side, or below each other on a phone.

    Args:
        rows: an entry per epoch, as on a model card. batches: (epochs trained, loss, accuracy).
        epochs: of the complete run. key: prefix of the charts' keys.
    """
    columns = st.columns(2, gap="large")
    lines = {line: t(f"training.line_{line}") for line in training_curves.COLOURS}
    measures: dict[training_curves.Measure, str] = {
        "accuracy": t("training.accuracy"),
        "loss": t("training.loss"),
    }
    for column, (measure, title) in zip(columns, measures.items(), strict=True):
        with column:
            st.markdown(f"**{title}**")
            figure = training_curves.draw(
                batches,
                rows,
                measure,
                epochs=epochs,
                axis_x=t("training.axis_epochs"),
                words=lines,
                dark=theme.dark(),
            )
            charts.chart(
                figure,
                name=f"training_{measure}",
                alt=f"{title}, {t('training.axis_epochs')}. {epochs_in_words(measure, rows)}",
                key=f"{key}_{measure}",
            )


def confusion(counts: Sequence[Sequence[int]], class_names: Sequence[str], key: str) -> None:
    """Draw a confusion matrix, as on a model card; one of many classes is folded."""
    alt = f"{t('training.confusion_title')}. {right_in_words(counts, class_names)}"
    shown, names = folded(counts, class_names)
    figure = confusion_matrix.draw(
        shown,
        names,
        axis_true=t("training.axis_true"),
        axis_predicted=t("training.axis_predicted"),
        dark=theme.dark(),
    )
    charts.chart(figure, name="confusion_matrix", alt=alt, key=key)


def folded(
    counts: Sequence[Sequence[int]] | np.ndarray, class_names: Sequence[str]
) -> tuple[np.ndarray, list[str]]:
    """Return a confusion matrix [classes, classes] and its names; a large one is folded, with a note."""
    left_out = len(class_names) - cards.MAX_ROWS + 1
    if left_out > 1:
        st.caption(t("training.confusion_folded", kept=cards.MAX_ROWS - 1, others=f"{left_out:,}"))
    return cards.folded(counts, class_names, t("training.confusion_others", count=f"{left_out:,}"))


def right_in_words(counts: Sequence[Sequence[int]] | np.ndarray, class_names: Sequence[str]) -> str:
    """Return the correct images of each class as text, "cat 312/500, ...".

    Args:
        counts: confusion matrix, [true class, predicted class]. class_names: by class.
    """
    return ", ".join(
        f"{name} {row[k]:,}/{sum(row):,}"
        for k, (name, row) in enumerate(zip(class_names, counts, strict=True))
    )


def mistakes(model: str, card: Mapping[str, Any], key: str) -> None:
    """Draw a network's wrong predictions with the highest probability.

    A click selects the image for all pages, and with it the network if the picked one takes other images.
    """
    data_set = zoo.get(model).data_set
    listed = card["test"]["mistakes"]
    if not listed:
        st.caption(t("training.no_mistakes"))
        return
    origin, images = _measured_on(data_set, card)
    if images is None or any(
        entry["index"] >= len(images) or images.labels[entry["index"]] != entry["label"] for entry in listed
    ):
        st.caption(t("training.mistakes_elsewhere", set=data_sets.data_set_title(data_set)))
        return
    names = data_sets.class_names(data_set)
    other = {} if data_set == data_sets.selected() else {"model": model}
    links = [f"{origin}-{entry['index']}" for entry in listed]
    groups = [
        Group(
            f"{names[entry['label']]} → {names[entry['predicted']]}",
            percent(entry["probability"], softmax=True),
            1,
        )
        for entry in listed
    ]
    current = image_selection.picture()
    gallery(
        as_rgb(images.images[[entry["index"] for entry in listed]]),
        [f"{group.name}, {group.note}" for group in groups],
        groups,
        links.index(current) if current in links else None,
        label=t("training.mistakes_title"),
        key=key,
        on_select=lambda pick: link.put(picture=links[pick], **other),
        cards=True,
    )
    st.caption(t("training.mistakes_note"))


def report(model: str, card: Mapping[str, Any], batches: Batches) -> None:
    """Show a network's training and evaluation from its model card."""
    st.header(t("training.of", name=network_texts.model_name(model)), anchor=False)
    toy = card["data"].get("toy")
    if toy:
        st.warning(t("training.toy"), icon=":material/toys:")
    st.markdown(
        t(
            f"training.facts_{'toy' if toy else 'real'}",
            images=f"{card['data']['train']:,}",
            epochs=card["epochs"],
            time=clock(card["training_seconds"]),
            train=percent(card["train"]["accuracy"]),
            tested=f"{card['data']['test']:,}",
            test=percent(card["test"]["accuracy"]),
        )
    )
    if not toy:
        kept = validation_in_words(card)
        st.markdown(t("training.facts_no_validation") if kept is None else kept)
    st.caption(recipe(card["recipe"]))
    curves(card["history"], batches, epochs=card["epochs"], key="training_past")
    modes(card)
    if "confusion" not in card["test"]:
        return
    left, right = st.columns(2, gap="large")
    with left:
        st.header(t("training.confusion_title"), anchor=False)
        names = data_sets.class_names(zoo.get(model).data_set)
        confusion(card["test"]["confusion"], names, key="training_confusion")
        st.caption(t("training.confusion_note"))
    with right:
        st.header(t("training.mistakes_title"), anchor=False)
        mistakes(model, card, key="training_mistakes")


def validation_in_words(card: Mapping[str, Any]) -> str | None:
    """Say how many images were kept apart for validation and how accurate it was; None if there were none."""
    if "validation" not in card:
        return None
    images, share = card["data"]["validation"], card["validation"]["accuracy"]
    return t("training.facts_validation", images=f"{images:,}", validation=percent(share))


def modes(card: Mapping[str, Any]) -> None:
    """Explain a large difference between the training accuracies in training and inference mode."""
    history = card["history"]
    if not history:
        return
    accuracies = history[-1]["accuracy"], card["train"]["accuracy"]
    if abs(accuracies[0] - accuracies[1]) < DIFFERENT:
        return
    kinds = [kind(layer["kind"]) for layer in card["architecture"]]
    trained, used = map(percent, accuracies)
    with st.expander(t("training.modes_title", trained=trained, used=used), icon=":material/compare_arrows:"):
        st.markdown(t("training.modes", trained=trained, used=used))
        recipe = card["recipe"]
        reasons = {
            "batch_norm": any(each.non_trainable_weights for each in kinds),
            "dropout": any(each.training_only for each in kinds) and recipe.get("dropout", True),
            "moved": recipe.get("flip") or recipe.get("shift") or recipe.get("cutout"),
            "moving": True,
        }
        steps = len(history) * -(-card["data"]["train"] // recipe["batch_size"])
        momentum = recipe.get("batch_norm_momentum", LONG_MOMENTUM)
        left = percent(momentum**steps)
        lines = [
            t(f"training.modes_{reason}", steps=f"{steps:,}", momentum=momentum, left=left)
            for reason, holds in reasons.items()
            if holds
        ]
        st.markdown("\n".join(f"- {line}" for line in lines))


def diverged(run: Run, name: str) -> None:
    """Say where a run diverged, what to try, and what happened there."""
    where = run.diverged
    if where is None:  # the event does not say where
        st.error(t("error.diverged"), icon=":material/trending_up:")
    else:
        st.error(
            t(f"training.diverged_{where.what}", name=name, epoch=where.epoch, step=where.step or "?"),
            icon=":material/trending_up:",
        )
    rate = where.learning_rate if where else None
    usual = zoo.recipe(run.model, toy=bool(run.start.get("toy"))).learning_rate
    if rate is None:
        st.markdown(t("training.diverged_try"))
    elif rate > usual:
        st.markdown(t("training.diverged_try_recipe", rate=f"{rate:g}", usual=f"{usual:g}"))
    else:
        st.markdown(t("training.diverged_try_rate", rate=f"{rate:g}", tenth=f"{rate / 10:.2g}"))
    with st.expander(t("training.diverged_why")):
        st.markdown(t("training.diverged_explained"))


def _measured_on(data_set: DataSet, card: Mapping[str, Any]) -> tuple[str, Samples | None]:
    """Return the origin, as in links, and the images that a card was measured on; None if unavailable."""
    if card["data"].get("toy"):
        return "sample", data_set.samples()
    try:
        folder = data_set.find(None)
        return "test", local_data.full_set(data_set, "test", str(folder)) if folder else None
    except CnnvizError:
        return "test", None
