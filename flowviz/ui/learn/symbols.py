"""Symbols in the colours that they have in the pictures."""

BLUE, ORANGE, GREEN, PINK = "#0072B2", "#E07B00", "#009E73", "#CC79A7"
"""Source, data, noise, and the mean: readable on white and on black."""

_SYMBOLS = (("x_0", BLUE), ("x_1", ORANGE), ("\\,z", GREEN), ("u_t", PINK))


def coloured(formula: str) -> str:
    """Return a formula whose x₀, x₁, z and u_t wear their colours."""
    for symbol, colour in _SYMBOLS:
        formula = formula.replace(symbol, rf"\textcolor{{{colour}}}{{{symbol}}}")
    return formula
