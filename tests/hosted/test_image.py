"""The image's commands as its user on a read-only root file system, as far as that goes without an engine."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.browser.conftest import free_port, tracebacks
from tests.coroutines import complete
from tests.hosted.conftest import ROOT, wait_for
from tests.test_container import DOCKERFILE, SERVICES
from tests.visitor import Visitor

SOURCE, ENVIRONMENT, INTERPRETER = "/mnt", "/srv", "/media"
"""Mount points of the source and Python for the confined commands; folders that every Debian has."""
HOME = "/root"
"""A folder that other users may not read; it may contain Python."""
LAST = DOCKERFILE.rpartition("\nFROM ")[2]


def image_variables() -> dict[str, str]:
    """Return what the image's ENV says, without its PATH."""
    (line,) = re.findall(r"^ENV (.*)$", LAST, re.MULTILINE)
    return dict(each.split("=", 1) for each in line.split() if not each.startswith("PATH="))


def confined(service: str, command: str, variables: Mapping[str, str]) -> list[str]:
    """Return a command line that runs as Compose runs a service.

    The root file system is read-only and /tmp its own, the user the service's or the image's, without
    capabilities.
    """
    options = SERVICES[service]
    (user,) = re.findall(r"^USER (.*)$", LAST, re.MULTILINE)
    number, group = str(options.get("user", user)).split(":")
    (tmp,) = options["tmpfs"]
    assert (options["read_only"], options["cap_drop"]) == (True, ["ALL"])
    assert "no-new-privileges:true" in options["security_opt"]
    own = []
    if sys.base_prefix.startswith(f"{HOME}/"):
        own = [
            f"mount --bind '{sys.base_prefix}' {INTERPRETER}",
            f"mount -t tmpfs -o mode=755 tmpfs {HOME}",
            f"mkdir -p '{sys.base_prefix}'",
            f"mount --bind {INTERPRETER} '{sys.base_prefix}'",
            f"mount -o remount,ro {HOME}",
        ]
    inside = " && ".join(
        (
            "mount --make-rprivate /",
            f"mount --bind '{ROOT}' {SOURCE}",
            f"mount --bind '{sys.prefix}' {ENVIRONMENT}",
            *own,
            *(f"mount -o remount,ro,bind {each}" for each in (SOURCE, ENVIRONMENT, "/")),
            f"mount -t tmpfs -o {tmp.partition(':')[2]} tmpfs /tmp",
            "cd /tmp",
            f"exec setpriv --reuid={number} --regid={group} --clear-groups --no-new-privs "
            "--bounding-set=-all --inh-caps=-all "
            f"env -i {' '.join(f'{key}={json.dumps(value)}' for key, value in variables.items())} {command}",
        )
    )
    return ["unshare", "--mount", "sh", "-c", inside]


def can_confine() -> bool:
    run = subprocess.run(["unshare", "--mount", "mount", "--make-rprivate", "/"], capture_output=True)
    return run.returncode == 0


@pytest.mark.skipif(not can_confine(), reason="only root may make a root file system read-only here")
def test_the_app_and_the_proxy_need_no_root_and_write_to_tmp_alone(tmp_path: Path) -> None:
    app, front = free_port(), free_port()
    variables = {
        **image_variables(),
        "PATH": f"{ENVIRONMENT}/bin:/usr/sbin:/usr/bin:/bin",
        "PYTHONPATH": SOURCE,  # in the image it is installed
        "CNNVIZ_PORT": str(app),
        "CNNVIZ_HOSTED": str(SERVICES["app"]["environment"]["CNNVIZ_HOSTED"]),
    }
    proxy = {
        "PATH": variables["PATH"],
        "REPLICAS": f"127.0.0.1:{app}",
        "LISTEN": f"127.0.0.1:{front}",
    }
    started, logs = list[subprocess.Popen[bytes]](), list[Path]()

    def start(service: str, script: str, given: Mapping[str, str], address: str) -> None:
        log = tmp_path / f"{service}.txt"
        with log.open("wb") as out:
            line = confined(service, f"{SOURCE}/deploy/{script}", given)
            started.append(subprocess.Popen(line, stdout=out, stderr=subprocess.STDOUT))
        logs.append(log)
        wait_for(address, started[-1], log)

    async def visit() -> list[str]:
        async with Visitor(f"http://127.0.0.1:{front}", seat="one") as one:
            found = list((await one.open()).exceptions)
            for page in ("convolution", "builder", "lecture", "exercises"):
                found += (await one.open(page)).exceptions
            return found

    try:
        start("app", "serve", variables, f"http://127.0.0.1:{app}/_stcore/health")
        start("proxy", "proxy", proxy, f"http://127.0.0.1:{front}/_stcore/health")
        status = Path(f"/proc/{started[0].pid}/status").read_text()
        user = re.findall(r"^USER (\d+)", LAST, re.MULTILINE)[0]
        assert re.search(rf"^Uid:\t{user}\t{user}\t{user}\t{user}$", status, re.MULTILINE)
        assert re.search(r"^CapBnd:\t0+$", status, re.MULTILINE)
        assert complete(visit()) == []
        health = f"http://127.0.0.1:{front}/healthz"
        wait_for(health, started[0], logs[0])  # its networks are loaded
        with urllib.request.urlopen(health, timeout=120) as answer:
            assert json.load(answer)["failed"] == []
        for process in started:
            process.send_signal(signal.SIGTERM)
        assert {process.wait(180) for process in started} <= {0, -signal.SIGTERM}
        assert not tracebacks(logs[0].read_text())
        assert "Read-only" not in "".join(log.read_text() for log in logs)
    finally:
        for process in started:
            process.kill()
