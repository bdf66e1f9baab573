"""Show the code: a short script in PyTorch for exactly one experiment.

>>> from flowviz.experiment import Experiment
>>> print(script(Experiment(target="moons")).splitlines()[0])
\"\"\"Flow matching from Gaussian to Two moons. Path: Linear. Coupling: Independent.
"""

from flowviz.script.package import with_package
from flowviz.script.write import script, script_name

__all__ = ["script", "script_name", "with_package"]
