"""Settings of the server: environment variables, each with its default, its range and its meaning.

They are read when they are asked for. `cnnviz settings` prints them as the table of docs/hosting.md.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from cnnviz.errors import CnnvizError


@dataclass(frozen=True)
class Limit:
    """A number that a host can set.

    Attributes:
        variable: name of the environment variable. default: its value if it is not set.
        lowest, highest: the range, both ends included. unit: of the number, "" if it is a count.
        meaning: one line for the table of settings.
    """

    variable: str
    default: int
    lowest: int
    highest: int
    unit: str
    meaning: str

    def __call__(self) -> int:
        """Return the value that holds now.

        Raises:
            CnnvizError: if the variable is no whole number of the range.
        """
        text = os.environ.get(self.variable, "").strip()
        if not text:
            return self.default
        if not text.isdecimal() or not self.lowest <= int(text[:12]) <= self.highest:
            raise CnnvizError(
                f"{self.variable} must be a whole number from {self.lowest} to {self.highest}. "
                f"Received: {text[:40]!r}."
            )
        return int(text)


@dataclass(frozen=True)
class Choice:
    """A variable that is a path, an address or a switch; see `meaning`."""

    variable: str
    default: str
    meaning: str

    def __call__(self) -> str:
        """Return the value that holds now."""
        return os.environ.get(self.variable, "") or self.default


HOSTED = Choice(
    "CNNVIZ_HOSTED", "", "1 = a public server: visitors start, resume and stop nothing, and download no data"
)
DATA = Choice("CNNVIZ_DATA", "", "folder or file of the complete data set")
RUNS = Choice("CNNVIZ_RUNS", "runs", "folder of training runs")
NETWORKS = Choice("CNNVIZ_NETWORKS", "networks", "folder of opened networks; replicas share one folder")
OPENING = Choice(
    "CNNVIZ_OPENING", "", "1 = visitors of a public server may open networks, which all visitors then see"
)
ADDRESS = Choice("CNNVIZ_ADDRESS", "", "the server's public address, for the links in a printed lecture")
CHROMIUM = Choice("CHROMIUM", "", "the Chromium that prints the lecture; else one on the PATH")
LOGS = Choice(
    "CNNVIZ_LOGS", "", "json = logs as JSON, one object a line, without a visitor's address or link"
)
METRICS_ADDRESS = Choice(
    "CNNVIZ_METRICS_ADDRESS", "127.0.0.1", "address of the machine for CNNVIZ_METRICS_PORT"
)
METRICS_PORT = Limit(
    "CNNVIZ_METRICS_PORT", 0, 0, 65_535, "", "port of the figures for Prometheus, `/metrics`; 0 = none"
)

REDIS = Choice(
    "CNNVIZ_REDIS", "", "address of the Redis that replicas share for rooms, e.g. redis://127.0.0.1:6379/0"
)

ROOMS = Limit("CNNVIZ_ROOMS", 100, 1, 10_000, "", "rooms at once")
FOLLOWERS = Limit("CNNVIZ_FOLLOWERS", 500, 1, 10_000, "", "students in one room")
ROOM_HOURS = Limit("CNNVIZ_ROOM_HOURS", 3, 1, 48, "hours", "that a room lasts without its lecturer")
SESSIONS = Limit("CNNVIZ_SESSIONS", 250, 1, 100_000, "", "visitors at once; who comes later is asked to wait")
LEFT = Limit("CNNVIZ_LEFT", 40, 0, 128, "", "visitors who left without an upload, kept for two minutes")
UPLOADS = Limit("CNNVIZ_UPLOADS", 12, 1, 10_000, "a minute", "pictures that one visitor uploads")
UPLOADS_MB = Limit(
    "CNNVIZ_UPLOADS_MB",
    400,
    10,
    100_000,
    "MB",
    "files that all visitors have uploaded; the oldest make room for new ones",
)
ACTIONS = Limit(
    "CNNVIZ_ACTIONS",
    5,
    1,
    10_000,
    "a second",
    "actions of one visitor after a burst of 8 s; more are read later",
)
CPU_SECONDS = Limit(
    "CNNVIZ_CPU_SECONDS",
    60,
    1,
    10_000,
    "s",
    "of computing that a visitor asks for at once; more is ended, and the visitor is told",
)
OPENING_MB = Limit("CNNVIZ_OPENING_MB", 200, 1, 2000, "MB", "size of a network's file that a visitor opens")
EXPORTS = Limit("CNNVIZ_EXPORTS", 1, 1, 64, "", "files of a kind, GIF or HTML, that are made at once")
WAITING = Limit(
    "CNNVIZ_WAITING", 8, 1, 1000, "", "visitors who wait for a file of a kind; one more is asked to try later"
)
FILES = Limit(
    "CNNVIZ_FILES_MB",
    40,
    1,
    100_000,
    "MB",
    "downloads and pictures that stay for a minute when no page names them any more",
)
ACTIVATIONS = Limit(
    "CNNVIZ_ACTIVATIONS_MB",
    120,
    10,
    100_000,
    "MB",
    "cache of feature maps; 0.6 to 2.6 MB a picture; of large networks 5 MB a layer",
)
SCENES = Limit("CNNVIZ_SCENES_MB", 40, 5, 100_000, "MB", "cache of what the stepper shows; up to 0.3 MB each")
STACKS = Limit("CNNVIZ_STACKS_MB", 60, 10, 100_000, "MB", "cache of the builder's maps; up to 10 MB a stack")
DESCENT = Limit(
    "CNNVIZ_DESCENT_MB", 40, 20, 100_000, "MB", "cache of gradients and stepped weights; up to 20 MB"
)
WEIGHTS = Limit(
    "CNNVIZ_WEIGHTS_MB",
    150,
    20,
    100_000,
    "MB",
    "cache of weights; up to 20 MB a network, and besides the last larger one",
)
LEARNING_MAPS = Limit(
    "CNNVIZ_LEARNING_MAPS_MB", 60, 10, 100_000, "MB", "cache of maps during training; up to 6.3 MB"
)
RECORDINGS = Limit("CNNVIZ_RECORDINGS_MB", 100, 40, 100_000, "MB", "cache of recordings; up to 32 MB each")


def hosted() -> bool:
    """Return whether this is a public server (CNNVIZ_HOSTED=1)."""
    return HOSTED() == "1"


def may_open() -> bool:
    """Return whether visitors may open networks of their own, and remove them."""
    return not hosted() or OPENING() == "1"


def every() -> list[Limit | Choice]:
    """Return all settings in the order of this file."""
    return [value for value in globals().values() if isinstance(value, Limit | Choice)]


def check() -> None:
    """Read every setting once.

    Raises:
        CnnvizError: naming the first variable that is out of its range.
    """
    for setting in every():
        setting()


def table() -> str:
    """Return the settings as a Markdown table."""
    rows = ["| variable | default | range | what it is |", "|---|---|---|---|"]
    for setting in every():
        if isinstance(setting, Limit):
            unit = f" {setting.unit}" if setting.unit else ""
            bounds = f"{setting.lowest:,} to {setting.highest:,}"
            rows.append(
                f"| `{setting.variable}` | {setting.default:,}{unit} | {bounds} | {setting.meaning} |"
            )
        else:
            default = f"`{setting.default}`" if setting.default else ""
            rows.append(f"| `{setting.variable}` | {default} | | {setting.meaning} |")
    return "\n".join(rows) + "\n"
