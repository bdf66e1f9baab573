"""What a figure is."""

from typing import Any

import numpy as np

Figure = dict[str, Any]


def digits(values: np.ndarray) -> list[float]:
    """Four significant digits: all that a screen shows, and less to send."""
    return [float(f"{v:.4g}") for v in values]
