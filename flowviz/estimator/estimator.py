"""FlowMatching: fit, sample and score tables of 1 to 64 columns, in their own units."""

from __future__ import annotations

import math
import numbers
import os
import warnings
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch

try:
    from sklearn.base import BaseEstimator, DensityMixin, OneToOneFeatureMixin, TransformerMixin
    from sklearn.utils.validation import check_is_fitted, check_random_state, validate_data
except ModuleNotFoundError as error:  # pragma: no cover - tested in a process of its own
    raise ModuleNotFoundError(
        "`flowviz.FlowMatching` is an estimator of scikit-learn, which is not installed: pip install 'flowviz-fm[sklearn]'."
    ) from error

from flowviz.distributions import Mixture, Rows
from flowviz.estimator.density import AT_ONCE, carried, log_densities
from flowviz.estimator.fitting import Held, learn
from flowviz.experiment import Experiment, format_value
from flowviz.frame import Frame, plain_name
from flowviz.metrics.likelihood import log_density
from flowviz.networks import learned_field
from flowviz.solvers import FIXED, interval_of, solve
from flowviz.threads import one_thread
from flowviz.training.draws import SEED_STRIDE

MOST_COLUMNS = 64
TRAINED = ("steps", "batch", "lr", "schedule", "average")
NETWORK = ("width", "depth", "activation", "time_features")
"""Parameters that are fields of an experiment's training, and of its network."""
FEW = 10
"""Rows for each column below which a network learns the rows rather than what they were drawn from."""
FINE = ("rk4", 60)
"""Solver and steps of what is no sample: densities and the ways back."""
MOST_SEED = 2**31 - 1


class FlowMatching(OneToOneFeatureMixin, TransformerMixin, DensityMixin, BaseEstimator):
    """Flow matching of the rows of a table: a density to draw from and to ask, by scikit-learn's conventions.

    Columns are centred and scaled to unit spread, a network is trained as `flowviz.train` trains it, with the same losses digit
    for digit, and everything that comes back is in the units of the table.

    Args:
        path: A path's name, or the path itself.
        coupling: A coupling's name, or the coupling itself.
        steps: Gradient steps.
        batch: Pairs in each.
        lr: Peak step size of Adam.
        schedule: "cosine", "warmup" or "constant".
        average: Sample with the moving average of the weights.
        width: Units in each hidden layer.
        depth: Hidden layers.
        activation: "silu", "relu", "tanh", "gelu" or "selu".
        time_features: "fourier", "embedding" or "plain".
        solver: What carries samples, a solver of fixed steps.
        solver_steps: Its steps.
        early_stopping: Hold rows back, and keep the weights with which their loss is least.
        validation_fraction: Share of the rows held back.
        n_iter_no_change: Looks at the held-out loss, 200 steps apart, without a better one after which training stops.
        random_state: A whole number, from which everything random follows; None for another one each time.
        verbose: Whether a bar shows how far it is; "auto" where a person looks.

    Attributes:
        experiment_: What was trained, as a value of `flowviz.Experiment`.
        losses_: Loss of each step, shape (steps,), float32.
        held_out_losses_: Loss on the held-out rows, one row (step, loss) a look; there where they were held back.
        weights_: The weights that are sampled, by parameter name.
        frame_: Names, offsets and factors of the columns.
        n_iter_: Steps made.

    References:
        Lipman et al., "Flow Matching for Generative Modeling", 2022, arXiv 2210.02747, equation 9.

    >>> X = np.random.default_rng(0).normal([170, 65], [10, 8], (500, 2))
    >>> flow = FlowMatching(steps=200, width=32, random_state=0).fit(X)
    >>> flow.sample(3).shape, flow.score_samples(X[:4]).shape
    ((3, 2), (4,))
    """

    n_features_in_: int
    feature_names_in_: np.ndarray

    def __init__(
        self,
        path: Any = "linear",
        coupling: Any = "independent",
        *,
        steps: int = 4000,
        batch: int = 256,
        lr: float = 4e-3,
        schedule: str = "cosine",
        average: bool = True,
        width: int = 64,
        depth: int = 3,
        activation: str = "silu",
        time_features: str = "fourier",
        solver: str = "rk4",
        solver_steps: int = 25,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        random_state: Any = None,
        verbose: bool | str = "auto",
    ) -> None:
        self.path = path
        self.coupling = coupling
        self.steps = steps
        self.batch = batch
        self.lr = lr
        self.schedule = schedule
        self.average = average
        self.width = width
        self.depth = depth
        self.activation = activation
        self.time_features = time_features
        self.solver = solver
        self.solver_steps = solver_steps
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.random_state = random_state
        self.verbose = verbose

    # Learning

    def fit(self, X: Any, y: Any = None) -> FlowMatching:
        """Train a flow from noise to the rows of X.

        Args:
            X: Rows, shape (n, d), n at least 2, d from 1 to 64: an array or a data frame of finite numbers.
            y: Not used; there by convention.

        Returns:
            The estimator itself.

        Raises:
            ValueError: If X or a parameter is not legal; `flowviz.training.Diverged` if the loss is lost.
        """
        X = cast(np.ndarray, validate_data(self, X, dtype=np.float64, ensure_min_samples=2))
        self._check_solver()
        seed, frame = _seed_of(self.random_state), self._frame(X)
        placed = frame.to_placed(X)
        if len(X) < FEW * X.shape[1]:
            warnings.warn(
                f"{len(X):,} rows of {X.shape[1]} columns are few: a network learns them by heart rather than what they were drawn "
                "from. Try `early_stopping=True`, a smaller `width`, or more rows.",
                stacklevel=2,
            )
        held = Held.split(placed, self.validation_fraction, self.n_iter_no_change, seed) if self.early_stopping else None
        experiment = self._experiment(Rows(placed if held is None else held.rows), seed)
        with one_thread():
            learned = learn(experiment, held, shown=self.verbose)
        self.experiment_, self.frame_, self.weights_ = experiment, frame, learned.weights
        self.losses_, self.n_iter_ = learned.losses, len(learned.losses)
        vars(self).pop("held_out_losses_", None)  # of a fit before this one
        if held is not None:
            self.held_out_losses_ = np.array(learned.looks, np.float64).reshape(-1, 2)
        return self

    def _frame(self, X: np.ndarray) -> Frame:
        """Return the centre and the spread of each column."""
        if X.shape[1] > MOST_COLUMNS:
            raise ValueError(f"`X` may have 1 to {MOST_COLUMNS} columns; got {X.shape[1]}. Choose some, or reduce them by PCA.")
        given = getattr(self, "feature_names_in_", None)
        names = [f"x{i}" for i in range(1, X.shape[1] + 1)] if given is None else [plain_name(name) or "column" for name in given]
        with np.errstate(over="ignore", invalid="ignore"):
            offset, factor = X.mean(0), X.std(0)
        for name, low, high, mean, spread in zip(names, X.min(0), X.max(0), offset, factor, strict=True):
            if low == high or spread == 0:
                raise ValueError(f"column {name!r} is {low:g} in every row; leave it out, a density needs values that differ.")
            if not (math.isfinite(mean) and math.isfinite(spread)):
                raise ValueError(f"column {name!r} reaches {max(abs(low), abs(high)):.3g}, which is too far out; scale it first.")
        return Frame(tuple(names), tuple(offset.tolist()), tuple(factor.tolist()))

    def _experiment(self, rows: Rows, seed: int) -> Experiment:
        """Return what is trained; a wrong parameter is named in one sentence."""
        texts = {name: getattr(self, name) for name in (*TRAINED, *NETWORK)}
        chosen = {name: value for name in ("path", "coupling") if isinstance(value := getattr(self, name), str)}
        flat = {name: format_value(value.item() if isinstance(value, np.generic) else value) for name, value in texts.items()}
        plain = Experiment.from_flat({**flat, **chosen, "seed": str(seed)})
        path = plain.path if "path" in chosen else self.path
        coupling = plain.coupling if "coupling" in chosen else self.coupling
        return Experiment(target=rows, path=path, coupling=coupling, network=plain.network, training=plain.training, seed=seed)

    def _check_solver(self) -> None:
        if self.solver not in FIXED:
            raise ValueError(f"`solver` must be one of {', '.join(FIXED)}; got {self.solver!r}.")
        if not isinstance(self.solver_steps, numbers.Integral) or not 1 <= self.solver_steps <= 1000:
            raise ValueError(f"`solver_steps` must be a whole number from 1 to 1,000; got {self.solver_steps!r}. Try 25.")

    # Drawing

    def sample(self, n_samples: int = 1, random_state: Any = None, *, return_log_prob: bool = False) -> Any:
        """Draw rows.

        Args:
            n_samples: How many, at least 1.
            random_state: A whole number, from which they follow; None for others each time.
            return_log_prob: Return also what `score_samples` says of them, found on the same way.

        Returns:
            Rows in the units of the table, shape (n, d), float64; with `return_log_prob` also log densities, shape (n,).
        """
        check_is_fitted(self)
        self._check_solver()
        if not isinstance(n_samples, numbers.Integral) or n_samples < 1:
            raise ValueError(f"`n_samples` must be a whole number of at least 1; got {n_samples!r}.")
        seed = _seed_of(random_state)
        rng = torch.Generator().manual_seed(seed)
        x0 = self.experiment_.source_distribution.sample(int(n_samples), rng)
        how = {"solver": self.solver, "steps": int(self.solver_steps)}
        with one_thread():
            field = self._field(torch.float32)
            if not return_log_prob:
                parts = [solve(field, part, interval=interval_of(field), **how).x[-1] for part in x0.split(AT_ONCE)]
                return self._own(torch.cat(parts))
            found = [carried(field, part, interval_of(field), seed=self._probe_seed, **how) for part in x0.split(AT_ONCE)]
            x1, trace, _ = (torch.cat(parts) for parts in zip(*found, strict=True))
            values = log_density(self._source, x0.double()) - trace
        return self._own(x1), values.numpy() - self.frame_.log_volume

    def score_samples(self, X: Any, *, return_error: bool = False) -> Any:
        """Return the log density of rows under the flow, in nats per unit of the table.

        Args:
            X: Rows, shape (n, d).
            return_error: Return also the standard error of each: 0 up to 10 columns, where the divergence is exact; above,
                that of Hutchinson's estimate with 16 probes.

        Returns:
            Log densities, shape (n,), float64; with `return_error` also their errors, shape (n,).
        """
        placed = self._placed(X)
        with one_thread():
            field = self._field(torch.float64)
            values, errors = log_densities(
                field, placed, self._source, interval_of(field), solver=FINE[0], steps=FINE[1], seed=self._probe_seed
            )
        values = values - self.frame_.log_volume
        return (values, errors) if return_error else values

    def score(self, X: Any, y: Any = None) -> float:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return the mean log density of rows, in nats; higher is better."""
        return float(self.score_samples(X).mean())

    def transform(self, X: Any) -> np.ndarray:
        """Carry rows back to noise of unit spread, shape (n, d)."""
        return self._carried(self._placed(X), backward=True) / self._source_std

    def inverse_transform(self, Z: Any) -> np.ndarray:
        """Carry noise of unit spread, shape (n, d), to rows in the units of the table."""
        check_is_fitted(self)
        Z = cast(np.ndarray, validate_data(self, Z, dtype=np.float64, reset=False, skip_check_array=False))
        return self.frame_.to_own(self._carried(Z * self._source_std, backward=False))

    def velocity(self, X: Any, t: float) -> np.ndarray:
        """Return the learned velocity at rows X and one time t, in units of the table per unit of t, shape (n, d)."""
        placed = torch.from_numpy(self._placed(X))
        if not 0 <= t <= 1:
            raise ValueError(f"`t` must be from 0 to 1; got {t!r}.")
        found = self._field(torch.float64).velocity(placed, torch.tensor(float(t), dtype=torch.float64))
        return found.numpy() * np.asarray(self.frame_.factor)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted flow, to be read by `flowviz.load`.

        Args:
            path: A file that ends in .npz; it is whole or not there.

        Raises:
            OSError: If it cannot be written.
        """
        from flowviz.estimator.files import save

        check_is_fitted(self)
        save(self, Path(path))

    # What the methods share

    def _placed(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return self.frame_.to_placed(cast(np.ndarray, validate_data(self, X, dtype=np.float64, reset=False)))

    def _own(self, x: torch.Tensor) -> np.ndarray:
        return self.frame_.to_own(x.numpy())

    def _field(self, dtype: torch.dtype) -> Any:
        return learned_field(self.experiment_, self.weights_, dtype=dtype)

    def _carried(self, x: np.ndarray, *, backward: bool) -> np.ndarray:
        with one_thread():
            field = self._field(torch.float64)
            first, last = interval_of(field)
            interval = (last, first) if backward else (first, last)
            how = {"solver": FINE[0], "steps": FINE[1], "interval": interval}
            return torch.cat([solve(field, part, **how).x[-1] for part in torch.from_numpy(x).split(AT_ONCE)]).numpy()

    @property
    def _source(self) -> Mixture:
        return self.experiment_.source_distribution.mixture()

    @property
    def _source_std(self) -> float:
        return float(self._source.variances[0].sqrt())

    @property
    def _probe_seed(self) -> int:
        # A seed that no pool of training uses, see flowviz.training.draws.
        return SEED_STRIDE * self.experiment_.seed + SEED_STRIDE - 3

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "weights_")


def _seed_of(random_state: Any) -> int:
    """Return a whole number as it is, so that a seed means here what it means in an experiment; else one drawn."""
    if isinstance(random_state, numbers.Integral) and 0 <= int(random_state) <= MOST_SEED:
        return int(random_state)
    return int(check_random_state(random_state).randint(MOST_SEED))
