"""Caches of networks' weights and model cards, and of data derived from them alone."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cnnviz import settings
from cnnviz.explain import drill, lecture
from cnnviz.networks import network, zoo
from cnnviz.networks.network import ModelRef
from cnnviz.networks.weights import Weights
from cnnviz.pages import large_networks
from cnnviz.pages.byte_cache import MB, byte_cache
from cnnviz.pages.server import once_per_process
from cnnviz.training import runs

MAP_OPS_ENTRIES = 8
"""Number of networks whose maps' operations are cached; they keep the weights alive."""
CARD_ENTRIES = 100
"""Number of model cards; some kilobytes each."""
LAYER_OPS_ENTRIES = 64
"""Number of layers of large networks whose maps' operations are cached; they keep the weights alive."""


def reference(name: str) -> ModelRef:
    """Return the reference to a network's current weights, the cache key of everything derived from them.

    Raises:
        CnnvizError: if there is no such network.
    """
    return network.reference(name, runs.locate(name)[1])


def weights(name: str) -> tuple[Weights, dict[str, Any]]:
    """Return the weights and model card of a network, bundled or of a run, without TensorFlow."""
    return _weights(reference(name), card_mtime(name))


@byte_cache(settings.WEIGHTS() * MB, keep_larger=True)  # to read AlexNet's takes seconds, and each page asks
def _weights(ref: ModelRef, mtime: int) -> tuple[Weights, dict[str, Any]]:
    return runs.read_weights(ref.name)


def map_ops(name: str) -> dict[str, drill.MapOps]:
    """Return the computation of the maps of each layer of a network; read-only."""
    return _map_ops(reference(name))


@st.cache_resource(max_entries=MAP_OPS_ENTRIES, show_spinner=False, hash_funcs={ModelRef: str})
def _map_ops(ref: ModelRef) -> dict[str, drill.MapOps]:
    return drill.all_map_ops(zoo.get(ref.name).graph, weights(ref.name)[0])


def layer_map_ops(name: str, layer: str) -> drill.MapOps | None:
    """Return the computation of the maps of one layer, or None if it is unknown; read-only."""
    return _layer_map_ops(reference(name), layer)


@st.cache_resource(max_entries=LAYER_OPS_ENTRIES, show_spinner=False, hash_funcs={ModelRef: str})
def _layer_map_ops(ref: ModelRef, layer: str) -> drill.MapOps | None:
    own = weights(ref.name)[0]
    with large_networks.one_large_pass:
        return drill.layer_map_ops(zoo.get(ref.name).graph, own, layer)


def card(name: str) -> dict[str, Any]:
    """Return the model card of a network, bundled, opened or of a run, without its weights; read-only."""
    return _card(name, card_mtime(name))


@st.cache_resource(max_entries=CARD_ENTRIES, show_spinner=False)
def _card(name: str, mtime: int) -> dict[str, Any]:
    return runs.read_card(name)


def card_mtime(name: str) -> int:
    """Return the modification time of a network's card, which `evaluate` may extend."""
    architecture, folder = runs.locate(name)
    try:
        return (folder / f"{architecture}.json").stat().st_mtime_ns
    except OSError:
        return 0  # reading it will raise


@once_per_process
def lecture_facts() -> dict[str, str]:
    """Return the numbers of trained networks for the placeholders of the lecture's texts."""
    return lecture.facts(card(name) for name in network.trained_names())
