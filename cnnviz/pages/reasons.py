"""Why it said so: a heat map of what the answer rests on, over the picture, and its numbers taken apart."""

import numpy as np
import streamlit as st

from cnnviz.components.heat_map import Selection, heat_map
from cnnviz.errors import CnnvizError
from cnnviz.explain.attribution import registry
from cnnviz.explain.attribution.base import HeatMap, Method, Progress, map_layers
from cnnviz.networks import zoo
from cnnviz.networks.graph import Graph
from cnnviz.networks.network import ModelRef
from cnnviz.pages import cache, frame, jobs, link
from cnnviz.pages.byte_cache import cache_key
from cnnviz.pages.frame import t
from cnnviz.text.rounding import percent

WAIT = 0.4  # s that a run waits for a map; after them it shows the progress
OPACITY = 60  # percent

picked = frame.picked()
graph = zoo.get(picked.model).graph


def layer_titles(graph: Graph) -> dict[str, str]:
    """Return {layer: "Convolution 2 → ReLU 2"} of the layers with maps for Grad-CAM, the last first."""
    names = frame.layer_names(graph)
    found = map_layers(graph)
    return {
        name: names[name] if last == name else f"{names[name]} → {names[last]}"
        for name, last in reversed(found.items())
    }


def compute(
    ref: ModelRef, image: np.ndarray, method: Method, target: int, layer: str | None, progress: Progress
) -> HeatMap:
    """Compute a heat map as soon as the network is loaded."""
    engine = cache.engine()
    network = engine.loaded(ref.name)
    if network is None:
        engine.wait(ref.name)
        network = engine.loaded(ref.name)
    if network is None:
        raise CnnvizError(f"`network` must be loaded. Received: {ref.name}.", reason="not_loaded")
    return method.compute(network, image, target, layer=layer, progress=progress)


def request(method: Method, target: int, layer: str | None) -> jobs.Job[HeatMap]:
    """Return the job that computes the map."""
    ref, image = cache.reference(picked.model), picked.image
    key = cache_key(("heat map", ref, image, method.name, target, layer))
    return jobs.jobs().start(key, lambda progress: compute(ref, image, method, target, layer, progress))


def cell(text: str) -> tuple[int, int]:
    """Parse "3,4"."""
    row, col = (int(part) for part in text.split(","))
    if not (0 <= row < 1000 and 0 <= col < 1000):
        raise ValueError(text)
    return row, col


def opacity(text: str) -> int:
    """Parse a percentage."""
    if not 0 <= int(text) <= 100:
        raise ValueError(text)
    return int(text)


def watched(text: str) -> int:
    """Parse the index of a class."""
    return [str(k) for k in range(len(frame.class_names()))].index(text)


def start(found: HeatMap | None, place: tuple[int, int] | None) -> tuple[int, int]:
    """Return the cell that is taken apart: the link's, or the largest of the map."""
    if found is None:
        return place or (0, 0)
    row, col = np.unravel_index(int(np.abs(found.values).argmax()), found.values.shape)
    rows, cols = found.values.shape
    return (min(place[0], rows - 1), min(place[1], cols - 1)) if place else (int(row), int(col))


def select(chosen: Selection) -> None:
    """Put what the visitor has selected into the link; the answer's own class stays out of it."""
    link.put(reasons_cell=(chosen.row, chosen.col), reasons_opacity=chosen.opacity)
    link.put(reasons_class=None if chosen.target == answer else chosen.target)


@st.fragment(run_every=0.5)
def show_progress(method: Method, target: int, layer: str | None) -> None:
    """Show the progress of the map, and run the page again when it is there."""
    job = request(method, target, layer)
    if job.finished:
        st.rerun()
    if cache.engine().loaded(picked.model) is None:
        st.caption(t("reasons.loading"))
        return
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.progress(job.share, t("reasons.computing", percent=percent(job.share, 0)))
    if right.button(t("reasons.cancel"), key="reasons_cancel"):
        job.cancel()
        st.session_state["reasons.cancelled"] = (picked.model, method.name, target, layer)
        st.rerun()


frame.heading("reasons")
methods = {method.name: t(f"reasons.method_{method.name}") for method in registry.METHODS}
with frame.controls(), st.container(horizontal=True, vertical_alignment="bottom"):
    name = link.option(
        t("reasons.method"), "reasons_method", methods, draw=st.segmented_control, required=True
    )
    method = registry.get(name)
    layer = None
    titles = layer_titles(graph)
    if method.needs_layer:
        layer = link.option(t("reasons.layer"), "reasons_layer", titles, width=300)
st.markdown(t(f"reasons.about_{name}"))

probabilities = frame.class_probabilities(picked)
answer = int(probabilities.argmax())
target = link.value("reasons_class", None, watched)
target = answer if target is None else target
of_layer = None if layer is None else map_layers(graph)[layer]
asked = (picked.model, name, target, of_layer)
stopped = st.session_state.get("reasons.cancelled") == asked
job = None if stopped else request(method, target, of_layer)
if job is not None:
    job.wait(WAIT)
found = None if job is None else job.result
place = link.value("reasons_cell", None, cell)
heat_map(
    picked.image,
    method,
    found,
    probabilities=probabilities,
    class_names=frame.class_names(),
    layer="" if layer is None else titles[layer],
    selection=Selection(*start(found, place), link.value("reasons_opacity", OPACITY, opacity), target),
    language=frame.language(),
    key="reasons_map",
    on_select=select,
)
if stopped:
    st.caption(t("reasons.cancelled"))
    st.button(t("reasons.again"), on_click=lambda: st.session_state.pop("reasons.cancelled", None))
elif job is not None and job.error is not None:
    if not isinstance(job.error, CnnvizError) or job.error.reason == "not_loaded":
        st.error(t("reasons.failed", name=frame.model_name(picked.model)), icon=":material/error:")
    else:
        raise job.error
elif found is None:
    show_progress(method, target, of_layer)
