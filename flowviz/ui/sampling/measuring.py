"""Curves and maps in the making: on the server, in threads of their own, once for all who look at the same flow."""

import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import torch
from cachetools import LRUCache

from flowviz.known import points_at_end
from flowviz.measures import (
    CopiedAt,
    ErrorPoint,
    LikelihoodMap,
    MeasuredWays,
    RoundTrip,
    copied_over_training,
    errors_against_evaluations,
    exact_share,
    floor_at,
    likelihood_map,
    measured_ways,
    reference_ends,
    round_trips,
    samples,
    training_points,
)
from flowviz.metrics import wasserstein2
from flowviz.solvers import finished, interval_of
from flowviz.solvers.base import Trajectory
from flowviz.ui import pictures
from flowviz.ui.background import BackgroundTask
from flowviz.ui.sampling.flow import Flow, ToldFlow

POINTS = 200
"""Particles of which the errors are the mean, and points in each sample of W2."""
KEPT = 32
"""Flows whose curves and maps are kept."""


class FlowTask(BackgroundTask):
    """What is being made of one flow."""

    failures = (ValueError, RuntimeError, MemoryError)

    def __init__(self, flow: Flow) -> None:
        super().__init__()
        self._flow: Flow | None = flow
        self.begin()

    @property
    def flow(self) -> Flow:
        """The flow, while the work needs it."""
        assert self._flow is not None
        return self._flow

    def release(self) -> None:
        self._flow = None  # the weights are no longer needed


class ErrorCurves(FlowTask):
    """The points of all solvers' curves, as they come.

    Attributes:
        points: What is there already.
        floor: W2 between two samples of the target.
        own: W2 of the flow's own ends; None while it is not known.
    """

    turn = threading.Semaphore(1)

    def __init__(self, flow: Flow) -> None:
        self.points: list[ErrorPoint] = []
        self.floor = floor_at(flow.experiment.target_distribution, POINTS).mean
        self.own: float | None = None
        self.complete = False
        super().__init__(flow)

    def work(self) -> None:
        """Compute the flow's own ends first, which everything is held against."""
        field, experiment = self.flow.field(), self.flow.experiment
        x0, x1 = (x.double() for x in samples(experiment, POINTS, 0))
        reference = reference_ends(field, x0)
        ends = torch.tensor(interval_of(field), dtype=torch.float64)
        self.own = wasserstein2(finished(field, Trajectory(ends, torch.stack([x0, reference]), 0)).x[-1], x1)
        for point in errors_against_evaluations(field, x0, x1, reference):
            self.points.append(point)
            if self.cancelled:
                return
        self.complete = True


class Keyed(Protocol):
    """What a task is about."""

    @property
    def key(self) -> tuple:
        """Equal where one task serves both."""
        ...


A = TypeVar("A", bound=Keyed)
T = TypeVar("T", bound=FlowTask)


class SharedTasks(Generic[A, T]):
    """Tasks by what they are about, each begun once for all who look; the last `KEPT` are kept (LRU)."""

    def __init__(self, make: Callable[[A], T]) -> None:
        self._make = make
        self._tasks: LRUCache[tuple, T] = LRUCache(KEPT)
        self._lock = threading.Lock()

    def of(self, about: A, *, begin: bool = True) -> T | None:
        """Return the task of a flow, done or under way; begun if there is none, and `begin` says so."""
        with self._lock:
            found = self._tasks.get(about.key)
            if found is None and begin:
                found = self._tasks[about.key] = self._make(about)
            return found

    def forget(self, about: A) -> None:
        """Stop the task of a flow, and drop what there is."""
        with self._lock:
            found = self._tasks.pop(about.key, None)
        if found is not None:
            found.cancel()


class MapTask(FlowTask):
    """The likelihood map of a flow while it is being made.

    Attributes:
        map: The map; None until it is there.
    """

    turn = threading.Semaphore(1)
    map: LikelihoodMap | None = None

    def work(self) -> None:
        """Compute in float32, as the page shows the flow."""
        experiment, snapshot = self.flow
        self.map = likelihood_map(experiment, None if snapshot is None else self.flow.field(torch.float32))


class WaysTask(FlowTask):
    """The ways of a flow's first particles while they are followed.

    Attributes:
        ways: What they meet; None until it is there.
    """

    turn = threading.Semaphore(1)
    ways: MeasuredWays | None = None

    def work(self) -> None:
        """Compute in float64, so that the curves part where the fields do, and not by rounding."""
        experiment, snapshot = self.flow
        self.ways = measured_ways(experiment, None if snapshot is None else self.flow.field())


class CopiesTask(FlowTask):
    """How far a flow copies its training points, as the points of the curve come.

    Attributes:
        points: What is there already, by training step.
        exact: The share of the exact flow; None while it is not known.
    """

    turn = threading.Semaphore(1)

    def __init__(self, flow: Flow) -> None:
        self.points: list[CopiedAt] = []
        self.exact: float | None = None
        super().__init__(flow)

    def work(self) -> None:
        """Judge the exact flow first, then the film of the training."""
        experiment, snapshot = self.flow
        found = training_points(experiment)
        assert found is not None
        self.exact = exact_share(experiment, found)
        film = {} if snapshot is None else pictures.film_of(snapshot)
        for point in copied_over_training(experiment, film, found):
            self.points.append(point)
            if self.cancelled:
                return


class RoundTrips(FlowTask):
    """The errors of all solvers there and back, as they come.

    Attributes:
        rows: What is there already.
    """

    turn = threading.Semaphore(1)

    def __init__(self, told: ToldFlow) -> None:
        self.rows: list[RoundTrip] = []
        self.told = told.steps, told.grid
        super().__init__(told.flow)

    def work(self) -> None:
        """Draw fresh data, the same for every solver."""
        fields = {dtype: self.flow.field(dtype) for dtype in (torch.float32, torch.float64)}
        last = interval_of(fields[torch.float64])[1]
        x1 = samples(self.flow.experiment, POINTS, 0)[1].double()
        x1 = points_at_end(self.flow.experiment, x1, last, torch.Generator().manual_seed(0))
        steps, grid = self.told
        for row in round_trips(fields, x1, steps=steps, grid=grid):
            self.rows.append(row)
            if self.cancelled:
                return


CURVES: SharedTasks[Flow, ErrorCurves] = SharedTasks(ErrorCurves)
MAPS: SharedTasks[Flow, MapTask] = SharedTasks(MapTask)
WAYS: SharedTasks[Flow, WaysTask] = SharedTasks(WaysTask)
COPIES: SharedTasks[Flow, CopiesTask] = SharedTasks(CopiesTask)
TRIPS: SharedTasks[ToldFlow, RoundTrips] = SharedTasks(RoundTrips)
