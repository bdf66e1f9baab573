"""The warning of a routine that ended at its cap: what it returns is further from the truth than it promises."""


class InexactWarning(UserWarning):
    """A result misses its stated tolerance; the message says by how much, and what to try. Pages and notes repeat it."""
