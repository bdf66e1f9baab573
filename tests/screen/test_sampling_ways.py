"""The likelihood along one way, on the page: followed, chosen, or a sentence that says why not."""

from __future__ import annotations

import dataclasses
from functools import partial

import pytest
import torch
from streamlit.testing.v1 import AppTest

from flowviz.experiment import Experiment
from flowviz.measures import measured_ways
from flowviz.ui.sampling import divergence
from flowviz.ui.sampling.flow import Flow
from flowviz.ui.sampling.measuring import WAYS
from tests.screen import pages
from tests.screen.pages import run

open_page = partial(pages.open_page, "sampling")
HEADING = "##### Likelihood along one way"


def words(app: AppTest) -> str:
    return " ".join(part.value for part in (*app.markdown, *app.caption))


def followed(**address: str) -> AppTest:
    app = open_page(section="likelihood", particles="50", **address)
    task = WAYS.of(Flow(Experiment.from_flat(address), None), begin=False)
    assert task is not None
    task.thread.join(60)
    assert not task.error
    return run(app)


@pytest.mark.parametrize("address", [{"target": "two-gaussians"}, {"target": "helix"}], ids=str)
def test_a_particle_is_followed_in_the_plane_and_in_space_and_another_can_be_chosen(address: dict[str, str]):
    app = followed(**address)
    assert "Particle 1 goes from" in words(app)
    next(slider for slider in app.slider if slider.key == divergence.WHICH).set_value(3)
    app = run(app)
    assert "Particle 3 goes from" in words(app)
    assert "| 16 probes |" in words(app)


@pytest.mark.parametrize(
    ("address", "times"),
    [({"target": "two-points"}, 0), ({"source": "circles", "target": "moons"}, 0), ({"source": "trefoil", "target": "torus"}, 1)],
    ids=str,
)
def test_where_there_is_no_likelihood_the_page_says_so_once(address: dict[str, str], times: int):
    app = open_page(section="likelihood", particles="50", **address)
    assert [part.value for part in app.markdown].count(HEADING) == times
    assert words(app).count("has no density") + words(app).count("has no closed form, so there is no likelihood") == 1


def test_a_stand_in_is_not_called_exact_and_a_difference_is_explained():
    found = measured_ways(Experiment.from_flat({"path": "ve"}), None, n=2, steps=20)
    assert "The particles begin at x₀ alone" in divergence.reading(found, 0, None)
    found = measured_ways(Experiment.from_flat({"target": "moons"}), None, n=1, steps=20)
    assert "than the stand-in does" in divergence.reading(found, 0, 60)
    assert "nats**" in divergence.reading(found, 0, None)


def test_the_table_shows_what_the_probes_cost_and_nothing_where_nothing_is_known():
    found = measured_ways(Experiment(), None, n=3, steps=20)
    lines = divergence.table(found, 1).splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:]] == ["exact trace", "1 probe", "4 probes", "16 probes"]
    lost = dataclasses.replace(found.ways, running=torch.full_like(found.ways.running, torch.nan))
    assert divergence.table(dataclasses.replace(found, ways=lost), 0).splitlines()[3] == "| 1 probe | – | – | – |"


def test_a_field_that_loses_its_particles_has_a_sentence():
    def page(found: object) -> None:
        from flowviz.ui.sampling import divergence

        divergence._one(found, 5)  # type: ignore[arg-type]

    found = measured_ways(Experiment(), None, n=2, steps=20)
    lost = dataclasses.replace(found.ways, running=torch.full_like(found.ways.running, torch.nan))
    app = run(AppTest.from_function(page, kwargs={"found": dataclasses.replace(found, ways=lost)}))
    assert "out of all bounds" in words(app)
