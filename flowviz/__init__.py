"""flowviz: see flow matching.

One convention everywhere: t = 0 is the source (noise), t = 1 is the data, and fields are called as ``(x, t)``.
"""

__version__ = "0.1.0"
