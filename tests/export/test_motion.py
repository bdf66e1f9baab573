"""Scenes at a time t: between the frames as the player does it, scales shared, nothing broken by what is not a number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flowviz.export.motion import Motion, between, motions_of, scales_of, trail_times
from flowviz.scene import Panel, pack, unpack
from tests.export.scenes import swirl


def test_between_frames_positions_lie_on_the_line():
    m = Motion(swirl())
    for t in (0.0, 0.013, 0.5, 0.77, 1.0):
        f = min(19, int(t * 20 + 1e-6))
        expected = m.x[f] + (t * 20 - f) * (m.x[f + 1] - m.x[f])
        np.testing.assert_allclose(m.positions(t), expected, atol=2e-6)  # float32


def test_frames_themselves_are_met():
    times = np.linspace(0, 1, 61, dtype=np.float32)
    for i in (0, 15, 30, 45, 60):
        f, w = between(times, float(times[i]))
        assert f + w == pytest.approx(i, abs=1e-6)


def test_a_trail_reaches_back_a_quarter_and_ends_at_the_particle():
    t = np.linspace(0, 1, 61, dtype=np.float32)
    assert trail_times(t, 0.0, 100) == []
    found = trail_times(t, 0.6, 100)
    assert (found[0], found[-1]) == (pytest.approx(0.35), 0.6)
    assert np.all(np.diff(found) > 0)
    assert len(trail_times(t, 0.6, 2000)) < len(found)


def test_packed_and_unpacked_scenes_look_the_same():
    """What the browser gets and what is exported differ by no more than the stated rounding."""
    scene = swirl()
    ours, sent = Motion(scene), Motion(unpack(pack([Panel((scene,))]))[0][0].scenes[0])
    np.testing.assert_allclose(ours.positions(0.33), sent.positions(0.33), atol=1e-3)
    a, b = scales_of([ours]), scales_of([sent])
    assert a.range == b.range
    np.testing.assert_allclose([a.arrow, a.longest, a.density, a.speed], [b.arrow, b.longest, b.density, b.speed], rtol=5e-3)


def test_axes_hold_all_panels_and_scales_are_shared():
    wide = swirl(bounds=(-6.0, 2.0, -5.0, 4.0))
    scales = scales_of([Motion(swirl()), Motion(wide)])
    assert scales.range == (-6.0, 4.0, -5.0, 4.0)
    fast = swirl()
    fast = replace(fast, field=3 * fast.field)
    both = scales_of([Motion(swirl()), Motion(fast)])
    assert both.longest == pytest.approx(3 * scales_of([Motion(swirl())]).longest)
    assert both.arrow * both.longest <= 6.0 + 1e-6  # six cells of one unit


def test_numbers_that_are_none_do_no_harm():
    scene = swirl()
    x = scene.x.copy()
    x[5:, 0], x[5:, 1], x[5:, 2] = np.nan, np.inf, 1e9
    field = scene.field.copy()
    field[0, 0, 0] = np.inf
    m = Motion(replace(scene, x=x, field=field))
    assert np.isnan(m.positions(0.5)[:2]).all()
    assert np.abs(m.positions(0.5)[2]).max() <= 20.0 + 1e-5  # twice the picture outside the picture
    assert np.isfinite([m.top_speed, m.longest, m.usual, m.density_max]).all()


def test_nothing_and_too_much_are_refused_with_a_sentence():
    with pytest.raises(ValueError, match=r"must hold 1 to 5 panels; got 6\. Export"):
        motions_of([Panel((swirl(5),))] * 6)
    with pytest.raises(ValueError, match="hold no scene yet"):
        motions_of([Panel(())])
