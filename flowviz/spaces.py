"""What one sample is: a point of the plane, a point of space, or a picture."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Space:
    """A kind of sample.

    Attributes:
        slug: Its name in files and code; it never changes. The renderer of its scenes has the same name.
        label: For people.
        dim: Number of coordinates d.
        axes: Their names, d of them.
        grids: Whether field and density are shown on a grid.
        picture: Rows and columns of pixels where a sample is a picture: its coordinates, row by row from the top.
    """

    slug: str
    label: str
    dim: int
    axes: tuple[str, ...]
    grids: bool = False
    picture: tuple[int, int] | None = None

    def scott(self, n: int) -> float:
        """Scott's factor for the bandwidth of a kernel estimate from n samples, n^(−1/(d + 4)).

        References:
            Scott, "Multivariate Density Estimation", 1992, section 6.3.

        >>> round(PLANE.scott(64), 3)
        0.5
        """
        return n ** (-1 / (self.dim + 4))


PLANE = Space("plane", "Plane", 2, ("x", "y"), grids=True)
VOLUME = Space("volume", "Space", 3, ("x", "y", "z"))
IMAGE = Space("image", "Picture space", 64, tuple(f"x{i}" for i in range(1, 65)), picture=(8, 8))
SPACES: dict[str, Space] = {space.slug: space for space in (PLANE, VOLUME, IMAGE)}


def space_of(dim: int) -> Space:
    """Return the space whose samples have `dim` coordinates.

    Raises:
        ValueError: If there is none.
    """
    for space in SPACES.values():
        if space.dim == dim:
            return space
    raise ValueError(f"`dim` must be one of {', '.join(str(space.dim) for space in SPACES.values())}; got {dim}.")
