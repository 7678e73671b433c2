"""A Chromium that is told what to do: what is left where it does not start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cnnviz.errors import CnnvizError
from cnnviz.export.chromium import Chromium

OPEN = Path("/proc/self/fd")


@pytest.mark.skipif(not OPEN.exists(), reason="the system does not list open files")
def test_one_that_cannot_be_started_is_said_and_leaves_no_file_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "chromium"
    broken.write_text("#!/no/such/interpreter\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(broken))
    before = sorted(os.listdir(OPEN))
    with pytest.raises(CnnvizError, match="Chromium cannot be started: "):
        Chromium(60)
    assert sorted(os.listdir(OPEN)) == before
