"""What scripts of methods without a path share: pools of source points and data."""

from flowviz.experiment import Experiment
from flowviz.training.draws import SEED_STRIDE, pool_batches


def whole(x0: str, experiment: Experiment, to: str = "") -> str:
    """Provide a temporary name in the same folder, put in its place at the end: the file is whole or not there."""
    dim = experiment.space.dim
    size = experiment.method.latent_size(dim)
    if size <= dim:
        return x0 if size == dim else f"{x0}[:, :{size}]"
    return f"torch.cat([{x0}, torch.randn(len({x0}), {size - dim}, generator=rng){to}], 1)"


def pool_function(experiment: Experiment, about: str) -> str:
    """Return the function `draw_pool`; `about` says what the source points are to the method."""
    batches, dim = pool_batches(experiment), experiment.space.dim
    size = experiment.method.latent_size(dim)
    source, target = f"sample_source({batches} * BATCH, rng)", f"sample_target({batches} * BATCH, rng)"
    lines = [
        "def draw_pool(number):",
        f'    """Draw {batches} batches at once: {about}, and data x1."""',
        f"    rng = torch.Generator().manual_seed({SEED_STRIDE} * SEED + number + 1)",
    ]
    if size == dim:
        lines.append(f"    return {source}, {target}")
    else:
        lines += [f"    x0, x1 = {source}, {target}", f"    return {whole('x0', experiment)}, x1"]
    return "\n".join(lines) + "\n"
