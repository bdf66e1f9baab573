"""From what a visitor brings (a file, a word, strokes) to points of the plane. Nothing is trusted, nothing unpickled.

Every refusal is a ValueError of one sentence. Sizes are looked at before anything is decoded.
"""

from flowviz.reading.files import FILE_TYPES, READABLE, read_points
from flowviz.reading.strokes import read_strokes
from flowviz.reading.value import SCALES, Reading
from flowviz.reading.writing import LONGEST_WORD, read_word

__all__ = ["FILE_TYPES", "LONGEST_WORD", "READABLE", "SCALES", "Reading", "read_points", "read_strokes", "read_word"]
