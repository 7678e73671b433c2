"""Title, description and file name of a scene."""

from __future__ import annotations

from cnnviz.explain.scene import WINDOWED, Scene
from cnnviz.text import translate
from cnnviz.text.kinds import kind_name


def describe(scene: Scene, language: str) -> tuple[str, str]:
    """Return the title of a scene, and a text of its sizes and settings."""
    window = scene.window
    title = scene_title(scene, language)
    (top, bottom), (left, right) = scene.pads
    channels = scene.x.shape[2]
    shape = (*_input_size(scene), *([channels] if channels > 1 else []))
    parts = [f"{translate('stepper.input', language)} {times(shape)}"]
    if _has_settings(scene):
        parts.append(f"{translate(f'animation.window_{_kind(scene)}', language)} {times(window.size)}")
        parts.append(f"{translate('animation.stride', language)} {_pair(_stride(scene))}")
    if _has_padding(scene):
        if (top, left) == (bottom, right):
            padding = _pair((top, left))
        else:
            sides = [f"{top}+{bottom}", f"{left}+{right}"]
            padding = sides[0] if sides[0] == sides[1] else ", ".join(sides)
        parts.append(f"{translate('animation.padding', language)} {padding}")
        if window.dilation != (1, 1):
            parts.append(f"{translate('animation.dilation', language)} {_pair(window.dilation)}")
    parts.append(f"{translate('stepper.output', language)} {times(scene.output.shape)}")
    return title, " · ".join(parts)


def file_name(scene: Scene, ending: str) -> str:
    """Return a file name such as "conv_i5x5_k3x3_s2_p1.gif": input, kernel, stride, padding, dilation."""
    window = scene.window
    parts = [scene.name, f"i{'x'.join(map(str, _input_size(scene)))}"]
    if _has_settings(scene):
        parts += [f"k{'x'.join(map(str, window.size))}", f"s{_pair(_stride(scene), 'x')}"]
    if _has_padding(scene):
        (top, bottom), (left, right) = scene.pads
        same = (top, left) == (bottom, right)
        pads = _pair((top, left), "x") if same else f"{top}-{bottom}x{left}-{right}"
        parts.append(f"p{pads}")
        if window.dilation != (1, 1):
            parts.append(f"d{_pair(window.dilation, 'x')}")
    return f"{'_'.join(parts)}.{ending}"


def scene_title(scene: Scene, language: str) -> str:
    """Return the title of a scene: "Convolution", "Addition"."""
    if not scene.function:
        return translate(f"animation.{scene.operation}", language)
    name = kind_name(scene.name, language)
    return name[0].upper() + name[1:]


def times(sizes: tuple[int, ...]) -> str:
    """Format sizes: "3 × 3"."""
    return " × ".join(map(str, sizes))


def _has_settings(scene: Scene) -> bool:
    """Return whether the window is a setting of the layer; the 1 x 1 window of an addition is not."""
    return scene.operation in WINDOWED and not scene.listed


def _has_padding(scene: Scene) -> bool:
    """Return whether the padding is a setting; that around inserted zeros is derived."""
    return _has_settings(scene) and scene.inserted == (1, 1)


def _input_size(scene: Scene) -> tuple[int, int]:
    """Return the input's rows and columns, without inserted zeros."""
    rows, cols = (-(-n // by) for n, by in zip(scene.x.shape, scene.inserted, strict=False))
    return rows, cols


def _stride(scene: Scene) -> tuple[int, int]:
    """Return the stride; for a transposed convolution, the distance of cells between inserted zeros."""
    return scene.window.stride if scene.inserted == (1, 1) else scene.inserted


def _pair(pair: tuple[int, int], between: str = " × ") -> str:
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}{between}{pair[1]}"


def _kind(scene: Scene) -> str:
    return "conv" if scene.operation == "conv" else "pool"
