"""How long a training step takes."""

import time
from collections.abc import Callable, Iterator

from flowviz.bench.loops import (
    Run,
    article_loop,
    ours,
    paired,
    products,
    torchcfm_loop,
    torchcfm_matcher,
)
from flowviz.bench.report import Aim, Row
from flowviz.experiment import ARTICLE, Experiment


def _faster(name: str, times: dict[str, float], mine: str, other: str, aim: float | None = None, note: str = "") -> Row:
    return Row(
        name,
        times[mine],
        times[other],
        "ms/step",
        times[other] / times[mine],
        None if aim is None else Aim("≥", aim),
        note,
    )


def _experiment(steps: int, **flat: str) -> Experiment:
    return Experiment.from_flat({"steps": str(steps), "batch": "256", **flat})


def _trains(experiment: Experiment) -> Run:
    return lambda: ours(experiment)


def _warm(runs: list[Run]) -> None:
    """Make the first calls, which load libraries and fill caches and are not timed."""
    for run in runs:
        run()


def independent(quick: bool) -> Iterator[Row]:
    """Measure 3×64, independent coupling, against torchcfm."""
    steps, rounds = (512, 3) if quick else (1024, 8)
    matcher = torchcfm_matcher("ConditionalFlowMatcher")
    experiment = _experiment(steps)
    _warm([lambda: torchcfm_loop(matcher, experiment, 64), _trains(_experiment(64))])
    runs: dict[str, Run] = {"ours": _trains(experiment), "torchcfm": lambda: torchcfm_loop(matcher, experiment, steps)}
    times = paired(runs, steps, rounds)
    yield _faster("3×64, independent: times faster than torchcfm", times, "ours", "torchcfm", 2.5)


def optimal_transport(quick: bool) -> Iterator[Row]:
    """Measure 3×64, exact optimal transport, against torchcfm."""
    steps, rounds = (512, 1) if quick else (1024, 4)
    matcher = torchcfm_matcher("ExactOptimalTransportConditionalFlowMatcher")
    once = _experiment(steps, coupling="ot", ot_reuse="1")
    twice = _experiment(steps, coupling="ot", ot_reuse="2")
    cpu: dict[str, float] = {}
    _warm([lambda: torchcfm_loop(matcher, once, 8), _trains(_experiment(8, coupling="ot"))])
    runs: dict[str, Run] = {
        "once": _count_cpu(_trains(once), cpu, "once"),
        "torchcfm": _count_cpu(lambda: torchcfm_loop(matcher, once, steps), cpu, "torchcfm"),
        "twice": _count_cpu(_trains(twice), cpu, "twice"),
    }
    times = paired(runs, steps, rounds)
    for name, title, aim in (("once", "every plan new", 3.0), ("twice", "every plan used twice", 5.0)):
        ratio = cpu["torchcfm"] / cpu[name]
        note = f"a second thread pairs ahead; counting the CPU time of both, {ratio:.1f} times less than torchcfm"
        yield _faster(f"3×64, exact OT, {title}: times faster than torchcfm", times, name, "torchcfm", aim, note)


def _count_cpu(run: Run, cpu: dict[str, float], name: str) -> Run:
    """Return the same run, adding its CPU time, of all threads, to `cpu`."""

    def counted() -> None:
        start = time.process_time()
        run()
        cpu[name] = cpu.get(name, 0.0) + time.process_time() - start

    return counted


def wide(quick: bool) -> Iterator[Row]:
    """Measure 3×128, against its matrix products alone and against the article's loop."""
    steps, rounds = (192, 3) if quick else (512, 8)
    experiment, article = _experiment(steps, width="128"), _experiment(steps, **ARTICLE)
    only: Callable[[int], None] = products(experiment)
    _warm([lambda: only(64), lambda: article_loop(article, 64), _trains(_experiment(64, width="128"))])
    runs: dict[str, Run] = {
        "ours": _trains(experiment),
        "products": lambda: only(steps),
        "article": lambda: article_loop(experiment, steps),
        "ours, article's network": _trains(article),
        "article, its network": lambda: article_loop(article, steps),
    }
    times = paired(runs, steps, rounds)
    yield Row(
        "3×128: times its matrix products alone",
        times["ours"],
        times["products"],
        "ms/step",
        times["ours"] / times["products"],
        Aim("≤", 1.5),
    )
    yield _faster("3×128: times faster than the article's loop", times, "ours", "article")
    note = "its time embedding goes through autograd on both sides"
    yield _faster("the article's own network and loop", times, "ours, article's network", "article, its network", None, note)
