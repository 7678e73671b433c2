"""Loss page: softmax cross-entropy of the selected picture, its right class's probability dragged."""

import streamlit as st

from cnnviz.components.loss_view import as_probability, loss_view
from cnnviz.explain import snippets
from cnnviz.explain.snippet_data import Activation
from cnnviz.networks import zoo
from cnnviz.networks.gradients import logits
from cnnviz.pages import activation_cache, data_sets, frame, image_selection, link, predict, translation
from cnnviz.pages.code_block import code_block
from cnnviz.pages.translation import t

picked = image_selection.picked()
last = logits(zoo.get(picked.model).graph).name
names = data_sets.class_names()

frame.heading("loss")
label = picked.label if picked.label is not None else image_selection.your_label(picked)
loss_view(
    activation_cache.activations(picked.model, picked.image)[last],
    label,
    class_names=names,
    p=link.value("loss_p", None, as_probability),
    language=translation.language(),
    key="loss_view",
    on_select=lambda p: link.put(loss_p=p),
)
data_sets.note_on_classes()
scores = Activation(picked.model, last, picked.named)
code_block(loss=lambda library: snippets.cross_entropy(library, scores, label))
left, right = st.columns(2)
with left:
    st.header(t("loss.why_title"), anchor=False)
    st.markdown(t("loss.why"))
with right:
    st.header(t("loss.gradient_title"), anchor=False)
    st.markdown(t("loss.gradient"))
predict.draw("loss", picked)
