"""The few lines that take an experiment of the page into one's own Python."""

from flowviz.distributions import Points
from flowviz.experiment import Experiment


def with_package(experiment: Experiment) -> str:
    """Return Python that trains an experiment with the package itself, and reads what *Take it home* wrote.

    >>> print(with_package(Experiment(target="moons", seed=3)))
    from flowviz import Experiment, train
    <BLANKLINE>
    experiment = Experiment.from_flat({"target": "moons", "seed": "3"})
    *_, last = train(experiment)  # the losses of this page, digit for digit
    <BLANKLINE>
    from flowviz import load  # an estimator of scikit-learn: pip install 'flowviz-fm[sklearn]'
    <BLANKLINE>
    flow = load("weights.npz")  # the weights of Take it home: flow.sample(1000), flow.score_samples(X)
    <BLANKLINE>
    """
    own = any(isinstance(end, Points) for end in (experiment.source, experiment.target))
    flat = ", ".join(f'"{name}": "{text}"' for name, text in experiment.to_flat().items())
    made = 'model_validate_json(open("experiment.json").read())  # of Take it home' if own else f"from_flat({{{flat}}})"
    lines = ["from flowviz import Experiment, train", "", f"experiment = Experiment.{made}"]
    lines += ["*_, last = train(experiment)  # the losses of this page, digit for digit", ""]
    if experiment.method.slug == "flow-matching" and experiment.source == "gaussian" and not experiment.class_count:
        units = ", in the units of your data" if experiment.frame is not None else ""
        asked = f"flow.sample(1000), flow.score_samples(X){units}"
        lines += ["from flowviz import load  # an estimator of scikit-learn: pip install 'flowviz-fm[sklearn]'", ""]
        lines += [f'flow = load("weights.npz")  # the weights of Take it home: {asked}', ""]
    return "\n".join(lines)
