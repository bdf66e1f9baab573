"""An engine with the stub of a training, and a book of runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from engine_steps import MiB
from engine_waiting import TRAIN

from flowviz.engine import Engine
from flowviz.engine.book import Book


@pytest.fixture
def engine() -> Iterator[Engine]:
    """One worker, so that the order of things is certain."""
    with Engine(workers=1, train=TRAIN) as engine:
        yield engine


@pytest.fixture
def book() -> Book:
    return Book(cache_bytes=MiB, grace=60.0)
