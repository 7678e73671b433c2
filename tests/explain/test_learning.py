"""Views of a layer from a recording, and their payload."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz import samples
from cnnviz.components.learning_view import Selection, payload, read_selection
from cnnviz.errors import CnnvizError
from cnnviz.explain import learning
from cnnviz.networks import network, zoo
from cnnviz.networks.network import trained_names
from cnnviz.training import recording as recordings
from cnnviz.training.recording import Recorder, Recording, moments
from tests.unpack import unpack

CAT = samples().images[0]
BUNDLED = [name for name in trained_names() if recordings.path(name, network.WEIGHTS).is_file()]


def recorded(name: str = "keras_lecture", steps: int = 40, epochs: int = 3) -> Recording:
    """Return the recording of a run that was never made: from random kernels straight to the bundled ones."""
    generator = np.random.default_rng(0)
    end = network.read_weights(name)[0]
    start = {key: generator.normal(0, 0.1, array.shape).astype(np.float32) for key, array in end.items()}
    recorder = Recorder(zoo.get(name), steps, epochs)
    for step in moments(steps, epochs):
        share = np.float32(step / (steps * epochs))
        weights = {key: (1 - share) * start[key] + share * end[key] for key in end}
        answers = (1 - share) * np.full(10, 0.1) + share * np.eye(10)[samples().labels]
        recorder.record(step, weights, answers, 0.1 + 0.5 * float(share))
    return recorder.recording()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Return a recording that went through a file."""
    folder: Path = tmp_path_factory.mktemp("recording")
    recordings.write(recorded(), folder)
    return recordings.read("keras_lecture", folder)


def test_the_convolutions_of_a_recording(run: Recording) -> None:
    assert [layer.name for layer in learning.convolutions(run)] == ["conv1", "conv2"]
    only_first = replace(run, layers=("conv1", "conv1_relu"))
    assert [layer.name for layer in learning.convolutions(only_first)] == ["conv1"]
    assert learning.relu_follows(run, "conv1")
    assert not learning.relu_follows(run, "conv1_relu")


@pytest.mark.parametrize("layer", ["conv1", "conv2", "conv2_relu"])
def test_maps_equal_the_network_at_each_moment(run: Recording, layer: str) -> None:
    found = learning.maps(run, layer, CAT)
    assert found.dtype == np.float32
    trained = network.read_weights("keras_lecture")[0]
    for moment in (0, 4, len(run) - 1):
        weights = {**trained, **run.at(moment)}
        expected = network.forward("keras_lecture", weights, CAT)[layer]
        np.testing.assert_allclose(found[moment], expected, rtol=1e-5, atol=1e-6)
    # the run ends at the bundled weights, of which a recording keeps 8 bits
    np.testing.assert_allclose(
        found[-1], network.forward("keras_lecture", trained, CAT)[layer], atol=0.05 * np.abs(found[-1]).max()
    )
    assert np.abs(found[-1] - found[0]).max() > 0.1


def test_becomes_pale(run: Recording) -> None:
    assert not learning.becomes_pale(run, "conv1")
    shrinking = run.weights["conv1.kernel"] * 0.05
    shrinking[0] = run.weights["conv1.kernel"][-1]
    fading = replace(run, weights={**run.weights, "conv1.kernel": shrinking})
    assert learning.becomes_pale(fading, "conv1")
    assert not learning.becomes_pale(fading, "conv2")


@pytest.mark.slow
@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_recordings_end_at_the_last_epoch(name: str) -> None:
    run, picture = recordings.read(name), zoo.get(name).data_set.samples().images[0]
    assert run.steps[0] == 0
    assert float(run.epochs[-1]).is_integer()
    assert np.isfinite(run.accuracy).all()
    assert run.accuracy[-1] > run.accuracy[0] + 0.3
    np.testing.assert_allclose(run.probabilities.sum(axis=2), 1, atol=1e-3)
    shown = learning.downsampled(run)
    assert len(shown) <= learning.MAX_MOMENTS
    for layer in learning.convolutions(run):
        maps = learning.maps(shown, layer.name, picture)
        assert maps.shape == (len(shown), *layer.output_shape)
        part = zoo.get(name).graph.subgraph(layer.name)
        x = zoo.get(name).data_set.preprocess(picture)
        expected = network.run(part, run.at(len(run) - 1), x)[layer.name]
        np.testing.assert_allclose(maps[-1], expected, rtol=1e-5, atol=1e-6)
        travelled = learning.relative_distances(shown, layer.name)
        assert travelled[0] == 0
        assert travelled[-1] == 1


@pytest.mark.parametrize("layer", ["dense1", "nonsense"])
def test_unrecorded_layer_raises(run: Recording, layer: str) -> None:
    with pytest.raises(CnnvizError, match="`layer` must be one of conv1, conv1_relu"):
        learning.maps(run, layer, CAT)


def test_kernels_need_a_convolution(run: Recording) -> None:
    with pytest.raises(CnnvizError, match="`layer` must be a recorded convolution"):
        learning.slices(run, "conv1_relu")


def test_first_layer_filters_have_all_channels(run: Recording) -> None:
    kernels, channels = learning.slices(run, "conv1")
    assert kernels.shape == (len(run), 32, 3, 3, 3)
    assert channels.tolist() == [[0, 1, 2]] * 32
    np.testing.assert_array_equal(kernels[3, 7, 2], run.weights["conv1.kernel"][3, :, :, 2, 7])


def test_deeper_filters_have_the_strongest_channels(run: Recording) -> None:
    kernels, channels = learning.slices(run, "conv2")
    assert kernels.shape == (len(run), 32, learning.MAX_SLICES, 3, 3)
    everything = run.weights["conv2.kernel"]
    for f in (0, 31):
        sizes = np.linalg.norm(everything[-1, ..., f], axis=(0, 1))
        assert channels[f].tolist() == np.argsort(-sizes)[: learning.MAX_SLICES].tolist()
        for s, channel in enumerate(channels[f]):
            np.testing.assert_array_equal(kernels[2, f, s], everything[2, :, :, channel, f])


def test_norms_and_distances(run: Recording) -> None:
    kernels = run.weights["conv2.kernel"]
    norms, distances = learning.norms(run, "conv2"), learning.distances(run, "conv2")
    assert norms.shape == distances.shape == (len(run), 32)
    assert norms[2, 5] == pytest.approx(np.linalg.norm(kernels[2, ..., 5]), rel=1e-5)
    assert distances[2, 5] == pytest.approx(np.linalg.norm(kernels[2, ..., 5] - kernels[0, ..., 5]), rel=1e-5)
    assert not distances[0].any()
    # the run goes straight from start to end: a third of the way is made after one of three epochs
    first = int(np.flatnonzero(run.epochs == 1)[0])
    assert learning.relative_distances(run, "conv2")[first] == pytest.approx(1 / 3, abs=0.02)


def test_downsampled_drops_late_moments() -> None:
    steps = np.array(moments(391, 50))
    count = len(steps)
    run = Recording(
        zoo.get("keras_lecture"),
        steps,
        steps / 391,
        ("conv1",),
        {"conv1.kernel": np.arange(count, dtype=np.float32).reshape(count, 1, 1, 1, 1)},
        np.zeros((count, 20, 10), np.float32),
        np.linspace(0, 1, count, dtype=np.float32),
    )
    shown = learning.downsampled(run)
    assert len(shown) == learning.MAX_MOMENTS
    assert shown.steps[0] == 0
    assert shown.steps[-1] == 391 * 50
    early = run.steps[run.epochs <= 1]
    assert shown.steps[: len(early)].tolist() == early.tolist()
    assert (np.diff(shown.steps) > 0).all()
    late = shown.steps[len(early) - 1 :]
    ratios = late[1:] / late[:-1]
    assert ratios[-1] < 1.2  # denser than the epochs at the beginning, which stand a factor of 2 apart
    kept = np.searchsorted(run.steps, shown.steps)
    assert shown.weights["conv1.kernel"].ravel().tolist() == kept.tolist()
    np.testing.assert_array_equal(shown.accuracy, run.accuracy[kept])
    assert len(learning.downsampled(run, 3)) == len(early) + 1  # the first epoch and the end stay
    assert learning.downsampled(shown).steps.tolist() == shown.steps.tolist()


def test_fastest_first(run: Recording) -> None:
    def moved(*values: float) -> Recording:
        """Return the recording with kernels that stand so far from the start at the end of each epoch."""
        kernels = np.zeros((len(run), 3, 3, 3, 32), np.float32)
        kernels[run.epochs >= 1, 0, 0, 0, 5] = values
        return replace(run, weights={"conv1.kernel": kernels}, layers=("conv1",))

    assert learning.fastest_first(moved(0.5, 0.9, 1.3), "conv1")
    assert not learning.fastest_first(moved(0.3, 0.4, 0.8), "conv1")
    assert not learning.fastest_first(moved(0.3, -0.1, 0.1), "conv1")  # on the way, not from the start
    long = replace(moved(0.5, 0.9, 1.6), epochs=np.where(run.epochs == 3, 4, run.epochs))
    assert learning.fastest_first(long, "conv1")  # 0.7 in two epochs


def test_halfway_moment(run: Recording) -> None:
    count = len(run)
    accuracy = np.full(count, np.nan, np.float32)
    accuracy[[0, 2, 3, count - 1]] = 0.1, 0.39, 0.4, 0.7
    assert learning.halfway_moment(replace(run, accuracy=accuracy)) == 3
    assert learning.halfway_moment(replace(run, accuracy=accuracy[::-1])) is None  # nothing was gained
    assert learning.halfway_moment(replace(run, accuracy=np.full(count, np.nan))) is None


def test_settling_moment() -> None:
    right, wrong = np.eye(10)[3], np.eye(10)[7]
    assert learning.settling_moment(np.stack([wrong, right, wrong, right, right]), 3) == 3
    assert learning.settling_moment(np.stack([right, right]), 3) == 0
    assert learning.settling_moment(np.stack([right, wrong]), 3) is None


def unpacked(
    run: Recording, layer: str, *, known: bool = True, selection: Selection | None = None
) -> dict[str, Any]:
    content = payload(
        run,
        layer,
        CAT,
        learning.maps(run, layer, CAT),
        run.probabilities[:, 0] if known else None,
        title="Convolution 1",
        moments=[f"moment {step}" for step in run.steps],
        class_names=[f"class {k}" for k in range(10)],
        true_label=3,
        selection=selection or Selection(),
        language="en",
    )
    assert len(content) < 1_400_000
    header, arrays = unpack(content)
    return {**header, "arrays": arrays}


@pytest.mark.parametrize("layer", ["conv1", "conv2"])
def test_the_payload_holds_every_moment(run: Recording, layer: str) -> None:
    header = unpacked(run, layer, selection=Selection(20, 4, True, "moment"))
    values = header["arrays"]
    maps = np.moveaxis(learning.maps(run, layer, CAT), -1, 1)
    read = (values["maps"].astype(np.float32) - 128) * values["steps"][:, None, None, None]
    # 8 bits with one scale a moment: half a step is lost at most
    assert (np.abs(read - maps) <= 0.5001 * values["steps"][:, None, None, None]).all()
    assert values["maps"].min() >= 1  # -127: nothing has wrapped round
    np.testing.assert_array_equal(values["ranges"][..., 0], maps.min(axis=(2, 3)))
    np.testing.assert_array_equal(values["ranges"][..., 1], maps.max(axis=(2, 3)))
    kernels, channels = learning.slices(run, layer)
    np.testing.assert_allclose(values["kernels"], kernels, rtol=1e-3, atol=1e-6)
    np.testing.assert_array_equal(values["channels"], channels)
    np.testing.assert_array_equal(values["probabilities"], run.probabilities[:, 0])
    np.testing.assert_array_equal(values["norms"], learning.norms(run, layer))
    np.testing.assert_array_equal(values["image"], CAT)
    assert header["selection"] == {"step": 20, "filter": 4, "relu": True, "scale": "moment"}
    assert header["rgb"] == (layer == "conv1")
    assert header["relu"]
    assert header["size"] == [3, 3, 3 if layer == "conv1" else 32]
    assert header["chosen"] == np.maximum(maps[-1], 0).std(axis=(1, 2)).argmax()
    full = header["full"]["maps"]
    assert full["training"] == pytest.approx(np.quantile(np.abs(maps), 0.995), rel=1e-5)
    assert full["moments"][-1] == pytest.approx(np.quantile(np.abs(maps[-1]), 0.995), rel=1e-5)


def test_moments_are_named_and_the_first_epoch_is_told_apart(run: Recording) -> None:
    accuracy = run.accuracy.copy()
    accuracy[1] = np.nan
    told = unpacked(replace(run, accuracy=accuracy), "conv1")["moments"]
    assert [one["step"] for one in told] == [0, 1, 2, 5, 10, 20, 40, 80, 120]
    assert [one["tick"] for one in told] == ["0", "1", "2", "5", "10", "20", "1", "2", "3"]
    assert [one["first"] for one in told] == [True] * 6 + [False] * 3
    assert told[1]["accuracy"] is None
    assert told[-1]["accuracy"] == pytest.approx(0.6)
    assert told[2]["name"] == "moment 2"


def test_where_nothing_was_predicted_nothing_is_sent(run: Recording) -> None:
    assert unpacked(run, "conv1", known=False)["arrays"]["probabilities"].shape == (0, 10)


def test_a_kernel_of_zeros_has_a_scale_too(run: Recording) -> None:
    silent = replace(run, weights={key: np.zeros_like(values) for key, values in run.weights.items()})
    header = unpacked(silent, "conv2")
    assert header["full"]["maps"]["training"] == 1
    assert (header["arrays"]["maps"] == 128).all()


def test_digest_depends_on_image_and_layer(run: Recording) -> None:
    digest = unpacked(run, "conv1")["digest"]
    assert unpacked(run, "conv1", selection=Selection(5, 1))["digest"] == digest
    assert unpacked(run, "conv2")["digest"] != digest
    assert unpacked(run, "conv1", known=False)["digest"] != digest


GOOD = {"step": 20, "filter": 31, "relu": True, "scale": "moment"}
STEPS = [int(step) for step in moments(40, 3)]


def test_a_read_selection_the_browser() -> None:
    assert read_selection(GOOD, STEPS, 32) == Selection(20, 31, True, "moment")
    assert read_selection({**GOOD, "filter": None}, STEPS, 32) == Selection(20, None, True, "moment")


@pytest.mark.parametrize(
    "value",
    [
        None,
        "20",
        {},
        {**GOOD, "step": 21},
        {**GOOD, "step": 20.0},
        {**GOOD, "step": True},
        {**GOOD, "step": "20"},
        {**GOOD, "filter": 32},
        {**GOOD, "filter": -1},
        {**GOOD, "filter": False},
        {**GOOD, "relu": 1},
        {**GOOD, "scale": "huge"},
        {**GOOD, "scale": ["moment"]},
    ],
)
def test_nothing_else_is_taken_from_the_browser(value: object) -> None:
    with pytest.raises(CnnvizError, match="`value` must be"):
        read_selection(value, STEPS, 32)


def test_finite_part(run: Recording) -> None:
    assert learning.finite_part(run) == (run, None)
    for key, count in (("conv2.bias", 5), ("probabilities", 1)):
        weights, probabilities = dict(run.weights), run.probabilities.copy()
        if key == "probabilities":
            probabilities[4, 0, 0] = np.inf
        else:
            weights[key] = weights[key].copy()
            weights[key][4:, :count] = np.nan
        cut, lost = learning.finite_part(replace(run, weights=weights, probabilities=probabilities))
        assert lost is not None
        assert (lost.step, lost.epochs) == (run.steps[4], run.epochs[4])
        assert (lost.where.layer, lost.where.count) == (key, count)
        assert cut.steps.tolist() == run.steps[:4].tolist()
        assert all(np.isfinite(values).all() and len(values) == 4 for values in cut.weights.values())
    nothing = replace(run, probabilities=np.full_like(run.probabilities, np.nan))
    with pytest.raises(CnnvizError, match="must begin with finite numbers") as refused:
        learning.finite_part(nothing)
    assert refused.value.reason == "recording"
