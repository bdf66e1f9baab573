"""An engine with the stub of a training."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from engine_waiting import TRAIN

from flowviz.engine import Engine


@pytest.fixture
def engine() -> Iterator[Engine]:
    """One worker, so that the order of things is certain."""
    with Engine(workers=1, train=TRAIN) as engine:
        yield engine
