"""What the tests of exports share."""

from __future__ import annotations

import pytest

from flowviz.experiment import Experiment
from flowviz.export import Options
from flowviz.scene import Panel
from tests.export.scenes import swirl


@pytest.fixture(scope="session")
def panels() -> list[Panel]:
    return [Panel((swirl(),))]


@pytest.fixture
def short() -> Options:
    """A film of eight frames."""
    return Options(fps=10, seconds=0.8)


@pytest.fixture(scope="session")
def experiment() -> Experiment:
    return Experiment.from_flat({"target": "moons", "path": "trig", "steps": "30", "width": "16"})


@pytest.fixture(scope="session")
def learned(experiment):
    from flowviz.training import train

    *_, last = train(experiment)
    return last
