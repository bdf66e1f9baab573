"""What can be drawn of a scene, declared once: the player, the exports, the legend and the command line read this table.

The table travels in the header that `pack` writes, so that the browser knows no layer by name but those it paints.
A new layer is one entry here and its two painters: `PAINTERS` in `ui/frontend/draw.js` and in `export/marks.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from flowviz.scene.value import Scene
from flowviz.spaces import SPACES


@dataclass(frozen=True)
class Layer:
    """One thing that can be drawn.

    Attributes:
        slug: Its name in links, files and the command line; it never changes.
        label: For people.
        description: One sentence.
        default: Whether it is drawn unless somebody chose otherwise.
        spaces: The spaces whose scenes it can be drawn for.
        needs: The attribute of `Scene` that must be there; empty where particles are enough.
    """

    slug: str
    label: str
    description: str
    default: bool = False
    spaces: tuple[str, ...] = tuple(SPACES)
    needs: str = ""

    def shown_by(self, scene: Scene) -> bool:
        """Return whether a scene holds what this layer draws."""
        return scene.space in self.spaces and (not self.needs or getattr(scene, self.needs) is not None)


POINTS = tuple(slug for slug, space in SPACES.items() if not space.sheet)
"""Spaces whose samples are points among one another."""
GRIDS = tuple(slug for slug, space in SPACES.items() if space.grids)

LAYERS: dict[str, Layer] = {
    layer.slug: layer
    for layer in (
        Layer("particles", "Particles", "Where each particle is now", default=True),
        Layer("trails", "Trails", "The last quarter of each way", default=True, spaces=POINTS),
        Layer("field", "Velocity", "The field that moves the particles", spaces=GRIDS, needs="field"),
        Layer("density", "Density", "How the probability is spread", spaces=GRIDS, needs="density"),
        Layer(
            "judged", "Discriminator", "How surely a GAN's discriminator takes each place for data", spaces=GRIDS, needs="judged"
        ),
        Layer("target", "Target", "Where the data lie", default=True, spaces=POINTS, needs="target"),
        Layer("source", "Source", "Where the noise lies", spaces=POINTS, needs="source"),
    )
}
DEFAULT_LAYERS = tuple(slug for slug, layer in LAYERS.items() if layer.default)
"""What is drawn unless somebody chose otherwise."""


def check_layers(names: Iterable[str]) -> None:
    """Refuse a name that is no layer.

    Raises:
        ValueError: If there is one.
    """
    if unknown := [name for name in names if name not in LAYERS]:
        raise ValueError(f"unknown layer {unknown[0]!r}; choose from {', '.join(LAYERS)}.")


def layers_shown(scenes: Iterable[Scene]) -> tuple[str, ...]:
    """Return the layers that at least one of some scenes can show, in the table's order."""
    scenes = list(scenes)
    return tuple(slug for slug, layer in LAYERS.items() if any(layer.shown_by(scene) for scene in scenes))


def described() -> list[dict[str, Any]]:
    """Return the table as JSON can hold it, in its order."""
    return [asdict(layer) for layer in LAYERS.values()]
