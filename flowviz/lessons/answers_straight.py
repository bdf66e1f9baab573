"""Answers about straightness: rectified flow, the two meanings of OT, pairs and their flow."""

from collections.abc import Mapping

import torch
from torch import Tensor

from flowviz.known import known, path_draws
from flowviz.lessons.answers import (
    BLUR,
    LINES,
    Answer,
    beginnings,
    bending,
    distance,
    exact,
    floor,
    lines,
    paired_field,
    start_points,
    usual,
    ways,
)
from flowviz.solvers import Trajectory

CURVED = 1.05
"""A way this many times as long as the straight line between its ends counts as curved."""
ROUNDS = 3


def pairs_of(flat: Mapping[str, str], n: int = LINES) -> tuple[Tensor, Tensor]:
    """Return pairs of points as the coupling makes them, each of shape (n, 2)."""
    straight_line = {name: text for name, text in flat.items() if name != "path"}  # where every path begins and ends
    ends = path_draws(usual(**straight_line), torch.tensor([0.0, 1.0]), n)[0]
    return ends[0], ends[1]


def crossings(x0: Tensor, x1: Tensor) -> int:
    """Return how many of all pairs of straight lines x0[i] → x1[i] cross.

    Args:
        x0: Beginnings, shape (n, 2).
        x1: Ends, shape (n, 2).
    """

    def side(a: Tensor, b: Tensor, c: Tensor) -> Tensor:  # twice the signed area of a triangle
        return (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1]) - (b[..., 1] - a[..., 1]) * (c[..., 0] - a[..., 0])

    i, j = torch.triu_indices(len(x0), len(x0), 1)
    a, b, c, d = (x.double() for x in (x0[i], x1[i], x0[j], x1[j]))
    return int(((side(a, b, c) * side(a, b, d) < 0) & (side(c, d, a) * side(c, d, b) < 0)).sum())


TWO_TO_EIGHT = {"source": "two-gaussians"}
"""A pair whose independent pairs cross at wide angles: its flow bends most visibly."""


def rectified() -> Answer:
    """Return the exact flow of independent pairs, and that of the pairs which it makes itself."""
    first, second = exact(**TWO_TO_EIGHT), paired_field(**TWO_TO_EIGHT, coupling="pairs")
    x0 = beginnings("two-gaussians")
    one, two = ways(first, x0, steps=1, solver="euler").x[-1], ways(second, x0, steps=1, solver="euler").x[-1]
    return Answer(
        {
            "bent": bending(first, x0[:256]),
            "straight": bending(second, x0[:256]),
            "one_step_first": distance(one),
            "one_step_second": distance(two),
            "floor": floor().mean,
            "points": len(x0),
            "pairs": len(second.law.weights),
            "blur": BLUR,
        },
        {"first": lines(ways(first, x0[:LINES])), "second": lines(ways(second, x0[:LINES]))},
    )


FEW = 12
"""Ways of the flow drawn over the pairs."""
CORNERS: dict[str, dict[str, str]] = {
    "linear_independent": {},
    "lipman_independent": {"path": "lipman-ot"},
    "linear_ot": {"coupling": "ot"},
    "lipman_ot": {"path": "lipman-ot", "coupling": "ot"},
}
"""Two paths by two couplings."""


def two_ots() -> Answer:
    """Return both meanings of OT, each alone and together."""
    numbers: dict[str, float] = {"pairs": LINES, "few": FEW, "possible": LINES * (LINES - 1) // 2}
    arrays = {}
    for name, flat in CORNERS.items():
        field, (x0, x1) = paired_field(**flat) if "coupling" in flat else exact(**flat), pairs_of(flat)
        numbers[f"crossings_{name}"] = crossings(x0, x1)
        numbers[f"bent_{name}"] = bending(field)
        arrays[f"pairs_{name}"] = torch.stack([x0, x1]).numpy()
        arrays[f"ways_{name}"] = lines(ways(field, start_points(LINES)), LINES)
        numbers |= {"blur": BLUR, "standing": len(field.law.weights)}  # of the last, which is of OT pairs
    return Answer(numbers, arrays)


def detours(found: Trajectory) -> Tensor:
    """Return the length of each way over the straight distance between its ends, shape (n,)."""
    length = (found.x[1:] - found.x[:-1]).norm(dim=2).sum(0)
    return length / (found.x[-1] - found.x[0]).norm(dim=1)


def straight() -> Answer:
    """Return straight pairs, and the curves that their mean makes of them."""
    field, x0 = exact(**TWO_TO_EIGHT), beginnings("two-gaussians")
    ot = paired_field(**TWO_TO_EIGHT, coupling="ot")
    found = ways(field, x0)
    detour = detours(found)
    pair = pairs_of(TWO_TO_EIGHT)
    return Answer(
        {
            "curved": 100 * float((detour > CURVED).double().mean()),
            "limit": 100 * (CURVED - 1),
            "detour": float(detour.median()),
            "bent": bending(field, x0[:256]),
            "bent_ot": bending(ot, x0[:256]),
            "standing": len(ot.law.weights),
            "blur": BLUR,
            "crossings": crossings(*pair),
            "pairs": LINES,
        },
        {"pairs": torch.stack(pair).numpy(), "ways": lines(found)},
    )


def clipping() -> Answer:
    """Return what re-coupling does to straightness, round by round; stabilisers leave the best field where it is."""
    fields = [exact()] + [paired_field(coupling="pairs", pairs_rounds=str(k)) for k in range(1, ROUNDS)]
    bent = [bending(field, start_points(128, seed=3)) for field in fields]
    one = [distance(ways(field, start_points(), steps=1, solver="euler").x[-1]) for field in fields]
    return Answer(
        {
            **{f"bent_{k}": value for k, value in enumerate(bent)},
            **{f"one_step_{k}": value for k, value in enumerate(one)},
            "floor": floor().mean,
            "points": len(start_points()),
            "pairs": len(fields[1].law.weights),
            "blur": BLUR,
        },
        {},
    )


def angles(v: Tensor) -> Tensor:
    """Return the largest angle between the first velocity of each way and a later one, in degrees, shape (n,); v is (k, n, 2)."""
    unit = v / v.norm(dim=2, keepdim=True).clamp(min=1e-12)
    return torch.rad2deg(torch.arccos((unit * unit[0]).sum(2).clamp(-1, 1))).amax(0)


def constant() -> Answer:
    """Return speed and direction along the ways of the exact flow, against the constant velocity of single pairs."""
    field = known(usual()).field
    found = ways(field, start_points(400), steps=80)
    v = torch.stack([field.velocity(x, t) for x, t in zip(found.x, found.t, strict=True)])  # (k, n, 2)
    speed = v.norm(dim=2)
    x0, x1 = pairs_of({}, 6)
    return Answer(
        {
            "turned": 100 * float((angles(v) > 90).double().mean()),
            "speed_start": float(speed[0].mean()),
            "speed_end": float(speed[-1].mean()),
            "particles": speed.shape[1],
        },
        {"t": found.t.numpy(), "speed": speed[:, :6].numpy(), "pair_speed": (x1 - x0).norm(dim=1).numpy()},
    )
