"""The article's table of `compare`: methods as columns, experiments that differ in their seed alone as one."""

from collections.abc import Callable, Sequence
from pathlib import Path

from flowviz.experiment import Experiment
from flowviz.measures import Family, families_table, family_run, floors, names_of, verdicts
from flowviz.training import Snapshot

FILES = {"families.md": "markdown", "families.csv": "csv"}


def several_methods(experiments: Sequence[Experiment]) -> bool:
    """Return whether the table is worth its time: experiments of two methods or more, and one target."""
    return len({one.method.slug for one in experiments}) > 1 and len({one.target for one in experiments}) == 1


def columns(trained: Sequence[tuple[Experiment, Snapshot | None, str]]) -> list[Family]:
    """Return the columns, in the order in which the experiments stand in the file.

    Args:
        trained: Experiments with their weights, or None and what went wrong.
    """
    groups = list(dict.fromkeys(experiment.changed(seed=0) for experiment, _, _ in trained))
    names = dict(zip(groups, names_of(groups), strict=True))  # a column is of all seeds, and called after none
    found: dict[Experiment, Family] = {}
    for experiment, snapshot, trouble in trained:
        group = experiment.changed(seed=0)
        family = found.get(group) or Family(names[group], experiment, (), {})
        runs, failed = family.runs, dict(family.failed or {})
        if experiment.seed in failed or experiment.seed in {run.seed for run in runs}:
            continue
        try:
            if snapshot is None or trouble:
                raise ValueError(trouble)
            runs = (*runs, family_run(experiment, snapshot))
        except ValueError as error:
            failed[experiment.seed] = str(error)
        found[group] = Family(family.name, family.experiment, runs, failed)
    return list(found.values())


def write(out: Path, families: Sequence[Family], say: Callable[[str], None]) -> list[str]:
    """Write the table and say what its numbers say; returns the names of the files.

    Raises:
        OSError: If a file cannot be written.
    """
    words = "".join(f"* {sentence}\n" for sentence in verdicts(families))
    for file, form in FILES.items():
        text = families_table(families, form)
        more = f"\n{floors(families[0].experiment)}\n\n{words}" if form == "markdown" else ""
        (out / file).write_text(text + more, encoding="utf-8")
    for sentence in verdicts(families):
        say(sentence)
    return list(FILES)
