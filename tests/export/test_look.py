"""One look on screen and in files: the numbers of look.py are those of the player's JavaScript."""

from __future__ import annotations

import doctest
import json
import re
from pathlib import Path

import numpy as np
import pytest

from flowviz.export import layout, legend, look, motion
from flowviz.export.options import Options
from tests.export.scenes import EVERY, swirl

FRONTEND = Path(look.__file__).parents[1] / "ui" / "frontend"
COLOURS, DRAW, SWARM, GRIDS, LEGEND, PANEL, AXES = (
    (FRONTEND / f"{name}.js").read_text(encoding="utf-8")
    for name in ("colours", "draw", "swarm", "grids", "legend", "panel", "axes")
)


def constant(name: str):
    """A literal of colours.js."""
    text = re.search(rf"const {name} = (.*?);\n", COLOURS, re.DOTALL)[1]
    return json.loads(re.sub(r"(\w+):", r'"\1":', re.sub(r",(\s*[}\]])", r"\1", text)))


def test_palettes_are_those_of_the_player():
    assert {mode: list(colours) for mode, colours in look.PALETTE.items()} == constant("PALETTE")
    assert list(look.VIRIDIS) == constant("VIRIDIS")
    assert list(look.PLASMA) == constant("PLASMA")
    assert constant("SOURCE") == look.SOURCE
    assert constant("TARGET") == look.TARGET


def test_page_colours_are_those_of_the_player():
    ground, text = (
        re.search(rf'css\("{name}", "(#\w+)", "(#\w+)"\)', COLOURS) for name in ("--st-background-color", "--st-text-color")
    )
    assert (look.BACKGROUND["light"], look.BACKGROUND["dark"]) == ground.groups()
    assert (look.TEXT["light"], look.TEXT["dark"]) == text.groups()
    dark, light = re.search(r'muted: dark \? "(#\w+)" : "(#\w+)"', COLOURS).groups()
    assert {"light": light, "dark": dark} == look.MUTED
    for name, opacity in (("grid", look.GRID_OPACITY), ("line", look.LINE_OPACITY)):
        for mode, found in zip(
            ("dark", "light"), re.search(rf'{name}: dark \? "rgba\((.*?)\)" : "rgba\((.*?)\)"', COLOURS).groups(), strict=True
        ):
            assert [float(v) for v in found.split(",")] == [*look.FAINT[mode], opacity]
    for mode, found in zip(
        ("dark", "light"), re.search(r'arrow: dark \? "rgba\((.*?)\)" : "rgba\((.*?)\)"', COLOURS).groups(), strict=True
    ):
        assert tuple(float(v) for v in found.split(",")) == look.ARROW[mode]


def test_formulas_and_words_are_still_the_players():
    """Where these lines change in the player, they must change here too."""
    assert f"TRAIL = {look.TRAIL:g}".replace("0.", ".") in SWARM
    for line in (
        "Math.max(1.1, Math.min(3.4, 2.5 * Math.sqrt(room) * (800 / Math.max(n, 60)) ** .22))",
        "Math.min(.5, .5 * (700 / n) ** .4)",
        "n > 3000 ? 3 : n > 1200 ? 2 : 1",
        "Math.min(.5, Math.max(.16, .34 * (1500 / (pixels.length / 3)) ** .5))",
        "c.lineWidth = 1.15;",
        "head = Math.min(5, .45 * length)",
        "scene.n <= 2500 ? .6 * this.dpr : 0",
    ):
        assert line in DRAW + SWARM + GRIDS, line
    assert (
        "Math.min(2 * cell / Math.max(1e-9, most(s => s.field.usual)), 6 * cell / Math.max(1e-9, most(s => s.field.longest)))"
        in LEGEND
    )
    assert "dark ? .16 + .84 * i / 255 : 1 - .92 * i / 255" in COLOURS
    assert "font = 12, least = 80" in AXES
    assert "ticks(x0, x1, box.width, least * k)), marks(ticks(y0, y1, box.height, 40 * k))" in AXES
    shown = [motion.Motion(swirl())]
    keys = legend.keys(shown, motion.scales_of(shown), Options(layers=EVERY), look.theme(False), 500)
    assert f'"{keys[1].unit}"' in LEGEND
    assert "= ${tidy(value)} per unit t (longest ${tidy(longest)})" in LEGEND
    numbers = ", ".join(f'"{number}"' for number in keys[2].numbers)
    assert f'[{numbers}], "{keys[2].unit}"' in LEGEND
    assert f'"{legend.FAINT}"' in LEGEND
    assert 'field evaluation${n === 1 ? "" : "s"}' in PANEL
    assert layout.evaluations(1200) == "1,200 field evaluations"


def test_scales_grow_away_from_the_ground():
    for dark in (False, True):
        scale = look.theme(dark).scale.astype(float)
        brightness = scale[:, :3] @ [0.299, 0.587, 0.114]
        assert (np.diff(brightness) * (1 if dark else -1) >= -1.0).all()
        assert scale[0, 3] == 0
        assert (np.diff(scale[:, 3]) >= 0).all()


def test_the_discriminators_scale_is_the_ground_at_one_half_and_as_strong_at_both_ends():
    for dark in (False, True):
        mode, scale = "dark" if dark else "light", look.theme(dark).judged
        assert (scale[127:129, 3] <= 1).all()
        np.testing.assert_array_equal(scale[:, 3], scale[::-1, 3])
        assert tuple(scale[0, :3]) == look.rgb(look.SOURCE[mode])
        assert tuple(scale[255, :3]) == look.rgb(look.TARGET[mode])


@pytest.mark.parametrize(("low", "high", "pixels", "step"), [(-4, 4, 560, 2), (-4, 4, 1200, 1), (0, 1, 200, 0.5)])
def test_ticks_are_round(low, high, pixels, step):
    found, values = look.ticks(low, high, pixels, 80)
    assert found == step
    assert all(low <= v <= high for v in values)
    assert look.tick_text(-2.0, 2) == "−2"
    assert look.tick_text(0.15, 0.05) == "0.15"


@pytest.mark.parametrize("module", ["look", "options", "job"])
def test_examples_in_the_docstrings_are_true(module):
    import importlib

    failed, tried = doctest.testmod(importlib.import_module(f"flowviz.export.{module}"))
    assert (failed, tried > 0) == (0, True)
