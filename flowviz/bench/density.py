"""FlowMatching beside scikit-learn's density estimators: the same rows, the same held-out rows, whoever wins."""

import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from flowviz.bench.report import Row
from flowviz.metrics import wasserstein2

DENSITY: list[str] = ["flowviz.bench.density:moons", "flowviz.bench.density:swiss_roll", "flowviz.bench.density:wine"]
"""The tables that are fitted, each a `Measure`."""
ROWS = 4
"""Rows that each of them yields."""
FLOWS: dict[str, dict[str, Any]] = {
    "3×64": {},
    "3×64, early stopping": {"early_stopping": True},
    "3×64, constant rate, no average": {"schedule": "constant", "average": False},
    "3×128, twice the steps": {"width": 128, "steps": 8000},
}
SAMPLES = 1000
COMPONENTS = (1, 2, 3, 5, 8, 12, 18, 25)
WIDTHS = np.logspace(-1.5, 0.3, 15)
"""Bandwidths that are tried, in spreads of a column."""


def moons(quick: bool) -> Iterator[Row]:
    """Measure 1,000 rows of two moons, noise .1."""
    from sklearn.datasets import make_moons

    X, fresh = (np.asarray(make_moons(n, noise=0.1, random_state=seed)[0]) for n, seed in ((1000, 0), (2000, 1)))
    yield from _rows("moons", X, fresh, quick)


def swiss_roll(quick: bool) -> Iterator[Row]:
    """Measure 1,000 rows of the swiss roll in space, noise .5."""
    from sklearn.datasets import make_swiss_roll

    X, fresh = (make_swiss_roll(n, noise=0.5, random_state=seed)[0] for n, seed in ((1000, 0), (2000, 1)))
    yield from _rows("swiss roll", X, fresh, quick)


def wine(quick: bool) -> Iterator[Row]:
    """Measure half of the 178 wines, 13 columns: too few rows for a network."""
    from sklearn.datasets import load_wine

    X = np.asarray(load_wine(return_X_y=True)[0])[np.random.default_rng(0).permutation(178)]
    yield from _rows("wine", X[:89], X[89:], quick)


def _rows(name: str, X: np.ndarray, fresh: np.ndarray, quick: bool) -> Iterator[Row]:
    """Fit all to X; yields a row for each flow: its mean log density of fresh rows, against the better of the two others."""
    from flowviz.estimator import FlowMatching

    centre, spread = X.mean(0), X.std(0)

    def distance(S: np.ndarray) -> float:
        """Return W2 to fresh rows, both in spreads of the columns."""
        n = min(SAMPLES, len(fresh))
        return wasserstein2(*(torch.from_numpy((part[:n] - centre) / spread).float() for part in (S, fresh)))

    others = {"KDE": _timed(_kernels, X), "Gaussians": _timed(_gaussians, X)}
    scores = {label: float(model.score_samples(fresh).mean()) for label, (model, _) in others.items()}
    told = [
        f"{label} {scores[label]:.3g} nats, {took:.1f} s, W2 {distance(model.sample(SAMPLES)):.2g}"
        for label, (model, took) in others.items()
    ]
    best = max(scores.values())
    for label, choices in FLOWS.items():
        steps = choices.get("steps", 4000) // (10 if quick else 1)
        flow = FlowMatching(**{**choices, "steps": steps, "random_state": 0, "verbose": False})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # few rows: that is what is measured
            flow, took = _timed(flow.fit, X)
        own, found = flow.score(X), flow.score(fresh)
        note = [f"{len(X):,} rows, {flow.n_iter_:,} steps, {took:.1f} s, its own rows {own:.3g}"]
        note.append(f"W2 {distance(flow.sample(SAMPLES, random_state=0)):.2g}")
        told_once = [] if label != next(iter(FLOWS)) else ["baseline: the better of the next two, on the same rows", *told]
        yield Row(f"log p of fresh rows, {name}, flow {label}", found, best, "nats", None, None, "; ".join([*note, *told_once]))


def _timed(fit: Callable[[np.ndarray], Any], X: np.ndarray) -> tuple[Any, float]:
    start = time.perf_counter()
    model = fit(X)
    return model, time.perf_counter() - start


class _Scaled:
    """A density of scaled columns, asked in the table's units."""

    def __init__(self, model: Any, centre: np.ndarray, spread: np.ndarray) -> None:
        self.model, self.centre, self.spread = model, centre, spread

    def score_samples(self, X: np.ndarray) -> np.ndarray:
        return self.model.score_samples((X - self.centre) / self.spread) - np.log(self.spread).sum()

    def sample(self, n: int) -> np.ndarray:
        found = self.model.sample(n, random_state=0) if hasattr(self.model, "bandwidth") else self.model.sample(n)[0]
        return found * self.spread + self.centre


def _kernels(X: np.ndarray) -> _Scaled:
    """Return Gaussian kernels, their width by five-fold cross-validation."""
    from sklearn.model_selection import GridSearchCV
    from sklearn.neighbors import KernelDensity

    centre, spread = X.mean(0), X.std(0)
    search = GridSearchCV(KernelDensity(), {"bandwidth": WIDTHS}, cv=5).fit((X - centre) / spread)
    return _Scaled(search.best_estimator_, centre, spread)


def _gaussians(X: np.ndarray) -> _Scaled:
    """Return a mixture of Gaussians, their number by BIC."""
    from sklearn.mixture import GaussianMixture

    centre, spread = X.mean(0), X.std(0)
    Z = (X - centre) / spread
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of mixtures that do not converge: BIC passes them over
        tried = [GaussianMixture(k, random_state=0).fit(Z) for k in COMPONENTS if k < len(X) // 3]
    return _Scaled(min(tried, key=lambda one: one.bic(Z)), centre, spread)
