"""The camera: a rotation, a gentle perspective, and a picture that holds the cube."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from flowviz.scene import Panel, pack, unpack
from flowviz.scene.camera import HOME, LARGE, SMALL, TURN, Camera, cube_around, cube_of, look_at, project, shade, size
from flowviz.scene.packing import LEVELS, REACH
from tests.export.scenes import knot

CUBE = (-2.0, 4.0, -3.0, 3.0, 0.0, 6.0)
CORNERS = np.array(list(itertools.product(CUBE[:2], CUBE[2:4], CUBE[4:])))


@pytest.mark.parametrize(("azimuth", "elevation"), [(0, 0), (37, 20), (-120, -60), (10, 90)])
def test_its_axes_are_a_rotation(azimuth, elevation):
    axes = Camera(azimuth, elevation).axes
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1)


def test_from_the_x_axis_y_is_to_the_right_and_z_is_up():
    seen = look_at(np.array([[1.0, 0.0, 3.0], [1, 1, 3], [1, 0, 4], [2, 0, 3]]), CUBE, Camera(0, 0))
    np.testing.assert_allclose(seen[0], [0, 0, 0.5], atol=1e-12)
    assert (seen[1, 0] > 0, abs(seen[1, 1]) < 1e-12) == (True, True)
    assert (abs(seen[2, 0]) < 1e-12, seen[2, 1] > 0) == (True, True)
    assert seen[3, 2] > 0.5


def test_what_is_near_is_larger_and_stronger():
    near, far = look_at(np.array([[4.0, 1, 3], [-2, 1, 3]]), CUBE, Camera(0, 0))
    assert near[0] > far[0] > 0
    assert (shade(np.array([1.0])), size(np.array([0.0])), size(np.array([1.0]))) == (1, SMALL, LARGE)
    assert shade(far[2:]) < shade(near[2:])


def test_the_cube_stays_in_the_picture_while_a_film_turns():
    for t in np.linspace(0, 6, 73):  # all the way round
        assert np.abs(project(CORNERS, CUBE, HOME.at(t))).max() <= 1.001
    assert HOME.at(1).azimuth - HOME.at(0).azimuth == TURN


def test_behind_the_eye_there_is_no_number():
    assert np.isnan(project(np.array([100.0, 0, 3]), CUBE, Camera(0, 0))).all()


def test_cubes_hold_what_they_are_made_for():
    points = np.random.default_rng(0).normal(size=(50, 3)) * [1, 2, 3]
    cube = cube_around(np.concatenate([points, [[np.nan, 0, 0]]]))
    sides = np.diff(np.array(cube).reshape(3, 2))
    np.testing.assert_allclose(sides, sides.max())
    assert (points >= np.array(cube[::2]) - 1e-9).all()
    assert (points <= np.array(cube[1::2]) + 1e-9).all()
    assert cube_of(CUBE) == CUBE
    assert cube_of(CUBE, (0.0, 8.0, -3.0, 3.0, 0.0, 6.0)) == (-2.0, 8.0, -5.0, 5.0, -2.0, 8.0)
    assert cube_around(np.zeros((0, 3))) == (-1.0, 1.0) * 3


def test_three_coordinates_travel_like_two():
    scene = knot(40)
    back = unpack(pack([Panel((scene,))]))[0][0].scenes[0]
    assert (back.space, back.bounds, back.x.shape) == ("volume", scene.bounds, scene.x.shape)
    step = (1 + 2 * REACH) * 7 / LEVELS
    for name in ("x", "target", "source"):
        np.testing.assert_allclose(getattr(back, name), getattr(scene, name), atol=step / 2 + 1e-5, rtol=0)
