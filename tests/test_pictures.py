"""Pictures: the digits are whole, stand at their own defaults, and go through the same code as points of the plane."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowviz.distributions import label_shares
from flowviz.distributions.digits import FILE, Digits
from flowviz.experiment import Experiment, default_of, nearest, settled
from flowviz.export import FORMATS, Options, export
from flowviz.export.tiles import row_names
from flowviz.known import known
from flowviz.networks import learned_field
from flowviz.scene import Panel, awaits_density, compact, pack, unpack
from flowviz.scene.build import View, exact_scene
from flowviz.scene.learned import learned_scene
from flowviz.spaces import IMAGE
from flowviz.training import train

SMALL = {"target": "digits", "steps": "60", "width": "32", "batch": "64"}


def test_the_data_are_those_of_scikit_learn():
    datasets = pytest.importorskip("sklearn.datasets")
    with np.load(FILE) as file:
        x, y = datasets.load_digits(return_X_y=True)
        assert (file["pixels"] == x).all()
        assert (file["labels"] == y).all()


def test_no_picture_is_both_learned_from_and_held_out():
    (x, y), (held, digits) = Digits().data, Digits().held_out
    assert (x.shape, held.shape) == ((1500, 64), (297, 64))
    assert y.bincount().tolist() == [150] * 10
    assert len(digits.unique()) == 10
    assert (float(x.min()), float(x.max())) == (-1, 1)
    assert float(torch.cdist(held, x, compute_mode="donot_use_mm_for_euclid_dist").min()) > 0
    assert label_shares(Digits()) == (0.1,) * 10


def test_who_picks_digits_gets_a_network_that_fits_and_who_leaves_them_the_usual_one():
    one = Experiment(target="digits")
    assert (one.network.width, one.training.steps, one.training.classes) == (256, 2000, "within")
    assert one.to_flat() == {"target": "digits"}
    assert Experiment.from_flat({"target": "digits"}) == nearest({"target": "digits"})[0] == one
    assert Experiment.model_validate_json(one.model_dump_json()) == one
    assert default_of("width", None, "digits") == 256
    assert default_of("width") == 64
    there = settled(Experiment().to_flat(changed_only=False), target="digits")
    assert Experiment.from_flat(there) == one
    back = settled(one.to_flat(changed_only=False), target="8gaussians")
    assert Experiment.from_flat(back) == Experiment()
    own = settled(Experiment.from_flat({"width": "32"}).to_flat(changed_only=False), target="digits")
    assert Experiment.from_flat(own).network.width == 32


@pytest.mark.parametrize("flat", [{"method": "gan"}, {"method": "vae"}, {"method": "distilled"}, {"coupling": "pairs"}])
def test_what_learns_no_classes_has_none_by_default(flat):
    experiment, notes = nearest({"target": "digits", **flat})
    assert experiment.training.classes == "off"
    assert experiment.network.width == 256
    assert not notes
    assert experiment.to_flat() == {"target": "digits", **flat}


def test_an_exact_flow_copies_and_a_learned_one_need_not():
    experiment, view = Experiment.from_flat(SMALL), View(solver_steps=20)
    exact = exact_scene(experiment, view)
    assert np.linalg.norm(exact.x[-1] - exact.nearest, axis=1).max() < 0.2
    assert exact.labels.tolist() == sorted(exact.labels.tolist())
    # Each of them is a picture of the row's own digit.
    means, labels = Digits().data
    which = torch.cdist(torch.from_numpy(exact.nearest), means).argmin(1)
    assert labels[which].tolist() == exact.labels.tolist()
    *_, last = train(experiment)
    learned = learned_scene(experiment, learned_field(experiment, last.weights), last.step, view)
    assert np.linalg.norm(learned.x[-1] - learned.nearest, axis=1).min() > 0.5
    assert not awaits_density([Panel((exact,)), Panel((learned,))])
    assert last.losses[-10:].mean() < 0.8 * last.losses[:10].mean()


def test_one_class_may_be_asked_for_and_none():
    experiment = Experiment.from_flat(SMALL)
    assert set(exact_scene(experiment, View(of_class=7, solver_steps=6)).labels) == {7}
    free = exact_scene(experiment, View(guidance=0.0, solver_steps=6))
    assert row_names(free.labels) == []


def test_bytes_of_pictures_are_few_and_near():
    experiment, view = Experiment.from_flat(SMALL), View()
    scene = exact_scene(experiment, view)
    block = pack([Panel((scene,))])
    (panel,), _ = unpack(block)
    assert np.abs(panel.scenes[0].x - scene.x).max() < 0.02
    assert np.abs(panel.scenes[0].nearest - scene.nearest).max() < 0.02
    assert len(block) < 450_000
    assert len(compact([Panel((scene,))])) < 60_000


def test_all_pixels_share_one_range():
    bounds = known(Experiment(target="digits")).bounds
    assert len(bounds) == 2 * IMAGE.dim
    assert len(set(bounds)) == 2


@pytest.mark.parametrize("format", [slug for slug, f in FORMATS.items() if f.needs == "panels"])
def test_every_format_holds_pictures(tmp_path, format):
    scene = exact_scene(Experiment.from_flat(SMALL), View(solver_steps=6))
    file = tmp_path / f"digits.{format}"
    export([Panel((scene,))], format, file, Options(fps=5, seconds=0.8, colour="speed"))
    assert file.stat().st_size > 2000
