"""What one sample is: a point of the plane, a point of space, a picture, or a series."""

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
        series: Whether a sample is a series: its coordinates follow one another in time.
    """

    slug: str
    label: str
    dim: int
    axes: tuple[str, ...]
    grids: bool = False
    picture: tuple[int, int] | None = None
    series: bool = False

    @property
    def sheet(self) -> bool:
        """Whether samples have no place among one another, so that they are shown side by side."""
        return self.series or self.picture is not None

    def scott(self, n: int) -> float:
        """Return Scott's factor for the bandwidth of a kernel estimate from n samples, n^(−1/(d + 4)).

        References:
            Scott, "Multivariate Density Estimation", 1992, section 6.3.

        >>> round(PLANE.scott(64), 3)
        0.5
        """
        return n ** (-1 / (self.dim + 4))


PLANE = Space("plane", "Plane", 2, ("x", "y"), grids=True)
VOLUME = Space("volume", "Space", 3, ("x", "y", "z"))
NUMBERED = tuple(f"x{i}" for i in range(1, 65))
IMAGE = Space("image", "Picture space", 64, NUMBERED, picture=(8, 8))
SIGNAL = Space("signal", "Signal space", 64, NUMBERED, series=True)
SPACES: dict[str, Space] = {space.slug: space for space in (PLANE, VOLUME, IMAGE, SIGNAL)}


def columns_space(dim: int) -> Space:
    """Return the space of rows with `dim` columns, whatever they mean: the plane of two, space of three."""
    if dim in (PLANE.dim, VOLUME.dim):
        return space_of(dim)
    return Space(f"columns-{dim}", f"{dim} columns", dim, tuple(f"x{i}" for i in range(1, dim + 1)))


def space_of(dim: int) -> Space:
    """Return the first space whose samples have `dim` coordinates.

    Raises:
        ValueError: If there is none.
    """
    for space in SPACES.values():
        if space.dim == dim:
            return space
    raise ValueError(
        f"`dim` must be one of {', '.join(map(str, dict.fromkeys(space.dim for space in SPACES.values())))}; got {dim}."
    )
