"""A worksheet as a PDF: the app's own page, which runs on this machine, printed by Chromium."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from cnnviz.explain.worksheet import Worksheet, write
from cnnviz.export.chromium import Chromium, Tab, check_address

SECONDS = 180.0
"""Time limit for the worksheet, after which it is given up."""
SCREEN = {"width": 1024, "height": 1400, "deviceScaleFactor": 2, "mobile": False}
"""The screen on which cards and maps are drawn: on paper 190 mm wide."""

_READY = """async (count, answers) => {
  const sheet = () => {
    // painted, and shown: in between it is transparent, and not printed
    const hosts = [...document.querySelectorAll("[data-testid=stMain] [data-shown]")];
    return hosts.map((host) => host.shadowRoot?.querySelector(".exercise.sheet[data-painted]")).find(Boolean);
  };
  for (let waited = 0; !sheet() && waited < 9000; waited++) await new Promise((done) => setTimeout(done, 16));
  const found = sheet();
  if (!found) throw new Error("the worksheet does not appear");
  const shown = found.dataset.painted.split(" ")[1];
  if (Number(shown) !== count) throw new Error(`only ${shown} of ${count} exercises can be made here`);
  if (answers) found.dataset.answers = "";
}"""


def printed(
    app: str, sheet: Worksheet, choices: Mapping[str, str], *, language: str, answers: bool = False
) -> bytes:
    """Return a worksheet as PDF.

    Args:
        app: address of a running app, on this machine. sheet: the worksheet.
        choices: what else its link carries, such as {"model": "vgg", "picture": "sample-3"}.
        language: "en" or "ko". answers: whether each answer and its reason are printed below the question.

    Raises:
        CnnvizError: if the address is not of this machine, without Chromium or a font for the language, or if
            the exercises cannot be made.
    """
    check_address(app)
    query = urlencode({**choices, "worksheet": write(sheet), "lang": language})
    with Chromium(SECONDS) as chromium:
        tab = Tab(chromium)
        tab.require_font(language)
        tab.ask("Emulation.setDeviceMetricsOverride", **SCREEN)
        tab.ask("Page.navigate", url=f"{app.rstrip('/')}/exercises?{query}")
        tab.call(_READY, len(sheet.questions()), answers)
        return tab.pdf()
