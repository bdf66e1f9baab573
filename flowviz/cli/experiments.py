"""The file that `compare` reads: a list of experiments."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from flowviz.cli.errors import RefusalError
from flowviz.experiment import Experiment, format_value
from flowviz.experiment.refusals import sentence

MOST = 25
REMEDY = 'give a list of 1 to 25 experiments, e.g. [{"coupling": "independent"}, {"coupling": "ot"}]'


def read_experiments(path: str) -> list[Experiment]:
    """Read a list of experiments, each flat as in a link, or as `Experiment.model_dump_json()` writes it.

    Args:
        path: A file of JSON.

    Returns:
        1 to 25 experiments; equal ones are allowed.

    Raises:
        RefusalError: If there are none, too many, or one is not legal.
    """
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise RefusalError(f"cannot read {path!r}: {(error.strerror or str(error)).lower()}; {REMEDY}.") from None
    except UnicodeDecodeError:
        raise RefusalError(f"{path!r} is not a text file; {REMEDY}.") from None
    except (json.JSONDecodeError, RecursionError, ValueError) as error:
        where = f" (line {error.lineno}: {error.msg})" if isinstance(error, json.JSONDecodeError) else ""
        raise RefusalError(f"{path!r} is not JSON{where}; {REMEDY}.") from None
    if isinstance(found, Mapping):
        found = found.get("experiments", [found])
    if not isinstance(found, list) or not found:
        raise RefusalError(f"{path!r} holds no experiment; {REMEDY}.")
    if len(found) > MOST:
        raise RefusalError(f"{path!r} holds {len(found)} experiments, and at most {MOST} are compared at once; leave some out.")
    return [_experiment(path, number, entry) for number, entry in enumerate(found, 1)]


def _experiment(path: str, number: int, entry: Any) -> Experiment:
    where = f"experiment {number} in {path!r}"
    if not isinstance(entry, Mapping):
        raise RefusalError(
            f"{where} must be an object of names and values; got {json.dumps(entry)[:40]}. To put it right, {REMEDY}."
        )
    try:
        if any(isinstance(value, Mapping) for value in entry.values()):
            return Experiment.model_validate_json(json.dumps(entry))
        return Experiment.from_flat({name: format_value(value) for name, value in entry.items()})
    except ValidationError as error:
        raise RefusalError(f"{where}: {sentence(error, Experiment)}") from None
    except (ValueError, OverflowError) as error:
        raise RefusalError(f"{where}: {error}") from None
