"""One table of layers: whoever draws, offers or names a layer reads it there."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

import flowviz
from flowviz.export import Options
from flowviz.export.marks import PAINTERS
from flowviz.scene import DEFAULT_LAYERS, LAYERS, Layer, Panel, Scene, pack, unpack
from flowviz.scene.layers import check_layers, layers_shown
from tests.export.scenes import knot, swirl

FRONTEND = Path(flowviz.__file__).parent / "ui" / "frontend"


def test_names_and_defaults_are_what_links_and_files_have_always_meant():
    known = ["particles", "trails", "field", "density", "judged", "target", "source"]
    assert [slug for slug in LAYERS if slug in known] == known
    assert DEFAULT_LAYERS == ("particles", "trails", "target")
    assert Options().layers == DEFAULT_LAYERS


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_every_layer_says_what_it_is_and_names_what_it_needs(layer: Layer):
    assert layer.label
    assert layer.description
    assert set(layer.spaces) <= {"plane", "volume", "image", "signal"}
    assert not layer.needs or layer.needs in {f.name for f in fields(Scene)}


def test_every_layer_has_its_two_painters_in_one_order():
    source = (FRONTEND / "draw.js").read_text(encoding="utf-8")
    ours = re.findall(r"^  (\w+): \(picture", source[source.index("PAINTERS = {") :], re.MULTILINE)
    assert sorted(PAINTERS) == sorted(LAYERS)
    assert list(PAINTERS) == ours


def test_the_header_brings_the_table_to_whoever_reads_it():
    _, header = unpack(pack([Panel((swirl(5),))]))
    assert [Layer(**{**entry, "spaces": tuple(entry["spaces"])}) for entry in header["layers"]] == list(LAYERS.values())


def test_a_layer_is_offered_where_its_space_and_what_it_needs_are_there():
    assert layers_shown([swirl(5)]) == tuple(LAYERS)
    assert set(LAYERS) - set(layers_shown([replace(swirl(5), density=None, source=None)])) == {"density", "source"}
    assert set(LAYERS) - set(layers_shown([replace(swirl(5), judged=None)])) == {"judged"}
    assert set(LAYERS) - set(layers_shown([knot(5)])) == {"field", "density", "judged"}
    assert layers_shown([knot(5), swirl(5)]) == tuple(LAYERS)
    assert layers_shown([]) == ()
    with pytest.raises(
        ValueError, match=r"unknown layer 'foo'; choose from particles, trails, field, density, judged, target, source\."
    ):
        check_layers(["trails", "foo"])
