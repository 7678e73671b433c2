"""A visitor who sends what no browser would: the app in this process, and raw values of its widgets."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from streamlit import config
from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.errors import StreamlitAPIException, StreamlitPageNotFoundError
from streamlit.logger import get_logger
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.state.common import GENERATED_ELEMENT_ID_PREFIX, user_key_from_element_id
from streamlit.testing.v1 import AppTest

from cnnviz.pages.navigation import PAGES
from tests.one_server import share_server

share_server()
ROOT = Path(__file__).resolve().parents[2]
APP = str(ROOT / "app.py")
SECONDS = 60.0
"""Limit of one run's duration."""


def visit(page: str, query: Mapping[str, str]) -> AppTest:
    """Open a page with a query."""
    config.set_option("logger.enableRich", False)  # else errors are printed, not logged
    app = AppTest.from_file(APP, default_timeout=SECONDS)
    for key, text in query.items():
        app.query_params[key] = text
    if page != PAGES[0]:
        app.switch_page(f"cnnviz/pages/{page}.py")
    return app.run()


def widgets(app: AppTest) -> list[tuple[str, str]]:
    """Return (type, Streamlit's id) of every widget and component on the page."""
    found = [(node.type, getattr(getattr(node, "proto", None), "id", "")) for node in app._tree]
    return [(kind, identity) for kind, identity in found if identity.startswith(GENERATED_ELEMENT_ID_PREFIX)]


def identities(app: AppTest) -> dict[str, str]:
    """Return {key: Streamlit's id} of every widget and component that has a key."""
    found = {user_key_from_element_id(identity): identity for _, identity in widgets(app)}
    return {key: identity for key, identity in found.items() if key is not None}


def send(app: AppTest, states: Iterable[WidgetState]) -> AppTest:
    """Run again as if the browser had sent these values, beside those that the page has."""
    sent = app._tree.get_widget_states()
    ours = {state.id: state for state in states}
    kept = [state for state in sent.widgets if state.id not in ours]
    return app._run(WidgetStates(widgets=[*kept, *ours.values()]))


def state(identity: str, values: Mapping[str, Any]) -> WidgetState:
    """Return what a component has told with setStateValue."""
    return WidgetState(id=identity, json_value=json.dumps(values))


def trigger(identity: str, values: Mapping[str, Any]) -> WidgetState:
    """Return what a component has told with setTriggerValue."""
    events = [{"event": name, "value": told} for name, told in values.items()]
    return WidgetState(id=_make_trigger_id(identity, "events"), json_trigger_value=json.dumps(events))


def outcome(app: AppTest, *, forged: bool = False) -> str | None:
    """Return the sentence that the page refuses something in, or None; raise for anything worse.

    Args:
        forged: whether values of other types than their widgets' were sent. Streamlit raises for these,
            as it reads or writes them: an error that only who forges messages ever sees, without
            details, and nothing that an app can prevent.
    """
    raised = RAISED.copy()
    RAISED.clear()
    theirs = [error for error in raised if forged and _is_streamlits(error)]
    for error in raised:
        # a callback that goes to another page: AppTest knows none before the script runs; a server does
        if error not in theirs and not isinstance(error, StreamlitPageNotFoundError):
            raise error
    assert len(app.exception) <= len(raised)
    if theirs:
        return "an error of Streamlit's own widgets"
    return app.error[0].value if app.error else None


RAISED: list[BaseException] = []
"""Exceptions of the app since the last check: AppTest reports them without the lines of libraries."""


class _Collect(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1]:
            RAISED.append(record.exc_info[1])


get_logger("streamlit.error_util").addHandler(_Collect())


def _is_streamlits(error: BaseException) -> bool:
    """Return whether nothing of ours, nor what Streamlit says of a wrong use of it, has raised an error."""
    frames = traceback.extract_tb(error.__traceback__)
    return not isinstance(error, StreamlitAPIException) and (
        "site-packages/streamlit" in frames[-1].filename
        or any(frame.name == "deserialize" for frame in frames)  # may end in json
    )
