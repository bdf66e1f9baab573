"""Handwritten digits: 1,500 pictures of 8 × 8 to learn from, and 297 that no training sees.

`digits.npz` beside this file holds the 1,797 pictures of the test set of "Optical Recognition of Handwritten Digits" (E. Alpaydin
and C. Kaynak, 1998, UCI Machine Learning Repository, https://doi.org/10.24432/C50P49, licence CC BY 4.0), as scikit-learn's
`load_digits` returns them and in its order: `pixels`, shape (1797, 64), whole numbers from 0 to 16, and `labels`. It was made once by

    data = sklearn.datasets.load_digits()
    numpy.savez_compressed("digits.npz", pixels=data.data.astype("uint8"), labels=data.target.astype("uint8"))

45 KB in the package instead of scikit-learn as a dependency, which would be 30 MB and three more packages for these numbers alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from flowviz.distributions.base import Distribution, Mixture, uniform_mixture
from flowviz.spaces import IMAGE, Space

FILE = Path(__file__).with_name("digits.npz")
EACH = 150
"""Pictures of each digit to learn from."""


@cache
def _parts() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the pictures to learn from, shape (1500, 64), their digits, and the same of those held out.

    Pixels from -1 (paper) to 1 (ink).
    """
    with np.load(FILE) as file:
        pixels, labels = (torch.from_numpy(file[name]) for name in ("pixels", "labels"))
    x, y = pixels.float() / 8 - 1, labels.long()
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(0))
    ranks = [order[y[order] == digit] for digit in range(10)]
    kept, held = torch.cat([own[:EACH] for own in ranks]), torch.cat([own[EACH:] for own in ranks])
    return x[kept], y[kept], x[held], y[held]


@dataclass(frozen=True)
class Digits(Distribution):
    """Handwritten digits of 8 × 8 pixels, 1,500 of them, each as likely; a picture's label is its digit.

    A pixel goes from −1, paper, to 1, ink. They are points and no law: the exact flow can only make them again.
    """

    slug: ClassVar[str] = "digits"
    label: ClassVar[str] = "Digits"
    group: ClassVar[str] = "digit"
    exact: ClassVar[bool] = True
    has_density: ClassVar[bool] = False
    defaults: ClassVar[Mapping[str, float | int | str]] = MappingProxyType({"width": 256, "steps": 2000, "classes": "within"})

    @property
    def space(self) -> Space:
        return IMAGE

    @property
    def data(self) -> tuple[Tensor, Tensor]:
        return _parts()[:2]

    @property
    def held_out(self) -> tuple[Tensor, Tensor]:
        return _parts()[2:]

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        means, labels = self.data
        which = torch.randint(len(means), (n,), generator=rng)
        return means[which], labels[which]

    def mixture(self, components: int = 1500) -> Mixture:
        """Return all pictures, or of each digit the first few where fewer `components` are asked for."""
        means = self.data[0]
        each = max(1, min(EACH, components // 10))
        return uniform_mixture(means.view(10, EACH, -1)[:, :each].reshape(10 * each, -1), 0.0)
