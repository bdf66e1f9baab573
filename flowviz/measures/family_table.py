"""The article's table of generative models, measured: one column a method, every cell computed from runs, or empty."""

from collections.abc import Sequence
from functools import lru_cache

from flowviz.experiment import Experiment
from flowviz.measures.families import ENOUGH, POINTS, Family, lost_a_mode
from flowviz.measures.measure import floor_at, samples
from flowviz.metrics import Spread, energy_distance, in_modes, modes_of
from flowviz.script import script
from flowviz.training import evaluations_per_step, untrained_weights

ROWS: dict[str, str] = {
    "stability": "Spread of W2 over the seeds",
    "lost": "Seeds that lost a mode or diverged",
    "evaluations": "Evaluations that are enough",
    "ms": "Time for 1,000 samples, ms",
    "w2": "W2 to the data, units of x",
    "energy": "Energy distance, units of x",
    "near": "Samples near a mode",
    "modes": "Modes found",
    "width": "Variance within a mode, of the data’s",
    "likelihood": "NLL, nats",
    "cost": "Evaluations in a training step",
    "seconds": "Training time, s",
    "parameters": "Parameters",
    "lines": "Lines of its script",
}
"""The rows of the table, by slug."""
MEANT: dict[str, str] = {
    "stability": "Standard deviation of W2, as a share of its mean.",
    "lost": "A mode is lost where it has less than a hundredth of its share of the samples.",
    "evaluations": f"Network evaluations until W2 is within {ENOUGH} times the least that the method reaches.",
    "ms": "On this machine, one core, with as many evaluations as are enough.",
    "w2": "By exact optimal transport between 1,000 samples and 1,000 data points.",
    "energy": "2E‖X − Y‖ − E‖X − X′‖ − E‖Y − Y′‖; 0 for two samples of one distribution.",
    "near": "Within three standard deviations of a mode; without modes, as near to data as 95 % of fresh data are.",
    "modes": "Those that have at least a hundredth of their share of the samples.",
    "width": "Below 1 the samples are too alike within a mode, above 1 it is blurred.",
    "likelihood": "Mean negative log-likelihood of fresh data; its floor is the entropy.",
    "cost": "Of its networks, forward, counted in one step; a gradient goes back through all of them.",
    "seconds": "On this machine, one core; the flows that make pairs are not counted.",
    "parameters": "Numbers that are learned.",
    "lines": "What “Show the code” prints: data, network, training and samples.",
}
"""What each row measures."""
ARTICLE: dict[str, tuple[str, ...]] = {
    "Training stability": ("stability", "lost"),
    "Sampling speed": ("evaluations", "ms"),
    "Sample quality": ("w2", "energy", "near", "modes"),
    "Diversity": ("width",),
    "Likelihood": ("likelihood",),
    "Complexity": ("cost", "seconds", "parameters", "lines"),
}
"""The rows of the article's table, and what each is measured by."""


def cells(family: Family) -> dict[str, str]:
    """Return what stands in the column of a method, by row; a dash where it cannot be had.

    >>> sorted(cells(Family("flow", Experiment())).items())[:2]
    [('cost', '1'), ('energy', '–')]
    """
    runs, one = family.runs, family.experiment
    found = dict.fromkeys(ROWS, "–") | {"cost": str(evaluations_of(one)), "lines": lines_of(one)}
    if not runs:
        return found | ({"lost": f"{family.seeds} of {family.seeds}"} if family.failed else {})
    w2 = Spread.of([run.w2 for run in runs])
    found["w2"] = _over(w2, len(runs))
    found["energy"] = _over(Spread.of([run.energy for run in runs]), len(runs), places=3)
    found["near"] = f"{100 * sum(run.near for run in runs) / len(runs):.0f} %"
    found["evaluations"] = _range([run.enough.nfe for run in runs])
    ms = sorted(run.ms for run in runs)[len(runs) // 2]
    found["ms"] = f"{ms:.0f}" if ms >= 10 else f"{ms:.2g}"
    found["seconds"] = f"{sum(run.seconds for run in runs) / len(runs):.1f}"
    if family.seeds > 1:
        lost = sum(lost_a_mode(run, one) for run in runs) + len(family.failed or {})
        found["lost"] = f"{lost} of {family.seeds}"
        found["stability"] = f"± {100 * w2.spread / w2.mean:.0f} %" if len(runs) > 1 else "–"
    if (modes := modes_of(one.target_distribution)) is not None:
        found["modes"] = f"{_range([run.modes.found for run in runs if run.modes])} of {len(modes)}"
        widths = [run.modes.width for run in runs if run.modes and run.modes.width is not None]
        found["width"] = _over(Spread.of(widths), len(widths)) if widths else "–"
    known = [run.likelihood for run in runs if run.likelihood is not None]
    if known:
        found["likelihood"] = ("≤ " if one.method.slug == "vae" else "") + _over(Spread.of(known), len(known))
    found["parameters"] = f"{parameters_of(one):,}"
    return found


def _over(spread: Spread, count: int, *, places: int = 2) -> str:
    return f"{spread.mean:.{places}f}" + (f" ± {spread.spread:.{places}f}" if count > 1 else "")


def _range(values: Sequence[int]) -> str:
    low, high = min(values), max(values)
    return str(low) if low == high else f"{low}–{high}"


@lru_cache(maxsize=64)
def evaluations_of(experiment: Experiment) -> int:
    """Return network evaluations in one training step."""
    return evaluations_per_step(experiment)


@lru_cache(maxsize=64)
def lines_of(experiment: Experiment) -> str:
    """Return lines of the experiment's script; a dash where it has none."""
    try:
        return str(len([line for line in script(experiment).splitlines() if line.strip()]))
    except ValueError:
        return "–"


@lru_cache(maxsize=64)
def parameters_of(experiment: Experiment) -> int:
    """Return numbers that are learned."""
    return sum(weights.size for weights in untrained_weights(experiment).values())


@lru_cache(maxsize=64)
def floors(experiment: Experiment) -> str:
    """Return what two samples of the data themselves come to, a sentence."""
    target = experiment.target_distribution
    x1, other = (samples(experiment, POINTS, repeat)[1] for repeat in (0, 1))
    words = f"Two samples of the data: W2 {floor_at(target, POINTS).mean:.2f}, energy distance {energy_distance(x1, other):.3f}"
    if (modes := modes_of(target)) is not None:
        own = in_modes(x1, modes)
        words += f", {100 * own.near:.0f} % near a mode, {own.found} of {len(modes)} modes"
    return f"{words}; entropy {target.entropy:.2f} nats." if target.entropy is not None else f"{words}."


def families_table(families: Sequence[Family], form: str = "markdown") -> str:
    """Return the table as text, methods as columns.

    Args:
        families: The methods, at least one.
        form: "markdown" or "csv".

    Raises:
        ValueError: If the form is unknown or nothing is given.
    """
    if form not in ("markdown", "csv"):
        raise ValueError(f"unknown form {form!r}; choose one of markdown, csv.")
    if not families:
        raise ValueError("a table needs at least one method; got none.")
    columns = [cells(family) for family in families]
    lines = [[name, *(column[slug] for column in columns)] for slug, name in ROWS.items()]
    head = ["", *(family.name for family in families)]
    if form == "csv":
        return "".join(",".join(f'"{cell}"' for cell in line) + "\n" for line in (head, *lines))
    rule = ["---"] * len(head)
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, rule, *lines))
