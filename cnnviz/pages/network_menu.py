"""The networks that can be picked on a page, and their texts in the menu."""

from __future__ import annotations

import itertools
import re

import streamlit as st

from cnnviz.networks import cards, network, store, zoo
from cnnviz.pages import link, model_cache, navigation, network_texts
from cnnviz.pages.translation import t
from cnnviz.text.rounding import percent
from cnnviz.training import runs

BASELINE = "mlp"
"""The fully connected network that CNNs are compared with."""
LISTED_RUNS = 20
"""Number of runs in the menu of networks, the newest ones; an older one can be opened by its link."""
DIGEST_DIGITS = 8
"""Hexadecimal digits of the weights' sha256 in a link."""


def unsuited(page: str) -> str | None:
    """Return the network that was asked for if it lacks a kind of layer that the page is about, else None."""
    wish = str(link.wish("model"))
    about_layers = page in (*navigation.MAP_PAGES, *navigation.FILTER_PAGES, "dense")
    return wish if about_layers and wish in known() and not suits(wish, page) else None


def accuracy(model: str) -> str:
    """Return a network's accuracy, as far as its card has it, and its number of parameters, as text."""
    card, counted = model_cache.card(model), network_texts.parameters(zoo.get(model).layers)
    if cards.was_trained_here(card):
        return t(
            f"frame.accuracy_{'toy' if card['data'].get('toy') else 'real'}",
            percent=percent(card["test"]["accuracy"]),
            images=f"{card['data']['test']:,}",
            parameters=counted,
        )
    published = card.get("published")
    if published is None:
        return t("frame.accuracy_unknown", parameters=counted)
    share = percent(published["accuracy"])
    return t("frame.accuracy_published", percent=share, set=published["set"], parameters=counted)


def put_weights_digest(page: str, model: str) -> None:
    """Put a digest of the weights into the link; note if the link was made with other weights."""
    named = st.query_params.get("model", zoo.names()[0])
    now = model_cache.reference(model).sha256[:DIGEST_DIGITS]
    made = link.tag("digest", now)
    if made and named == model and re.fullmatch(f"[0-9a-f]{{{DIGEST_DIGITS}}}", made) and made != now:
        st.session_state["frame.trained_again"] = (page, model)


def offered(page: str) -> list[str]:
    """Return the networks that can be picked on a page: bundled ones, opened ones, then those of runs.

    If the link names one that does not exist, the first network is selected, with a message.
    """
    bundled = [*network.model_names(), *store.names()]
    of_runs = known()[len(bundled) :]
    wish = str(link.value("model", bundled[0], str))
    if wish not in (*bundled, *of_runs) and ("@" in wish or store.NAME.fullmatch(wish)):
        link.put(model=bundled[0])
        st.toast(t("error.run_gone") if "@" in wish else t("error.network_gone"), icon=":material/info:")
    listed = [*bundled, *(run for k, run in enumerate(of_runs) if k < LISTED_RUNS or run == wish)]
    return [name for name in listed if suits(name, page)]


def baseline(model: str) -> str | None:
    """Return the fully connected network that a network is compared with, None if there is none.

    It takes images of the same data set: the bundled one, or else that of the newest run.
    """
    of_runs = (run.model for run in runs.finished() if zoo.split(run.model)[0] == BASELINE)
    data_set = zoo.get(model).data_set
    return next((name for name in (BASELINE, *of_runs) if zoo.get(name).data_set == data_set), None)


def known() -> list[str]:
    """Return all networks: bundled ones, opened ones, then those of runs, the newest first."""
    return [*network.model_names(), *store.names(), *(run.model for run in runs.finished())]


def own_models() -> list[str]:
    """Return the networks of architectures that are not bundled: opened ones, then built and trained ones."""
    of_runs = (run.model for run in runs.finished() if zoo.split(run.model)[0] not in zoo.names())
    return [*store.names(), *itertools.islice(of_runs, LISTED_RUNS)]


def suits(model: str, page: str) -> bool:
    """Return whether a network has the layers that a page needs."""
    architecture = zoo.get(model)
    layers = architecture.layers
    if page in navigation.TRAINED_PAGES and architecture.recipe is None:
        return False
    if page == "comparison" and baseline(model) is None:
        return False
    if page in navigation.MAP_PAGES:
        return any(info.layer.page == page and len(info.output_shape) == 3 for info in layers)
    if page == "dense":
        return architecture.graph.ends_in_dense()
    return page not in navigation.FILTER_PAGES or any(info.layer.filters for info in layers)
