"""Recordings of training, and the maps that their weights make of an image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from cnnviz import settings
from cnnviz.explain import learning
from cnnviz.networks.network import ModelRef
from cnnviz.pages import model_cache
from cnnviz.pages.byte_cache import MB, byte_cache
from cnnviz.training import recording as recordings
from cnnviz.training import runs
from cnnviz.training.recording import Recording

MATCH_ENTRIES = 100
"""Number of networks that are compared with their recordings; one bit each."""


def has_recording(name: str) -> bool:
    """Return whether a network has a recording of its training."""
    return recordings.path(*runs.locate(name)).is_file()


def recording(name: str) -> Recording:
    """Return the recording of a network's training, reduced to the moments that are shown; read-only."""
    return _recording(*runs.locate(name), _recording_mtime(name))[0]


def recording_divergence(name: str) -> learning.Divergence | None:
    """Return the moment at which a recording stops being finite, or None; `recording` ends before it."""
    return _recording(*runs.locate(name), _recording_mtime(name))[1]


@byte_cache(settings.RECORDINGS() * MB)
def _recording(architecture: str, folder: Path, mtime: int) -> tuple[Recording, learning.Divergence | None]:
    return learning.finite_part(learning.downsampled(runs.read_recording(architecture, folder)))


def recording_matches(name: str) -> bool:
    """Return whether a network's recording is of the training that produced its weights."""
    return _matches(model_cache.reference(name), _recording_mtime(name))


@st.cache_data(max_entries=MATCH_ENTRIES, show_spinner=False, hash_funcs={ModelRef: str})
def _matches(ref: ModelRef, mtime: int) -> bool:
    recorded = runs.read_recording(*runs.locate(ref.name))
    return recorded.belongs_to(model_cache.weights(ref.name)[0], ref.sha256)


def learning_maps(name: str, layer: str, image: np.ndarray) -> np.ndarray:
    """Return a layer's maps of an image at every moment of `recording`, float32 [T, H, W, C]; read-only."""
    return _learning_maps(*runs.locate(name), _recording_mtime(name), layer, image)


@byte_cache(settings.LEARNING_MAPS() * MB)
def _learning_maps(architecture: str, folder: Path, mtime: int, layer: str, image: np.ndarray) -> np.ndarray:
    return learning.maps(_recording(architecture, folder, mtime)[0], layer, image)


def _recording_mtime(name: str) -> int:
    """Return the modification time of a recording, which a run rewrites after each epoch; 0 if missing."""
    path = recordings.path(*runs.locate(name))
    return path.stat().st_mtime_ns if path.is_file() else 0
