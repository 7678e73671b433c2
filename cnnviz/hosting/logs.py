"""Logs as JSON, one object a line, for machines that read them: `CNNVIZ_LOGS=json`.

Nobody is in them: no address, no query of a link, and of an exception its type and where it was raised, not
its words, which may quote what a visitor has sent.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

import streamlit.logger
from streamlit import config

from cnnviz import settings
from cnnviz.hosting.metrics import FAILURES

_ADDRESS = re.compile(
    r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:[0-9a-fA-F]{1,4}:){4,7}[0-9a-fA-F]{1,4}\b|[0-9a-fA-F:]*::[0-9a-fA-F:]*"
)
_QUERY = re.compile(r"\?[^\s'\"]+")


REQUESTS = ("uvicorn.access", "uvicorn.error")
"""Loggers that write down each request with its address."""


class JsonFormatter(logging.Formatter):
    """Writes a record as a JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return time, level, logger, message and, if there is one, the exception's type and trace."""
        written: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": anonymous(record.getMessage()),
        }
        if record.exc_info and record.exc_info[0] is not None:
            frames = traceback.extract_tb(record.exc_info[2])
            written["exception"] = record.exc_info[0].__name__
            written["trace"] = [f"{Path(each.filename).name}:{each.lineno} {each.name}" for each in frames]
        return json.dumps(written, ensure_ascii=False, allow_nan=False)


class _Counting(logging.Handler):
    """Counts errors."""

    def emit(self, record: logging.LogRecord) -> None:
        FAILURES.add()


def _is_trouble(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


def anonymous(text: str) -> str:
    """Return a text without addresses of machines and without queries of links.

    >>> anonymous("GET /pooling?picture=upload from 192.0.2.7 and 2001:db8::1 at 10:20:30")
    'GET /pooling?… from … and … at 10:20:30'
    """
    return _ADDRESS.sub("…", _QUERY.sub("?…", text))


def begin() -> None:
    """Count errors in the log; write JSON if a host wants it, and on a public server no requests."""
    counting = _Counting(logging.ERROR)
    as_json = settings.LOGS() == "json"

    def set_up(logger: logging.Logger) -> None:
        own(logger)
        if as_json:
            logger.streamlit_console_handler.setFormatter(JsonFormatter())  # type: ignore[attr-defined]
        logger.addHandler(counting)

    # each of Streamlit's loggers has its own handler, also those that are made later
    own = streamlit.logger.setup_formatter
    streamlit.logger.setup_formatter = set_up
    for logger in streamlit.logger._loggers.values():
        set_up(logger)
    if settings.hosted():  # visitors' addresses are private
        for name in REQUESTS:
            logging.getLogger(name).addFilter(_is_trouble)
    root = logging.getLogger()
    root.addHandler(counting)
    if as_json:
        config.set_option("logger.enableRich", False)  # or uncaught exceptions are printed past the log
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonFormatter())
        root.addHandler(handler)
