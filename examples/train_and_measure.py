"""Train a flow and say how far its samples are from the target: W2, beside the least that so many points can show.

python examples/train_and_measure.py --target moons --steps 2000
"""

import argparse

import torch

from flowviz.experiment import Experiment
from flowviz.metrics import sampling_floor, stratified, wasserstein2
from flowviz.networks import LearnedField
from flowviz.solvers import solve
from flowviz.training import train

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--target", default="moons", help="`python -m flowviz list` shows all")
parser.add_argument("--steps", type=int, default=2000, help="gradient steps")
parser.add_argument("--points", type=int, default=1000, help="particles carried, and points they are held against")
asked = parser.parse_args()

experiment = Experiment.from_flat({"target": asked.target, "steps": str(asked.steps)})
for snapshot in train(experiment):  # a look at the training about twice a second
    print(f"step {snapshot.step:5,}  loss {snapshot.losses[-100:].mean():.3f}")

rng = torch.Generator().manual_seed(1)
x0, _ = stratified(experiment.source_distribution, asked.points, rng)
x1, _ = stratified(experiment.target_distribution, asked.points, rng)
learned = LearnedField(experiment.network, snapshot.weights)
floor = sampling_floor(experiment.target_distribution, asked.points, rng)
print(f"\nW2 of {asked.points:,} points; two samples of the target itself are {floor.mean:.3f} apart")
for steps in (1, 4, 16, 64):
    print(f"{steps:4} Euler steps: {wasserstein2(solve(learned, x0, steps=steps).x[-1], x1):.3f}")
