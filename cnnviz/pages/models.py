"""Models page: comparison of the trained networks by their model cards."""

import streamlit as st

from cnnviz.networks import cards, graph, zoo
from cnnviz.pages import data_sets, frame, image_selection, link
from cnnviz.pages import model_views as views
from cnnviz.pages.model_views import short
from cnnviz.pages.translation import t
from cnnviz.text.rounding import percent

picked = image_selection.picked().model
# figures of other pictures say nothing beside these
known = views.every_card(picked).items()
everything = {name: card for name, card in known if zoo.get(name).data_set == data_sets.selected()}
compared = {name: card for name, card in everything.items() if not card["data"].get("toy")}
titles = {name: short(name) for name in everything}

frame.heading("models")
pair = cards.cnn_with_fewer_parameters(compared)
if pair is not None:
    plain, cnn = pair
    st.markdown(
        t(
            "models.claim",
            cnn=titles[cnn],
            cnn_percent=percent(everything[cnn]["test"]["accuracy"]),
            cnn_parameters=f"{graph.total_parameters(views.layers(cnn)):,}",
            plain=titles[plain],
            plain_percent=percent(everything[plain]["test"]["accuracy"]),
            plain_parameters=f"{graph.total_parameters(views.layers(plain)):,}",
        )
    )
link.show("models_picked", picked if picked in titles else None, titles)
st.segmented_control(
    t("models.pick"),
    list(titles),
    key="models_picked",
    format_func=titles.__getitem__,
    on_change=link.take,
    args=("model", "models_picked"),
    required=picked in titles,
    help=t("models.pick_help"),
)
with st.container(key="models_against"):
    left, right = st.columns(2, gap="large")
with left, st.container(key="models_parameters"):
    views.against("parameters", compared, picked)
with right, st.container(key="models_time"):
    views.against("time", compared, picked)
tested = {card["data"]["test"] for card in compared.values()}
measured = (
    t("models.measured", images=f"{tested.pop():,}") if len(tested) == 1 else t("models.measured_range")
)
st.caption(f"{measured} {t('models.click')}")
views.classes(compared, picked)
if picked in everything:
    views.mistakes(everything, picked)
    views.curves(everything, picked)
views.table(everything)
