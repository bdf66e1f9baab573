"""The page Families: several methods on the same points with the same budget, and the article's table measured."""
