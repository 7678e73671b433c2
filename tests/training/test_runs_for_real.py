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
from cnnviz.cli.train import _stop_requests
from cnnviz.networks.network import read_weights
from cnnviz.training import loop
from cnnviz.training.events import read
from cnnviz.training.run_plan import Plan
from cnnviz.training.run_process import Runner
from tests import forked
from tests.data.test_cifar10 import make_folder
from tests.thorough import thorough
from tests.training.test_runs import until

pytestmark = pytest.mark.slow

EPOCHS = "2"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a made-up set of 500 training images: 4 batches an epoch."""
    root = tmp_path_factory.mktemp("data")
    make_folder(root, "bin", rows=100)
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
        while True:
            alive = self.process.is_alive()  # before the last look
            told, _ = read(self.out / "mlp.events.jsonl")
            if sum(entry["event"] == event for entry in told) >= count:
                return
            assert alive, f"the run ended early: {self.said}"
            time.sleep(0.02)

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


def until_the_second_epoch(arguments: list[str]) -> int:
    """Run a command that trains up to a step of its second epoch, and waits there to be killed."""
    after_step = loop._TrainingRun._after_step

    def wait(run: Any, logs: Any) -> bool:
        if (run.epoch, run.step) == (1, 2):
            signal.pause()
        return after_step(run, logs)

    loop._TrainingRun._after_step = wait  # type: ignore[method-assign]
    return main(arguments)


def test_killed_run_resumes_to_the_same_weights(
    data: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNVIZ_RUNS", str(tmp_path))
    out = tmp_path / "20260101-120000-mlp"
    out.mkdir()
    server = Runner()
    run = Run(data, out, work=until_the_second_epoch)
    with polled(server):  # all the while: no look may do harm or go astray
        until((out / "mlp.checkpoint.npz").exists)  # of the first epoch
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
    assert [epoch["epoch"] for epoch in server.run.epochs] == [1, 2]
    assert server.run.batches[-1][0] == 2
    places = [place for place, *_ in server.run.batches]
    assert places == sorted(set(places))  # nothing of what was cut off
    told, _ = read(out / "mlp.events.jsonl")
    assert [entry["epoch"] for entry in told if entry["event"] == "epoch"] == [1, 2]
    assert [entry["event"] for entry in told].count("start") == 2
    assert not list(out.glob("*.part"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_a_run_to_stop_and_the_next_one_ends_it(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with _stop_requests(background=False) as stop:
        assert signal.getsignal(number) not in (before, signal.SIG_DFL)  # else it would end these tests
        assert not stop.is_set()
        signal.raise_signal(number)
        assert stop.is_set()
        assert signal.getsignal(number) == signal.SIG_DFL
    assert signal.getsignal(number) == before


@pytest.mark.parametrize("how", [*([signal.SIGINT, signal.SIGTERM] if thorough() else []), "standard input"])
def test_run_stops_after_the_step_on_request(data: Path, tmp_path: Path, how: signal.Signals | str) -> None:
    out = tmp_path / "out"
    options = ["--background"] if how == "standard input" else []
    read_end, write_end = os.pipe()
    with Connection(read_end, writable=False) as stdin, Connection(write_end, readable=False):
        run = Run(data, out, *options, "--epochs", "1000", stdin=stdin)
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


@pytest.mark.exhaustive  # as of one process in test_training
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


def train_on_two_devices_and_on_one(arguments: list[str], out: Path) -> None:
    """Run a command that trains; print on how many devices each run has trained."""
    made, replicas = loop.trainer, list[int]()

    def recorded(plan: Plan) -> Any:
        model = made(plan)
        replicas.append(model.distribute_strategy.num_replicas_in_sync)
        return model

    loop.trainer = recorded
    for devices in ("2", "1"):
        assert main([*arguments, "--out", str(out / devices), "--devices", devices]) == 0
    print(*replicas)


def test_two_devices_share_each_batch(tmp_path: Path) -> None:
    """In a process of its own: how many devices a processor is must be said before TensorFlow starts."""
    process = forked.start(
        train_on_two_devices_and_on_one,
        ["train", "mlp", "--data", "samples", "--epochs", "2"],
        tmp_path,
        log=tmp_path / "log.txt",
    )
    process.join()
    said = (tmp_path / "log.txt").read_text()
    assert process.exitcode == 0, said
    assert said.split()[-2:] == ["2", "1"]
    (shared, card), (alone, other) = (read_weights("mlp", tmp_path / devices) for devices in ("2", "1"))
    for key, value in alone.items():
        np.testing.assert_allclose(shared[key], value, atol=1e-3, err_msg=key)  # float16 as stored
    first, second = card["history"]
    assert [first["loss"], second["loss"]] == pytest.approx(
        [row["loss"] for row in other["history"]], rel=1e-3
    )
    assert first["loss"] - second["loss"] > 0.05  # a step on other batches would show
