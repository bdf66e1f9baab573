"""What all tests share: one thread, a seeded generator, and examples that are the same in every run."""

from __future__ import annotations

import pytest
import torch
from hypothesis import HealthCheck, settings

torch.set_num_threads(1)
settings.register_profile("flowviz", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("flowviz")


@pytest.fixture
def rng() -> torch.Generator:
    """The test's own source of randomness, the same in every run."""
    return torch.Generator().manual_seed(0)
