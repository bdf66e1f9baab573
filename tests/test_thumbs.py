"""Thumbnails: every distribution has one, and what lies in space shows its depth."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
import torch

from flowviz.distributions import DISTRIBUTIONS, Points, distributions_in
from flowviz.distributions.shelf import SHELF, link_text
from flowviz.frame import Frame
from flowviz.spaces import IMAGE, VOLUME
from flowviz.ui import picker, thumbs

CIRCLE = re.compile(r'cx="(.+?)" cy="(.+?)" r="(.+?)"(?: opacity="(.+?)")?')


@pytest.mark.parametrize("slug", [slug for slug, kind in DISTRIBUTIONS.items() if not kind().space.sheet])
def test_every_distribution_fills_its_thumbnail(slug):
    text = thumbs.thumbnail(slug)
    ElementTree.fromstring(text)
    places = np.array([(float(x), float(y)) for x, y, *_ in CIRCLE.findall(text)])
    assert len(places) == thumbs.POINTS
    assert places.min() >= 8
    assert places.max() <= 92
    assert np.ptp(places, axis=0).max() > 60 or slug in ("point", "two-points")


@pytest.mark.parametrize("slug", distributions_in(IMAGE))
def test_pictures_are_shown_three_by_three_in_ink_alone(slug):
    if slug == "gaussian":
        return  # its thumbnail is that of the plane
    text = thumbs.thumbnail(slug)
    ElementTree.fromstring(text)
    places = np.array([(float(x), float(y)) for x, y in re.findall(r'<rect x="(.+?)" y="(.+?)"', text)])
    assert 150 < len(places) < 9 * 64
    assert {(x // 33, y // 33) for x, y in places} == {(a, b) for a in range(3) for b in range(3)}
    assert places.max() < 100
    assert len(text) < 50_000


class Sphere:
    """Just enough of a distribution of space."""

    space = VOLUME

    def draw(self, n: int, rng: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        x = torch.nn.functional.normalize(torch.randn(n, 3, generator=rng), dim=1)
        return x, torch.zeros(n, dtype=torch.int64)


def test_in_space_the_far_are_fainter_smaller_and_behind():
    found = np.array(CIRCLE.findall(thumbs.drawn(cast(Any, Sphere()), points=100)), dtype=float)
    sizes, opacities = found[:, 2], found[:, 3]
    assert (np.diff(sizes) >= 0).all()  # the nearest are drawn last
    assert (np.diff(opacities) >= 0).all()
    assert opacities[0] < 0.5 < 0.9 < opacities[-1]


def test_own_data_with_units_are_found_by_the_picture_on_their_button() -> None:
    plain = Points.of(np.random.default_rng(0).normal(size=(20, 2)), std=0.1)
    for points in (plain, replace(plain, frame=Frame(("mm", "kg"), (1e6, 0.0), (20.0, 3.0)))):
        link_text(points)
        for text in (picker.face("Target", points), picker.pictured(points)):
            slug = re.findall(r"/([^/]+)\.svg\)", text)
            assert [SHELF.get(name) for name in slug] == [points]
