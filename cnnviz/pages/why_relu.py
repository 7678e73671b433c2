"""Why ReLU page: the same small network trained in the browser with the activation and without."""

import streamlit as st

from cnnviz.components.playground import POINTS, SEEDS, STEPS, Selection, playground
from cnnviz.explain import small_network
from cnnviz.pages import frame, image_selection, link, predict, translation
from cnnviz.pages.translation import t


def whole(text: str, end: int) -> int:
    """Parse a whole number in 0..end of a link."""
    return range(end + 1)[int(text)] if text.isascii() and text.isdigit() else range(0)[0]


frame.heading("why_relu")
playground(
    Selection(
        link.value("play_points", POINTS[0], lambda text: POINTS[POINTS.index(text)]),
        link.value("play_seed", 1, lambda text: whole(text, SEEDS - 1)),
        link.value("play_steps", 0, lambda text: whole(text, STEPS)),
    ),
    language=translation.language(),
    key="playground",
    on_select=lambda chosen: link.put(
        play_points=chosen.kind, play_seed=chosen.seed, play_steps=chosen.steps
    ),
)
predict.draw("why_relu", image_selection.picked())
left, right = st.columns(2)
with left:
    st.header(t("why_relu.why_title"), anchor=False)
    for reason in ("sum", "bend", "training"):
        st.markdown(f"- {t(f'why_relu.why_{reason}')}")
with right:
    st.header(t("why_relu.code_title"), anchor=False)
    st.code(small_network.KERAS, language="python")
    st.caption(t("why_relu.code_note"))
