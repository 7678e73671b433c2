"""`cnnviz run`: start the app in the browser."""

from __future__ import annotations

import argparse

from cnnviz import resources

SUMMARY = "Start the app in the browser."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    parser.epilog = "All other options go to `streamlit run`; its --help lists them."
    parser.add_argument("--port", type=int, metavar="N", help="default: 8501, or the next that is free")


def execute(options: argparse.Namespace) -> None:
    """Start Streamlit; it does not return."""
    from streamlit.web import cli

    # `.streamlit/config.toml` beside the script applies in any working directory
    words = ["run", str(resources.root() / "app.py"), "--server.showEmailPrompt", "false"]
    if options.port is not None:
        words += ["--server.port", str(options.port)]
    cli.main([*words, *options.streamlit], prog_name="streamlit")
