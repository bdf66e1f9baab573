"""The moving picture in the browser: `player` shows it, `livefig` draws a figure beside it; the feed renews both."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from streamlit.components.v2 import component

from flowviz.scene import Kit, Panel, Scene, id_of, pack, pack_densities
from flowviz.scene.layers import check_layers
from flowviz.ui.assets import frontend_path

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def import_lines(module: str, function: str) -> str:
    """Return three lines that fetch the real code once from our own route, so that new data never brings code along."""
    return f"""export default async function (component) {{
  return (await import(new URL("{frontend_path(module)}", document.baseURI).href)).{function}(component);
}}"""


def unseen(name: str) -> Callable[..., Any]:
    """Return a component that takes no room: `mount` of `name`.js, with what it is given."""
    return component(
        f"flowviz.{name}",
        html=f'<div class="fv-{name}" hidden></div>',
        # On lines of its own: one line would be taken for the name of a file.
        css=f"""
[data-testid="stElementContainer"]:has(> * .fv-{name}) {{
  display: none;
}}
""",
        js=import_lines(f"{name}.js", "mount"),
        isolate_styles=False,
    )


# Streamlit greys out elements while a script runs; a picture that plays must not flicker.
_CSS = """
[data-testid="stElementContainer"][data-stale="true"]:has(.fv-boot, .fv-player, .fv-livefig, .fv-progress) {
  opacity: 1 !important; transition: none !important;
}
"""

_PLAYER = component(
    "flowviz.player",
    html='<div class="fv-boot" style="min-height: 420px"></div>',
    css=_CSS,
    js=import_lines("player.js", "mount"),
    isolate_styles=False,
)
_DENSITIES = unseen("densities")
_LIVEFIG = component(
    "flowviz.livefig",
    css=_CSS,
    js=import_lines("livefig.js", "mount"),
    isolate_styles=False,
)


def player(
    panels: Sequence[Panel],
    *,
    key: str,
    height: int = 520,
    around: int = 0,
    layers: Mapping[str, bool] | None = None,
    colour: str = "origin",
    tag: str = "",
    back: bool = False,
    pointing: bool = True,
) -> str:
    """Show a row of one to five panels that share one clock, one zoom and one highlighted particle.

    A new payload replaces everything, fed panels too, but keeps the clock, the layers and, while the bounds are the same, the zoom.

    Args:
        panels: What to show; a panel without scenes is a place kept for the feed.
        key: Names the player for the feed; the visitor's choices (layers, speed, loop) are remembered under it.
        height: Height of the pictures in pixels, at most; the controls come below.
        around: Pixels of the window's height that are needed for what else is to be seen at once.
        layers: Which of `flowviz.scene.LAYERS` start visible, where that differs from their own default.
            What the visitor chose wins.
        colour: "origin" or "speed": what the particles' colours mean at first.
        tag: Says what the panels are about, such as an experiment's key. The feed reaches this player only with the same tag,
            whichever of the two arrives first, and what it brought survives a new payload with the same tag.
        back: Whether time begins at the data: t falls from 1 to 0, then rises to 1.
        pointing: Whether, at first, the place under the pointer is carried along the field of panels that have a kit.

    Returns:
        What `densities` must be told, if there is a scene whose density is yet to be counted.
    """
    if not 1 <= len(panels) <= 5:
        raise ValueError(f"`panels` must hold 1 to 5 panels; got {len(panels)}. Show more of them in a second player.")
    check_layers(layers or ())
    if colour not in ("origin", "speed"):
        raise ValueError(f"`colour` must be 'origin' or 'speed'; got {colour!r}.")
    options = {"key": key, "height": height, "around": around, "layers": dict(layers or {}), "colour": colour, "tag": tag}
    options |= {**({"back": True} if back else {}), **({} if pointing else {"pointing": False})}
    packed, id = _packed(tuple((p.scenes, p.title, p.kit) for p in panels), json.dumps(options))
    _PLAYER(key=key, data=packed)
    return id


@lru_cache(maxsize=16)
def _packed(panels: tuple[tuple[tuple[Scene, ...], str, Kit | None], ...], options: str) -> tuple[bytes, str]:
    """Return packed panels, made once for all who look at the same.

    A scene that comes from a shared cache is the same object for all.
    """
    packed = pack([Panel(*panel) for panel in panels], **json.loads(options))
    return packed, id_of(packed)


def densities(panels: Sequence[Panel], *, key: str, of: str) -> None:
    """Bring a player the densities that its scenes lack.

    Args:
        panels: What it shows, with densities.
        key: The player's key.
        of: What `player` returned: any other picture of that player ignores them.
    """
    _DENSITIES(key=f"{key}-densities", data=_packed_densities(tuple(p.scenes for p in panels), key, of))


@lru_cache(maxsize=16)
def _packed_densities(panels: tuple[tuple[Scene, ...], ...], key: str, of: str) -> bytes:
    return pack_densities([Panel(scenes) for scenes in panels], key=key, of=of)


def livefig(
    figure: Figure | Mapping[str, Any] | str,
    *,
    key: str,
    height: int = 260,
    static: bool = True,
    tag: str = "",
    at: int = 0,
    save: str = "",
) -> None:
    """Draw a Plotly figure that may be renewed by the feed and keeps its zoom.

    Axes, font, grid and background take the page's colours, light and dark. A colour may be a token that follows the
    theme: "fv:text", "fv:muted", "fv:grid", "fv:primary", "fv:background", "fv:source", "fv:target", or "fv:0" to "fv:7"
    for the palette. In a `Figure`, whose check allows no such word, write "var(--fv-source)" and so on.

    Args:
        figure: A figure, its `to_dict()`, or its `figure_text`.
        key: A key of its own, by which the feed finds it.
        height: Height in pixels.
        static: Without Plotly's button bar and without zoom by dragging; hovering still shows numbers.
        tag: What it is about: the feed renews it while it has the same.
        at: How new it is (steps): what the feed has brought meanwhile is not overwritten by something older.
        save: The name of the file, without its end, as which the browser saves the figure (SVG or PNG); empty for no such buttons.
    """
    payload = {"height": height, "static": static, "key": key, "tag": tag, "at": at, "save": save}
    text = figure if isinstance(figure, str) else figure_text(figure)
    _LIVEFIG(key=key, data=f'{{"figure":{text},{json.dumps(payload)[1:]}'.encode())


def figure_text(figure: Figure | Mapping[str, Any]) -> str:
    """Return a figure as JSON text, to be kept where many are shown the same."""
    return json.dumps(figure_json(figure), separators=(",", ":"))


def figure_json(figure: Figure | Mapping[str, Any]) -> dict[str, Any]:
    """Return a figure as JSON can hold it."""
    # A figure's own JSON, or ours: importing Plotly just to write down a dict would cost the first visitor half a second.
    plain = _plain(figure) if isinstance(figure, Mapping) else json.loads(figure.to_json() or "{}")
    # Plotly's own template is 7 KB of light-theme colours that the browser would have to undo.
    plain.get("layout", {}).pop("template", None)
    return plain


def _plain(value: Any) -> Any:
    """Return what JSON can hold: arrays as lists, and null where a number is not finite, which Plotly shows as a gap."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf" and np.isfinite(value).all():
        return value.tolist()  # a map's thousands of numbers at once
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
