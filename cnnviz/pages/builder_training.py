"""Builder page, training: what the stack is trained on, and the way to the Training page."""

import json

import streamlit as st

from cnnviz import settings
from cnnviz.errors import CnnvizError
from cnnviz.networks import architecture_file, builder
from cnnviz.pages import frame, link, run_view
from cnnviz.pages.frame import t
from cnnviz.training import runs


def draw(stack: builder.Stack) -> None:
    """Draw the choice of a data set, and the button that leads to the Training page with the stack."""
    st.header(t("builder.train_title"), anchor=False)
    if settings.hosted():
        st.info(t("builder.train_hosted"), icon=":material/cloud_off:")
        return
    st.markdown(t("builder.train_lead"))
    here = {each.name: each for each in sorted(run_view.data_sets(), key=lambda each: not each.bundled)}
    labels = {name: frame.data_set_title(each, capital=True) for name, each in here.items()}
    fault = None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = link.option(
            t("training.data"), "builder_data", labels, help=t("training.data_help"), width=260
        )
        try:
            built = runs.built(builder.write(stack), here[name])
        except CnnvizError as error:
            fault = error
        pressed = st.button(
            t("builder.train"),
            type="primary",
            icon=":material/model_training:",
            key="builder_train",
            disabled=fault is not None,
        )
    if fault is not None:
        what = fault.reason.removeprefix("train_")
        st.info(t(f"error.train_{what}", count=fault.values.get("count")), icon=":material/info:")
        return
    st.download_button(
        t("builder.save"),
        json.dumps(architecture_file.to_json(built), ensure_ascii=False, allow_nan=False, indent=1),
        f"{runs.BUILT}.json",
        "application/json",
        icon=":material/download:",
        help=t("builder.save_help", file=f"{runs.BUILT}.json"),
        on_click="ignore",
        key="builder_save",
    )
    if pressed:
        link.put(training_stack=builder.write(stack), training_network=runs.BUILT, training_data=name)
        st.switch_page(frame.script("training"))
