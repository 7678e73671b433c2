"""What is kept between runs, in a process of its own, as it changes Keras for the whole process."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import keras
from streamlit.runtime.scriptrunner.script_runner import _clean_problem_modules
from cnnviz.pages.cache import _keep_kernels

assert keras.backend.get_uid("probe") == 1
_clean_problem_modules()
assert keras.backend.get_uid("probe") == 1  # Streamlit has cleared it
_keep_kernels()
_clean_problem_modules()
assert keras.backend.get_uid("probe") == 2  # and does so no more
"""


def test_streamlit_does_not_clear_the_networks_after_every_run() -> None:
    subprocess.run([sys.executable, "-c", CODE], check=True, capture_output=True, timeout=300)
