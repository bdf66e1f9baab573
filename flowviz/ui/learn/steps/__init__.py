"""The ten steps of the lecture, one module each."""
