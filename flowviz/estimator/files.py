"""The files of fitted flows: arrays and text, nothing that would be run when it is read."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from flowviz import __version__
from flowviz.distributions import Rows
from flowviz.estimator.estimator import NETWORK, TRAINED, FlowMatching
from flowviz.experiment import Experiment
from flowviz.frame import Frame
from flowviz.networks import learned_field
from flowviz.runs import WEIGHTS, save_arrays

KIND = "flowviz.FlowMatching 1"
"""What a file says it is; the number counts the layouts."""


def save(flow: FlowMatching, path: Path) -> None:
    """Write a fitted flow: weights, losses, the rows that it has learned from, and its parameters as text.

    Raises:
        OSError: If it cannot be written.
    """
    experiment = flow.experiment_
    arrays = {WEIGHTS + name: value for name, value in flow.weights_.items()} | {"loss": flow.losses_}
    target = experiment.target
    if isinstance(target, Rows):
        arrays["rows"] = target.points
    about = {
        "kind": KIND,
        "flowviz": __version__,
        "experiment": json.loads(experiment.model_dump_json()),
        "frame": flow.frame_.text,
        "named": hasattr(flow, "feature_names_in_"),
        "sampled": {name: getattr(flow, name) for name in ("solver", "solver_steps")},
    }
    save_arrays({**arrays, "about": np.array(json.dumps(about))}, path)


def load(path: str | os.PathLike[str]) -> FlowMatching:
    """Read a fitted flow: what its `save` wrote, a run of ``python -m flowviz train``, or the weights of *Take it home*.

    Args:
        path: The file.

    Returns:
        A fitted estimator; of a run without own data the columns are x, y, … and the units those of the picture. Weights of
        *Take it home* come without losses.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is no such file, or a run of a method that is no flow matching.

    >>> import tempfile
    >>> flow = FlowMatching(steps=20, width=8, random_state=0).fit(np.random.default_rng(0).normal(size=(200, 3)))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     flow.save(f"{folder}/flow.npz")
    ...     again = load(f"{folder}/flow.npz")
    >>> bool((again.sample(5, random_state=1) == flow.sample(5, random_state=1)).all())
    True
    """
    name = os.fspath(path)
    strange = ValueError(
        f"{name!r} is no fitted flow; give a file that `FlowMatching.save`, the page or `python -m flowviz train` wrote."
    )
    try:
        with np.load(name, allow_pickle=False) as file:
            found = {key: file[key] for key in file.files}
        about = json.loads(str(found["about"]))
    except (KeyError, ValueError, AttributeError, EOFError, zipfile.BadZipFile):
        raise strange from None
    if about.get("kind", KIND) != KIND:
        raise ValueError(f"{name!r} was written by another version of flowviz, {about.get('flowviz')}; this is {__version__}.")
    weights = {key.removeprefix(WEIGHTS): value for key, value in found.items() if key.startswith(WEIGHTS)}
    losses = found.get("loss", np.zeros(0, np.float32))
    try:
        if "kind" in about:
            return _of_file(found, about, weights, losses)
        experiment = Experiment.model_validate_json(str(found["experiment"]))
        _check(experiment)
        return _of_run(experiment, weights, losses)
    except _Refusal as refusal:
        raise ValueError(str(refusal)) from None
    except (KeyError, TypeError, ValueError, RuntimeError):
        raise strange from None


class _Refusal(ValueError):
    """A run that is whole, and is nothing that the estimator could stand for; the message is for the caller."""


def _of_file(
    found: dict[str, np.ndarray], about: dict[str, Any], weights: dict[str, np.ndarray], losses: np.ndarray
) -> FlowMatching:
    tree = about["experiment"]
    target = Rows(found["rows"]) if "rows" in found else tree["target"]
    experiment = Experiment.model_validate({**tree, "target": target})
    flow = _fitted(experiment, weights, losses, Frame.from_text(about["frame"]), **about["sampled"])
    if about["named"]:
        flow.feature_names_in_ = np.array(flow.frame_.names, dtype=object)
    return flow


def _check(experiment: Experiment) -> None:
    if experiment.method.slug != "flow-matching":
        raise _Refusal(f"this run is of method {experiment.method.slug!r}; `flowviz.load` reads flow matching.")
    if experiment.class_count:
        raise _Refusal("this run has learned classes, and `FlowMatching` knows none; train it with classes 'off'.")
    if experiment.source != "gaussian":
        raise _Refusal(f"this run begins at {experiment.source_distribution.label!r}; `FlowMatching` begins at a Gaussian.")


def _of_run(experiment: Experiment, weights: dict[str, np.ndarray], losses: np.ndarray) -> FlowMatching:
    names = experiment.space.axes
    frame = experiment.frame or Frame(names, (0.0,) * len(names), (1.0,) * len(names))
    return _fitted(experiment, weights, losses, frame)


def _fitted(
    experiment: Experiment, weights: dict[str, np.ndarray], losses: np.ndarray, frame: Frame, **sampled: Any
) -> FlowMatching:
    """Return an estimator as `fit` would leave it."""
    parts = {name: getattr(experiment.training, name) for name in TRAINED}
    parts |= {name: getattr(experiment.network, name) for name in NETWORK}
    path, coupling = (one.slug if one == type(one)() else one for one in (experiment.path, experiment.coupling))
    flow = FlowMatching(path, coupling, random_state=experiment.seed, **parts, **sampled)
    flow.experiment_, flow.weights_, flow.losses_, flow.frame_ = experiment, weights, losses, frame
    flow.n_iter_, flow.n_features_in_ = len(losses), experiment.space.dim
    learned_field(experiment, weights)  # weights of another network are found out here, and not when something is asked
    return flow
