"""The page Sampling: one flow, looked at in every way in which one can draw from it."""
