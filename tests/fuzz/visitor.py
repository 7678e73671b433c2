"""A visitor who sends what no browser would: the app in this process, and raw values of its widgets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.state.common import GENERATED_ELEMENT_ID_PREFIX, user_key_from_element_id
from streamlit.testing.v1 import AppTest

from cnnviz.pages.frame import PAGES

APP = str(Path(__file__).resolve().parents[2] / "app.py")
SECONDS = 60.0
"""How long one run may take."""


def visit(page: str, query: Mapping[str, str]) -> AppTest:
    """Open a page with a query."""
    app = AppTest.from_file(APP, default_timeout=SECONDS)
    for key, text in query.items():
        app.query_params[key] = text
    if page != PAGES[0]:
        app.switch_page(f"cnnviz/pages/{page}.py")
    return app.run()


def identities(app: AppTest) -> dict[str, str]:
    """Return {key: Streamlit's id} of every widget and component; one without a key has a number."""
    found: dict[str, str] = {}
    for node in app._tree:
        identity = getattr(getattr(node, "proto", None), "id", "")
        if identity.startswith(GENERATED_ELEMENT_ID_PREFIX):
            found[user_key_from_element_id(identity) or f"{node.type} {len(found)}"] = identity
    return found


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


def outcome(app: AppTest) -> str | None:
    """Return the sentence that the page refuses something in, or None; raise for anything worse."""
    if app.exception:
        raise AssertionError(
            "\n".join(f"{problem.message}\n{problem.stack_trace}" for problem in app.exception)
        )
    return app.error[0].value if app.error else None
