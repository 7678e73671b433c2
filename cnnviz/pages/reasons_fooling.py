"""Adversarial pictures: a view of the page Why it said so."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cnnviz.components.fooling_view import Step, fooling_view
from cnnviz.explain import fooling, snippets
from cnnviz.pages import background, data_sets, image_selection, link, translation
from cnnviz.pages.code_block import show_program
from cnnviz.pages.image_selection import Picked
from cnnviz.pages.reasons_map import class_in_link, pick_class
from cnnviz.pages.translation import t


def size(text: str) -> int:
    """Parse the size of a step, in units of 1/255."""
    return [str(k) for k in range(fooling.LARGEST + 1)].index(text)


def draw(picked: Picked, controls: Any) -> None:
    """Draw the view; it has no controls of its own."""
    st.markdown(t("reasons.about_fooling"))
    probabilities = image_selection.class_probabilities(picked)
    answer = int(probabilities.argmax())
    toward = class_in_link("reasons_toward")
    pick_class("reasons_toward", answer if toward is None else toward)
    asked = background.request(
        picked.model,
        ("fooling", picked.image, toward),
        lambda network, _: fooling.fool(network, picked.image, toward),
    )
    asked.check()

    def select(chosen: Step) -> None:
        link.put(reasons_toward=None if chosen.toward == answer else chosen.toward)
        link.put(reasons_step=chosen.size)

    fooling_view(
        picked.image,
        asked.result,
        probabilities=probabilities,
        class_names=data_sets.class_names(),
        selection=Step(link.value("reasons_step", None, size), answer if toward is None else toward),
        language=translation.language(),
        key="reasons_fooling",
        on_select=select,
    )
    asked.draw()
    if asked.result is not None:
        lines = fooling.code(answer, toward, chosen_size(asked.result))
        show_program(snippets.about_a_picture(picked.model, picked.named, lines, probabilities.shape))


def chosen_size(found: fooling.Fooling) -> int:
    """Return the step that is shown: the link's, or the smallest that changes the answer."""
    size = link.current("reasons_step")
    if size is not None:
        return int(size)
    return fooling.LARGEST if found.smallest is None else found.smallest
