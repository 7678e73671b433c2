"""Why it said so page: heat maps of an answer, adversarial pictures, and filters' preferences."""

import streamlit as st

from cnnviz.pages import frame, image_selection, link, predict, reasons_filters, reasons_fooling, reasons_map
from cnnviz.pages.translation import t

VIEWS = {"map": reasons_map.draw, "fooling": reasons_fooling.draw, "filters": reasons_filters.draw}

picked = image_selection.picked()
frame.heading("reasons")
controls = frame.controls()
with controls:
    view = link.option(
        t("reasons.view"),
        "reasons_view",
        {name: t(f"reasons.view_{name}") for name in VIEWS},
        draw=st.segmented_control,
        required=True,
    )
VIEWS[view](picked, controls)
predict.draw("reasons", picked)
