"""Runs as processes of their own: killed, interrupted, out of space, two at once."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz.cli.main import main
from cnnviz.data.cifar10 import samples
from cnnviz.networks import zoo
from cnnviz.networks.network import read_weights
from cnnviz.networks.recipe import Recipe
from cnnviz.training.batches import batches
from cnnviz.training.events import read
from cnnviz.training.run_plan import Plan
from cnnviz.training.run_process import Runner
from cnnviz.training.trainer import trainer
from tests import forked
from tests.data.test_cifar10 import make_folder
from tests.thorough import thorough

pytestmark = pytest.mark.slow

EPOCHS = "5"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a made-up set of 2,000 training images: 16 batches an epoch."""
    root = tmp_path_factory.mktemp("data")
    make_folder(root, "bin", rows=400)
    return root


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run that nothing interrupted."""
    out = tmp_path_factory.mktemp("whole")
    run = Run(data, out)
    assert run.code == 0, run.said
    return out


class Run:
    """A run of the plain network, the quickest, which has dropout too."""

    def __init__(self, data: Path | str, out: Path, *more: str, **process: Any) -> None:
        self.out = out
        self.log = out.parent / f"{out.name}-{time.time_ns()}.log"
        options = ["--data", str(data), "--out", str(out), "--epochs", EPOCHS, *more]
        self.process = forked.start(
            process.pop("work", main), ["train", "mlp", *options], log=self.log, **process
        )

    def wait_for(self, event: str, count: int = 1) -> None:
        """Wait until it has told of so many events of a kind."""
        while self.process.is_alive():
            told, _ = read(self.out / "mlp.events.jsonl")
            if sum(entry["event"] == event for entry in told) >= count:
                return
            time.sleep(0.02)
        raise AssertionError(f"the run ended early: {self.said}")

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.join()

    @property
    def code(self) -> int | None:
        """Its exit code, once it has ended."""
        self.process.join()
        return self.process.exitcode

    @property
    def said(self) -> str:
        """What it said, without its bar and the log of TensorFlow's start."""
        lines = self.log.read_text("utf-8").splitlines()
        return "\n".join(line for line in lines if line.startswith("cnnviz: ") or "Error" in line)


@contextlib.contextmanager
def polled(server: Runner) -> Iterator[None]:
    """Let a thread ask a server for its run, again and again."""
    over = threading.Event()

    def poll() -> None:
        while not over.wait(0.005):
            server.status()

    visitor = threading.Thread(target=poll)
    visitor.start()
    try:
        yield
    finally:
        over.set()
        visitor.join()


def assert_ends_like(whole: Path, out: Path) -> None:
    (weights, card), (others, other) = read_weights("mlp", whole), read_weights("mlp", out)
    for key, value in weights.items():
        np.testing.assert_allclose(others[key], value, atol=1e-3, err_msg=key)  # float16 as stored
    assert len(card["history"]) == len(other["history"]) == int(EPOCHS)
    for row, another in zip(card["history"], other["history"], strict=True):
        assert row == pytest.approx(another, abs=1e-3)


def test_killed_run_resumes_to_the_same_weights(
    data: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNVIZ_RUNS", str(tmp_path))
    out = tmp_path / "20260101-120000-mlp"
    out.mkdir()
    server = Runner()
    run = Run(data, out)
    with polled(server):  # all the while: no look may do harm or go astray
        run.wait_for("epoch", 2)
        run.kill()
        assert not (out / "mlp.npz").exists()
        assert server.state() == "stopped"
        (out / "mlp.recording.npz.0123456789ab.part").touch()  # as where it is killed while it writes
        again = Run(data, out, "--resume")
        again.wait_for("start", 2)
        assert server.state() in ("running", "done")  # seen at once, however soon it ends
        assert again.code == 0, again.said
    assert_ends_like(whole, out)
    assert server.state() == "done"
    assert server.run
    assert [epoch["epoch"] for epoch in server.run.epochs] == [1, 2, 3, 4, 5]
    assert server.run.batches[-1][0] == 5
    places = [place for place, *_ in server.run.batches]
    assert places == sorted(set(places))  # nothing of what was cut off
    told, _ = read(out / "mlp.events.jsonl")
    assert [entry["epoch"] for entry in told if entry["event"] == "epoch"] == [1, 2, 3, 4, 5]
    assert [entry["event"] for entry in told].count("start") == 2
    assert not list(out.glob("*.part"))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, "standard input"])
def test_run_stops_after_the_step_on_request(data: Path, tmp_path: Path, how: signal.Signals | str) -> None:
    out = tmp_path / "out"
    options = ["--background"] if how == "standard input" else []
    read_end, write_end = os.pipe()
    with Connection(read_end, writable=False) as stdin, Connection(write_end, readable=False):
        run = Run(data, out, *options, stdin=stdin)
        run.wait_for("epoch")
        if isinstance(how, signal.Signals):
            os.kill(run.process.pid or 0, how)
    # only a run in the background minds that its standard input has ended
    assert run.code == 130
    assert run.said == "cnnviz: stopped after the step; --resume goes on from here"
    told, _ = read(out / "mlp.events.jsonl")
    assert (told[-1]["event"], told[-1]["state"]) == ("end", "stopped")
    assert not (out / "mlp.npz").exists()


def with_a_quota(arguments: list[str]) -> int:
    """Run a command whose files must not grow beyond 5 MB: a checkpoint of this network takes 14."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000_000, 5_000_000))
    return main(arguments)


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mount a disk of 5 MB at a folder, where the system lets us. Give whether it did."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=5m", "tmpfs", str(folder)]
    mounted = shutil.which("mount") and subprocess.run(mount, capture_output=True).returncode == 0
    try:
        yield bool(mounted)
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("kind", ["quota", "disk"] if thorough() else ["quota"])
def test_full_disk_leaves_no_partial_files(data: Path, tmp_path: Path, kind: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with contextlib.ExitStack() as stack:
        if kind == "disk" and not stack.enter_context(small_disk(out)):
            pytest.skip("mounting a disk needs rights that this process does not have; the quota is tested")
        run = Run(data, out, work=with_a_quota if kind == "quota" else main)
        assert run.code == 1
        reason = {"quota": "File too large", "disk": "No space left on device"}[kind]
        assert run.said == (
            "cnnviz: `out` must be a folder that can be written into, with space left. "
            f"Received: {out} ({reason})."
        )
        left = {path.name for path in out.iterdir()}
        assert left == {"mlp.events.jsonl", "mlp.recording.npz"}  # whole, both of them
        content = (out / "mlp.events.jsonl").read_text("utf-8")
        *_, last = [json.loads(line) for line in content.splitlines()]
        assert (last["event"], last["state"]) == ("end", "failed")
        assert reason in last["message"]


def test_damaged_data_fail_with_one_message(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "data")
    path = tmp_path / "data" / "cifar-10-batches-bin" / "data_batch_3.bin"
    path.write_bytes(path.read_bytes()[:-100])
    run = Run(tmp_path / "data", tmp_path / "out")
    assert run.code == 1
    assert run.said.startswith("cnnviz: `data` must hold undamaged files. Received: data_batch_3.bin")
    assert run.said.count("\n") == 0
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.name != "posix", reason="files are locked on POSIX systems only")
def test_second_run_in_one_folder_raises(data: Path, tmp_path: Path) -> None:
    first = Run(data, tmp_path / "out", "--epochs", "1000")
    first.wait_for("start")
    second = Run(data, tmp_path / "out")
    assert second.code == 1
    assert second.said == (
        f"cnnviz: `out` must be a folder that no other run is writing into. Received: {tmp_path / 'out'}."
    )
    first.wait_for("epoch", 2)  # and it goes on
    first.kill()


def test_devices_share_the_batches_of_a_run(tmp_path: Path) -> None:
    run = Run("samples", tmp_path / "out", "--devices", "2", "--epochs", "2")
    assert run.code == 0, run.said
    assert len(read_weights("mlp", tmp_path / "out")[1]["history"]) == 2


def train_on_one_device_and_on_two() -> None:
    """Train on the same batches; print the number of replicas, the largest difference, the largest weight."""
    import tensorflow as tf

    parts = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], parts)
    found, pictures = [], samples()
    for devices in ((), ("CPU:0", "CPU:1")):
        recipe = zoo.get("keras_lecture").recipe
        model = trainer(Plan(zoo.get("keras_lecture"), recipe, 0, 20, "float32", devices))
        recipe = Recipe("sgd", 0.01, batch_size=10, epochs=1)
        model.fit(batches(pictures, recipe, np.random.default_rng(0)), shuffle=False, verbose=0)
        found.append((model.distribute_strategy, model.get_layer("conv1").kernel.numpy()))
    (_, alone), (strategy, shared) = found
    print(strategy.num_replicas_in_sync, np.abs(alone - shared).max(), np.abs(alone).max())


def test_two_devices_share_each_batch(tmp_path: Path) -> None:
    """In a process of its own: how many devices a processor is must be said before TensorFlow starts."""
    process = forked.start(train_on_one_device_and_on_two, log=tmp_path / "log.txt")
    process.join()
    said = (tmp_path / "log.txt").read_text()
    assert process.exitcode == 0, said
    replicas, difference, largest = said.split()[-3:]
    assert int(replicas) == 2
    assert float(difference) < 1e-4 < float(largest)
