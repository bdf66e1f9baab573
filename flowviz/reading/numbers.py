"""What a person, a spreadsheet or an instrument wrote, as a number: thousands, decimal commas, units, Fortran's exponents."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

LONGEST = 60
"""Signs that a number may have."""
MINUS = str.maketrans("−﹣－–", "----")
BLANKS = " \u00a0\u2007\u2009\u202f"
"""Blanks that part thousands: as on the keyboard, non-breaking, as wide as a digit, thin, narrow and non-breaking."""
WRITTEN = re.compile(rf"([+-]?)\s?(\d[\d.,'’{BLANKS}]*|[.,]\d+)(?:[eEdD]([+-]?\d{{1,4}}))?(\D.*)?")
"""Sign, digits, exponent and what stands behind them."""
LONE = {sign: re.compile(rf"[+\-−]?[1-9]\d{{0,2}}{re.escape(sign)}\d{{3}}") for sign in ",."}
"""Numbers whose only sign may part thousands, or may be the decimal one."""
REGULAR = {one: re.compile(rf"-?[1-9]\d{{0,2}}(?:\{one}\d{{3}})+(?:\{two}\d+)?") for one, two in (",.", ".,")}
"""Numbers that are nothing but thousands in the usual way, by the sign that parts them."""
GROUPED = {sign: re.compile(rf"[1-9]\d{{0,2}}(?:{re.escape(sign)}\d{{3}})+(?:[.,]\d*)?") for sign in [*BLANKS, *",.'’"]}

_UNITS = (
    "m g s A K mol cd Hz N Pa J W C V F Ω ohm Ohm S Wb T H lm lx Bq Gy Sv L l eV bar Torr torr atm t rad sr px dB B bit byte VA Wh cal "
    "min h hr d day days yr year years sec hour hours week weeks month months mi ft inch yd lb lbs oz mph kn kt psi mmHg rpm pH "
    "deg degC degF degree degrees ° ℃ ℉ °C °F °K ° ' \" % ‰ ppm ppb ppt a.u. arb.u. au pc ly Å arcsec arcmin "
    "count counts cts pixel pixels USD EUR € $ £ ¥ ₽"
)
_BASES = "|".join(re.escape(base) for base in sorted(_UNITS.split(), key=len, reverse=True))
_ATOM = rf"(?:da|[yzafpnuµμmcdhkMGTPEZY])?(?:{_BASES})"
_POWER = r"(?:\^?\(?[-+−]?\d\)?|\*\*-?\d|[⁻¹²³⁴]+)?"
UNIT = re.compile(rf"(?:1/)?{_ATOM}{_POWER}(?:\s?[·⋅×*/. ]\s?{_ATOM}{_POWER})*")


class Form(NamedTuple):
    """How the numbers of a column are written.

    Attributes:
        thousands: The sign, "," or ".", that parts thousands even where it is the only one and before three digits; "" for none.
        unit: What may stand behind a number.
        guess: What is to be told: "decimal" where "1,234" is in the column and nothing says which number that is; "elsewhere"
            where other columns say that its sign parts thousands.
    """

    thousands: str = ""
    unit: str = ""
    guess: str = ""


PLAIN = Form()


class Exact(str):
    """A number that the file itself holds as one (JSON, XLSX, Parquet), as text: how it is written tells nothing."""

    __slots__ = ()


def number(cell: str, form: Form = PLAIN) -> float | None:
    """Return the number in a cell, NaN and infinity included; None where there is none.

    >>> number("1,5"), number("−1.234,5"), number("1.0D+02"), number("1’234.5"), number("abc")
    (1.5, -1234.5, 100.0, 1234.5, None)
    >>> number("1,234"), number("1,234", Form(thousands=",")), number("5 %"), number("5 %", Form(unit="%"))
    (1.234, 1234.0, None, 5.0)
    """
    if isinstance(cell, Exact):
        return float(cell)
    cell = cell.strip()
    if len(cell) > LONGEST:
        return None
    if form.thousands and REGULAR[form.thousands].fullmatch(cell):
        return float(cell.replace(form.thousands, "").replace(",", "."))
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        pass
    parts = _parts(cell)
    if parts is None or parts[3] not in ("", form.unit):
        return None
    sign, digits, exponent, _ = parts
    plain = _plain(digits, form.thousands)
    return None if plain is None else float(f"{sign}{plain}e{exponent}")


def looks_like_number(cell: str) -> bool:
    """Return whether a cell holds a number in any form, with any unit behind it."""
    cell = cell.strip()
    if number(cell) is not None:
        return True
    parts = _parts(cell)
    return parts is not None and _plain(parts[1], "") is not None and (not parts[3] or is_unit(parts[3]))


def is_unit(text: str) -> bool:
    """Return whether this is a unit as people write it: "m/s", "kg·m²", "%", "[mV]", "(°C)".

    >>> [is_unit(text) for text in ("m/s", "(kg m^-3)", "%", "species", "x")]
    [True, True, True, False, False]
    """
    text = text.strip()
    if re.fullmatch(r"[(\[<].{1,20}[)\]>]", text):
        return True
    return len(text) <= 20 and UNIT.fullmatch(text) is not None


def _parts(cell: str) -> tuple[str, str, str, str] | None:
    """Sign, digits, exponent and unit of a cell; None where it does not begin with a number."""
    if len(cell) > LONGEST or not (found := WRITTEN.fullmatch(cell.translate(MINUS))):
        return None
    return found[1], found[2].strip(BLANKS), found[3] or "0", (found[4] or "").strip()


def _plain(digits: str, thousands: str) -> str | None:
    """Return the digits as Python writes them; None where the signs between them make no number."""
    for sign in [*BLANKS, *"'’"]:
        if sign in digits:
            return digits.replace(sign, "").replace(",", ".") if GROUPED[sign].fullmatch(digits) else None
    commas, dots = digits.count(","), digits.count(".")
    if commas and dots:
        decimal, other = (",", ".") if digits.rindex(",") > digits.rindex(".") else (".", ",")
        if digits.count(decimal) > 1 or not GROUPED[other].fullmatch(digits):
            return None
        return digits.replace(other, "").replace(decimal, ".")
    sign = "," if commas else "."
    if commas + dots > 1:
        return digits.replace(sign, "") if GROUPED[sign].fullmatch(digits) and digits[-4] == sign else None
    if sign == thousands and LONE[sign].fullmatch(digits):
        return digits.replace(sign, "")
    return digits.replace(",", ".")


def evidence(cells: Iterable[str]) -> Counter[str]:
    """Count what tells how numbers are written.

    Returns:
        How many cells show "," or "." to part thousands, how many show "decimal ," or "decimal .", and how many may be either
        with their one sign: "either ," or "either .".
    """
    seen: Counter[str] = Counter()
    for cell in cells:
        parts = None if isinstance(cell, Exact) else _parts(cell.strip())
        if parts is None or _plain(parts[1], "") is None:
            continue
        digits, commas, dots = parts[1], parts[1].count(","), parts[1].count(".")
        if commas and dots:
            comma_last = digits.rindex(",") > digits.rindex(".")
            seen["." if comma_last else ","] += 1
            seen["decimal ," if comma_last else "decimal ."] += 1
        elif commas + dots > 1:
            seen["," if commas else "."] += 1
        elif commas or dots:
            sign = "," if commas else "."
            seen[f"either {sign}" if LONE[sign].fullmatch(digits) else f"decimal {sign}"] += 1
    return seen


def is_undecided(seen: Counter[str]) -> bool:
    """Return whether nothing in a column has shown yet which sign is decimal."""
    return not any(seen[key] for key in (",", ".", "decimal ,", "decimal ."))


def form_of(seen: Counter[str], table: Counter[str], unit: str = "") -> Form:
    """Return how a column is written, by what its cells show; where they show nothing, by the whole table's.

    Nothing but thousands can be parted by a comma where dots are decimal, and the other way round.
    """
    if is_undecided(seen):
        thousands = _thousands(table)
        if thousands and seen[f"either {thousands}"]:
            return Form(thousands, unit, "elsewhere")
        return Form(thousands, unit, "decimal" if seen["either ,"] and not table["decimal ,"] else "")
    return Form(_thousands(seen), unit)


def _thousands(seen: Counter[str]) -> str:
    """Return the sign that parts thousands where the other is decimal; "" where that is not shown, or both are."""
    commas = bool(seen[","] or seen["decimal ."]) and not seen["decimal ,"]
    dots = bool(seen["."] or seen["decimal ,"]) and not seen["decimal ."]
    return "" if commas == dots else "," if commas else "."


def unit_of(cells: Iterable[str]) -> str:
    """Return the unit behind most numbers of a column; "" where there is none, or most have none, or they differ."""
    units = Counter(parts[3] for cell in cells if cell.strip() and (parts := _parts(cell.strip())) is not None)
    bare = units.pop("", 0)
    unit, count = next(iter(units.most_common(1)), ("", 0))
    return unit if count > bare and count >= 0.9 * units.total() and is_unit(unit) else ""
