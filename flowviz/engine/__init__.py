"""Many trainings at once: bounded, queued, shared by all who ask for the same experiment, cancellable.

>>> from flowviz.engine import shared
>>> run = shared().submit(experiment, watcher="a session")  # doctest: +SKIP
>>> shared().get(run.id).status                             # doctest: +SKIP
'running'
"""

from flowviz.engine.book import QueueFullError
from flowviz.engine.engine import Engine, count_workers, shared
from flowviz.engine.run import Run, Status

__all__ = ["Engine", "QueueFullError", "Run", "Status", "count_workers", "shared"]
