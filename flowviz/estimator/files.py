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
from flowviz.estimator.estimator import FlowMatching
from flowviz.experiment import Experiment
from flowviz.frame import Frame
from flowviz.runs import WEIGHTS, SavedRun, load_run, save_arrays

KIND = "flowviz.FlowMatching 1"
"""What a file says it is; the number counts the layouts."""
TRAINED = ("steps", "batch", "lr", "schedule", "average")
NETWORK = ("width", "depth", "activation", "time_features")


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
    """Read a fitted flow: what its `save` wrote, or a run of the page or of ``python -m flowviz train``.

    Args:
        path: The file.

    Returns:
        A fitted estimator; of a run without own data the columns are x, y, … and the units those of the picture.

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
    if "kind" not in about:
        return _of_run(load_run(name))
    if about["kind"] != KIND:
        raise ValueError(f"{name!r} was written by another version of flowviz, {about.get('flowviz')}; this is {__version__}.")
    try:
        return _of_file(found, about)
    except (KeyError, TypeError, ValueError):
        raise strange from None


def _of_file(found: dict[str, np.ndarray], about: dict[str, Any]) -> FlowMatching:
    tree = about["experiment"]
    target = Rows(found["rows"]) if "rows" in found else tree["target"]
    experiment = Experiment.model_validate({**tree, "target": target})
    weights = {name.removeprefix(WEIGHTS): value for name, value in found.items() if name.startswith(WEIGHTS)}
    flow = _fitted(experiment, weights, found["loss"], Frame.from_text(about["frame"]), **about["sampled"])
    if about["named"]:
        flow.feature_names_in_ = np.array(flow.frame_.names, dtype=object)
    return flow


def _of_run(run: SavedRun) -> FlowMatching:
    experiment = run.experiment
    if experiment.method.slug != "flow-matching":
        raise ValueError(f"this run is of method {experiment.method.slug!r}; `flowviz.load` reads flow matching.")
    if experiment.class_count:
        raise ValueError("this run has learned classes, and `FlowMatching` knows none; train it with classes 'off'.")
    if not (experiment.source_distribution.exact and experiment.source == "gaussian"):
        raise ValueError(f"this run begins at {experiment.source_distribution.label!r}; `FlowMatching` begins at a Gaussian.")
    names = experiment.space.axes
    frame = experiment.frame or Frame(names, (0.0,) * len(names), (1.0,) * len(names))
    return _fitted(experiment, run.weights, run.loss, frame)


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
    return flow
