"""`cnnviz run`."""

from __future__ import annotations

import pytest

from cnnviz.cli.main import main


def test_run_hands_all_other_options_on(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["run", "--server.headless", "true", "--server.frobnicate", "3", "--port", "8600"])
    assert "No such option '--server.frobnicate'" in capsys.readouterr().err
