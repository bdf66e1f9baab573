"""The command line: ``python -m flowviz app | list | train | compare | export | bench``.

Nothing here imports torch before a command needs it, so that ``--help`` answers at once.
"""

from flowviz.cli.commands import main
from flowviz.runs import SavedRun, load_run

__all__ = ["SavedRun", "load_run", "main"]
