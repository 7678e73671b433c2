"""The command line: what it prints, writes, and says of errors."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cnnviz.__main__ import main
from cnnviz.arithmetic.transform import shift
from cnnviz.colours import SCALES, Colour, signed_scale
from cnnviz.data.cifar10 import load_split
from cnnviz.networks.network import WEIGHTS, load, read_weights, write_weights
from cnnviz.training.events import read
from tests.data.test_cifar10 import make_folder
from tests.networks.test_network import loud_weights

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.slow
def test_train_then_evaluate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_folder(tmp_path, rows=8)
    data, out = str(tmp_path), str(tmp_path / "runs")
    assert main(["train", "tensorflow_lecture", "--epochs", "1", "--data", data, "--out", out]) == 0
    printed = capsys.readouterr()
    assert "epoch 1/1" in printed.err
    trained = json.loads(printed.out.splitlines()[-1])
    assert main(["evaluate", "tensorflow_lecture", "--data", data, "--weights", out]) == 0
    measured = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert measured == trained
    assert set(measured) >= {"model", "split", "n", "accuracy"}
    assert (measured["model"], measured["split"], measured["n"]) == ("tensorflow_lecture", "test", 8)
    assert 0 <= measured["accuracy"] <= 1


def test_shifts_are_measured_and_put_on_the_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_folder(tmp_path, rows=8)
    for ending in ("npz", "json"):
        shutil.copy(WEIGHTS / f"mlp.{ending}", tmp_path)
    before = read_weights("mlp", tmp_path)[1]
    arguments = ["evaluate", "mlp", "--shifts", "--first", "5", "--data", str(tmp_path)]
    assert main([*arguments, "--weights", str(tmp_path)]) == 0
    measured = json.loads(capsys.readouterr().out.splitlines()[-1])
    card = read_weights("mlp", tmp_path)[1]
    assert card == {**before, "shifts": measured["shifts"]}
    assert (measured["n"], card["shifts"]["n"]) == (5, 5)
    images = load_split("test", tmp_path)
    net = load("mlp")
    for dx, dy in ((0, 0), (-6, 3)):
        moved = np.stack([shift(image, dx, dy) for image in images.images[:5]])
        hits = net.predict(moved).argmax(axis=1) == images.labels[:5]
        assert card["shifts"]["accuracy"][6 + dy][6 + dx] == pytest.approx(hits.mean())


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a visitor would: in a process of its own, with no CIFAR-10 around."""
    plain = {key: value for key, value in os.environ.items() if key != "CNNVIZ_DATA"}
    return subprocess.run(
        [sys.executable, "-m", "cnnviz", *arguments],
        cwd=ROOT,
        env={**plain, "KERAS_HOME": str(folder), **environment},
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_the_last_line_of_evaluate_is_json(tmp_path: Path) -> None:
    make_folder(tmp_path, rows=2)
    done = run(tmp_path, "evaluate", "keras_lecture", CNNVIZ_DATA=str(tmp_path))
    assert done.returncode == 0
    measured = json.loads(done.stdout.splitlines()[-1])
    assert (measured["model"], measured["split"], measured["n"]) == ("keras_lecture", "test", 2)


def test_an_error_leaves_a_sentence_and_exit_code_1(tmp_path: Path) -> None:
    done = run(tmp_path, "evaluate", "lenet", "--data", str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"cnnviz: `name` must be one of .* Received: name='lenet'\.\n", done.stderr)


@pytest.mark.slow
def test_a_download_that_fails_leaves_a_sentence_too(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    done = run(tmp_path, "data", HTTPS_PROXY=nowhere, https_proxy=nowhere, ALL_PROXY=nowhere)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("cnnviz: `data` is not set and CIFAR-10 could not be downloaded. Name a folder")


@pytest.mark.slow
def test_a_run_on_the_samples_alone_says_that_it_is_a_toy(tmp_path: Path) -> None:
    assert main(["train", "mlp", "--data", "samples", "--epochs", "1", "--out", str(tmp_path)]) == 0
    card = read_weights("mlp", tmp_path)[1]
    assert card["data"] == {"set": "CIFAR-10", "train": 20, "test": 20, "note": "", "toy": True}
    assert read(tmp_path / "mlp.events.jsonl")[0][0]["toy"] is True


@pytest.mark.slow
def test_a_fraction_of_the_data_is_drawn_by_the_seed(tmp_path: Path) -> None:
    make_folder(tmp_path, rows=8)
    plain = ["train", "mlp", "--data", str(tmp_path), "--epochs", "1", "--fraction", "0.3"]
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        assert main([*plain, "--seed", seed, "--out", str(tmp_path / name)]) == 0
    cards = {name: read_weights("mlp", tmp_path / name)[1] for name in "abc"}
    assert [card["data"]["train"] for card in cards.values()] == [12, 12, 12]
    assert cards["a"]["train"] == cards["b"]["train"] != cards["c"]["train"]


def test_a_card_is_measured_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_folder(tmp_path, rows=8)
    for ending in ("npz", "json"):
        shutil.copy(WEIGHTS / f"mlp.{ending}", tmp_path)
    before = read_weights("mlp", tmp_path)[1]
    arguments = ["evaluate", "mlp", "--card", "--data", str(tmp_path), "--weights", str(tmp_path)]
    assert main(arguments) == 0
    measured = json.loads(capsys.readouterr().out.splitlines()[-1])
    card = read_weights("mlp", tmp_path)[1]
    assert {**card, "test": before["test"]} == before
    assert (card["test"]["accuracy"], card["test"]["loss"]) == (measured["accuracy"], measured["loss"])
    images = load_split("test", tmp_path)
    probabilities = load("mlp").predict(images.images)
    wrong = [k for k in range(8) if probabilities[k].argmax() != images.labels[k]]
    surest = sorted(wrong, key=lambda k: -probabilities[k].max())
    assert [mistake["index"] for mistake in card["test"]["mistakes"]] == surest
    assert card["test"]["mistakes"][0] == {
        "index": surest[0],
        "label": int(images.labels[surest[0]]),
        "predicted": int(probabilities[surest[0]].argmax()),
        "probability": pytest.approx(probabilities[surest[0]].max(), abs=1e-4),
    }
    confusion = np.array(card["test"]["confusion"])
    assert confusion.sum() == 8
    assert confusion.sum(axis=1).tolist() == np.bincount(images.labels, minlength=10).tolist()
    assert np.trace(confusion) == 8 - len(wrong)


@pytest.mark.slow
def test_an_interrupted_run_can_go_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_folder(tmp_path, rows=8)
    arguments = ["train", "tensorflow_lecture", "--data", str(tmp_path), "--out", str(tmp_path / "runs")]
    assert main([*arguments, "--epochs", "1"]) == 0
    capsys.readouterr()
    assert main([*arguments, "--epochs", "2", "--resume"]) == 0
    lines = capsys.readouterr().err.replace("\r", "").splitlines()
    assert [line[:9] for line in lines] == ["epoch 2/2"]


def test_what_no_command_knows_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["data", "--frobnicate", "3"])
    assert "unrecognized arguments: --frobnicate 3" in capsys.readouterr().err


def test_run_hands_all_other_options_on(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["run", "--server.headless", "true", "--server.frobnicate", "3", "--port", "8600"])
    assert "No such option '--server.frobnicate'" in capsys.readouterr().err


def test_data_counts_classes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, _, labels = make_folder(tmp_path)
    assert main(["data", "--data", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert str(folder) in printed
    assert f"train: {len(labels)} images; {int((labels == 0).sum())} airplane" in printed


def test_activations_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "maps.npz"
    assert main(["activations", "keras_lecture", "--sample", "2", "--out", str(path)]) == 0
    assert "conv2_relu" in capsys.readouterr().out
    with np.load(path) as stored:
        assert stored["pool1"].shape == (16, 16, 32)
        assert list(stored.files) == [info.name for info in load("keras_lecture").layers]


@pytest.mark.parametrize(
    ("arguments", "name", "steps"),
    [
        ([], "conv_i5x5_k3x3_s1_p0.gif", 9),
        (["--padding", "same", "--stride", "2"], "conv_i5x5_k3x3_s2_p1.gif", 9),
        (["--padding", "1,2", "--kernel", "2x3"], "conv_i5x5_k2x3_s1_p1x2.gif", 42),
        (["--padding", "((1, 0), (0, 2))", "--input", "3x4"], "conv_i3x4_k3x3_s1_p1-0x0-2.gif", 8),
        (["--padding", "2", "--dilation", "2,1", "--no-numbers"], "conv_i5x5_k3x3_s1_p2_d2x1.gif", 35),
        (["--kernel", "1 0; 0 -1/2", "--bias", "-1", "--language", "ko"], "conv_i5x5_k2x2_s1_p0.gif", 16),
        (["--operation", "max", "--input", "6x6", "--theme", "dark"], "max_i6x6_k2x2_s2_p0.gif", 9),
        (["--operation", "average", "--stride", "1", "--width", "480"], "average_i5x5_k2x2_s1_p0.gif", 16),
        (["--operation", "relu", "--input", "1 -2; 0 3; 4 -5", "--speed", "5"], "relu_i3x2.gif", 6),
        (["--input", "3", "--kernel", "sobel_x", "--every", "100"], "conv_i32x32_k3x3_s1_p0.gif", 10),
        (["--input", "3", "--kernel", "sobel_x", "--rows", "1"], "conv_i32x32_k3x3_s1_p0.gif", 30),
    ],
)
def test_animate_writes_a_gif_named_after_what_it_shows(
    arguments: list[str], name: str, steps: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["animate", *arguments]) == 0
    with Image.open(tmp_path / name) as image:
        assert image.n_frames == steps  # type: ignore[attr-defined]


def test_animate_takes_a_scale(tmp_path: Path) -> None:
    written = {}
    for scale in SCALES:
        for ending in ("gif", "html"):
            path = tmp_path / f"{scale}.{ending}"
            what = ["--input", "2 -2; 0 1", "--kernel", "1 -1", "--scale", scale]
            assert main(["animate", *what, "--out", str(path)]) == 0
            written[scale, ending] = path.read_bytes()
        assert f"--signed-name: {scale};".encode() in written[scale, "html"]
    with Image.open(io.BytesIO(written["grey_safe", "gif"])) as image:
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 20)}  # type: ignore[union-attr]

    def there(colour: Colour) -> bool:
        return any(
            np.abs(np.subtract(shown, colour)).max() <= 3 for shown in colours
        )  # the palette's nearest

    scale, other = signed_scale("grey_safe"), signed_scale()
    assert all(map(there, (scale.negative, scale.zero, scale.positive)))
    assert not any(map(there, (other.negative, other.positive)))


def test_animate_writes_html(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "steps.html"
    assert main(["animate", "--input", "224x224", "--padding", "same", "--out", str(path)]) == 0
    assert capsys.readouterr().out.startswith(f"{path}: 50,176 steps, ")
    assert path.read_text("utf-8").startswith("<!doctype html>")


def test_the_command_line_needs_no_streamlit() -> None:
    code = "import sys, cnnviz.__main__; print({'streamlit', 'plotly', 'tensorflow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "set()\n"


ADVICE = re.compile(r"(?:--\w+ [^\s,]+? ?)+(?=[.,]?(?: or | An | It |$|\n))")


def advised(message: str) -> list[list[str]]:
    """Return the options that an error advises, a list for each way."""
    return [way.split() for way in ADVICE.findall(message)]


TOO_LARGE = [
    ["--input", "20x20"],
    ["--input", "512x512"],
    ["--input", "2x400", "--kernel", "1", "--every", "9"],
    ["--input", "200x1", "--kernel", "1"],
    ["--padding", "999"],
    ["--padding", "999", "--out", "a.html"],
    ["--padding", "999", "--kernel", "7"],
    ["--input", "512x512", "--padding", "999", "--out", "a.html"],
    ["--input", "512x512", "--padding", "999", "--rows", "3"],
    ["--input", "512x512", "--operation", "max", "--kernel", "15", "--stride", "1", "--padding", "14"],
    ["--input", "512x512", "--operation", "average", "--stride", "1", "--every", "7"],
    ["--input", "512x512", "--operation", "relu"],
    ["--input", "3", "--padding", "500", "--dilation", "30", "--kernel", "15"],
]


def follow_advice(arguments: list[str], folder: Path) -> int:
    """Run `animate`, and where it fails all that it advises; return how many ways these were."""
    arguments = ["animate", "--width", "480", "--no-numbers", *arguments]
    with contextlib.chdir(folder):
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            code = main(arguments)
            ways = advised(said.getvalue())
            assert "must fit" in said.getvalue() or (code == 0) != bool(ways), said.getvalue()
            for way in ways:
                assert main([*arguments, *way]) == 0, (way, said.getvalue())
    return len(ways)


@pytest.mark.slow
@pytest.mark.parametrize("arguments", TOO_LARGE, ids=" ".join)
def test_what_an_error_advises_works(arguments: list[str], tmp_path: Path) -> None:
    assert follow_advice(arguments, tmp_path)


@pytest.mark.slow
@given(
    st.sampled_from(["1x151", "13x13", "149x2", "151x1", "256x1", "257x3", "300x300"]),
    st.sampled_from(["1", "3", "2x5", "15"]),
    st.sampled_from(["valid", "same", "3", "0,60", "250"]),
    st.sampled_from([[], ["--stride", "3"], ["--every", "40"], ["--rows", "1"], ["--out", "a.html"]]),
)
@settings(max_examples=10)
def test_what_any_error_advises_works(size: str, kernel: str, padding: str, more: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        follow_advice(["--input", size, "--kernel", kernel, "--padding", padding, *more], Path(folder))


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "cp949", "cp1252"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        *([command, "--help"] for command in ("train", "evaluate", "data", "activations", "animate")),
        ["animate", "--language", "ko", "--out", "한글 ≈ 그림.gif"],
        ["animate", "--input", "20x20", "--out", "한글.gif"],
        ["animate", "--kernel", "−1 ≈"],
        ["data", "--data", "없는 폴더 ≈"],
        ["data", "--data", "."],
        ["train", "−", "--data", "."],
        ["evaluate", "한글", "--data", "."],
    ],
    ids=" ".join,
)
def test_any_console_can_show_what_is_said(arguments: list[str], encoding: str, tmp_path: Path) -> None:
    make_folder(tmp_path)
    done = at_a_console(arguments, encoding, tmp_path)
    assert done.returncode in (0, 1)
    said = done.stdout + done.stderr
    assert said
    assert b"Traceback" not in said
    said.decode(encoding)


@pytest.mark.slow
def test_training_at_a_narrow_console(tmp_path: Path) -> None:
    make_folder(tmp_path, rows=8)
    run = ["train", "mlp", "--data", ".", "--epochs", "1", "--out", "한글"]
    trained = at_a_console(run, "ascii", tmp_path)
    assert trained.returncode == 0, trained.stderr
    assert b"#" * 20 in trained.stderr  # the bar is still one
    written = at_a_console(["activations", "mlp", "--out", "값 ≈"], "cp949", tmp_path)
    assert written.returncode == 0, written.stderr
    assert (tmp_path / "값 ≈").is_file()


def at_a_console(arguments: list[str], encoding: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run the command line as a process whose console knows no more letters than `encoding`."""
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "cnnviz", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True)


@pytest.mark.parametrize("name", ["acts", "acts.npz", "acts.NPZ", "a.b"])
def test_activations_are_in_the_file_that_was_named(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    assert main(["activations", "mlp", "--out", str(path)]) == 0
    assert list(tmp_path.iterdir()) == [path]
    assert f"{path}: " in capsys.readouterr().out
    with np.load(path) as arrays:
        assert "softmax" in arrays


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["animate", "--input", "224x224"],
            "cnnviz: A GIF has at most 150 steps, and this one would have 49,284",
        ),
        (
            ["animate", "--input", "2x400", "--kernel", "1", "--every", "9"],
            "cnnviz: A GIF shows at most 256 rows",
        ),
        (["animate", "--input", "900x5"], "cnnviz: `input` must have 1 to 512 rows and columns"),
        (["animate", "--input", "20"], "cnnviz: `input` must be a sample in 0..19"),
        (["animate", "--input", "1 2; 3"], "cnnviz: `input` must hold rows of equal length"),
        (["animate", "--input", "__import__('os')"], "cnnviz: `input` must hold numbers"),
        (["animate", "--kernel", "sobel"], "cnnviz: `kernel` must be one of sobel_x"),
        (["animate", "--kernel", "16"], "cnnviz: `kernel` must have 1 to 15 rows"),
        (["animate", "--kernel", "1 x"], "cnnviz: `kernel` must hold numbers"),
        (["animate", "--kernel", "7"], "cnnviz: `size` must fit into the padded input"),
        (["animate", "--stride", "0"], "cnnviz: `stride` must be a whole number >= 1"),
        (["animate", "--stride", "1,2,3"], "cnnviz: `stride` must be 1 or 2 whole numbers"),
        (
            ["animate", "--padding", "full"],
            "cnnviz: `padding` must be 1 or 2 or 4 whole numbers, valid or same",
        ),
        (["animate", "--dilation", "x"], "cnnviz: `dilation` must be 1 or 2 whole numbers"),
        (["animate", "--operation", "max", "--kernel", "blur"], "cnnviz: `operation` max takes a size"),
        (["animate", "--operation", "max", "--padding", "3"], "cnnviz: `padding` must leave an input cell"),
        (["animate", "--operation", "relu", "--stride", "2"], "cnnviz: `operation` relu takes no kernel"),
        (["animate", "--width", "4000"], "cnnviz: `width` must be in 480..1920"),
        (["animate", "--speed", "0"], "cnnviz: `speed` must be in 0.1..25"),
        (["animate", "--every", "0"], "cnnviz: `every` must be >= 1"),
        (["animate", "--bias", "1e308"], "cnnviz: `bias` must be a number up to 1000 in size"),
        (["animate", "--bias", "nan"], "cnnviz: `bias` must be a number up to 1000 in size"),
        (["animate", "--out", "a.mp4"], "cnnviz: `out` must end in .gif or .html"),
        (["animate", "--out", "/nonexistent/a.gif"], "cnnviz: [Errno 2]"),
        (["evaluate", "lenet"], "cnnviz: `name` must be one of"),
        (["data", "--data", "/nonexistent"], "cnnviz: `data` must hold the folder"),
        (["train", "keras_lecture", "--data", "/nonexistent"], "cnnviz: `data` must hold the folder"),
        (["train", "lenet", "--data", "/nonexistent"], "cnnviz: `name` must be one of"),
        (["train", "vgg@20261124-153012", "--data", "samples"], "cnnviz: `name` must be one of"),
        (["train", "mlp", "--fraction", "0"], "cnnviz: `fraction` must be more than 0 and at most 1"),
        (["train", "mlp", "--fraction", "nan"], "cnnviz: `fraction` must be more than 0 and at most 1"),
        (["train", "mlp", "--devices", "0"], "cnnviz: `devices` must be >= 1"),
        (["train", "mlp", "--data", "samples", "--epochs", "0"], "cnnviz: `epochs` must be a whole number"),
        (["train", "mlp", "--data", "samples", "--out", "/dev/null"], "cnnviz: `out` must be a folder"),
        (["evaluate", "mlp", "--card", "--first", "3"], "cnnviz: `card` goes with all images of the test"),
        (["evaluate", "keras_lecture", "--weights", "/nonexistent"], "cnnviz: `name` must have weights"),
        (["evaluate", "mlp", "--shifts", "--split", "train"], 'cnnviz: `split` must be "test" for what'),
        (["activations", "lenet"], "cnnviz: `name` must be one of"),
        (["activations", "keras_lecture", "--out", "/nonexistent/a.npz"], "cnnviz: [Errno 2]"),
        (["activations", "keras_lecture", "--sample", "20"], "cnnviz: `sample` must be in 0..19"),
    ],
)
def test_an_error_is_one_sentence(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert error.startswith(message)
    assert error.count("\n") == 1


@pytest.mark.slow
def test_a_run_that_diverges_has_an_exit_code_of_its_own(tmp_path: Path) -> None:
    options = ("--data", "samples", "--epochs", "5", "--learning-rate", "1e30", "--out", str(tmp_path))
    done = run(tmp_path, "train", "mlp", *options)
    assert done.returncode == 3
    assert done.stdout == ""  # no last line: there is no accuracy
    last = done.stderr.splitlines()[-1]
    assert last.startswith("cnnviz: `learning_rate` must be small enough for a run that does not diverge. ")
    assert "at epoch 1, batch 1" in last
    told, _ = read(tmp_path / "mlp.events.jsonl")
    assert told[-1]["state"] == "diverged"
    assert not (tmp_path / "mlp.npz").exists()
    assert "3 the run diverged" in " ".join(run(tmp_path, "train", "--help").stdout.split())


def test_all_json_that_is_written_is_strict() -> None:
    """NaN and Infinity are no JSON: every place that writes any refuses them."""
    found = 0
    for path in (ROOT / "cnnviz").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("json.dump", "json.dumps"):
                found += 1
                strict = any(
                    word.arg == "allow_nan" and ast.unparse(word.value) == "False" for word in node.keywords
                )
                assert strict, f"{path.name}:{node.lineno}"
    assert found >= 10


def test_a_network_whose_answers_are_not_finite_has_no_accuracy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_weights("alexnet", loud_weights(), read_weights("alexnet")[1], tmp_path)
    make_folder(tmp_path, rows=2)
    assert main(["evaluate", "alexnet", "--data", str(tmp_path), "--weights", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "`probabilities` must be finite. Received: NaN or infinity for 2 of 2 images." in said.err
