"""Train twice, with points paired at random and by optimal transport: which flow is straighter, and good in one step?

python examples/compare_couplings.py --target 8gaussians --steps 2000
"""

import argparse

from flowviz.experiment import Experiment
from flowviz.measures import KINDS, measure
from flowviz.training import train

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--target", default="8gaussians", help="`python -m flowviz list` shows all")
parser.add_argument("--steps", type=int, default=2000, help="gradient steps of each training")
parser.add_argument("--points", type=int, default=500, help="points that both are measured on")
asked = parser.parse_args()

shown = ("straightness", "w2", "w2_one")  # of flowviz.measures.KINDS
print(f"{'coupling':12}" + "".join(f"{KINDS[slug].name:>14}" for slug in shown))
for coupling in ("independent", "ot"):
    experiment = Experiment.from_flat({"target": asked.target, "coupling": coupling, "steps": str(asked.steps)})
    *_, last = train(experiment)
    measures = measure(experiment, last, n=asked.points, repeats=1)
    values = (measures[slug].value for slug in shown)
    print(f"{coupling:12}" + "".join(f"{'none':>14}" if value is None else f"{value:14.3f}" for value in values))
print("0 is straight: velocities that never change, so that one Euler step goes all the way.")
