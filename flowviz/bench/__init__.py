"""How fast flowviz is, as ratios to what people use otherwise, measured in one run on one machine."""

from flowviz.bench.report import HALL, Aim, Report, Row, measure, table, to_json

__all__ = ["HALL", "Aim", "Report", "Row", "measure", "table", "to_json"]
