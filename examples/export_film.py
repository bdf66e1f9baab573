"""Train a flow and write it as a film beside the exact one, and as a strip of pictures for a paper.

python examples/export_film.py --target spirals --path trig --out spirals
"""

import argparse
from pathlib import Path

from flowviz.experiment import Experiment
from flowviz.export import Options, export
from flowviz.networks import learned_field
from flowviz.scene import Panel
from flowviz.scene.build import View, exact_scene
from flowviz.scene.learned import learned_scene
from flowviz.training import train

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--target", default="spirals", help="`python -m flowviz list` shows all")
parser.add_argument("--path", default="trig", help="`python -m flowviz list` shows all")
parser.add_argument("--steps", type=int, default=2000, help="gradient steps")
parser.add_argument("--out", type=Path, default=Path("flow"), help="beginning of the files' names")
parser.add_argument("--seconds", type=float, default=3.0, help="length of the film")
asked = parser.parse_args()

experiment = Experiment.from_flat({"target": asked.target, "path": asked.path, "steps": str(asked.steps)})
*_, last = train(experiment)
view = View(particles=500)
learned = learned_scene(experiment, learned_field(experiment, last.weights), last.step, view)
panels = [Panel((exact_scene(experiment, view),)), Panel((learned,))]
options = Options(size="1280x720", seconds=asked.seconds, layers=("particles", "trails"))
for format, end in (("gif", ".gif"), ("strip-pdf", "-strip.pdf")):
    written = export(panels, format, f"{asked.out}{end}", options, experiment=experiment, learned=last)
    print(f"{written.path}: {written.bytes:,} bytes, {written.frames} pictures")
