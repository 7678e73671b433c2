"""CNNViz in notebooks: the app's views as widgets, in Jupyter and front ends like it, without a server.

    from cnnviz.notebook import network, stepper

It needs the package `anywidget`: `pip install "cnnviz[notebook]"`.
"""

from __future__ import annotations

from cnnviz.errors import CnnvizError

try:
    import anywidget as _anywidget  # noqa: F401
except ImportError:
    raise CnnvizError('Widgets need the package anywidget: pip install "cnnviz[notebook]".') from None

from cnnviz.notebook.network_widget import NetworkWidget, network
from cnnviz.notebook.stepper_widget import StepperWidget, stepper

__all__ = ["NetworkWidget", "StepperWidget", "network", "stepper"]
