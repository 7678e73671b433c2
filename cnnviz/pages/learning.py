"""Learning page: kernels, feature maps and predictions at every recorded moment of a training."""

from typing import get_args

import numpy as np
import streamlit as st

from cnnviz.components.learning_view import Scale, Selection, learning_view
from cnnviz.explain import learning
from cnnviz.networks import network
from cnnviz.pages import (
    data_sets,
    frame,
    image_selection,
    link,
    model_cache,
    network_texts,
    recording_cache,
    translation,
)
from cnnviz.pages.translation import t
from cnnviz.text.rounding import guessing, percent
from cnnviz.training.recording import Recording

picked = image_selection.picked()


def moment(recording: Recording, t: int) -> str:
    """Return the name of a moment: "Batch 50 of 1,563, epoch 1"."""
    return moment_words(int(recording.steps[t]), float(recording.epochs[t]), float(recording.epochs[-1]))


def moment_words(step: int, epochs: float, last: float) -> str:
    """Return the name of a moment, given its step, its epochs, and the epochs of the last moment."""
    if not step:
        return t("learning.before")
    if epochs.is_integer():
        return t("learning.epoch", epoch=int(epochs), epochs=int(np.ceil(last)))
    batches = round(step / epochs)
    batch, epoch = step % batches, step // batches + 1
    if epoch == 1:
        return t("learning.batch", batch=f"{batch:,}", batches=f"{batches:,}")
    return t("learning.within", batch=f"{batch:,}", batches=f"{batches:,}", epoch=epoch)


def nearest(recording: Recording, step: int) -> int:
    """Return the recorded step nearest to that of a link."""
    return int(recording.steps[np.abs(recording.steps - step).argmin()])


def whole(text: str) -> int:
    """Parse a non-negative integer of at most nine digits."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ValueError(text)
    return int(text)


def scale(text: str) -> Scale:
    """Parse the name of a colour scale."""
    return get_args(Scale)[get_args(Scale).index(text)]


def selection(recording: Recording, layer: str, filters: int) -> Selection:
    """Return the view's state from the link."""
    default: Scale = "moment" if learning.becomes_pale(recording, layer) else "training"
    return Selection(
        link.value("learning_step", 0, whole, fit=lambda step: nearest(recording, step)),
        link.value("learning_filter", None, whole, fit=lambda k: None if k is None else min(k, filters - 1)),
        link.value("learning_relu", False, link.truth),
        link.value("learning_scale", default, scale),
    )


def select(chosen: Selection) -> None:
    """Store the view's state in the link."""
    link.put(
        learning_step=chosen.step,
        learning_filter=chosen.filter,
        learning_relu=chosen.relu,
        learning_scale=chosen.scale,
    )


def layer_titles(recording: Recording) -> dict[str, str]:
    """Return {name in code: display name} of the layers of the recording's network."""
    return network_texts.layer_names(recording.architecture.layers)


@st.fragment
def film(recording: Recording) -> None:
    """Draw one layer over time, as a fragment."""
    layers = learning.convolutions(recording)
    titles = layer_titles(recording)
    layer = link.option(
        t("learning.layer"),
        "learning_layer",
        {info.name: f"{titles[info.name]} ({'×'.join(map(str, info.output_shape))})" for info in layers},
        draw=st.segmented_control,
        required=True,
    )
    maps = recording_cache.learning_maps(picked.model, layer, picked.image)
    answers = answers_of(recording)
    learning_view(
        recording,
        layer,
        picked.image,
        maps,
        answers,
        title=titles[layer],
        moments=[moment(recording, t) for t in range(len(recording))],
        class_names=data_sets.class_names(),
        true_label=picked.label,
        selection=selection(recording, layer, maps.shape[-1]),
        language=translation.language(),
        key="learning_view",
        on_select=select,
    )
    left, right = st.columns(2)
    with left:
        st.header(t("learning.shown_title"), anchor=False)
        st.markdown("\n".join(facts(recording, layer, answers)))
    with right:
        st.header(t("learning.look_title"), anchor=False)
        st.markdown(t(f"learning.look_{what_to_look_for(recording, first=layer == layers[0].name)}"))
    link.publish_fragment()


def what_to_look_for(recording: Recording, *, first: bool) -> str:
    """Return the text key of the hint for a layer, which depends on the kernels' initialisation."""
    recipe = model_cache.card(picked.model)["recipe"]  # of this run: a toy's is not the architecture's
    if first:
        usual = "first" if data_sets.selected().channels > 1 else "first_grey"
        return "whitened" if recipe.get("whitening") else usual
    return "handed_on" if recipe.get("identity") else "deeper"


def answers_of(recording: Recording) -> np.ndarray | None:
    """Return the recorded probabilities of the selected image, [T, classes]; None if it is not a sample."""
    origin, _, index = image_selection.picture().partition("-")
    return recording.probabilities[:, int(index)] if origin == "sample" else None


def facts(recording: Recording, layer: str, answers: np.ndarray | None) -> list[str]:
    """Show statements that the recorded numbers support."""
    sentences = []
    ends = np.flatnonzero(recording.epochs == 1)
    measured = recording.accuracy
    if len(ends) and np.isfinite(measured[[0, ends[0], -1]]).all():
        values = [percent(measured[t]) for t in (0, ends[0], -1)]
        classes = len(data_sets.class_names())
        sentences.append(
            t(
                "learning.accuracy",
                before=values[0],
                first=values[1],
                end=values[2],
                classes=classes,
                guess=guessing(classes),
            )
        )
        half = learning.halfway_moment(recording)
        if half is not None:
            sentences[-1] += " " + t("learning.halfway", moment=moment(recording, half))
    if len(ends) and recording.epochs[-1] > 1:
        share = float(learning.relative_distances(recording, layer)[ends[0]])
        epochs = f"{recording.epochs[-1]:g}"
        sentences.append(
            t("learning.way", layer=layer_titles(recording)[layer], first=percent(share, 0), epochs=epochs)
        )
        early = learning.fastest_first(recording, layer)
        sentences[-1] += " " + (t("learning.way_early") if early else t("learning.way_late"))
    if answers is not None and picked.label is not None:
        settled = learning.settling_moment(answers, picked.label)
        if settled is not None:
            sentences.append(t("learning.settled", moment=moment(recording, settled)))
        else:
            names = data_sets.class_names()
            wrong = names[int(answers[-1].argmax())]
            sentences.append(t("learning.unsettled", name=wrong, label=names[picked.label]))
    return sentences


frame.heading("learning")
recorded = recording_cache.recording(picked.model) if recording_cache.has_recording(picked.model) else None
if recorded is not None and not recording_cache.recording_matches(picked.model):
    words = t("learning.other_weights", name=network_texts.model_name(picked.model))
    st.error(words, icon=":material/error:")
elif recorded is not None and learning.convolutions(recorded):
    if (lost := recording_cache.recording_divergence(picked.model)) is not None:
        words = t(
            "learning.lost",
            moment=moment_words(lost.step, lost.epochs, lost.epochs),
            layer=layer_titles(recorded).get(lost.where.layer, lost.where.layer),  # or weights: "conv2.bias"
            count=f"{lost.where.count:,}",
            size=f"{lost.where.size:,}",
        )
        st.error(words, icon=":material/error:")
    film(recorded)
else:
    others = [name for name in network.model_names() if recording_cache.has_recording(name)]
    st.info(t("learning.none") if others else t("learning.none_at_all"))
    for name in others:
        st.button(network_texts.architecture_name(name), on_click=link.put, kwargs={"model": name})
