"""What the lecture, the questions and their tests compute: pure functions, no widgets and no figures."""
