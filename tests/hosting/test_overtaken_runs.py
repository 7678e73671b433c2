"""Exceptions in a superseded run are no errors; those in any other run are."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest


def script() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    from cnnviz.hosting import overtaken_runs

    context = get_script_run_ctx()
    assert context is not None
    assert context.script_requests is not None
    with overtaken_runs.ended():
        st.write("drawn")
        if st.session_state["overtaken"]:
            context.script_requests.request_stop()  # as Streamlit does for the next run
        raise KeyError("a choice that the next run has taken away")


@pytest.mark.parametrize("overtaken", [False, True])
def test_an_error_is_shown_unless_another_run_has_begun(overtaken: bool) -> None:
    app = AppTest.from_function(script)
    app.session_state["overtaken"] = overtaken
    app.run()
    assert app.markdown[0].value == "drawn"
    assert len(app.exception) == (not overtaken)
