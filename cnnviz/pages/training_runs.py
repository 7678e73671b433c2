"""The runs of training on this server: what starts them, and their progress per batch."""

from __future__ import annotations

import streamlit as st

from cnnviz.networks import zoo
from cnnviz.pages import inference
from cnnviz.pages.server import once_per_process
from cnnviz.training import runs
from cnnviz.training.run_process import Runner
from cnnviz.training.run_progress import Run


@st.cache_resource(max_entries=inference.RUN_NETWORKS, show_spinner=False)
def _run(name: str) -> Run:
    run = Run(name, runs.locate(name)[1])
    run.update()
    return run


def batches(name: str) -> list[tuple[float, float, float]]:
    """Return the (epochs, loss, accuracy) per batch of a run's training; [] for a bundled network."""
    return _run(name).batches if zoo.split(name)[1] else []


@once_per_process
def runner() -> Runner:
    """Return the process's runner of training runs."""
    return Runner()
