"""The bytes that carry a scene keep what they promise: values within one quantisation step, and a bounded size."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowviz.scene import Panel, Scene, pack, pack_arrays, unpack
from flowviz.scene.packing import LEVELS, REACH
from tests.unpacking import unpack_arrays

BOUNDS = (-4.0, 4.0, -3.0, 3.0)


def make(n=50, k=61, seed=0, *, field=(21, 12), density=(31, 20, 24), bounds=BOUNDS, **words) -> Scene:
    rng = np.random.default_rng(seed)
    kf, g = field
    return Scene(
        t=np.linspace(0, 1, k, dtype=np.float32),
        x=rng.normal(0, 1.5, (k, n, 2)).astype(np.float32),
        labels=rng.integers(0, 8, n).astype(np.uint8),
        bounds=bounds,
        field_t=np.linspace(0, 1, kf, dtype=np.float32),
        field=rng.normal(0, 3, (kf, g, g, 2)).astype(np.float32),
        density_t=np.linspace(0, 1, density[0], dtype=np.float32),
        density=rng.gamma(0.3, 1, density).astype(np.float32),
        target=rng.normal(0, 2, (30, 2)).astype(np.float32),
        source=rng.normal(0, 1, (20, 2)).astype(np.float32),
        judged=rng.uniform(0, 1, (20, 24)).astype(np.float32),
        **words,
    )


def round_trip(scene: Scene) -> Scene:
    return unpack(pack([Panel((scene,))]))[0][0].scenes[0]


@settings(max_examples=25, deadline=None)
@given(n=st.integers(0, 40), k=st.integers(1, 7), seed=st.integers(0, 99), shift=st.floats(-50, 50))
def test_positions_come_back_within_half_a_step(n, k, seed, shift):
    bounds = (-4.0 + shift, 4.0 + shift, -3.0, 3.0)
    scene = make(n, k, seed, bounds=bounds)
    scene = dataclasses.replace(scene, x=scene.x + np.float32([shift, 0]))
    back = round_trip(scene)
    assert back.x.shape == scene.x.shape
    # The range is at most the picture and REACH pictures on either side; float32 adds its own rounding.
    step = (1 + 2 * REACH) * 8 / LEVELS
    np.testing.assert_allclose(back.x, scene.x, atol=step / 2 + 1e-5, rtol=0)
    np.testing.assert_array_equal(back.labels, scene.labels)
    np.testing.assert_array_equal(back.t, scene.t)


def test_field_density_and_ghosts_come_back_within_their_stated_error():
    scene = make(seed=3, title="Exact flow", note="Look.", nfe=60, kind="learned")
    back = round_trip(scene)
    assert scene.field is not None
    assert scene.density is not None
    np.testing.assert_allclose(back.field, scene.field, rtol=2**-11, atol=1e-7)
    # Half a step of sqrt(p / max) in 255.
    top = scene.density.max()
    np.testing.assert_allclose(np.sqrt(back.density / top), np.sqrt(scene.density / top), atol=0.5 / 255 + 1e-6)
    np.testing.assert_allclose(back.judged, scene.judged, atol=0.5 / 255 + 1e-6)
    np.testing.assert_allclose(back.target, scene.target, atol=40 / LEVELS / 2 + 1e-6)
    np.testing.assert_allclose(back.source, scene.source, atol=40 / LEVELS / 2 + 1e-6)
    assert (back.title, back.note, back.nfe, back.kind, back.bounds) == ("Exact flow", "Look.", 60, "learned", BOUNDS)


def test_what_a_scene_leaves_out_stays_out():
    scene = dataclasses.replace(make(), field=None, density=None, judged=None, target=None, source=None)
    back = round_trip(scene)
    assert back.field is None
    assert back.density is None
    assert back.judged is None
    assert back.target is None
    assert back.source is None


def test_panels_keep_order_titles_and_emptiness():
    first, second = make(seed=1, title="a"), make(seed=2, title="b", kind="learned")
    panels, header = unpack(pack([Panel((first, second), "both"), Panel((), "waiting")], key="p", height=300))
    assert [p.title for p in panels] == ["both", "waiting"]
    assert [s.title for s in panels[0].scenes] == ["a", "b"]
    assert panels[1].scenes == ()
    assert header["options"] == {"key": "p", "height": 300}


def test_a_diverged_particle_costs_the_others_no_precision():
    scene = make(n=3, k=2)
    x = scene.x.copy()
    x[1, 0] = [1e9, -1e9]
    x[1, 1] = [np.nan, 0]
    back = round_trip(dataclasses.replace(scene, x=x))
    assert np.isnan(back.x[1, 1, 0])
    # It leaves the picture where it left it, at twice the picture's size.
    np.testing.assert_allclose(back.x[1, 0], [4 + REACH * 8, -3 - REACH * 6], rtol=1e-6)
    np.testing.assert_allclose(back.x[:, 2], x[:, 2], atol=(1 + 2 * REACH) * 8 / LEVELS)


def test_infinite_velocities_and_densities_do_not_break_the_picture():
    scene = make()
    assert scene.field is not None
    assert scene.density is not None
    field, density = scene.field.copy(), scene.density.copy()
    field[-1, 0, 0] = [np.inf, np.nan]
    density[-1, 0, 0] = np.inf
    back = round_trip(dataclasses.replace(scene, field=field, density=density))
    assert back.field is not None
    assert back.density is not None
    assert np.isfinite(back.field).all()
    assert np.isfinite(back.density).all()


def test_the_same_scene_gives_the_same_bytes_and_another_one_another_id():
    one, again, other = (pack([Panel((make(seed=s),))], key="p") for s in (5, 5, 6))
    assert one == again
    assert unpack(one)[1]["id"] != unpack(other)[1]["id"]


@pytest.mark.parametrize("name", ["t", "x", "labels", "field", "density", "target", "source"])
def test_arrays_start_where_a_typed_array_may(name):
    data = pack([Panel((make(n=7, k=3, title="é"),))])
    length = int.from_bytes(data[:4], "little")
    header = unpack(data)[1]
    assert (4 + length) % 8 == 0
    assert header["panels"][0]["scenes"][0][name]["offset"] % 8 == 0


@pytest.mark.parametrize("n", [2000, 5000])
def test_a_full_scene_stays_under_two_megabytes(n):
    scene = make(n=n, k=61, field=(61, 24), density=(31, 128, 128))
    size = len(pack([Panel((scene,))]))
    assert size <= 2_000_000, f"{size:,} bytes"


def test_a_live_refresh_stays_under_three_hundred_kilobytes():
    scene = make(n=1000, k=31, field=(21, 24), density=(11, 64, 64))
    assert len(pack([Panel((scene,))])) <= 300_000


def test_named_arrays_come_back_without_any_loss():
    arrays = {"t": np.linspace(0, 1, 7), "x": np.array([[np.inf, -1.5], [0.1, 1e-300]]), "labels": np.arange(3, dtype=np.uint8)}
    data = pack_arrays(arrays, kind="pair", bounds=[-1.0, 1.0])
    found, header = unpack_arrays(data)
    assert header["options"] == {"kind": "pair", "bounds": [-1.0, 1.0]}
    for name, values in arrays.items():
        assert found[name].dtype == values.dtype
        assert np.array_equal(found[name], values)
    assert pack_arrays(arrays, kind="pair", bounds=[-1.0, 1.0]) == data
    assert unpack_arrays(pack_arrays(arrays, kind="bell"))[1]["id"] != header["id"]


def test_the_solvers_steps_travel_with_a_scene_that_has_some():
    back = round_trip(make(steps=(0.25, 1.0), rejected=(0.61234567,)))
    assert back.steps == (0.25, 1.0)
    assert back.rejected == (0.6123,)
    assert round_trip(make()).steps == ()


def test_points_that_several_panels_have_are_sent_once_and_come_back_in_each():
    first, other = make(n=300, k=31, seed=1), make(n=300, k=31, seed=2)
    assert first.field is not None
    arrows = dataclasses.replace(first, field=-first.field)
    back, _ = unpack(pack([Panel((scene,)) for scene in (first, arrows, other)]))
    assert len(pack([Panel((first,)), Panel((arrows,))])) < len(pack([Panel((first,)), Panel((other,))])) - first.x.nbytes // 2
    for panel, scene in zip(back, (first, arrows, other), strict=True):
        np.testing.assert_array_equal(panel.scenes[0].x, round_trip(scene).x)
        np.testing.assert_array_equal(panel.scenes[0].field, round_trip(scene).field)
