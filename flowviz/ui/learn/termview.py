"""The maps of the continuity equation beside a player whose clock they follow: sent once, switched in the browser."""

import numpy as np
from streamlit.components.v2 import component

from flowviz.scene import pack_arrays
from flowviz.ui.learn.computed import TermMaps
from flowviz.ui.player import import_lines

HALF = 32_767
_CSS = """
[data-testid="stElementContainer"][data-stale="true"]:has(.fv-terms) {
  opacity: 1 !important; transition: none !important;
}
"""  # several lines: Streamlit takes a single one with brackets for the name of a file
_TERMS = component(
    "flowviz.terms",
    html='<div class="fv-boot" style="min-height: 420px"></div>',
    css=_CSS,
    js=import_lines("lesson-terms.js", "mount"),
    isolate_styles=False,
)


def term_maps(maps: TermMaps, *, player_key: str, key: str) -> None:
    """Show ∂p/∂t, div(p u) and their sum at the time at which a player on the same page stands.

    Args:
        maps: The maps.
        player_key: The `key` of the player.
        key: A key of its own.
    """
    arrays: dict[str, np.ndarray] = {"t": maps.t}
    sizes = {}
    for name in ("change", "outflow", "sum"):
        values = getattr(maps, name)
        # Each in its own units: rounding must not swallow a sum that is 10^15 times smaller than its terms.
        sizes[name] = float(np.abs(values).max()) or 1.0
        arrays[name] = np.round((values / sizes[name] + 1) * HALF).astype(np.uint16)
        arrays[f"{name}_most"] = np.abs(values).max((1, 2))
    _TERMS(key=key, data=pack_arrays(arrays, player=player_key, sizes=sizes, scale=maps.scale, bounds=list(maps.bounds)))
