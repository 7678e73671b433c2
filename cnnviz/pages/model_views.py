"""Views of the Models page: comparison charts, confusion matrix, training curves and table of cards."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from cnnviz.components.value import array, field, none_if_malformed, one_of
from cnnviz.errors import CnnvizError
from cnnviz.figures import confusion_matrix, networks
from cnnviz.figures.history_curves import history_curves
from cnnviz.networks import cards, graph, network, zoo
from cnnviz.networks.cards import Card
from cnnviz.networks.graph import LayerInfo
from cnnviz.pages import (
    charts,
    data_sets,
    figure_cache,
    link,
    model_cache,
    network_texts,
    run_view,
    theme,
    translation,
)
from cnnviz.pages.translation import t
from cnnviz.text import keys, translate
from cnnviz.text.rounding import percent, rounded
from cnnviz.training import runs

OVERFITTING = 0.05
"""Least gap between training and test accuracy that the page calls overfitting."""
RISEN = 1.05
"""Least ratio of the last to the lowest test loss that the page calls a rise."""
MISTAKES = 5
MAX_POINTS = 1000
"""Most points that a selection event may contain."""
NEWEST = 5
"""Number of runs in the charts; titles of more would overlap."""
FACTS = (
    "test_accuracy",
    "validation_accuracy",
    "train_accuracy",
    "parameters",
    "trainable",
    "non_trainable",
    "file",
    "precision",
    "training_precision",
    "time",
    "epochs",
)
IMAGES = ("train", "validation", "test")
LIBRARIES = {"tensorflow": "TensorFlow", "keras": "Keras", "numpy": "NumPy", "python": "Python"}


def every_card(picked: str) -> dict[str, Card]:
    """Return {network name: model card} of the networks that the page shows.

    These are all bundled networks that were trained here, the newest runs, and the picked one.
    """
    everything: dict[str, Card] = {name: model_cache.card(name) for name in network.trained_names()}
    of_runs = [run.model for run in runs.finished()]
    for name in [name for k, name in enumerate(of_runs) if k < NEWEST or name == picked]:
        with contextlib.suppress(CnnvizError):  # gone in this moment
            everything[name] = model_cache.card(name)
    return everything


def file_size(name: str) -> int:
    """Return the bytes of a network's weights on disk."""
    architecture, folder = runs.locate(name)
    try:
        return (folder / f"{architecture}.npz").stat().st_size
    except OSError:  # gone in this moment
        raise CnnvizError(f"The weights of {name} are gone.", reason="run_gone") from None


def layers(name: str) -> tuple[LayerInfo, ...]:
    """Return a network's layers."""
    return zoo.get(name).layers


def short(name: str) -> str:
    """Return a network's short title for charts, with the time if it is of a run."""
    architecture, run = zoo.split(name)
    key = f"models.short_{architecture}"
    title = t(key) if key in keys() else network_texts.untimed_name(name)
    return f"{title} · {network_texts.run_time(name)}" if run else title


def in_table(written: str) -> str:
    """Escape a number for a Markdown cell, where a leading ">" would be a quotation."""
    return written.replace(">", r"\>")


def duration(seconds: float) -> str:
    """Format a training time in minutes, or in seconds if it is short."""
    if seconds < 60:
        return t("models.seconds", seconds=rounded(seconds))
    return t("models.minutes", minutes=rounded(seconds / 60))


def pick(key: str, names: Iterable[str]) -> None:
    """Select the network of a clicked point; ignore clicks elsewhere."""
    name = name_from(st.session_state[key], names)
    if name is not None:
        link.put(model=name)


@none_if_malformed
def name_from(value: Any, names: Iterable[str]) -> str:
    """Return the network in `names` whose point was clicked, or None."""
    points = array(field(field(value, "selection"), "points"), most=MAX_POINTS)
    hover = field(points[0] if points else {}, "customdata")
    return one_of(hover[0] if isinstance(hover, list) and hover else hover, names)


def chart(
    name: str,
    draw: Callable[[], Any],
    everything: Mapping[str, Card],
    picked: str,
    *,
    numbers: str = "",
    picks: bool = False,
) -> None:
    """Draw a figure that is cached until the networks or the selected one change.

    Args:
        name: the figure's; "models.NAME_alt" describes it. numbers: the sentence after that.
        picks: whether a click on a point picks.
    """
    state = [f"{key} {card['sha256']} {model_cache.card_mtime(key)}" for key, card in everything.items()]
    figure = figure_cache.figure((name, picked, translation.language(), theme.dark(), *state), draw)
    more: dict[str, Any] = {}
    if picks:
        key = f"models_{name}_{picked}"  # a chart of its own for each, or it keeps the click before
        more = {"key": key, "on_select": lambda: pick(key, everything), "selection_mode": "points"}
    charts.chart(figure, name=name, alt=f"{t(f'models.{name}_alt')} {numbers}".strip(), **more)


def against(cost: str, everything: Mapping[str, Card], picked: str) -> None:
    """Draw accuracy against a cost: "parameters" or "time"."""

    def point(name: str, card: Card) -> networks.Point:
        x, hover = graph.total_parameters(layers(name)), network_texts.parameters(layers(name))
        if cost == "time":
            x, hover = card["training_seconds"] / 60, duration(card["training_seconds"])
        return networks.Point(name, short(name), x, card["test"]["accuracy"], hover)

    def draw() -> Any:
        return networks.accuracy_against(
            [point(name, card) for name, card in everything.items()],
            picked=picked,
            axis_x=t(f"models.axis_{cost}"),
            axis_y=t("models.axis_accuracy"),
            logarithmic=cost == "parameters",
            dark=theme.dark(),
        )

    st.header(t(f"models.against_{cost}"), anchor=False)
    chart(f"against_{cost}", draw, everything, picked, picks=True)


def classes(everything: Mapping[str, Card], picked: str) -> None:
    """Draw the accuracy of every network per class."""
    st.header(t("models.classes_title"), anchor=False)
    counts = {name: cards.confusion(card) for name, card in everything.items()}
    shares = {name: cards.class_accuracies(table) for name, table in counts.items() if table is not None}
    if not shares:
        st.info(t("models.no_confusion"))
        return
    names, order = data_sets.class_names(), networks.hardest_first(list(shares.values()))
    ends = [[share[k] for share in shares.values()] for k in (order[0], order[-1])]
    st.markdown(
        t(
            "models.classes",
            hardest=names[order[0]],
            low=percent(min(ends[0])),
            high=percent(max(ends[0])),
            easiest=names[order[-1]],
            easiest_low=percent(min(ends[1])),
            easiest_high=percent(max(ends[1])),
        )
    )
    chart(
        "classes",
        lambda: networks.accuracy_by_class(
            {name: (short(name), share) for name, share in shares.items()},
            names,
            picked=picked,
            axis_y=t("models.axis_accuracy"),
            dark=theme.dark(),
        ),
        everything,
        picked,
        picks=True,
    )
    with st.expander(t("models.classes_table")):
        rows = {short(name): [in_table(percent(share[k])) for k in order] for name, share in shares.items()}
        st.table({t("models.class"): [names[k] for k in order]} | rows, border="horizontal", hide_index=True)
    if len(shares) < len(everything):
        left_out = ", ".join(short(name) for name in everything if name not in shares)
        st.caption(t("models.left_out", networks=left_out))


def mistakes(everything: Mapping[str, Card], picked: str) -> None:
    """Draw the selected network's confusion matrix and list its most frequent confusions."""
    st.header(t("models.confusion_title", name=short(picked)), anchor=False)
    counts = cards.confusion(everything[picked])
    if counts is None:
        st.info(t("models.no_confusion_of", name=short(picked)))
        return
    names = data_sets.class_names()
    left, right = st.columns([3, 2], gap="large")
    with left:
        shown, shown_names = run_view.folded(counts, names)
        chart(
            "confusion",
            lambda: confusion_matrix.draw(
                shown,
                shown_names,
                axis_true=t("models.axis_true"),
                axis_predicted=t("models.axis_predicted"),
                dark=theme.dark(),
            ),
            everything,
            picked,
            numbers=run_view.right_in_words(counts, names),
        )
    with right:
        st.markdown(t("models.confusion_how"))
        worst = [
            t(
                "models.confused",
                true=names[mistake.true],
                predicted=names[mistake.predicted],
                percent=percent(mistake.share),
                count=mistake.count,
            )
            for mistake in cards.most_confused(counts, MISTAKES)
        ]
        st.markdown("\n".join([t("models.confused_most") + "\n", *(f"1. {words}" for words in worst)]))
        st.caption(t("models.confusion_measured", images=f"{counts.sum():,}"))


def curves(everything: Mapping[str, Card], picked: str) -> None:
    """Draw the selected network's curves, and explain the gap between training and test accuracy."""
    card = everything[picked]
    st.header(t("models.curves_title", name=short(picked)), anchor=False)
    history = card["history"]
    if not history:
        st.info(t("models.no_history"))
        return
    train, test, gap = card["train"]["accuracy"], card["test"]["accuracy"], cards.generalization_gap(card)
    chooses, lowest = cards.choosing(history), cards.best_epoch(history)
    loss = f"{chooses}_loss"
    risen = history[-1][loss] > RISEN * history[lowest - 1][loss]
    opens = cards.gap_opens(history)
    sentences = [
        t("models.gap", train=percent(train), test=percent(test), gap=rounded(100 * gap, 1)),
        t("models.overfits") if gap >= OVERFITTING else t("models.overfits_little"),
        *gap_in_words(cards.accuracy_gaps(history), opens),
    ]
    rises = t(f"models.risen_{chooses}", epoch=lowest)
    st.markdown(" ".join(sentences + [rises] * risen))
    marks = {
        "accuracy": None if opens is None else (opens, t("models.opens", epoch=opens)),
        "loss": (lowest, t(f"models.lowest_{chooses}", epoch=lowest)) if risen else None,
    }

    def curve(measure: str) -> Any:
        scale = 100 if measure == "accuracy" else 1
        return history_curves(
            [scale * row[measure] for row in history],
            [scale * row[f"test_{measure}"] for row in history],
            measured=(scale * card["train"][measure], scale * card["test"][measure]),
            train_name=t("models.train"),
            test_name=t("models.test"),
            validation=(
                t("training.line_validation"),
                [scale * row[f"validation_{measure}"] for row in history],
                scale * card["validation"][measure],
            )
            if chooses == "validation"
            else None,
            gap=t("models.gap_points", gap=rounded(100 * gap, 1)) if measure == "accuracy" else "",
            axis_x=t("models.axis_epoch"),
            axis_y=t(f"models.axis_{measure}"),
            percent=measure == "accuracy",
            mark=marks[measure],
            dark=theme.dark(),
        )

    left, right = st.columns(2, gap="large")
    with left, st.container(key="models_curve_accuracy"):
        numbers = run_view.epochs_in_words("accuracy", history)
        chart("history_accuracy", lambda: curve("accuracy"), everything, picked, numbers=numbers)
    with right, st.container(key="models_curve_loss"):
        numbers = run_view.epochs_in_words("loss", history)
        chart("history_loss", lambda: curve("loss"), everything, picked, numbers=numbers)
    st.caption(t("models.curves_note"))
    kept = run_view.validation_in_words(card)
    st.markdown(t("models.validation") if kept is None else kept)


def gap_in_words(gaps: Sequence[float], opens: int | None) -> list[str]:
    """Say where the gap between the curves opens, how wide it is there and at the end, and where widest.

    Args:
        gaps: training accuracy minus test accuracy after each epoch. opens: see `cards.gap_opens`.
    """
    if opens is None:
        return [t("models.gap_never")]
    points = [rounded(100 * gap, 1) for gap in gaps]
    widest = max(range(opens - 1, len(gaps)), key=gaps.__getitem__)
    sentences = [t("models.gap_opens", epoch=opens, first=points[opens - 1], last=points[-1])]
    if widest not in (opens - 1, len(gaps) - 1):
        sentences.append(t("models.gap_widest", epoch=widest + 1, gap=points[widest]))
    return sentences


def table(everything: Mapping[str, Card]) -> None:
    """Draw a table of the model cards with one column per network."""
    st.header(t("models.table_title"), anchor=False)

    kept = any("validation" in card for card in everything.values())

    def validated(card: Card) -> list[str]:
        share = in_table(percent(card["validation"]["accuracy"])) if "validation" in card else "–"
        return [share] * kept

    def column(name: str, card: Card) -> list[str]:
        return [
            in_table(percent(card["test"]["accuracy"])),
            *validated(card),
            in_table(percent(card["train"]["accuracy"])),
            f"{graph.total_parameters(layers(name)):,}",
            f"{graph.trainable_parameters(layers(name)):,}",
            f"{graph.total_parameters(layers(name)) - graph.trainable_parameters(layers(name)):,}",
            f"{rounded(file_size(name) / 1e6, 1)} MB",
            card["precision"],
            card.get("training_precision", "float32"),  # older cards have no such entry
            duration(card["training_seconds"]),
            str(card["epochs"]),
            *(f"{card['data'].get(split, 0):,}" for split in IMAGES),
            *(str(card["versions"].get(library, "–")) for library in LIBRARIES),
        ]

    facts = [t(f"models.row_{fact}") for fact in FACTS if kept or fact != "validation_accuracy"]
    facts += [t(f"models.row_images_{split}") for split in IMAGES] + list(LIBRARIES.values())
    st.table(
        {t("models.fact"): facts} | {short(name): column(name, card) for name, card in everything.items()},
        border="horizontal",
        hide_index=True,
        alt=t("models.table_alt"),
    )
    toys = [short(name) for name, card in everything.items() if card["data"].get("toy")]
    if toys:
        st.caption(t("models.toy", networks=", ".join(toys)))
    of_note: dict[str, list[str]] = {}
    for name, card in everything.items():
        of_note.setdefault(card["data"].get("note") or "", []).append(short(name))
    for note, names in of_note.items():
        if note:
            st.caption(t("models.note", networks=", ".join(names), note=note_on_data(note)))
    st.caption(t("models.table_note"))


def note_on_data(note: str) -> str:
    """Return a card's note on its data, translated if it is that of the bundled cards."""
    return t("models.note_jpeg") if note == translate("models.note_jpeg", "en") else note
