"""`cnnviz worksheet`: print a worksheet as PDF."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from cnnviz.cli.own_app import add_app, running_app
from cnnviz.cli.shared import check_out, rounded
from cnnviz.errors import invalid
from cnnviz.explain import worksheet
from cnnviz.export.worksheet import printed
from cnnviz.text import LANGUAGES

SUMMARY = "Print a worksheet as PDF; needs Chromium."
CHOICES = ("model", "picture", "crop", "colours")
"""Further parameters that the link of a worksheet may carry."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    add = parser.add_argument
    add("link", metavar="LINK", help="the worksheet's address, as the app shows it")
    add("--answers", action="store_true", help="with each answer and its reason")
    add("--language", choices=LANGUAGES, help="default: the link's, else en")
    add_app(parser)
    add("--out", required=True, metavar="FILE", help="the PDF; - writes it to the standard output")


def execute(options: argparse.Namespace) -> None:
    """Write the file."""
    check_out(options.out)
    try:
        carried = dict(parse_qsl(urlsplit(options.link).query or options.link))
    except ValueError:  # "http://[x"
        carried = {}
    if "worksheet" not in carried:
        raise invalid("link", "must be the address of a worksheet, with worksheet=...", options.link[:200])
    sheet = worksheet.read(carried["worksheet"])
    link_language = carried.get("lang")
    language = options.language or (link_language if link_language in LANGUAGES else LANGUAGES[0])
    choices = {key: carried[key] for key in CHOICES if key in carried}
    with running_app(options.app) as app:
        made = printed(app, sheet, choices, language=language, answers=options.answers)
    if options.out == "-":
        sys.stdout.buffer.write(made)
        return
    Path(options.out).write_bytes(made)
    size = rounded(len(made) / 1e6, 1)
    print(f"{options.out}: {len(sheet.questions())} exercises, {size} MB")
