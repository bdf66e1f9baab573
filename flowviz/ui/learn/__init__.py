"""Learn: a lecture in ten steps, the questions people ask, the glossary."""
