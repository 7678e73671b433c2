"""The hosted app on loopback, as many replicas as cores behind the real nginx, and what it costs."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

from tests.hosted.conftest import Proxy, Redis, Replica

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Site:
    """A running set-up. url: what visitors open."""

    replicas: list[Replica]
    proxy: Proxy
    _used: dict[int, float] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.proxy.url

    @property
    def processor_seconds(self) -> float:
        """CPU seconds that the replicas have used so far; of one that has ended, what was seen last."""
        self._used |= {number: _processor_seconds(number) for number in self._processes()}
        return sum(self._used.values())

    @property
    def memory(self) -> int:
        """Bytes of memory that the replicas hold."""
        return sum(resident(number) for number in self._processes())

    @property
    def ready(self) -> bool:
        """Whether every replica has loaded its networks."""
        return all(_answers(f"http://{replica.address}/healthz") for replica in self.replicas)

    def tracebacks(self) -> list[str]:
        """Return what the replicas have logged of failures."""
        found = [
            re.findall(r"^Traceback .*(?:\n[ \w].*)*", each.log.read_text(), re.M) for each in self.replicas
        ]
        return [trace for traces in found for trace in traces]

    def _processes(self) -> list[int]:
        return [each.process.pid for each in self.replicas if each.process and each.process.poll() is None]


@contextmanager
def site(folder: Path, replicas: int, **variables: str) -> Iterator[Site]:
    """Start a Redis, replicas and a proxy; they end with the context."""
    folder.mkdir()
    redis = Redis(folder)
    variables |= {"CNNVIZ_REDIS": redis.address}
    made = Site(
        [Replica(folder / f"replica{k}.txt", variables=variables) for k in range(replicas)],
        Proxy(folder / "proxy", []),
    )
    made.proxy.replicas = made.replicas
    redis.start()
    try:
        for replica in made.replicas:
            replica.start()
        made.proxy.start()
        yield made
    finally:
        if made.proxy.process is not None:
            made.proxy.end()
        for replica in made.replicas:
            if replica.process is not None and replica.process.poll() is None:
                replica.end(signal.SIGKILL)
        redis.end()


def resident(process: int) -> int:
    """Return the bytes of memory that a process holds."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith("VmRSS:")]
    return 1024 * int(line.split()[1])


def _processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS  # utime, stime


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
