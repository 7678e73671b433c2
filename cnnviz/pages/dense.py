"""Fully connected page: flattening, the weighted sum of one unit, logits and softmax."""

from math import prod

import streamlit as st

from cnnviz.components.dense_view import (
    Selection,
    as_temperature,
    dense_view,
    pooled_shape,
    scene,
)
from cnnviz.explain import snippets
from cnnviz.explain.snippet_data import Activation, Data, Pixels, Weight
from cnnviz.layers.base import Layer
from cnnviz.networks import graph, zoo
from cnnviz.networks.graph import IMAGE, dense_layers
from cnnviz.pages import (
    activation_cache,
    data_sets,
    frame,
    image_selection,
    lecture_state,
    link,
    model_cache,
    network_texts,
    predict,
    translation,
)
from cnnviz.pages.code_block import code_block
from cnnviz.pages.layer_words import times
from cnnviz.pages.translation import t
from cnnviz.text.rounding import percent

AUTO = "auto"  # the unit that answers strongest; in the last layer the predicted class

picked = image_selection.picked()
network = zoo.get(picked.model).graph
layers = network.layers
activations = activation_cache.activations(picked.model, picked.image)
dense = dense_layers(layers)
pooled = pooled_shape(network)


def select(selection: Selection) -> None:
    """Store the visitor's selection in the link."""
    if (selection.layer, str(selection.unit)) != shown:
        link.put(dense_layer=selection.layer, dense_unit=str(selection.unit))
    if selection.entry != entry:  # left alone, it stays the strongest, whatever the picture
        link.put(dense_entry=selection.entry)
    link.put(dense_temperature=selection.temperature)


frame.heading("dense", lead=pooled is None)
if pooled is not None and not lecture_state.in_lecture("dense"):
    st.markdown(t("dense_pooled.lead", classes=f"{len(data_sets.class_names()):,}"))
with frame.controls(), st.container(horizontal=True):
    last = dense[-1].name
    titles = network_texts.layer_names(network)
    choices = {
        info.name: t("dense.layer_units", name=titles[info.name], n=info.output_shape[0]) for info in dense
    }
    name = link.option(t("dense.layer"), "dense_layer", {last: choices.pop(last)} | choices, width=230)
    info = next(info for info in dense if info.name == name)
    scores = activations[name]
    strongest = int(scores.argmax())
    units = {str(k): str(k) for k in range(len(scores))}
    automatic = t("dense.unit_strongest", unit=strongest)
    if name == last:
        units = dict(zip(units, data_sets.class_names(), strict=True))
        automatic = t("dense.unit_predicted", name=units[str(strongest)])
    chosen = link.option(t("dense.unit"), "dense_unit", {AUTO: automatic} | units, width=230)
unit = strongest if chosen == AUTO else int(chosen)
shown = (name, str(unit))
weights, seen = model_cache.weights(picked.model)[0], data_sets.selected().preprocess(picked.image)
view = scene(activations, network, weights, seen, layer=name, unit=unit)
height, width, channels = view.source.shape
pointed = link.value(
    "dense_entry", None, view.as_entry, fit=lambda k: k if k is not None and k < view.source.size else None
)
entry = int(view.source.argmax()) if pointed is None else pointed
temperature = link.value("dense_temperature", 1.0, as_temperature)
dense_view(
    view,
    titles=titles,
    class_names=data_sets.class_names(),
    true_label=picked.label,
    language=translation.language(),
    entry=entry,
    temperature=temperature,
    on_select=select,
    key="dense_view",
)
data_sets.note_on_classes()

# the code flattens by itself
before, after = network.shown_inputs(name)[0], list[Layer]()
while before != IMAGE and not network[before].drawn:
    after.insert(0, network[before].layer)
    (before,) = network.shown_inputs(before)
source: Data = Pixels(picked.named) if before == IMAGE else Activation(picked.model, before, picked.named)
own = {key: Weight(picked.model, name, key) for key in info.weight_shapes}
operations = {
    "dense": lambda library: snippets.layer(library, info.layer, [source], own, after=after),
    "softmax": lambda library: snippets.softmax(
        library, Activation(picked.model, last, picked.named), temperature
    ),
}
predict.draw("dense", picked)

code_block(**operations)

left, right = st.columns(2)
with left:
    st.header(t("dense.cost"), anchor=False)
    rows, columns = info.weight_shapes["kernel"]
    total = graph.total_parameters(layers)
    st.markdown(
        t(
            f"dense.cost_{'bias' if 'bias' in info.weight_shapes else 'no_bias'}",
            layer=titles[name],
            inputs=f"{rows:,}",
            units=f"{columns:,}",
            parameters=f"{info.parameters:,}",
            total=f"{total:,}",
            share=percent(info.parameters / total),
            products=f"{info.multiply_accumulates:,}",
        )
    )
    convolutions = [other for other in layers if other.layer.filters]
    if convolutions:
        st.markdown(
            t(
                "dense.cost_convolutions",
                share=percent(sum(other.parameters for other in dense) / total),
                parameters=f"{sum(other.parameters for other in convolutions):,}",
                products=f"{sum(other.multiply_accumulates for other in convolutions):,}",
                dense_products=f"{sum(other.multiply_accumulates for other in dense):,}",
            )
        )
    else:
        st.markdown(t("dense.cost_plain"))
with right:
    st.header(t("dense.notes"), anchor=False)
    if pooled is not None:
        cells, shape = pooled[0] * pooled[1], times(pooled)
        st.markdown(f"- {t('dense_pooled.note_mean', cells=cells, shape=shape, entries=f'{prod(pooled):,}')}")
        st.markdown(f"- {t('dense_pooled.note_anywhere')}")
    else:
        st.markdown(f"- {t('dense.note_neighbours', entries=f'{width * channels:,}', channels=channels)}")
        if not convolutions:
            st.markdown(f"- {t('dense.note_strangers', n=f'{view.source.size:,}')}")
        st.markdown(f"- {t('dense.note_position')}")
    st.markdown(f"- {t('dense.note_temperature')}")
    st.markdown(f"- {t('dense.note_maximum')}")
