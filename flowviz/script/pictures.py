"""The digits inside a script: scikit-learn has them, so they are loaded and not written out."""

from flowviz.distributions.digits import EACH


def sampler(name: str, labelled: bool = False) -> list[str]:
    """Return the pictures as a tensor, and the function that draws from them.

    Args:
        name: What to call the function, e.g. "sample_target"; the tensors are then "target_pictures" and "target_digits".
        labelled: Whether it draws their digits too.
    """
    end = name.removeprefix("sample_")
    x, y = f"{end}_pictures", f"{end}_digits"
    lines = [
        f"{x}, {y} = (torch.tensor(part) for part in load_digits(return_X_y=True))",
        "order = torch.randperm(1797, generator=torch.Generator().manual_seed(0))  # the rest are held out",
        f"order = torch.cat([order[{y}[order] == digit][:{EACH}] for digit in range(10)])",
        f"{x}, {y} = {x}[order].float() / 8 - 1, {y}[order]  # pixels from -1, paper, to 1, ink",
    ]
    what = "pictures of 8 × 8 pixels and their digits" if labelled else "pictures of 8 × 8 pixels"
    function = [
        f"def {name}(n, rng):",
        f'    """Draw handwritten digits, {what}, each of the 1,500 as likely."""',
        f"    which = torch.randint({10 * EACH}, (n,), generator=rng)",
        f"    return {x}[which]" + (f", {y}[which]" if labelled else ""),
    ]
    return ["\n".join(lines) + "\n", "\n".join(function) + "\n"]
