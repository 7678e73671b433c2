"""The pictures that excite a filter most: a part of the view What a filter looks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from cnnviz import settings
from cnnviz.components.gallery import Group, gallery
from cnnviz.data.dataset import DataSet, Samples
from cnnviz.errors import CnnvizError
from cnnviz.explain import excitations, filters
from cnnviz.explain.excitations import Index, Ranking
from cnnviz.explain.filters import Excitation
from cnnviz.networks import zoo
from cnnviz.pages import background, data_sets, image_picker, link, local_data, model_cache, translation
from cnnviz.pages.translation import t

PATCHES = excitations.KEPT
SIDE = 260
"""px of the large picture."""


@dataclass(frozen=True, eq=False)
class Found:
    """A picture that excites a filter.

    Attributes:
        image: uint8 [H, W, C]. name: of its class.
        value: the largest number of the filter's map. cell: its row and column there.
    """

    image: np.ndarray
    name: str
    value: float
    cell: tuple[int, int]


def of_samples(data_set: DataSet, excited: Excitation, index: int) -> list[Found]:
    """Return the samples that excite a filter most."""
    samples = data_set.samples()
    return [
        Found(
            samples.images[k],
            data_sets.sample_name(samples, k),
            float(excited.values[k, index]),
            (int(excited.positions[k, index, 0]), int(excited.positions[k, index, 1])),
        )
        for k in excited.best(index, PATCHES)
    ]


def of_training_images(images: Samples, ranking: Ranking, index: int) -> list[Found]:
    """Return the training images that excite a filter most."""
    names = data_sets.class_names()
    rows = zip(ranking.images[index], ranking.values[index], ranking.positions[index], strict=True)
    return [
        Found(images.images[k], names[images.labels[k]], float(value), (int(row), int(col)))
        for k, value, (row, col) in list(rows)[: ranking.best(index)]
    ]


def here(data_set: DataSet) -> Path | None:
    """Return the location of all images of a data set, None if they are not available."""
    try:
        return data_set.find(None)
    except CnnvizError:  # the page Data shows the error
        return None


def draw(model: str, layer: str, index: int, excited: Excitation) -> None:
    """Draw the patches that excite a filter most: of the samples, or of all training images that are here."""
    st.header(t("reasons.patches_title"), anchor=False)
    data_set = zoo.get(model).data_set
    found = of_samples(data_set, excited, index)
    if (folder := here(data_set)) is not None:
        among = {"samples": t("reasons.among_samples"), "train": t("reasons.among_train")}
        if (
            link.option(t("reasons.among"), "reasons_among", among, draw=st.segmented_control, required=True)
            == "train"
        ):
            with st.spinner(t("frame.reading", set=data_sets.data_set_title(data_set))):
                images = local_data.full_set(data_set, "train", str(folder))
            kept = find_index(model, images)
            if kept is None:
                return
            found = of_training_images(images, kept.layers[layer], index)
    draw_found(model, layer, found)


def find_index(model: str, images: Samples) -> Index | None:
    """Return the index of filters' activations; None, and a way to compute it, if there is none."""
    reference = model_cache.reference(model)
    if (kept := excitations.read(reference, images)) is not None:
        return kept
    count = f"{len(images):,}"
    if settings.hosted():
        st.caption(t("reasons.index_hosted", count=count))
        st.code(f"cnnviz index {model}", language="bash")
        return None
    asked = f"reasons.index {reference.sha256}"
    if not st.session_state.get(asked):
        st.button(
            t("reasons.index", count=count),
            on_click=lambda: st.session_state.update({asked: True}),
            icon=":material/manage_search:",
            help=t("reasons.index_help"),
            key="reasons_index",
        )
        return None
    request = background.request(
        model,
        ("filter index", images.digest),
        lambda network, progress: excitations.find_or_build(network, reference, images, progress),
    )
    if request.result is None:
        request.draw()
    return request.result


def draw_found(model: str, layer: str, found: Sequence[Found]) -> None:
    """Draw the patches that excite a filter, and where one of them is in its picture."""
    if not found:
        st.caption(t("reasons.no_patches"))
        return
    architecture = zoo.get(model)
    field = architecture.graph[layer].receptive_field
    areas = [filters.seen(field, each.cell, architecture.data_set.size) for each in found]
    values = [translation.number(each.value) for each in found]
    rows, cols = areas[0].bottom - areas[0].top, areas[0].right - areas[0].left
    note = t("reasons.patches_note", size=f"{rows}×{cols}")
    st.caption(f"{note} {t('reasons.patches_alike')}" if alike(values) else note)
    chosen = link.value("reasons_patch", 0, index_below(PATCHES), fit=lambda wish: min(wish, len(found) - 1))
    left, right = st.columns([2, 1], gap="medium")
    with left:
        gallery(
            np.stack([filters.patch(each.image, area) for each, area in zip(found, areas, strict=True)]),
            [f"{each.name}, {value}" for each, value in zip(found, values, strict=True)],
            [Group(value, each.name, 1) for each, value in zip(found, values, strict=True)],
            chosen,
            label=t("reasons.patches_title"),
            key="reasons_patches",
            on_select=lambda pick: link.put(reasons_patch=pick),
            cards=True,
        )
    row, col = found[chosen].cell
    caption = t("reasons.patch", name=found[chosen].name, value=values[chosen], row=row, col=col)
    with right:
        lit = filters.spotlight(found[chosen].image, areas[chosen])
        st.image(image_picker.enlarged_image(lit), width=SIDE, caption=caption, alt=caption)


def alike(values: Sequence[str]) -> bool:
    """Return whether all displayed values are equal as written; then several positions may have it."""
    return len(values) == PATCHES and len(set(values)) == 1


def index_below(count: int) -> Any:
    """Return a parser of an index below `count`."""
    return [str(k) for k in range(count)].index
