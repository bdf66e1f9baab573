"""`load_digits`, from the file that flowviz was given by the real one."""

from pathlib import Path

import numpy as np

FILE = Path(__file__).parents[3] / "flowviz" / "distributions" / "digits.npz"


def load_digits(*, return_X_y: bool):
    """The pixels, shape (1797, 64), and the digits, shape (1797,), in the types of scikit-learn."""
    assert return_X_y
    with np.load(FILE) as file:
        return file["pixels"].astype(np.float64), file["labels"].astype(np.int64)
