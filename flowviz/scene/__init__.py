"""One moving picture as plain arrays, and the bytes that carry it to the browser."""

from flowviz.scene.compact import compact
from flowviz.scene.layers import DEFAULT_LAYERS, LAYERS, Layer
from flowviz.scene.packing import awaits_density, id_of, pack, pack_arrays, pack_densities, unpack
from flowviz.scene.value import Kit, Panel, Scene

__all__ = [
    "DEFAULT_LAYERS",
    "LAYERS",
    "Kit",
    "Layer",
    "Panel",
    "Scene",
    "awaits_density",
    "compact",
    "id_of",
    "pack",
    "pack_arrays",
    "pack_densities",
    "unpack",
]
