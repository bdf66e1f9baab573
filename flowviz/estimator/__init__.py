"""Flow matching as an estimator by scikit-learn's conventions, and the files that it is kept in."""

from flowviz.estimator.estimator import FlowMatching
from flowviz.estimator.files import load

__all__ = ["FlowMatching", "load"]
