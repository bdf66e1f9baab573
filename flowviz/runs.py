"""The file of a finished training, and how to read it back."""

import contextlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # numpy and torch are imported when a file is read or written
    import numpy as np

    from flowviz.experiment import Experiment
    from flowviz.solvers import Field

WEIGHTS = "weights/"

LAYOUT = """\
the file (numpy .npz; numpy.load(path) reads it, without pickle):
  t           times, shape (k,)
  x           particles carried by the learned field, shape (k, n, 2); of own data in their units, and
  columns     what those are called, shape (2,)
  labels      where each came from (mode, arm, sector, ...), shape (n,)
  loss        loss of every step, shape (steps,)
  weights/*   the weights that are sampled, by parameter name, e.g. weights/net.0.weight
  experiment  every choice, as JSON;  about: version, solver, seconds, ..., as JSON

in Python:
  >>> from flowviz.cli import load_run
  >>> run = load_run("run.npz")     # run.experiment, run.loss, run.weights, run.t, run.x, run.labels, run.about
  >>> run.field.velocity(x, t)      # the learned field; flowviz.solvers.solve(run.field, x0) samples it"""


@dataclass(frozen=True, eq=False)
class SavedRun:
    """A finished training, as it lies in a file.

    Attributes:
        experiment: Every choice.
        loss: Loss of each step, shape (steps,), float32.
        weights: The weights that are sampled, by parameter name.
        t: Times, shape (k,), float32.
        x: Particles carried by the learned field, shape (k, n, 2): float32, or float64 in the units of own data,
            `experiment.frame.to_placed(x)` of which the field takes.
        labels: Where each particle came from, shape (n,), uint8.
        about: How it was made: version, solver, solver_steps, grid, eta where it is not 0, evaluations, seconds, steps, complete.
    """

    experiment: "Experiment"
    loss: "np.ndarray"
    weights: "dict[str, np.ndarray]"
    t: "np.ndarray"
    x: "np.ndarray"
    labels: "np.ndarray"
    about: dict[str, Any]

    @property
    def field(self) -> "Field":
        """The learned velocity field."""
        from flowviz.networks import learned_field

        return learned_field(self.experiment, self.weights)

    def arrays(self) -> "dict[str, np.ndarray]":
        """Return everything as arrays, by its name in the file."""
        import numpy as np

        named = {"t": self.t, "x": self.x, "labels": self.labels, "loss": self.loss}
        named |= {WEIGHTS + name: value for name, value in self.weights.items()}
        if self.experiment.frame is not None:
            named["columns"] = np.array(self.experiment.frame.names)
        texts = {"experiment": self.experiment.model_dump_json(), "about": json.dumps(self.about)}
        return named | {name: np.array(text) for name, text in texts.items()}


def save_run(run: SavedRun, path: str | Path) -> None:
    """Write a run under a temporary name, then put it in its place: the file is whole or not there.

    Raises:
        OSError: If it cannot be written.
    """
    save_arrays(run.arrays(), path)


def save_arrays(arrays: "dict[str, np.ndarray]", path: str | Path) -> None:
    """Write arrays as an .npz file, as `save_run` does.

    Raises:
        OSError: If it cannot be written.
    """
    import numpy as np

    target = Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        # mkstemp keeps others out; a result is an ordinary file.
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def check_writable(path: str | Path) -> None:
    """Find out, before any work is done, whether `save_run` could write here.

    Raises:
        OSError: If it could not.
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise IsADirectoryError("it is a folder")
    if target.exists() and not target.is_file():
        raise OSError("it is not an ordinary file")
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    os.close(handle)
    os.unlink(name)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def load_run(path: str | Path) -> SavedRun:
    """Read a file that ``python -m flowviz train`` wrote.

    Args:
        path: The file.

    Returns:
        The run; `run.field` is its learned field.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is not such a file.
    """
    import zipfile

    import numpy as np

    from flowviz.experiment import Experiment

    try:
        with np.load(path, allow_pickle=False) as file:
            found = {name: file[name] for name in file.files}
        weights = {name.removeprefix(WEIGHTS): value for name, value in found.items() if name.startswith(WEIGHTS)}
        experiment = Experiment.model_validate_json(str(found["experiment"]))
        about = json.loads(str(found["about"]))
        return SavedRun(experiment, found["loss"], weights, found["t"], found["x"], found["labels"], about)
    except (KeyError, ValueError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{str(path)!r} is not a run of flowviz; give a file that `python -m flowviz train` wrote.") from error
