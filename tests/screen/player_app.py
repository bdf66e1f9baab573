"""A small app for the player's own browser tests: synthetic scenes, no mathematics of flowviz, no training.

The address chooses what is shown: ?n=5000&panels=2&overlay=1&layers=all&feed=1&late=1&units=1&space=volume.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from flowviz.frame import Frame  # noqa: E402
from flowviz.scene import Panel, Scene  # noqa: E402
from tests.export.scenes import knot  # noqa: E402

BOUNDS = (-4.0, 4.0, -4.0, 4.0)
FRAMES, GRID, PIXELS = 61, 22, 96
MILLIMETRES = Frame(("length (mm)", "width (mm)"), (1_491_033.0, 492_240.0), (57.0, 57.0))


def swirl(n: int = 2000, *, modes: int = 8, turn: float = 0.8, bounds=BOUNDS, **words) -> Scene:
    """Noise that turns on its way to a ring of small Gaussians; all of it drawn from a fixed seed."""
    rng = np.random.default_rng(7)
    labels = rng.integers(0, modes, n).astype(np.uint8)
    angle = 2 * np.pi * labels / modes
    x1 = 2.6 * np.stack([np.cos(angle), np.sin(angle)], -1) + 0.22 * rng.standard_normal((n, 2))
    x0 = rng.standard_normal((n, 2))
    t = np.linspace(0, 1, FRAMES)
    bend = turn * np.sin(np.pi * t)[:, None]
    line = (1 - t)[:, None, None] * x0 + t[:, None, None] * x1
    c, s = np.cos(bend), np.sin(bend)
    x = np.stack([c * line[..., 0] - s * line[..., 1], s * line[..., 0] + c * line[..., 1]], -1)
    centre = np.linspace(bounds[0], bounds[1], 2 * GRID + 1)[1::2]
    gx, gy = np.meshgrid(centre, centre)
    times = np.linspace(0, 1, 21)
    field = np.stack([np.stack([gx * (k - 0.3) - gy * (1 - k), gy * (k - 0.3) + gx * (1 - k)], -1) for k in times])
    return Scene(
        t=t.astype(np.float32),
        x=x.astype(np.float32),
        labels=labels,
        bounds=bounds,
        field_t=times,
        field=field.astype(np.float32),
        density_t=np.linspace(0, 1, 31),
        density=ring_density(modes, bounds),
        judged=1 / (1 + np.exp(-gx - 0.5 * gy)),
        target=x1[:1000],
        source=x0[:1000],
        **words,
    )


def ring_density(modes: int, bounds) -> np.ndarray:
    centre = np.linspace(bounds[0], bounds[1], 2 * PIXELS + 1)[1::2]
    gx, gy = np.meshgrid(centre, centre)
    out = []
    for k in np.linspace(0, 1, 31):
        width = (1 - k) ** 2 + (0.22 * k) ** 2
        parts = [
            np.exp(-((gx - 2.6 * k * np.cos(a)) ** 2 + (gy - 2.6 * k * np.sin(a)) ** 2) / (2 * width))
            for a in 2 * np.pi * np.arange(modes) / modes
        ]
        out.append(sum(parts) / (modes * 2 * np.pi * width))
    return np.stack(out).astype(np.float32)


def page() -> None:
    import plotly.graph_objects as go
    import streamlit as st

    from flowviz.ui.player import densities, livefig, player

    st.set_page_config(layout="wide", page_title="player")
    ask = st.query_params
    n, count, modes = int(ask.get("n", 2000)), int(ask.get("panels", 1)), int(ask.get("modes", 8))
    everything = ask.get("layers") == "all"
    turn = st.number_input("turn", value=0.8, key="turn")
    wide = st.checkbox("wider", key="wider")
    bounds = (-5.0, 5.0, -5.0, 5.0) if wide else BOUNDS
    exact = swirl(
        n,
        modes=modes,
        turn=turn,
        bounds=bounds,
        title="Exact flow",
        nfe=60,
        note="Watch the particles turn on their way to the eight modes.",
    )
    learned = swirl(n, modes=modes, turn=0.2, bounds=bounds, kind="learned", title="Learned flow after 1,200 steps", nfe=120)
    if ask.get("units"):
        exact, learned = (replace(one, frame=MILLIMETRES) for one in (exact, learned))
    if ask.get("space") == "volume":
        exact, learned = (
            knot(n, title="Exact flow", nfe=60),
            knot(n // 2, frames=9, kind="learned", title="Learned flow after 1,200 steps"),
        )
    panels = [Panel((exact, learned) if ask.get("overlay") else (exact,))]
    for i in range(1, count):
        panels.append(
            Panel((), title="Learned flow") if ask.get("feed") else Panel((learned,), title=f"Panel {i + 1}" if i > 1 else "")
        )
    late = "late" in ask
    of = player(
        [replace(p, scenes=tuple(replace(s, density=None) for s in p.scenes)) for p in panels] if late else panels,
        key="test",
        height=int(ask.get("height", 520)),
        layers=dict.fromkeys(("field", "density", "source"), True) if everything else None,
    )
    if late and st.checkbox("others"):
        densities(panels, key="test", of="another picture")
    elif late and st.checkbox("densities"):
        densities(panels, key="test", of=of)
    if ask.get("feed"):
        live(n, bounds)
    if ask.get("fig"):
        steps = np.arange(1, 400)
        figure = go.Figure(go.Scatter(x=steps, y=3 / steps**0.5, name="loss", line={"color": "var(--fv-target)"}))
        figure.update_layout(yaxis_type="log", yaxis_title="loss", xaxis_title="step")
        livefig(figure, key="fig", height=220, static=False)
    st.write("below the player")


def live(n: int, bounds) -> None:
    import streamlit as st
    from streamlit.components.v2 import component

    from flowviz.scene import pack
    from flowviz.ui.assets import frontend_path

    # What the app's feed does with what it hears: fresh data for one panel of a player that stands.
    lines = f"""export default async function ({{ data }}) {{
  const at = name => import(new URL("{frontend_path("")}" + name, document.baseURI).href);
  const {{ decode }} = await at("decode.js"), {{ renewPanel }} = await at("player.js"), {{ id, panels }} = await decode(data);
  renewPanel("test", 1, {{ id, tag: "", panel: panels[0] }});
}}"""
    renew = component("test.renew", js=lines, isolate_styles=False)

    @st.fragment
    def part() -> None:
        step = st.session_state.get("step", 0)
        st.session_state.step = step + 1
        if st.button("feed"):
            words = {"kind": "learned", "title": f"Learned flow after {100 * step} steps", "nfe": 20}
            volume = st.query_params.get("space") == "volume"
            scene = knot(300, frames=9, **words) if volume else swirl(min(n, 1000), turn=0.3 * step, bounds=bounds, **words)
            renew(key="feed", data=pack([Panel((scene,))]))

    part()


if __name__ == "__main__":
    page()
else:
    import streamlit as st

    from flowviz.ui.assets import routes

    app = st.App(__file__, routes=routes())
