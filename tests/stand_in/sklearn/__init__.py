"""Stands in for scikit-learn, of which a script needs one data set; `tests/test_script.py` puts it on the path where the real one is not."""
