"""What a training hands out: looks at it, and what is needed to go on."""

from dataclasses import dataclass, field

import numpy as np

from flowviz.training.steps import Arrays


@dataclass(frozen=True, eq=False)
class TrainingState:
    """All that is needed to go on.

    Attributes:
        step: Steps made.
        losses: Loss of each, shape (step,).
        arrays: Parameters, moments, moving average.
        seconds: Training time so far, s.
        film: Weights after 0, 1, 2, 5, 10, 20, 50, … steps, as in `Snapshot.weights`; empty for large networks.
        pairs: Where a flow makes the pairs, what was made, shape (2, n, d); else None.
        parent: Where the training of the flow that makes them had come to, as long as they are not made.
        parts: What is shown beside the loss, shape (len(method.parts), step).
    """

    step: int
    losses: np.ndarray
    arrays: Arrays
    seconds: float
    film: dict[int, dict[str, np.ndarray]]
    pairs: np.ndarray | None = None
    parent: "TrainingState | None" = None
    parts: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.float32))


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A look at a training under way.

    Attributes:
        step: Steps made.
        losses: Loss of each step, squared distance per unit t², shape (step,), float32.
        weights: Averaged weights by parameter name (raw where averaging is off): what is shown and sampled.
        seconds: Training time so far, s; pauses do not count.
        state: All that is needed to go on; only in the last snapshot of a training.
        preparing: What is done before the first step, as "round 0: step 1,200 of 4,000" while the flow that makes this
            one's pairs is trained; then `step` is 0 and `weights` are the first ones. Empty once training has begun.
        notes: What must be known of the training, a sentence each: results that missed their tolerance (`InexactWarning`).
        parts: What is shown beside the loss, step by step, shape (len(method.parts), step), float32.
    """

    step: int
    losses: np.ndarray
    weights: dict[str, np.ndarray]
    seconds: float
    state: TrainingState | None = None
    preparing: str = ""
    notes: tuple[str, ...] = ()
    parts: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.float32))


class Diverged(ValueError):
    """The loss is no longer finite. Carries the last good `snapshot`."""

    def __init__(self, message: str, snapshot: Snapshot | None = None) -> None:
        super().__init__(message)
        self.snapshot = snapshot

    def __reduce__(self) -> tuple:  # so that the snapshot survives the way out of a worker process
        return type(self), (str(self), self.snapshot)
