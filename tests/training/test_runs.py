"""Runs that the app starts: their orders, their events, their ends, and the networks they leave."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz import CnnvizError, files, load, samples
from cnnviz.explain import snippets
from cnnviz.explain.snippet_data import Activation, Picture
from cnnviz.networks import network, zoo
from cnnviz.training import run_process, run_progress, runs
from cnnviz.training.events import Writer
from cnnviz.training.run_process import Runner
from cnnviz.training.run_progress import Diverged, Run
from cnnviz.training.run_spec import RunSpec
from tests import stray_runs
from tests.data.test_cifar10 import make_folder

ROOT = Path(__file__).resolve().parents[2]
TOY = RunSpec("mlp", 1, toy=True)
# stands in for the training: tells what the real one tells, and waits for the end of its standard input
FAKE = (
    f"ROOT = {str(ROOT)!r}"
    + """
import sys, time, types
from pathlib import Path

# the modules of the package that write events, without all those that the package itself imports
for name in ("cnnviz", "cnnviz.training"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [str(Path(ROOT, *name.split(".")))]
from cnnviz.training.events import Writer

mode = sys.argv[1]
name, out = sys.argv[3], Path(sys.argv[sys.argv.index("--out") + 1])
if mode == "refuses":
    sys.exit("cnnviz: The batch file data_batch_1 is damaged.")
writer = Writer(out / f"{name}.events.jsonl")
writer.write("start", name=name, epochs=2, epoch=0, steps=4, toy=True)
values = dict(loss=2.0, accuracy=0.25, images_per_second=100.0, seconds_left=3.0)
writer.write("batch", epoch=1, step=2, epoch_loss=2.1, epoch_accuracy=0.2, **values)
if mode == "dies":
    sys.exit(3)
if mode == "waits":
    sys.stdin.read()
    writer.write("end", state="stopped", message="")
if mode == "deaf":
    while True:
        time.sleep(1)
if mode == "fails":
    writer.write("end", state="failed", message="No space left on device.")
if mode == "ends":
    writer.write("end", state="done", message="")
"""
)
SERVER = """
import sys
from cnnviz.training.run_process import Runner
from cnnviz.training.run_spec import RunSpec

Runner((sys.executable, "-c", sys.argv[1], "waits")).start(RunSpec("mlp", 2, toy=True))
print("started", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CNNVIZ_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


@pytest.fixture
def runner() -> Iterator[Callable[[str], Runner]]:
    """Return what makes runners of the fake training; none of their processes is left over."""
    made: list[Runner] = []

    def make(mode: str) -> Runner:
        made.append(Runner((sys.executable, "-c", FAKE, mode)))
        return made[-1]

    yield make
    for each in made:
        each.stop()
        until(lambda each=each: not each.busy)  # type: ignore[misc]


def until(condition: Callable[[], Any]) -> None:
    """Wait for a state, not for a time."""
    for _ in range(30_000):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it never came to that")


def tell(place: Path, name: str, *events: dict[str, Any]) -> None:
    """Append events to a run's file."""
    place.mkdir(parents=True, exist_ok=True)
    with (place / f"{name}.events.jsonl").open("a") as file:
        file.writelines(json.dumps({"time": 0.0, **event}) + "\n" for event in events)


START = {"event": "start", "name": "vgg", "epochs": 2, "epoch": 0, "steps": 4}
EPOCH = {"event": "epoch", "loss": 1.5, "accuracy": 0.5, "test_loss": 1.6, "test_accuracy": 0.4}


def batch(epoch: int, step: int, loss: float = 2.0, accuracy: float = 0.25) -> dict[str, Any]:
    return {"event": "batch", "epoch": epoch, "step": step, "loss": loss, "accuracy": accuracy}


@pytest.mark.parametrize(
    ("choices", "field"),
    [
        ({"name": "../vgg"}, "name"),
        ({"name": "vgg@20261124-153012"}, "name"),
        ({"epochs": 0}, "epochs"),
        ({"epochs": 101}, "epochs"),
        ({"epochs": 1.5}, "epochs"),
        ({"percent": 99}, "percent"),
        ({"percent": 0}, "percent"),
        ({"validation": 50}, "validation"),
        ({"rate_factor": 1e9}, "rate_factor"),
        ({"rate_factor": float("nan")}, "rate_factor"),
        ({"batch_size": 1_000_000}, "batch_size"),
        ({"toy": "yes"}, "toy"),
        ({"name": "built", "stack": True}, "stack"),
        ({"name": "built", "stack": {"conv": 3}}, "stack"),
        ({"title": 5}, "title"),
    ],
)
def test_spec_out_of_range_raises(choices: dict[str, Any], field: str) -> None:
    with pytest.raises(CnnvizError, match=f"^`{field}` must be"):
        RunSpec(**{"name": "vgg", "epochs": 3, **choices})


def test_spec_arguments_are_accepted_by_the_command_line() -> None:
    from cnnviz.cli.main import parser

    spec = RunSpec("vgg", 3, 25, 0.3, 64, validation=10)
    words = spec.arguments(Path("/runs/a"), "/data")
    options = parser().parse_args(words)
    assert (options.name, options.epochs, options.fraction) == ("vgg", 3, 0.25)
    assert options.validation == 0.1
    assert options.learning_rate == pytest.approx(0.3 * zoo.get("vgg").recipe.learning_rate)
    assert (options.batch_size, options.data, options.out) == (64, "/data", Path("/runs/a"))
    assert options.background
    plain = parser().parse_args(RunSpec("mlp", 2, toy=True, validation=10).arguments(Path("a"), "samples"))
    assert (plain.learning_rate, plain.batch_size, plain.fraction) == (None, None, 1)  # the recipe's
    assert plain.validation == 0  # of so few


def test_update_reads_new_events_only(folder: Path) -> None:
    run = Run("vgg@20261124-153012", folder)
    run.update()  # nothing there yet
    assert run.progress is None
    tell(folder, "vgg", START, batch(1, 2))
    line = json.dumps(batch(1, 4, loss=1.0)) + "\n"
    with (folder / "vgg.events.jsonl").open("a") as file:
        file.write(line[:20])
    run.update()
    assert run.batches == [(0.5, 2.0, 0.25)]
    with (folder / "vgg.events.jsonl").open("a") as file:
        file.write(line[20:])
    run.update()
    run.update()
    assert run.batches == [(0.5, 2.0, 0.25), (1.0, 1.0, 0.25)]


def test_progress(folder: Path) -> None:
    run = Run("vgg@20261124-153012", folder)
    speed = {"images_per_second": 90.0, "seconds_left": 12.0}
    tell(folder, "vgg", START)
    run.update()
    assert run.progress == run_progress.Progress(1, 2, 0.0, None, None, None, None, None, None)
    tell(folder, "vgg", {**batch(1, 3), "epoch_loss": 2.2, "epoch_accuracy": 0.2, **speed})
    run.update()
    assert run.progress == run_progress.Progress(1, 2, 0.375, 90.0, 12.0, 2.2, 0.2, None, None)
    tell(folder, "vgg", {**EPOCH, "epoch": 1, **speed})
    run.update()
    assert run.progress == run_progress.Progress(2, 2, 0.5, 90.0, 12.0, 1.5, 0.5, None, 0.4)
    kept = {"validation_loss": 1.7, "validation_accuracy": 0.3}
    tell(folder, "vgg", {**EPOCH, "epoch": 2, **speed, **kept})
    run.update()
    assert run.progress is not None
    assert (run.progress.epoch, run.progress.share, run.progress.validation_accuracy) == (2, 1.0, 0.3)
    tell(folder, "vgg", {**START, "epochs": 4, "epoch": 2})  # resumed, with more epochs
    run.update()
    assert (run.progress.epoch, run.progress.share, len(run.epochs)) == (3, 0.5, 2)


def test_invalid_events_are_ignored(folder: Path) -> None:
    nonsense = [
        batch(1, 1),  # before the start
        {**START, "steps": 0},
        START,
        {"event": "batch", "epoch": 1},
        {**batch(1, 1), "loss": "much"},
        {"event": "epoch", "epoch": 1},
        {**EPOCH, "epoch": 1, "validation_loss": 1.0},  # without the accuracy
        {**EPOCH, "epoch": 1, "validation_loss": 1.0, "validation_accuracy": "good"},
        {"event": "from another version"},
        batch(0, 1),  # the progress would be below 0
        batch(1, 0),
        {**EPOCH, "epoch": 0},
        {**EPOCH, "epoch": 0.5},
        batch(1, 4),
    ]
    tell(folder, "vgg", *nonsense)
    run = Run("vgg@20261124-153012", folder)
    run.update()
    assert run.batches == [(1.0, 2.0, 0.25)]
    assert run.epochs == []


def test_long_curve_is_downsampled(folder: Path) -> None:
    points = [(k / 100, float(k % 7), k / 5000) for k in range(1, 5001)]
    curve = run_progress.Curve(100)
    for count, point in enumerate(points, start=1):
        curve.add(point)
        if count < 200:
            assert curve.points() == points[:count]  # nothing is lost yet
    kept = curve.points()
    assert 100 <= len(kept) <= 200
    assert kept[-1][0] == 50.0
    gaps = np.diff([x for x, *_ in kept])
    np.testing.assert_allclose(gaps[:-1], gaps[0])  # as fine at the beginning as at the end
    assert 0 < gaps[-1] <= gaps[0] + 1e-9
    assert np.mean([loss for _, loss, _ in kept]) == pytest.approx(3, abs=0.1)


def test_finished_lists_runs_with_card_and_weights(folder: Path) -> None:
    for name in (
        "20261124-153012-vgg",
        "20261125-080000-mlp",
        "20261126-080000-mlp",
        "20261127-080000-gpt",
        "x",
    ):
        (folder / name).mkdir(parents=True)
    for place, name in (("20261124-153012-vgg", "vgg"), ("20261125-080000-mlp", "mlp"), ("x", "mlp")):
        (folder / place / f"{name}.npz").touch()
        shutil.copy(network.WEIGHTS / f"{name}.json", folder / place)
    (folder / "20261126-080000-mlp" / "mlp.npz").touch()  # no card: not finished
    assert [run.model for run in runs.finished()] == ["mlp@20261125-080000", "vgg@20261124-153012"]
    assert runs.locate("vgg@20261124-153012") == ("vgg", folder / "20261124-153012-vgg")
    assert runs.locate("mlp") == ("mlp", network.WEIGHTS)


@pytest.mark.parametrize(
    "model",
    ["mlp@20261125-080000", "mlp@../../etc", "mlp@", "../x@20261125-080000", "mlp@20261125-080000/.."],
)
def test_unknown_run_raises(model: str) -> None:
    with pytest.raises(CnnvizError):
        runs.locate(model)


def test_no_runs(folder: Path) -> None:
    assert runs.finished() == []
    assert runs.throughput(zoo.get("mlp")) is None
    assert Runner().state() is None
    assert not folder.exists()  # looking makes nothing


def test_damaged_weights_of_a_run_raise(folder: Path) -> None:
    place = folder / "20261125-080000-mlp"
    place.mkdir(parents=True)
    for ending in ("npz", "json"):
        (place / f"mlp.{ending}").write_bytes((network.WEIGHTS / f"mlp.{ending}").read_bytes())
    weights, _ = runs.read_weights("mlp@20261125-080000")
    np.testing.assert_array_equal(weights["dense1.bias"], network.read_weights("mlp")[0]["dense1.bias"])
    with (place / "mlp.npz").open("ab") as file:
        file.write(b"x")
    with pytest.raises(CnnvizError) as error:
        runs.read_weights("mlp@20261125-080000")
    assert error.value.reason == "run_weights"


def test_throughput_is_that_of_the_last_real_run(folder: Path) -> None:
    for run, images, seconds in (
        ("20261124-100000", 50_000, 100),
        ("20261125-100000", 25_000, 25),
        ("20261126-100000", 20, 1),
    ):
        place = folder / f"{run}-mlp"
        place.mkdir(parents=True)
        data = {"train": images, "test": 20}
        card = {**network.read_weights("mlp")[1], "data": data, "epochs": 2, "training_seconds": seconds}
        (place / "mlp.json").write_text(json.dumps(card))
        (place / "mlp.npz").touch()
    assert runs.throughput(zoo.get("mlp")) == 2000
    assert runs.throughput(zoo.get("vgg")) is None


def test_a_run_that_is_deleted_while_runs_are_listed_has_no_throughput(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = runs.FinishedRun("built@20261124-100000", folder / "20261124-100000-built")
    monkeypatch.setattr(runs, "finished", lambda: [gone])
    assert runs.throughput(replace(zoo.get("mlp"), name="built")) is None


def test_runner_follows_a_run_to_its_end(runner: Callable[[str], Runner]) -> None:
    one = runner("ends")
    run = one.start(TOY)
    assert re.fullmatch(r"\d{8}-\d{6}-mlp", run.folder.name)
    until(lambda: one.state() == "done")
    assert run.batches == [(0.5, 2.0, 0.25)]
    assert run.spec == TOY
    again = one.start(TOY)  # the next one may start
    assert again.folder != run.folder


def test_concurrent_starts_make_one_run(runner: Callable[[str], Runner], folder: Path) -> None:
    one, refused = runner("waits"), []
    barrier = threading.Barrier(8)

    def press() -> None:
        barrier.wait()
        try:
            one.start(TOY)
        except CnnvizError as error:
            refused.append(error.reason)

    visitors = [threading.Thread(target=press) for _ in range(8)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert refused == ["run_on"] * 7
    assert len(list(folder.iterdir())) == 1


def test_stop_lets_the_run_finish_its_step(runner: Callable[[str], Runner]) -> None:
    one = runner("waits")
    run = one.start(TOY)
    until(lambda: one.state() == "running" and run.batches)
    one.stop()
    one.stop()  # twice is once
    until(lambda: one.state() == "stopped")
    assert run.end["state"] == "stopped"


def test_unresponsive_run_is_killed(runner: Callable[[str], Runner], monkeypatch: pytest.MonkeyPatch) -> None:
    one = runner("deaf")
    run = one.start(TOY)
    until(lambda: one.state() == "running" and run.batches)
    one.stop()
    assert one.state() == "stopping"
    monkeypatch.setattr(run_process, "STOP_TIMEOUT", 0.0)
    monkeypatch.setattr(run_process, "KILL_SIGNALS", ())  # on Windows a killed process names no signal
    until(lambda: one.state() != "stopping")
    assert one.state() == "stopped"  # as it was asked to be


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("refuses", "The batch file data_batch_1 is damaged."),
        ("fails", "No space left on device."),
        ("dies", ""),
    ],
)
def test_failed_run_has_a_message(runner: Callable[[str], Runner], mode: str, message: str) -> None:
    one = runner(mode)
    one.start(TOY)
    until(lambda: not one.busy)
    status = one.status()
    assert status
    assert (status.state, status.message, status.own) == ("failed", message, False)


def test_hosted_server_starts_no_run(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("CNNVIZ_HOSTED", "1")
    with pytest.raises(CnnvizError) as error:
        Runner().start(TOY)
    assert error.value.reason == "run_hosted"
    assert not folder.exists()


def test_start_needs_data_except_for_a_toy_run(
    runner: Callable[[str], Runner], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = runner("ends")
    with pytest.raises(CnnvizError) as error:
        one.start(RunSpec("mlp", 1))
    assert error.value.reason == "run_data"
    make_folder(tmp_path)
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path))
    assert one.start(RunSpec("mlp", 1)).folder.is_dir()


def test_folder_that_cannot_be_created_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CNNVIZ_RUNS", str(tmp_path / "file" / "runs"))
    with pytest.raises(CnnvizError) as error:
        Runner().start(TOY)
    assert error.value.reason == "run_folder"
    assert str(tmp_path) not in str(error.value)  # a visitor need not know


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_run_stops_when_its_server_ends(number: signal.Signals, folder: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, FAKE],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "CNNVIZ_RUNS": str(folder)},
    )
    assert server.stdout
    assert server.stdin
    with server.stdout, server.stdin:
        assert server.stdout.readline() == b"started\n"
        other = Runner()  # of another server, or of the same one started again
        until(lambda: other.state() == "running" and other.run and other.run.batches)
        assert not other.busy
        with pytest.raises(CnnvizError) as error:
            other.start(TOY)
        assert error.value.reason == "run_on"
        server.send_signal(number)
        server.wait()
    until(lambda: other.state() != "running")
    assert other.state() == "stopped"
    assert other.run
    assert other.run.end["state"] == "stopped"


def test_run_killed_with_its_server_is_stopped(folder: Path) -> None:
    tell(folder / "20261124-153012-vgg", "vgg", START, batch(1, 1))
    one = Runner()
    assert one.state() == "stopped"
    assert one.run
    assert one.run.model == "vgg@20261124-153012"


@pytest.mark.slow
def test_polling_does_not_disturb_a_start(runner: Callable[[str], Runner]) -> None:
    one, asked, wrong, over = runner("waits"), set[Path](), list[str](), threading.Event()

    def poll() -> None:
        while not over.wait(0.001):
            status = one.status()
            if status and status.state not in ("running", "stopping") and status.run.folder not in asked:
                wrong.append(f"{status.run.folder.name} {status.state} before it was asked to stop")
            if status and status.own and status.state in ("done", "stopped", "failed"):
                wrong.append(f"{status.state}, but it can be stopped")

    visitors = [threading.Thread(target=poll) for _ in range(8)]
    for visitor in visitors:
        visitor.start()
    try:
        for _ in range(3):
            run = one.start(TOY)
            until(lambda run=run: run.batches or wrong)  # type: ignore[misc]
            assert one.busy, wrong
            asked.add(run.folder)
            one.stop(run)
            until(lambda: not one.busy)
            assert one.state() == "stopped"
            assert run.end["state"] == "stopped"
    finally:
        over.set()
        for visitor in visitors:
            visitor.join()
    assert not wrong


def test_stop_of_an_old_run_does_not_stop_the_next(runner: Callable[[str], Runner]) -> None:
    one = runner("waits")
    old = one.start(TOY)
    one.stop(old)
    until(lambda: one.state() == "stopped")
    new = one.start(TOY)
    one.stop(old)  # a page that was drawn a moment ago
    assert one.state() == "running"
    one.stop(new)
    until(lambda: one.state() == "stopped")


@pytest.mark.skipif(not files.HAS_LOCKS, reason="this system locks no files")
@pytest.mark.parametrize("stray", ["29991231-235959-mlp", "20260101-120000-mlp"])
def test_two_servers_on_one_folder_start_one_run(
    runner: Callable[[str], Runner], folder: Path, stray: str
) -> None:
    tell(folder / stray, "mlp", {**START, "name": "mlp"})
    for _ in range(3):
        servers, refused = [runner("waits") for _ in range(4)], list[str]()
        barrier = threading.Barrier(len(servers))

        def press(server: Runner, barrier: Any = barrier, refused: list[str] = refused) -> None:
            barrier.wait()
            try:
                server.start(TOY)
            except CnnvizError as error:
                refused.append(error.reason)

        visitors = [threading.Thread(target=press, args=(server,)) for server in servers]
        for visitor in visitors:
            visitor.start()
        for visitor in visitors:
            visitor.join()
        assert refused == ["run_on"] * 3
        (winner,) = (server for server in servers if server.busy)
        assert winner.run
        for server in servers:  # all see the run that is on, from its first moment
            status = server.status()
            assert status
            assert (status.state, status.own) == ("running", server is winner)
            assert status.run.folder == winner.run.folder
        winner.stop()
        for server in servers:
            until(lambda server=server: server.state() == "stopped")  # type: ignore[misc]


@pytest.mark.skipif(not files.HAS_LOCKS, reason="this system locks no files")
def test_command_line_run_is_detected_and_blocks_a_start(
    runner: Callable[[str], Runner], folder: Path
) -> None:
    one = runner("waits")
    tell(folder / "29991231-235959-vgg", "vgg", START)
    older = folder / "20260101-120000-mlp"
    tell(older, "mlp", {**START, "name": "mlp"}, {"event": "end", "state": "stopped"})
    writer = Writer(older / "mlp.events.jsonl")  # as `train mlp --out ... --resume` opens it
    writer.write(**{**START, "name": "mlp", "epoch": 1})
    status = one.status()
    assert status
    assert (status.run.folder, status.state, status.own) == (older, "running", False)
    with pytest.raises(CnnvizError) as error:
        one.start(TOY)
    assert error.value.reason == "run_on"
    writer.write("end", state="done", message="")
    writer.close()
    assert one.state() == "done"


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_killed_run_can_be_resumed(runner: Callable[[str], Runner], folder: Path) -> None:
    one = runner("waits")
    run = one.start(TOY)
    until(lambda: one.state() == "running" and run.batches)
    assert one._process
    one._process.kill()
    until(lambda: one.state() != "running")
    assert one.state() == "stopped"
    assert run.resumable is None  # it has left no checkpoint
    (run.folder / "mlp.checkpoint.npz").touch()
    assert run.resumable == TOY
    # the command line goes on with it, and the server that had started it sees that too
    writer = Writer(run.folder / "mlp.events.jsonl")
    writer.write("start", name="mlp", epochs=2, epoch=1, steps=4)
    assert one.state() == "running"
    assert not one.busy
    assert run.start["epoch"] == 1
    assert run.batches == []
    writer.write("end", state="done", message="")
    writer.close()
    assert one.state() == "done"


def test_message_of_an_earlier_part_of_a_run_is_ignored(folder: Path) -> None:
    place = folder / "20261124-153012-vgg"
    tell(place, "vgg", START)
    (place / "log.txt").write_text("cnnviz: stopped after the step; --resume goes on from here\n")
    status = Runner().status()
    assert status
    assert (status.state, status.message) == ("failed", "stopped after the step; --resume goes on from here")
    os.utime(place / "log.txt", (1.0, 1.0))  # since then the command line went on, and was killed
    status = Runner().status()
    assert status
    assert (status.state, status.message) == ("stopped", "")


def test_resumed_run_keeps_all_epochs(folder: Path) -> None:
    run = Run("vgg@20261124-153012", folder)
    folder.mkdir()
    writer = Writer(folder / "vgg.events.jsonl")
    writer.write(**START)
    writer.write(**{**EPOCH, "epoch": 1})
    keep = writer.size  # where the checkpoint is
    for step in (1, 2, 3, 4):
        writer.write(**batch(2, step, loss=9.0))
    writer.write(**{**EPOCH, "epoch": 2})
    writer.close()
    run.update()
    assert [epoch["epoch"] for epoch in run.epochs] == [1, 2]
    handed_out = run.epochs
    writer = Writer(folder / "vgg.events.jsonl", keep=keep)
    writer.write(**{**START, "epoch": 1})
    for step in range(1, 5):
        writer.write(**batch(2, step, loss=1.0))
    for epoch in (2, 3, 4, 5, 6):
        writer.write(**{**EPOCH, "epoch": epoch})
    writer.write("end", state="done", message="")
    writer.close()
    run.update()
    assert [epoch["epoch"] for epoch in run.epochs] == [1, 2, 3, 4, 5, 6]
    assert {loss for _, loss, _ in run.batches} == {1.0}
    assert run.end["state"] == "done"
    assert len(handed_out) == 2  # another visitor may be drawing it


@pytest.mark.parametrize("fault", stray_runs.LEFT_OUT)
def test_invalid_entry_is_ignored_and_logged_once(
    fault: str, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = stray_runs.finished(folder, stray_runs.GOOD)
    before = set(folder.iterdir())
    stray_runs.LEFT_OUT[fault](folder)
    (stray,) = set(folder.iterdir()) - before
    one = Runner()
    for _ in range(3):
        assert [run.folder for run in runs.finished()] == [good]
        assert runs.throughput(zoo.get(stray_runs.NAME)) is not None
        assert one.status()
    assert [record.levelname for record in caplog.records if str(stray) in record.message] == ["WARNING"]
    assert not [record for record in caplog.records if str(stray) not in record.message]


def test_changed_card_is_validated_again(folder: Path) -> None:
    place = stray_runs.finished(folder, stray_runs.NUMBER, epochs="many")
    assert runs.finished() == []
    with pytest.raises(CnnvizError) as error:
        runs.read_card(stray_runs.MODEL)
    assert error.value.reason == "run_gone"
    shutil.copy(network.WEIGHTS / f"{stray_runs.NAME}.json", place)
    assert [run.model for run in runs.finished()] == [stray_runs.MODEL]
    assert runs.read_card(stray_runs.MODEL)["epochs"] == 10


@pytest.mark.parametrize("part", stray_runs.SHOWN)
def test_unreadable_parts_of_a_run_are_ignored(part: str, folder: Path) -> None:
    folder.mkdir()
    stray_runs.SHOWN[part](folder)
    one = Runner()
    status = one.status()
    assert status
    assert status.state in ("stopped", "failed", "done")
    assert status.run.resumable is None
    assert isinstance(status.message, str)
    assert runs.finished() == []
    standing = status.run.progress
    assert standing is None or standing.share <= 1


def test_oversized_log_is_ignored_and_logged_once(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder.mkdir()
    stray_runs.SHOWN["events: huge"](folder)
    one = Runner()
    for _ in range(3):
        assert one.state() == "stopped"
    assert [record.levelname for record in caplog.records if "events.jsonl" in record.message] == ["WARNING"]


@pytest.mark.slow
@pytest.mark.exhaustive  # test_built has a real run of the page's, test_run_data_sets the code of a run
def test_toy_run_produces_a_valid_network(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Runner()
    run = one.start(TOY)
    until(lambda: not one.busy)
    assert one.state() == "done", (run.end, (run.folder / "log.txt").read_text())
    assert [each.model for each in runs.finished()] == [run.model]
    weights, card = runs.read_weights(run.model)
    assert card["data"]["toy"]
    assert np.sum(card["test"]["confusion"]) == 20
    forward = network.forward(run.model, weights, samples().images[3])["softmax"]
    keras = load("mlp", run.folder).activations(samples().images[3])["softmax"]
    np.testing.assert_allclose(forward, keras, atol=1e-5)
    # and the code that pages hand out loads the same network
    monkeypatch.chdir(folder.parent)
    code = snippets.softmax("numpy", Activation(run.model, "dense3", Picture("sample", 3)))
    names: dict[str, Any] = {}
    exec(code, names)
    np.testing.assert_allclose(names["result"], keras, atol=1e-5)


def test_diverged_run_names_epoch_and_step(folder: Path) -> None:
    place = folder / "20261124-153012-vgg"
    end = {
        "event": "end",
        "state": "diverged",
        "what": "weights",
        "epoch": 2,
        "step": 3,
        "learning_rate": 0.5,
    }
    tell(place, "vgg", START, batch(1, 2), end)
    status = Runner().status()
    assert status
    assert status.state == "diverged"
    assert status.run.diverged == Diverged("weights", 2, 3, 0.5)
    tell(place, "vgg", {**START, "epoch": 1}, batch(2, 1))  # it went on from its checkpoint
    again = Runner().status()
    assert again
    assert (again.run.diverged, again.state) == (None, "stopped")


def test_toy_spec_modifies_the_toy_recipe(tmp_path: Path) -> None:
    spec = RunSpec("alexnet", 30, rate_factor=10.0, toy=True)
    assert spec.learning_rate == pytest.approx(0.078)
    assert RunSpec("alexnet", 13, rate_factor=10.0).learning_rate == pytest.approx(0.5)
    assert "0.078" in spec.arguments(tmp_path, "samples")


def test_process_that_cannot_be_started_raises(tmp_path: Path) -> None:
    with pytest.raises(CnnvizError, match=r"^No process can be started: No such file or directory\.$"):
        Runner((str(tmp_path / "no-python"),)).start(TOY)
