"""The configuration that `deploy/proxy` makes of its settings: nginx reads it, and is not started."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.hosted.conftest import ROOT


def configured(folder: Path, **variables: str) -> str:
    """Return nginx's configuration, which nginx has checked."""
    environment = {"REPLICAS": "127.0.0.1:1", "RUN": str(folder), "PATH": "/usr/sbin:/usr/bin:/bin"}
    command = [ROOT / "deploy" / "proxy", "-t"]
    subprocess.run(command, env=environment | variables, check=True, capture_output=True)
    return (folder / "nginx.conf").read_text()


def test_the_replicas_are_counted(tmp_path: Path) -> None:
    found = configured(tmp_path, REPLICAS="127.0.0.1:1 127.0.0.1:2 127.0.0.1:3")
    assert "X-Cnnviz-Replicas 3;" in found
    assert re.findall(r"split_clients .*", found) == [
        "split_clients $seat $drawn { 33% replica0; 33% replica1; * replica2; }"
    ]


def test_each_replica_has_the_others_for_the_time_that_it_is_gone(tmp_path: Path) -> None:
    found = configured(tmp_path, REPLICAS="127.0.0.1:1 [::1]:2")
    servers = re.findall(r"server (\S+:\d) max_fails=1 fail_timeout=5s( backup)?;", found)
    assert servers == [
        ("127.0.0.1:1", ""),
        ("[::1]:2", " backup"),
        ("[::1]:2", ""),
        ("127.0.0.1:1", " backup"),
    ]


def test_names_of_replicas_are_looked_up(tmp_path: Path) -> None:
    """Nginx tells the address of who answered, not the name."""
    found = configured(tmp_path, REPLICAS="localhost:1")
    assert "server 127.0.0.1:1 " in found
    with pytest.raises(subprocess.CalledProcessError) as failed:
        configured(tmp_path, REPLICAS="nothing.invalid:1")
    assert b"No address was found for nothing.invalid:1" in failed.value.stderr


@pytest.mark.parametrize(
    ("variables", "megabytes"),
    [
        ({}, 7),
        ({"CNNVIZ_OPENING_MB": "50"}, 7),
        ({"CNNVIZ_OPENING": "1"}, 201),
        ({"CNNVIZ_OPENING": "1", "CNNVIZ_OPENING_MB": "50"}, 51),
        ({"CNNVIZ_OPENING": "1", "CNNVIZ_OPENING_MB": "2"}, 7),
        ({"CNNVIZ_HOSTED": "0"}, 201),
    ],
)
def test_uploads_may_be_as_large_as_the_replicas_take(
    tmp_path: Path, variables: dict[str, str], megabytes: int
) -> None:
    found = configured(tmp_path, **variables)
    assert re.findall(r"client_max_body_size (\d+)m", found) == ["7", str(megabytes)]


def test_a_size_that_makes_no_sense_is_named(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        configured(tmp_path, CNNVIZ_OPENING="1", CNNVIZ_OPENING_MB="many")
    assert b"CNNVIZ_OPENING_MB must be a whole number. Received: many" in failed.value.stderr
