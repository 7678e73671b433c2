"""`cnnviz handout`: print the lecture as PDF."""

from __future__ import annotations

import argparse
import re
import sys
import time
from pathlib import Path

from cnnviz.cli.own_app import add_app, running_app
from cnnviz.cli.shared import check_out, rounded
from cnnviz.errors import invalid
from cnnviz.explain import lecture
from cnnviz.export import handout
from cnnviz.networks import network
from cnnviz.text import LANGUAGES
from cnnviz.training import runs

SUMMARY = "Print the lecture as PDF, a step a page; needs Chromium."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    add = parser.add_argument
    add("--language", choices=LANGUAGES, default="en", help="default: en")
    add("--notes", action="store_true", help="with the speaker's notes")
    add("--steps", metavar="N[-N]", help="only these steps, such as 9-12; default: all")
    add("--address", metavar="URL", help="address of the app that each page links to; default: no links")
    add_app(parser)
    add("--out", required=True, metavar="FILE", help="the PDF; - writes it to the standard output")


def execute(options: argparse.Namespace) -> None:
    """Write the file; progress goes to the standard error, a line a step."""
    check_out(options.out)
    steps = _steps(options.steps)
    facts = lecture.facts(runs.read_weights(name)[1] for name in network.trained_names())
    began = time.monotonic()
    with running_app(options.app) as app:
        made = handout.handout(
            app,
            language=options.language,
            notes=options.notes,
            address=options.address,
            facts=facts,
            steps=steps,
            on_step=lambda number, count: print(f"{number}/{count}", file=sys.stderr, flush=True),
        )
    if options.out == "-":
        sys.stdout.buffer.write(made)
        return
    Path(options.out).write_bytes(made)
    seconds = rounded(time.monotonic() - began)
    print(f"{options.out}: {len(steps)} pages, {rounded(len(made) / 1e6, 1)} MB, {seconds} s")


def _steps(text: str | None) -> tuple[lecture.Step, ...]:
    """Parse "9-12" or "9" to steps."""
    every = lecture.steps()
    if text is None:
        return every
    parts = re.fullmatch(r"(\d{1,3})(?:-(\d{1,3}))?", text)
    first, last = (int(parts[1]), int(parts[2] or parts[1])) if parts else (0, 0)
    if not 1 <= first <= last <= len(every):
        raise invalid("steps", f"must be one or two numbers in 1..{len(every)}, such as 9-12", text)
    return every[first - 1 : last]
