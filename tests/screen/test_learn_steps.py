"""Steps 6 to 8 of the lecture: what they say is what is computed, for every path and every kind of pair."""

from __future__ import annotations

import re
from functools import partial

import numpy as np
import pytest
import torch

from flowviz.distributions import distributions_in
from flowviz.experiment import Experiment
from flowviz.known import known
from flowviz.lessons import Still, continuity_terms, gradients
from flowviz.paths import PATHS
from flowviz.spaces import PLANE
from flowviz.ui.learn import session
from flowviz.ui.learn.charts import bars_figure, cosine_figure, parts_figure, top_of
from flowviz.ui.learn.computed import CANDIDATES, gradients_of, maps_of, parts_of
from flowviz.ui.learn.steps import continuity, loss, theorem
from flowviz.ui.learn.symbols import coloured
from tests.lessons.laws import loss_parts
from tests.screen.pages import open_page
from tests.screen.rough import compute_roughly

STEPS = (continuity.STEP, loss.STEP, theorem.STEP)
PAIRS = [
    Experiment(),
    Experiment(source="two-points", target="two-points"),
    Experiment(source="two-gaussians", target="moons", path="bridge"),
]
LONGEST = 80
SLUGS = [*distributions_in(PLANE)]


def test_they_stand_between_the_average_and_the_sampling() -> None:
    assert session.SLUGS[5:8] == tuple(step.slug for step in STEPS) == ("continuity", "loss", "theorem")


def spoken_words(markdown: str) -> list[str]:
    return re.sub(r"\]\([^)]*\)", "", markdown).split()


def check(experiment: Experiment) -> None:
    for step in STEPS:
        texts = [step.words(experiment), step.try_this(experiment), step.answer(experiment)]
        assert len(spoken_words(texts[0])) <= LONGEST, texts[0]
        assert not any("nan" in text.lower().split() or "inf" in text.lower().split() for text in texts)
        assert coloured(step.formula(experiment)).count("{") == coloured(step.formula(experiment)).count("}")
    maps = maps_of(experiment)
    assert np.isfinite(maps.change).all()
    assert maps.largest_sum <= 1e-10 * max(maps.largest_term, 1e-3)
    assert all(np.isfinite(one.cosine.numpy()).all() for one in gradients_of(experiment))
    parts = {slug: parts_of(experiment, slug) for slug in CANDIDATES}
    assert all(np.isfinite(one.total) for one in parts.values())
    assert len({one.floor_total for one in parts.values()}) == 1
    assert np.isfinite(top_of(list(parts.values())))


@pytest.mark.parametrize("experiment", PAIRS, ids=lambda e: "-".join(e.to_flat().values()) or "default")
def test_words_are_few_and_numbers_finite(experiment: Experiment) -> None:
    check(experiment)


@pytest.mark.slow
def test_points_on_the_diffusion_path() -> None:
    check(Experiment(target="two-points", path="vp"))


@pytest.mark.slow
@pytest.mark.parametrize(("source", "target"), [*zip(SLUGS[::2], [*SLUGS[1::2], SLUGS[0]], strict=True)])
def test_every_distribution_as_source_or_target(source: str, target: str, monkeypatch) -> None:
    compute_roughly(monkeypatch)
    check(Experiment(source=source, target=target))


@pytest.mark.slow
@pytest.mark.parametrize("slug", [slug for slug, path in PATHS.items() if not path.gaussian_source])
def test_every_path_between_two_that_are_not_gaussian(slug: str, monkeypatch) -> None:
    compute_roughly(monkeypatch)
    check(Experiment(source="two-gaussians", target="moons", path=slug))


def test_the_largest_sum_that_is_written_is_the_largest_on_the_grid() -> None:
    experiment = Experiment()
    maps, (x0, x1, y0, y1) = maps_of(experiment), known(experiment).bounds
    side, k = maps.change.shape[1], 11
    middles = (np.arange(side) + 0.5) / side
    x, y = np.meshgrid(x0 + (x1 - x0) * middles, y0 + (y1 - y0) * middles)
    places = torch.from_numpy(np.stack([x.ravel(), y.ravel()], 1))
    found = continuity_terms(known(experiment).field, places, torch.tensor(maps.t[k], dtype=torch.float64))
    assert np.allclose(maps.change[k].ravel(), found.change.numpy(), rtol=1e-9, atol=1e-12)
    assert np.allclose(maps.outflow[k].ravel(), found.outflow.numpy(), rtol=1e-9, atol=1e-12)
    assert continuity.spoken(maps.largest_term) in continuity.STEP.words(experiment)
    assert continuity.spoken(maps.largest_sum) in continuity.STEP.words(experiment)


def test_the_floor_that_is_written_is_computed() -> None:
    """Why is my loss 9.8? An independent sample says the same."""
    parts = loss_parts(known(Experiment()).field, Still(), torch.Generator().manual_seed(123))
    assert loss.floor_text(Experiment()) == "9.80"
    assert parts.floor_total.mean == pytest.approx(9.80, abs=0.015)
    assert "**9.80**" in loss.STEP.answer(Experiment())
    assert "9.80" not in loss.STEP.answer(Experiment(target="moons"))


@pytest.mark.parametrize(
    ("value", "error", "text"), [(9.8013, 0.003, "9.80"), (16.31, 0.03, "16.3"), (71.9, 0.6, "72"), (0.0, 0.0, "0")]
)
def test_digits_follow_the_error(value: float, error: float, text: str) -> None:
    assert loss.number(value, error) == text


def test_the_cosines_that_are_written_are_computed() -> None:
    found = [gradients(known(Experiment()).field, torch.Generator().manual_seed(7 + i)) for i in range(5)]
    assert f"**{np.median([float(one.cosine[0]) for one in found]):.2f}** for 16" in theorem.STEP.words(Experiment())
    assert theorem.shown(0.99991) == "0.99991"
    assert theorem.shown(0.9) == "0.90"


def test_figures_show_the_values() -> None:
    parts, found = parts_of(Experiment(), "zero"), gradients_of(Experiment())
    floor, whole = (np.array(trace["y"]) for trace in parts_figure(parts, "floor", 30.0, 15)["data"])
    assert np.allclose(floor, parts.floor.numpy(), rtol=1e-3)
    assert np.allclose(whole - floor, parts.learnable.numpy(), atol=0.02)
    one, other = (np.array(trace["y"]) for trace in bars_figure(found[0], 0, 15)["data"])
    assert len(one) == len(other) == 24
    assert float(np.abs(other).max()) == pytest.approx(float(found[0].marginal[0].abs().max()), rel=0.5)
    drawn = cosine_figure(found, 3, 15)["data"][-2]["y"]
    assert np.allclose(drawn, np.median([g.cosine.numpy() for g in found], 0), rtol=1e-3)
    for figure in (parts_figure(parts, "floor", 30.0, 15), bars_figure(found[0], 0, 15), cosine_figure(found, 3, 15)):
        assert figure["layout"]["font"]["size"] >= 14


page = partial(open_page, "learn")


@pytest.mark.parametrize("step", ["continuity", "loss", "theorem"])
def test_the_page_draws_the_step(step: str) -> None:
    app = page(step=step, target="moons")
    assert not app.exception
    assert any("Try this" in markdown.value for markdown in app.markdown)


def test_choices_answer_at_once() -> None:
    app = page(step="theorem")
    before = next(m.value for m in app.markdown if m.value.startswith("### cosine"))
    app.select_slider[0].set_value(4096).run()
    after = next(m.value for m in app.markdown if m.value.startswith("### cosine"))
    assert not app.exception
    assert before != after
    found = gradients_of(Experiment())[0]
    assert theorem.shown(float(found.cosine[found.sizes.index(4096)])) in after
