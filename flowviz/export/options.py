"""What a visitor chooses about a file: size, speed, layers, light or dark."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field, field_validator

from flowviz.experiment import Model
from flowviz.scene.layers import DEFAULT_LAYERS, LAYERS, check_layers

Size = Literal["960x720", "1280x720", "1920x1080", "1080x1080", "1920x640"]
SIZES: tuple[str, ...] = get_args(Size)
HELD = 0.15
MOST_HELD = 0.9
"""Share of the seconds, and most seconds, for which the last picture stays before the film begins again."""


class Options(Model, frozen=True):
    """How a picture is written.

    >>> Options(size="1920x1080", fps=30, seconds=5).frames
    150
    """

    size: Size = Field(default="960x720", title="Size", description="Width × height in pixels.")
    fps: int = Field(default=20, ge=1, le=60, title="Frames per second", description="20 is smooth; GIF players stop at 50.")
    seconds: float = Field(
        default=4.0, ge=0.5, le=30, title="Seconds", description="Length of the film, the last picture's rest included."
    )
    layers: tuple[str, ...] = Field(default=DEFAULT_LAYERS, title="Layers", description="What is drawn, as in the player.")
    colour: Literal["origin", "speed"] = Field(
        default="origin", title="Colour", description="By where a particle came from, or by how fast it is."
    )
    dark: bool = Field(default=False, title="Dark", description="Light on dark.")
    title: bool = Field(default=True, title="Title", description="Names and evaluations above the pictures.")
    transparent: bool = Field(default=False, title="Transparent ground", description="For PNG, SVG and PDF.")
    t: float = Field(default=1.0, ge=0, le=1, title="t", description="The time of a picture that stands still.")

    @field_validator("layers")
    @classmethod
    def _known(cls, layers: tuple[str, ...]) -> tuple[str, ...]:
        check_layers(layers)
        return tuple(name for name in LAYERS if name in layers)  # equal choices are equal values

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height."""
        width, height = self.size.split("x")
        return int(width), int(height)

    @property
    def frames(self) -> int:
        """Frames of a film."""
        return max(2, round(self.fps * self.seconds))

    def times(self) -> list[float]:
        """Return the time t of each frame: evenly from 0 to 1, then 1 for as long as the last picture rests."""
        rest = round(self.fps * min(MOST_HELD, HELD * self.seconds))
        moving = max(2, self.frames - rest)
        return [min(1.0, i / (moving - 1)) for i in range(self.frames)]


def usual_size(panels: int) -> Size:
    """Return the size that suits a row of so many panels.

    >>> usual_size(4)
    '1920x640'
    """
    return "960x720" if panels == 1 else "1280x720" if panels == 2 else "1920x640"
