"""A component's scripts and styles, each as one text, for pages that can load no other file.

An offline page may load nothing, and a notebook has no server to load from.
"""

from __future__ import annotations

import posixpath
import re
from functools import cache
from pathlib import Path

FRONTEND = Path(__file__).parents[1] / "components/frontend"
_IMPORT = re.compile(r'^import \{([^}]*)\} from "([^"]+)";\n', re.MULTILINE)
_FETCHED = re.compile(r'/\*\*.*?\*/|\bimport\("([^"]+)"\)', re.DOTALL)
"""A module that is imported where it is needed; comments name types so."""
_DEFAULT = re.compile("^export default ", re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?function|const|class) (\w+)", re.MULTILINE)
_STYLE_IMPORT = re.compile(r'^@import url\("(.+)"\);$', re.MULTILINE)


def markup(name: str) -> str:
    """Return the HTML of a component, such as "stepper"."""
    return _read(f"{name}/{name}.html")


def style(name: str) -> str:
    """Return the style sheet of a component, with its imports inlined."""
    return _style(f"{name}/{name}.css")


@cache
def script(name: str) -> str:
    """Return the script that defines `mount`, the default export of a component's module.

    Each module becomes a function that returns its exports, called once, after those that it imports, at
    once or later.
    """
    parts: dict[str, str] = {}

    def add(module: str) -> str:
        own = "module_" + re.sub(r"\W", "_", module)
        if own in parts:
            if not parts[own]:
                raise AssertionError(f"{module} imports itself")
            return own
        parts[own] = ""  # on its way

        def other(address: str) -> str:
            return add(posixpath.normpath(posixpath.join(posixpath.dirname(module), address)))

        text = _FETCHED.sub(
            lambda found: f"Promise.resolve({other(found[1])})" if found[1] else found[0], _read(module)
        )
        imports = []
        for names, address in _IMPORT.findall(text):
            imports.append(f"const {{{names.replace(' as ', ': ')}}} = {other(address)};\n")
        exported = [found[1] for found in _EXPORT.findall(text)]
        body, defaults = _DEFAULT.subn("const default_ = ", _IMPORT.sub("", text))
        body = _EXPORT.sub(r"\1 \2", body)
        if re.search(r"^(?:import|export)\b|</script|<!--", body, re.MULTILINE):
            raise AssertionError(f"{module} does not fit into a bundle")
        exported += ["mount: default_"] * defaults
        del parts[own]
        parts[own] = (
            f"const {own} = (() => {{\n{''.join(imports)}{body}return {{ {', '.join(exported)} }};\n}})();"
        )
        return own

    main = add(f"{name}/{name}.js")
    return "\n".join([*parts.values(), f"const {{ mount }} = {main};\n"])


def _style(path: str) -> str:
    folder = posixpath.dirname(path)
    return _STYLE_IMPORT.sub(
        lambda found: _style(posixpath.normpath(posixpath.join(folder, found[1]))), _read(path)
    )


def _read(path: str) -> str:
    return (FRONTEND / path).read_text("utf-8")
