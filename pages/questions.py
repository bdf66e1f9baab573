"""Questions: what people really ask, each with a picture that answers."""
