"""The command line as a whole: errors, consoles, what it needs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cnnviz.cli.main import main
from tests.cli.console import ROOT, at_a_console, run
from tests.data.test_cifar10 import make_folder


def test_an_error_leaves_a_sentence_and_exit_code_1(tmp_path: Path) -> None:
    done = run(tmp_path, "evaluate", "lenet", "--data", str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"cnnviz: `name` must be one of .* Received: name='lenet'\.\n", done.stderr)


def test_what_no_command_knows_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["data", "--frobnicate", "3"])
    assert "unrecognized arguments: --frobnicate 3" in capsys.readouterr().err


def test_the_command_line_needs_no_streamlit() -> None:
    code = "import sys, cnnviz.cli.main; print({'streamlit', 'plotly', 'tensorflow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "set()\n"


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
    code, out, error = at_a_console(arguments, encoding, tmp_path)
    assert code in (0, 1)
    assert out + error
    (out + error).decode(encoding)


def test_the_console_of_a_process_can_show_what_is_said(tmp_path: Path) -> None:
    done = run(tmp_path, "data", "--data", "없는 폴더 ≈", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 1
    assert done.stderr.startswith("cnnviz: `data` must hold CIFAR-10")
    assert r"\uc5c6\ub294 \ud3f4\ub354 \u2248" in done.stderr


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
        # before anything is read
        (["train", "mlp", "--epochs", "0", "--data", "none"], "cnnviz: `epochs` must be a whole"),
        (["train", "mlp", "--learning-rate", "0", "--data", "none"], "cnnviz: `learning_rate` must be more"),
        (["evaluate", "mlp", "--first", "0", "--data", "none"], "cnnviz: `first` must be a whole"),
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
        (["animate", "--out", "/nonexistent/a.gif"], "cnnviz: `out` must be in a folder"),
        (["evaluate", "lenet"], "cnnviz: `name` must be one of"),
        (["data", "--data", "/nonexistent"], "cnnviz: `data` must hold CIFAR-10"),
        (["train", "keras_lecture", "--data", "/nonexistent"], "cnnviz: `data` must hold CIFAR-10"),
        (["train", "lenet", "--data", "/nonexistent"], "cnnviz: `name` must be one of"),
        (["train", "vgg@20261124-153012", "--data", "samples"], "cnnviz: `name` must be one of"),
        (["train", "mlp", "--fraction", "0"], "cnnviz: `fraction` must be more than 0 and at most 1"),
        (["train", "mlp", "--fraction", "nan"], "cnnviz: `fraction` must be more than 0 and at most 1"),
        (["train", "mlp", "--devices", "0"], "cnnviz: `devices` must be >= 1"),
        (["train", "mlp", "--data", "samples", "--epochs", "0"], "cnnviz: `epochs` must be a whole number"),
        (["train", "mlp", "--data", "samples", "--out", "/dev/null"], "cnnviz: `out` must be a folder"),
        (["train", "mlp", "--seed", "-1", "--fraction", "0.5"], "cnnviz: `seed` must be a whole number >= 0"),
        (["train", "mlp", "--seed", "4294967296", "--data", "samples"], "cnnviz: `seed` must be at most"),
        (["train", __file__ + ".json"], "cnnviz: `name` must be a file that is there"),
        (["worksheet", "http://[x?worksheet=1", "--out", "-"], "cnnviz: `link` must be the address of a"),
        (["handout", "--app", "http://[x", "--out", "-"], "cnnviz: `app` must be an address on this machine"),
        (["evaluate", "mlp", "--card", "--first", "3"], "cnnviz: `card` goes with all images of the test"),
        (["evaluate", "keras_lecture", "--weights", "/nonexistent"], "cnnviz: `name` must have weights"),
        (["evaluate", "mlp", "--shifts", "--split", "train"], 'cnnviz: `split` must be "test" for what'),
        (["activations", "lenet"], "cnnviz: `name` must be one of"),
        (
            ["activations", "keras_lecture", "--out", "/nonexistent/a.npz"],
            "cnnviz: `out` must be in a folder",
        ),
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


def test_all_json_that_is_written_is_strict() -> None:
    """NaN and Infinity are no JSON: all code that writes JSON refuses them."""
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
