"""Network page (home): all feature maps of the selected network for the selected image."""

import math
from dataclasses import astuple
from typing import get_args

import streamlit as st

from cnnviz.components.feature_grid import Ask, DrillDown, MapCell, Scale, feature_grid, read_cell
from cnnviz.components.layer_overview import layer_overview
from cnnviz.components.value import none_if_malformed
from cnnviz.data import registry
from cnnviz.explain.overview import SAMPLED
from cnnviz.networks import cards, graph, zoo
from cnnviz.networks.graph import LayerInfo
from cnnviz.pages import (
    activation_cache,
    data_sets,
    drill_files,
    frame,
    image_selection,
    large_networks,
    lecture_state,
    link,
    map_files,
    map_pages,
    model_cache,
    model_views,
    network_map_section,
    network_menu,
    network_texts,
    predict,
    translation,
)
from cnnviz.pages.translation import t
from cnnviz.text import classes
from cnnviz.text.kinds import kind_name
from cnnviz.text.rounding import percent

picked = image_selection.picked()
layers = zoo.get(picked.model).layers


def look(text: str) -> tuple[str, int, int, int]:
    """Parse "conv2,7,1,2": layer, map, row, column; `read_cell` checks whether the network has it."""
    layer, *cell = text.split(",")
    map_, row, col = (int(part) for part in cell)
    return layer, map_, row, col


def scale(text: str) -> Scale:
    """Parse the name of a colour scale."""
    return get_args(Scale)[get_args(Scale).index(text)]


def ask() -> Ask:
    """Return whether the prediction is hidden at first: as the link says, else on a visit without one."""
    asks = link.value("ask", None, link.truth)
    if asks is None:
        return "first" if link.began_bare() and lecture_state.lecture_step() is None else "never"
    return "always" if asks else "never"


frame.heading("network")

seen, drilled = link.value("look", None, look), link.value("drill", False, link.truth)
# maps that the visitor opens later go into the link, but not back to the grid, which knows them
if "grid" in st.session_state or "overview" in st.session_state:
    seen, drilled = st.session_state.get("network.first", (seen, drilled))
st.session_state["network.first"] = seen, drilled


def remember(cell: MapCell | None) -> None:
    """Put the cell of the drill-down into the link, or that there is none."""
    if cell is None:
        link.put(drill=False)
    else:
        link.put(drill=True, look=astuple(cell))


def cell_in_link() -> MapCell | None:
    """Return the cell of the link, or None if it has none of this network."""
    if not seen:
        return None
    cell = dict(zip(("layer", "map", "row", "col"), seen, strict=True))
    return none_if_malformed(lambda value: read_cell(value, layers, drawn=True))(cell)


def draw_grid() -> None:
    """Draw all maps of all layers."""
    kernels, maps = drill_files.addresses(picked.model)
    feature_grid(
        activation_cache.encoded_maps(picked.model, picked.image),
        layers,
        picked.image,
        class_names=data_sets.class_names(),
        true_label=picked.label,
        language=translation.language(),
        key="grid",
        selected=cell_in_link(),
        scale=link.value("scale", "layer", scale),
        ask=ask(),
        on_scale=lambda chosen: link.put(scale=chosen),
        journey=link.value("journey", False, link.truth),
        on_ask=lambda asks: link.put(ask=asks),
        on_journey=lambda plays: link.put(journey=plays),
        on_open=lambda opened: map_pages.open_map(opened, picked.model),
        drill=DrillDown(
            model_cache.map_ops(picked.model),
            data_sets.selected().preprocessing,
            kernels,
            maps,
            open=bool(seen and drilled),
        ),
        on_drill=remember,
    )


def draw_overview() -> None:
    """Draw some maps of each layer of a large network; those of one layer are fetched when it is opened."""
    shown = activation_cache.overview(picked.model, picked.image)
    layer_overview(
        shown.maps,
        shown.vectors,
        layers,
        picked.image,
        class_names=data_sets.class_names(),
        true_label=picked.label,
        addresses=map_files.addresses(picked.model),
        drill=DrillDown({}, data_sets.selected().preprocessing, open=bool(seen and drilled)),
        language=translation.language(),
        key="overview",
        selected=cell_in_link(),
        on_select=lambda cell: link.put(look=astuple(cell)),
        on_open=lambda opened: map_pages.open_map(opened, picked.model),
        on_drill=remember,
    )
    total = sum(math.prod(layer.output_shape) for layer in layers)
    st.caption(t("network.overview_note", numbers=f"{total:,}", maps=SAMPLED))


def turn_to(layer: str) -> None:
    """Show a layer's first map."""
    cell = (layer, 0, 0, 0)
    link.put(look=cell, drill=False)
    st.session_state["network.first"] = cell, False


if large_networks.is_large(picked.model):
    draw_overview()
else:
    draw_grid()
network_map_section.draw(zoo.get(picked.model).graph, key="network_map", on_layer=turn_to)


def field(layer: LayerInfo) -> str:
    """Return the receptive field of one cell: "5×5"."""
    if layer.receptive_field is None:
        return t("network.whole_picture")
    return "×".join(map(str, layer.receptive_field.max_size))


predict.draw("network", picked)
with st.expander(t("network.table"), expanded=lecture_state.is_about("network.table"), key="network_table"):
    st.table(
        {
            t("network.column_layer"): [
                f"{title} ({code})" for code, title in network_texts.layer_names(layers).items()
            ],
            t("network.column_kind"): [kind_name(layer.kind, translation.language()) for layer in layers],
            t("network.column_shape"): ["×".join(map(str, layer.output_shape)) for layer in layers],
            t("network.column_parameters"): [f"{layer.total_parameters:,}" for layer in layers],
            t("network.column_trainable"): [f"{layer.parameters:,}" for layer in layers],
            t("network.column_non_trainable"): [f"{layer.non_trainable:,}" for layer in layers],
            t("network.column_count"): [network_texts.parameter_formula(layer) for layer in layers],
            t("network.column_field"): [field(layer) for layer in layers],
        }
    )
    dense = graph.total_parameters(layer for layer in layers if layer.layer.part == "vector")
    share = percent(dense / graph.total_parameters(layers))
    st.caption(t("network.total", parameters=network_texts.parameters(layers), share=share))

with st.expander(t("network.card"), expanded=lecture_state.is_about("network.card"), key="network_card"):
    card = model_cache.card(picked.model)
    taken = data_sets.selected()
    st.caption(
        t(
            "network.card_input",
            shape="×".join(map(str, taken.shape)),
            code=taken.preprocessing.code("image"),
        )
    )
    if not cards.was_trained_here(card):
        st.markdown(network_menu.accuracy(picked.model))
        if note := ". ".join(filter(None, (card.get("licence"), card.get("note")))):
            st.caption(note)
        named, names = classes.korean(registry.names_of(taken.classes)), taken.classes
        if named and translation.language() == "ko":
            count = sum(name in named for name in names)
            st.caption(t("network.class_names", named=f"{count:,}", count=f"{len(names):,}"))
    else:
        st.markdown(
            t(
                "network.card_text",
                train=f"{card['data']['train']:,}",
                test=f"{card['data']['test']:,}",
                epochs=card["epochs"],
                batch=card["recipe"]["batch_size"],
                optimizer={"sgd": "SGD", "rmsprop": "RMSProp"}[card["recipe"]["optimizer"]],
                rate=card["recipe"]["learning_rate"],
                time=model_views.duration(card["training_seconds"]),
                train_percent=percent(card["train"]["accuracy"]),
                test_percent=percent(card["test"]["accuracy"]),
            )
        )
        if note := card["data"].get("note"):
            st.caption(model_views.note_on_data(note))
        if card["data"].get("scaled_from"):
            size = "×".join(map(str, card["data"]["scaled_from"]))
            st.caption(t("network.card_scaled", set=data_sets.data_set_title(), size=size))
