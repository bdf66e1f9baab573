"""The same experiment gives the same losses and particles on however many threads, and the caller keeps theirs."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from flowviz.experiment import Experiment
from flowviz.training import train

ROOT = Path(__file__).resolve().parents[1]
CODE = """
import hashlib, sys, torch
from flowviz.couplings import COUPLINGS, ExactOT
from flowviz.distributions import DISTRIBUTIONS
from flowviz.experiment import Experiment
from flowviz.networks import LearnedField
from flowviz.solvers import solve
from flowviz.training import train

threads = int(sys.argv[1])
torch.set_num_threads(threads)
for coupling in COUPLINGS:
    for batch in (256, 768, 1024):
        experiment = Experiment.from_flat({"coupling": coupling, "batch": str(batch), "steps": "12"})
        *_, last = train(experiment)
        x0 = experiment.source_distribution.sample(500, torch.Generator().manual_seed(1))
        x = solve(LearnedField(experiment.network, last.weights), x0, steps=10).x
        x1 = experiment.target_distribution.sample(batch, torch.Generator().manual_seed(2))
        x0 = experiment.source_distribution.sample(batch, torch.Generator().manual_seed(3))
        pairs = COUPLINGS[coupling]().partners(x0, x1, torch.Generator().manual_seed(4))
        digest = hashlib.sha256(last.losses.tobytes() + x.numpy().tobytes() + pairs.numpy().tobytes()).hexdigest()
        print(coupling, batch, digest[:16])
assert torch.get_num_threads() == threads
"""


def digests(threads: int) -> str:
    done = subprocess.run([sys.executable, "-c", CODE, str(threads)], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_losses_particles_and_pairs_do_not_depend_on_the_number_of_threads() -> None:
    """Fresh processes with 1, 2 and 4 threads, three times each: every coupling, three sizes of batch."""
    expected = digests(1)
    assert len(expected.splitlines()) == 12
    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(digests, (1, 2, 4, 2, 4, 1, 2, 4))) == {expected}


def test_a_training_leaves_the_callers_threads_alone() -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        snapshots = train(Experiment(training={"steps": 40}), every=0)  # type: ignore[arg-type]
        for _ in range(3):
            next(snapshots)
            assert torch.get_num_threads() == 2
        snapshots.close()  # type: ignore[attr-defined]
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
