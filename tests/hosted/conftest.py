"""The real thing on loopback: replicas by `deploy/serve`, nginx by `deploy/proxy`, Chromium in front."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.browser.conftest import TIMEOUT, chromium, free_port, tracebacks

__all__ = ["chromium"]
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Replica:
    """One process of the app. path: its CNNVIZ_PATH."""

    log: Path
    path: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers; networks load meanwhile."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("CNNVIZ_")} | {
            "PYTHON": sys.executable,
            "CNNVIZ_PORT": str(self.port),
            "CNNVIZ_PATH": self.path,
            "CNNVIZ_RUNS": str(self.log.parent / "runs"),
            **self.variables,
        }
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [ROOT / "deploy" / "serve"], cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env=environment
            )
        wait_for(f"http://{self.address}{self.path}/_stcore/health", self.process, self.log)

    def end(self, with_signal: int = signal.SIGTERM) -> int:
        """Send a signal, and return the exit code."""
        assert self.process is not None
        self.process.send_signal(with_signal)
        return self.process.wait(180)


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until an address answers."""
    for _ in range(TIMEOUT // 100):
        if process.poll() is not None:
            raise RuntimeError(f"it ended: {log.read_text()}")
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    process.kill()
    raise RuntimeError(f"it did not answer: {log.read_text()}")


@dataclass
class Proxy:
    """An nginx before replicas. prefix: path before every address. strip: the app does not know it.

    run: nginx's own folder; not among the tests', which its workers, who give up root, may not enter.
    """

    folder: Path
    replicas: list[Replica]
    prefix: str = ""
    strip: bool = False
    port: int = field(default_factory=free_port)
    run: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="cnnviz-proxy-")))
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.prefix}"

    def start(self) -> None:
        self.folder.mkdir()
        log = self.folder / "log.txt"
        environment = os.environ | {
            "REPLICAS": " ".join(replica.address for replica in self.replicas),
            "LISTEN": f"127.0.0.1:{self.port}",
            "PREFIX": self.prefix,
            "STRIP": "1" if self.strip else "",
            "RUN": str(self.run),
            "FRAMES": "https: http://localhost:*",
        }
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [ROOT / "deploy" / "proxy"], stdout=out, stderr=subprocess.STDOUT, env=environment
            )
        wait_for(f"{self.url}/_stcore/health", self.process, log)

    def end(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(180)
        shutil.rmtree(self.run)


@dataclass
class Redis:
    """A Redis that keeps nothing when it ends."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it and wait until it answers."""
        if shutil.which("redis-server") is None:
            pytest.fail(
                "These tests need Redis; `make test-hosted` installs it on Debian, elsewhere do so by hand."
            )
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.process = subprocess.Popen([*command, "--dir", str(self.folder)], stdout=subprocess.DEVNULL)
        for _ in range(TIMEOUT // 50):
            try:
                if self.ask("PING") == b"+PONG":
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise RuntimeError("Redis did not answer")

    def ask(self, command: str) -> bytes:
        """Return the first line that Redis answers to a command."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(f"{command}\r\n".encode())
            return connection.recv(1000).partition(b"\r")[0]

    def empty(self) -> None:
        """Forget everything."""
        self.ask("FLUSHALL")

    def end(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(180)


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    started = Redis(tmp_path_factory.mktemp("redis"))
    started.start()
    yield started
    started.end()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("nginx") is None:
        pytest.fail(
            "These tests need nginx; `make test-hosted` installs it on Debian, elsewhere do so by hand."
        )
    return tmp_path_factory.mktemp("hosted")


@pytest.fixture(scope="session")
def replicas(folder: Path) -> Iterator[list[Replica]]:
    both = [Replica(folder / f"replica{k}.txt") for k in range(2)]
    for replica in both:
        replica.start()
    yield both
    for replica in both:
        replica.end()
        assert not tracebacks(replica.log.read_text()), replica.log.read_text()


@pytest.fixture(scope="session")
def proxy(folder: Path, replicas: list[Replica]) -> Iterator[Proxy]:
    started = Proxy(folder / "proxy", replicas)
    started.start()
    yield started
    started.end()


@pytest.fixture
def losing_proxy(tmp_path_factory: pytest.TempPathFactory, replicas: list[Replica]) -> Iterator[Proxy]:
    """A proxy for one test that kills a replica: a proxy passes a lost one over for five seconds."""
    started = Proxy(tmp_path_factory.mktemp("losing") / "proxy", replicas)
    started.start()
    yield started
    started.end()
