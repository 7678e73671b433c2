"""Logs as JSON: what a line says, and what it does not."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import streamlit.logger
from streamlit import config

from cnnviz.hosting import logs
from cnnviz.hosting.logs import JsonFormatter, anonymous
from cnnviz.hosting.metrics import FAILURES


def record(message: str, *args: object, failed: BaseException | None = None) -> dict[str, Any]:
    """Return what is written of a record."""
    exception = (type(failed), failed, failed.__traceback__) if failed else None
    made = logging.LogRecord("cnnviz.pages", logging.ERROR, __file__, 1, message, args, exception)
    line = JsonFormatter().format(made)
    assert "\n" not in line
    written: dict[str, Any] = json.loads(line)
    return written


def test_a_line_says_when_how_bad_and_what() -> None:
    written = record("%d 개의 그림\nare lost", 3)
    assert written["message"] == "3 개의 그림\nare lost"
    assert (written["level"], written["logger"]) == ("error", "cnnviz.pages")
    assert written["time"].endswith("+00:00")
    assert set(written) == {"time", "level", "logger", "message"}
    assert record("refused: %s", "192.0.2.7")["message"] == "refused: …"


def test_an_exception_is_told_without_its_words() -> None:
    try:
        raise ValueError("a visitor's own text")
    except ValueError as error:
        written = record("It failed", failed=error)
    assert written["exception"] == "ValueError"
    (frame,) = written["trace"]
    assert frame.startswith("test_logs.py:")
    assert frame.endswith(" test_an_exception_is_told_without_its_words")
    assert "own text" not in str(written)


@pytest.mark.parametrize(
    ("text", "without"),
    [
        (
            '192.0.2.7:51234 - "GET /pooling?model=vgg HTTP/1.1" 200',
            '…:51234 - "GET /pooling?… HTTP/1.1" 200',
        ),
        ("from 2001:db8:0:0:0:0:2:1 and fe80::1 and ::1", "from … and … and …"),
        ("at 10:20:30, version 1.67.0, 3 of 4", "at 10:20:30, version 1.67.0, 3 of 4"),
        ("http://host/viz/relu?lang=ko&picture=upload'", "http://host/viz/relu?…'"),
    ],
)
def test_addresses_and_links_are_left_out(text: str, without: str) -> None:
    assert anonymous(text) == without


@pytest.fixture
def restored() -> Iterator[None]:
    """Put back what `begin` changes in this process."""
    root, set_up, rich = (
        logging.getLogger(),
        streamlit.logger.setup_formatter,
        config.get_option("logger.enableRich"),
    )
    handlers = list(root.handlers)
    known = {logger: list(logger.handlers) for logger in streamlit.logger._loggers.values()}
    levels = {name: logging.getLogger(name).level for name in logs.REQUESTS}
    yield
    root.handlers[:] = handlers
    for name in logs.REQUESTS:
        logging.getLogger(name).filters.clear()
        logging.getLogger(name).setLevel(levels[name])
    streamlit.logger.setup_formatter = set_up
    for logger in streamlit.logger._loggers.values():
        logger.handlers[:] = known.get(logger, [])
        set_up(logger)  # takes its own handler away before it adds another
    config.set_option("logger.enableRich", rich)


@pytest.mark.usefixtures("restored")
def test_everybody_writes_json_once_a_host_wants_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CNNVIZ_LOGS", "json")
    monkeypatch.setattr(sys, "stderr", sys.__stderr__)  # what handlers that were made before write to
    ((_, _, before),) = FAILURES.samples()
    logs.begin()
    streamlit.logger.get_logger("streamlit.error_util").error("uncaught")
    streamlit.logger.get_logger("streamlit.made_later").warning("Rejected")
    logging.getLogger("cnnviz.pages.inference").error("It cannot be computed")
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line["message"] for line in lines] == ["uncaught", "Rejected", "It cannot be computed"]
    ((_, _, after),) = FAILURES.samples()
    assert after - before == 2  # a warning is none


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("hosted", ["1", ""])
def test_a_public_server_writes_down_no_requests(
    hosted: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CNNVIZ_HOSTED", hosted)
    monkeypatch.setattr(sys, "stderr", sys.__stderr__)
    logs.begin()
    logger = streamlit.logger.get_logger("uvicorn.access")
    logger.setLevel(logging.INFO)  # whatever other tests have made it
    streamlit.logger.update_formatter()
    logger.info("192.0.2.7 - GET /")
    logger.warning("it failed")
    written = capfd.readouterr().err
    assert "it failed" in written
    assert ("192.0.2.7" in written) == (not hosted)
