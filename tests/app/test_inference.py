"""What is kept between runs, and what becomes of work in the background that fails."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import Any

import numpy as np
import pytest
from streamlit.runtime.scriptrunner import script_runner

from cnnviz import samples
from cnnviz.arithmetic.transform import Edit, edit
from cnnviz.arithmetic.window import Window
from cnnviz.data import cifar10
from cnnviz.layers.conv import Conv
from cnnviz.networks import network
from cnnviz.networks.graph import Graph
from cnnviz.networks.importing import import_keras
from cnnviz.pages import inference, large_networks, local_data, model_cache, shift_cache
from cnnviz.text import translate
from tests.app.test_pages import open_page
from tests.training.test_runs import until

FIRST, SECOND = "mlp", "keras_lecture"
ENDING = """
import threading
import time
from cnnviz.pages import inference

begun = threading.Event()

def load(name):
    print("begins", flush=True)
    begun.set()
    threading.main_thread().join()
    time.sleep(0.5)
    print("ends", flush=True)

inference._load_and_compile = load
inference.engine().begin()
begun.wait()
"""


class Faulty:
    """Makes a function fail for some networks, as often as it is called; the others it leaves alone."""

    def __init__(self, function: Any, *names: str) -> None:
        self._function = function
        self.broken = set(names)
        self.calls: list[str] = []

    def __call__(self, name: str, *arguments: Any) -> Any:
        self.calls.append(name)
        if name in self.broken:
            raise OSError("no memory")
        return self._function(name, *arguments)


@pytest.fixture
def loading(monkeypatch: pytest.MonkeyPatch) -> Faulty:
    """Let the first of two bundled networks fail to load."""
    faulty = Faulty(inference._load_and_compile, FIRST)
    monkeypatch.setattr(inference, "_load_and_compile", faulty)
    monkeypatch.setattr(network, "trained_names", lambda: [FIRST, SECOND])
    return faulty


def test_a_network_that_fails_to_load_leaves_the_others_alone(
    loading: Faulty, caplog: pytest.LogCaptureFixture
) -> None:
    engine = inference.InferenceEngine()
    engine.wait(FIRST)
    engine.wait(SECOND)
    assert {ref.name for ref in engine._networks} == {SECOND}
    assert "no memory" in caplog.text
    found = engine.activations(FIRST, samples().images[0])  # NumPy stands in
    expected = network.forward(FIRST, network.read_weights(FIRST)[0], samples().images[0])
    np.testing.assert_array_equal(found["softmax"], expected["softmax"])


def test_nobody_waits_for_a_first_page_because_of_tensorflow(
    loading: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inference, "HEAD_START", 3600.0)
    loading.broken.clear()
    loading._function = lambda name: "loaded"
    engine = inference.InferenceEngine()
    engine.probabilities(SECOND, samples().images[:1])  # a page does not wait for it: NumPy computes
    assert engine.state().waiting == 2
    assert loading.calls == []
    engine.wait(SECOND)
    assert loading.calls == [FIRST, SECOND]


def bundled_reference(name: str) -> network.ModelRef:
    """Refer to a run's network as to the bundled one of its architecture, so that no run has to be here."""
    return network.reference(name)


@pytest.mark.parametrize("name", [FIRST, f"{SECOND}@20261124-153012"])
def test_a_network_that_failed_is_tried_again_but_not_at_once(
    name: str, loading: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_cache, "reference", bundled_reference)
    loading.broken = {name}
    loading._function = lambda name: "loaded"
    engine = inference.InferenceEngine()
    for _ in range(5):
        engine.wait(name)
    assert loading.calls.count(name) == 1
    loading.broken.clear()
    monkeypatch.setattr(inference, "RETRY_SECONDS", -1.0)  # a while later
    engine.wait(name)
    assert engine._networks[network.reference(name)] == "loaded"  # type: ignore[comparison-overlap]
    for _ in range(5):
        engine.wait(name)
    assert loading.calls.count(name) == 2


def test_networks_that_fail_do_not_pile_up(loading: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_cache, "reference", bundled_reference)
    names = [f"{SECOND}@202611{k:02}-153012" for k in range(3 * inference.RUN_NETWORKS)]
    loading.broken = set(names)
    loading._function = lambda name: "loaded"
    engine = inference.InferenceEngine()
    for name in names:
        engine.wait(name)
    engine.wait(names[-1])
    assert len(engine._loads) <= inference.RUN_NETWORKS + 2


def test_shifts_that_fail_are_settled_and_computed_for_who_comes_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    engine = inference.engine()
    wait, broken = engine.wait, threading.Event()

    def fails(name: str) -> None:
        if broken.is_set():
            raise OSError("no memory")
        wait(name)

    monkeypatch.setattr(engine, "wait", fails)
    broken.set()
    page = {"lang": "en", "picture": "sample-7", "comparison_cut": "11"}
    app = open_page("comparison", **page)
    failed = translate("comparison.failed", "en")
    until(lambda: failed in [warning.value for warning in app.run().warning])
    assert "shifted pictures are computed" not in " ".join(caption.value for caption in app.caption)
    assert "no memory" in caplog.text
    broken.clear()
    image = edit(samples().images[7], Edit(cut=11))
    shifted = shift_cache.shift_predictions(SECOND, image)
    shifted.start(0, 0)
    assert shifted.failed  # not at once
    monkeypatch.setattr(inference, "RETRY_SECONDS", -1.0)  # a while later
    later = open_page("comparison", **page)
    until(lambda: shifted.complete)
    assert not later.run().warning


def test_shifts_of_a_network_without_finite_answers_are_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = inference.engine()
    answers = np.full((1, 10), np.nan, np.float32)
    monkeypatch.setattr(engine, "probabilities", lambda name, images: answers.repeat(len(images), axis=0))
    shifted = shift_cache.ShiftPredictions(SECOND, samples().images[0])
    shifted.start(0, 0)
    until(lambda: shifted.finished)
    assert shifted.complete


@pytest.mark.parametrize("problem", [OSError("no space left"), RuntimeError("no network")])
def test_a_download_that_fails_says_so_whatever_it_was(
    problem: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def load(split: str) -> None:
        raise problem

    monkeypatch.setattr(cifar10, "load_split", load)
    download = local_data.Download()
    download.start()
    until(lambda: not download.running)
    assert download.failed
    assert str(problem) in caplog.text


def test_streamlit_does_not_clear_the_networks_after_every_run(monkeypatch: pytest.MonkeyPatch) -> None:
    import_keras()
    import keras

    cleared: list[bool] = []
    monkeypatch.setattr(keras.backend, "clear_session", lambda free_memory=True: cleared.append(free_memory))
    script_runner._clean_problem_modules()
    assert cleared == [True]  # by Streamlit
    monkeypatch.setattr(inference, "_compiled", str)
    inference._load_and_compile(FIRST)
    script_runner._clean_problem_modules()
    assert cleared == [True]  # and no more


def test_a_process_that_ends_waits_for_the_network_that_is_being_loaded_and_loads_no_other() -> None:
    ended = subprocess.run([sys.executable, "-c", ENDING], check=True, capture_output=True, timeout=300)
    assert ended.stdout.split() == [b"begins", b"ends"]
    assert not ended.stderr


def test_network_is_compiled_again_if_keras_misreads_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    real = network.Network.activations

    def once_wrong(self: network.Network, image: np.ndarray) -> dict[str, np.ndarray]:
        calls.append(self.name)
        if len(calls) == 1:
            raise ValueError("Only input tensors may be passed as positional arguments.")
        return real(self, image)

    monkeypatch.setattr(network.Network, "activations", once_wrong)
    assert inference._load_and_compile("mlp").name == "mlp"
    assert calls == ["mlp", "mlp"]


def test_a_network_of_many_maps_is_large_however_small_its_picture_is() -> None:
    def stack(depth: int) -> Graph:
        return Graph((4, 4, 3), tuple(Conv(f"conv{k}", Window(1), 512) for k in range(depth)))

    assert not large_networks._is_large(stack(20))
    assert large_networks._is_large(stack(24))
