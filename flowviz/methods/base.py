"""What every method promises."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor

from flowviz.paths import Path
from flowviz.solvers import ODE


class Network(Protocol):
    """A learned function of a place and a time, without gradients."""

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the network's output, shape (n, d), at points x, shape (n, d), and one time t, shape ()."""
        ...


class Known(Protocol):
    """What is known in closed form of the law of x_t."""

    def velocity(self, x: Tensor, t: Tensor) -> Tensor: ...

    def expected_x1(self, x: Tensor, t: Tensor) -> Tensor: ...


class Jump:
    """What makes a sample of a source point by one evaluation, as the average velocity from t = 0 to 1; between, there is nothing.

    Args:
        made: The samples, shape (n, d), that source points, shape (n, d), become.
        network: What makes them.
    """

    def __init__(self, made: Callable[[Tensor], Tensor], network: Any) -> None:
        self.made = made
        self.network = network

    def average(self, x: Tensor, t: Tensor, s: Tensor) -> Tensor:
        """Return the way from source points x, shape (n, d), to their samples, per unit of t; t is 0 and s is 1."""
        return (self.made(x) - x) / (s - t)


class Method(ABC):
    """What a network is asked for, and how its answer makes samples; by default a regression on pairs, at points of their paths."""

    slug: ClassVar[str]
    label: ClassVar[str]
    noun: ClassVar[str]
    """What is learned, in a title: "Learned flow"."""
    predicts: ClassVar[str] = "velocity"
    """What the network predicts: "velocity", "noise" or "average"."""
    spans: ClassVar[bool] = False
    """Whether the network is told a second time, later than t."""
    on_path: ClassVar[bool] = True
    """Whether the velocity of the chosen path is learned, so that it can be held against the exact one."""
    pathless: ClassVar[bool] = False
    """Whether neither path nor coupling has a part in it."""
    jumps: ClassVar[bool] = False
    """Whether one evaluation makes a sample, and there is nothing between source and data."""
    encodes: ClassVar[bool] = False
    """Whether an encoder draws a code for each data point: its network then knows `codes`."""
    distils: ClassVar[bool] = False
    """Whether a flow is trained first, and the network learns from pairs that the flow has made."""
    parts: ClassVar[tuple[str, ...]] = ()
    """Names of what is shown beside the loss, step by step, such as its two terms."""
    counts: ClassVar[str] = ""
    """What the last part counts in each step, where it is no loss; empty where it is one."""
    unused: ClassVar[tuple[str, ...]] = ()
    """Fields of network and training that have no part in it: they stand at their default."""
    defaults: ClassVar[Mapping[str, float | int | str]] = MappingProxyType({})
    """Fields of network and training whose default is another with this method."""
    on_loss: ClassVar[str] = ""
    """What the loss says and what it does not, a sentence or two; empty for the least loss of a regression on pairs."""
    no_likelihood: ClassVar[str] = ""
    """Why samples have no likelihood, a sentence; empty where they have one."""
    labels: ClassVar[bool] = True
    """Whether the network may be told the class of the data."""
    known_floor: ClassVar[bool] = True
    """Whether the least loss that any network can reach is known, for pairs whose law has a closed form."""
    sign: ClassVar[str] = "v"
    """Its sign in a formula."""
    loss: ClassVar[str]
    """The loss in plain text, for an axis."""
    formula: ClassVar[str]
    """The loss in LaTeX; `loss_of` adds what a path adds."""
    weighting: ClassVar[str] = ""
    """How the loss is one of the velocity with another weight for each time, w(t), in LaTeX; empty where it is not."""
    asked: ClassVar[str]
    """What the network is asked for, a sentence that ends where the formula stands."""
    answered: ClassVar[str]
    """What the best answer is, and what it does, a sentence or two."""
    trained_on: ClassVar[str] = ""
    """Why only a part of [0, 1] is trained on, where the path's interval is shorter: a sentence with a place for both ends; empty without a path."""
    remark: ClassVar[str]
    legal: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType({})
    """For each choice family that the method narrows, the slugs it takes; the first is its default."""
    solvers: ClassVar[tuple[str, ...]] = ODE
    """What may carry its particles; the first is taken when the method is chosen."""

    one_step: ClassVar[str] = "euler"
    """What makes samples of one evaluation."""

    def loss_of(self, path: Path) -> str:
        """Return the loss on a path, in LaTeX."""
        return self.formula

    def takes(self, family: str, slug: str) -> bool:
        """Return whether a member of a choice family may be chosen with this method."""
        return slug in self.legal.get(family, (slug,))

    def times(self, t: Tensor, draw: Callable[[], Tensor], rng: torch.Generator) -> tuple[Tensor, Tensor | None]:
        """Return the times that each pair is learned at: the one drawn, and for a network of two times a later one.

        Args:
            t: Times, shape (n,).
            draw: Draws as many more.
            rng: Source of randomness.

        Returns:
            Times, shape (n,), and later ones or None.
        """
        return t, None

    def latent_size(self, dim: int) -> int:
        """Return how many coordinates a sample is made of, for data of so many.

        Where samples come of one evaluation it may be others.
        """
        return dim

    def on_starts(self, dim: int) -> str:
        """Return what the start of a dot leaves out of that, a sentence; empty where it is all."""
        return ""

    def given(self, path: Path, x0: Tensor, x1: Tensor, t: Tensor, z: Tensor | None = None) -> Tensor:
        """Return where the network is asked, shape (n, d): at the path's point; arguments as in `target`."""
        return path.point(x0, x1, t, z)

    @abstractmethod
    def target(self, path: Path, x0: Tensor, x1: Tensor, t: Tensor, z: Tensor | None = None) -> Tensor:
        """Return what the network is to predict at the path's point.

        Args:
            path: The path.
            x0: Source points, shape (n, d).
            x1: Data points, shape (n, d).
            t: Times, shape (n,) or ().
            z: The path's own noise, shape (n, d), where it has any; without a path what `latent_size` has more than the data.

        Returns:
            Targets, shape (n, d).
        """

    def best(self, path: Path, known: Known, x: Tensor, t: Tensor) -> Tensor:
        """Return the best prediction at points x, shape (n, d), and one time t: the mean target there, in closed form.

        Raises:
            ValueError: If the method has none (`known_floor`).
        """
        raise ValueError(f"the best that method {self.slug!r} could learn has no closed form.")

    @abstractmethod
    def field(self, path: Path, network: Network) -> Any:
        """Return the velocity field that follows from a trained network."""
