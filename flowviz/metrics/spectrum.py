"""How the power of series is spread over frequencies."""

import torch
from torch import Tensor


def powers(x: Tensor) -> Tensor:
    """Return the power of each series at 0, 1, … d/2 periods a window: together they are its mean square (Parseval).

    Args:
        x: Series, shape (n, d), d even.

    Returns:
        Powers, shape (n, d/2 + 1), float64.
    """
    d = x.shape[1]
    found = torch.fft.rfft(x.double()).abs().square() / d**2
    found[:, 1 : d // 2] *= 2  # each stands for a frequency and its negative
    return found


def misplaced(made: Tensor, real: Tensor) -> float:
    """Return the power that a spectrum has too much or too little, as a share of the real one's: Σ|P − P_real| / Σ P_real.

    Args:
        made: A mean power at each frequency, shape (k,).
        real: The same of the data, shape (k,).
    """
    return float((made - real).abs().sum() / real.sum())
