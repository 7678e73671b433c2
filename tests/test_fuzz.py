"""Hostile input of every kind, some hundred cases in all; `make fuzz` tries ten thousand of each."""

from __future__ import annotations

import os
import random
import re
from itertools import islice
from pathlib import Path
from types import ModuleType

import pytest

from cnnviz.components import FRONTEND
from cnnviz.pages import training_runs
from cnnviz.pages.navigation import PAGES
from tests.fuzz import KINDS, child, components, links
from tests.fuzz.__main__ import main, show
from tests.fuzz.runner import run, run_here
from tests.fuzz.visitor import RAISED, visit

pytestmark = pytest.mark.slow

COUNTS = {
    "links": 8,
    "components": 8,
    "widgets": 6,
    "uploads": 12,
    "pickles": 200,
    "weights": 120,
    "runs": 8,
}
SEED = "make test"


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_input_is_accepted_or_refused_in_a_sentence(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # what kinds change, as they have a process of their own in `make fuzz`
    monkeypatch.setattr(training_runs, "runner", training_runs.runner)
    for name, value in (("CNNVIZ_HOSTED", "0"), ("CNNVIZ_RUNS", os.environ["CNNVIZ_RUNS"])):
        monkeypatch.setenv(name, value)
    RAISED.clear()
    report = run_here(kind, seed=SEED, count=COUNTS[kind])
    assert [(fault.case, fault.what, report.again(fault)) for fault in report.faults] == []
    assert report.tried == COUNTS[kind]


def test_all_modules_of_the_package_are_kinds_or_help_them() -> None:
    modules = {path.stem for path in Path(child.__file__).parent.glob("*.py")}
    assert modules == {*KINDS, "__init__", "__main__", "child", "runner", "hostile", "visitor"}


def test_an_error_and_a_crash_are_faults_that_can_be_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    report = run("tests.faulty", seed="1", count=12)
    assert (report.accepted, report.refused) == (3, {"It is three.": 3})
    assert [fault.number for fault in report.faults] == [1, 2, 5, 6, 9, 10]
    raised, crashed = report.faults[:2]
    assert (raised.case, crashed.case) == ("'case 1'", "'case 2'")
    assert "ZeroDivisionError" in raised.what
    assert crashed.what.startswith("SIGABRT")
    again = run("tests.faulty", seed="1", first=raised.number, count=1)
    assert [fault.case for fault in again.faults] == [raised.case]
    show(report)
    said = capsys.readouterr().out
    assert "12 cases: 3 accepted, 3 refused in a sentence, 6 faults" in said
    assert "again: python -m tests.fuzz tests.faulty --seed 1 --first 1 --count 1" in said


def test_a_fault_is_an_exit_code() -> None:
    assert main(["pickles", "--count", "3"]) == 0
    assert main(["tests.faulty", "--count", "3"]) == 1
    with pytest.raises(SystemExit):
        main(["carrots"])


def test_every_choice_that_a_page_asks_for_is_tampered_with() -> None:
    asked = {key for page in PAGES for key in visit(page, {}).session_state["link.used"]}
    assert asked - set(links.KEYS) == set()


def test_every_component_that_sends_messages_is_tampered_with() -> None:
    sending = {
        path.parent.name
        for path in FRONTEND.glob("*/*.js")
        if re.search(r"^import .*shared/message\.js\"", path.read_text("utf-8"), re.MULTILINE)
    }
    assert len(sending) > 9
    seen = {mounted.component for mounted in components.MOUNTED}  # which tests/app/test_components holds
    assert sending - seen == {"crop_picker"}  # it is there for an upload; tests/components has its messages


@pytest.mark.parametrize("kind", ["components", "pickles", "links"])
def test_a_seed_makes_the_same_cases_again_and_another_makes_others(kind: str) -> None:
    def first(seed: str) -> list[str]:
        module: ModuleType = __import__(f"tests.fuzz.{kind}", fromlist=["cases"])
        return [repr(case) for case in islice(module.cases(random.Random(f"{kind} {seed}")), 20)]

    assert first("1") == first("1") != first("2")
