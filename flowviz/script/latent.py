"""What scripts of methods without a path share: pools of source points and data."""

from flowviz.experiment import Experiment
from flowviz.training.draws import SEED_STRIDE, pool_batches


def pool_function(experiment: Experiment, source: str) -> str:
    """The function `draw_pool`; `source` says what the source points are to the method."""
    batches = pool_batches(experiment)
    lines = [
        "def draw_pool(number):",
        f'    """Draw {batches} batches at once: {source}, and data x1."""',
        f"    rng = torch.Generator().manual_seed({SEED_STRIDE} * SEED + number + 1)",
        f"    return sample_source({batches} * BATCH, rng), sample_target({batches} * BATCH, rng)",
    ]
    return "\n".join(lines) + "\n"
