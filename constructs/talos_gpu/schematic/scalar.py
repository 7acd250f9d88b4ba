"""What an unquoted YAML scalar means to the Image Factory: the resolver of go-yaml v4, to the letter.

Source: go.yaml.in/yaml/v4 v4.0.0-rc.4, internal/libyaml/resolver.go (read 2026-11-21); Image Factory v1.1.0 to v1.4.0
pin that release, and rc.6 resolves alike.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from decimal import Decimal
from math import isinf, isnan

__all__ = ["NO", "YES", "Scalar", "Timestamp", "reads_as_yaml_1_1", "resolve", "write"]


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A moment as Go writes it: RFC 3339, nanoseconds only where there are any."""

    text: str


Scalar = None | bool | int | float | Timestamp | str

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys(("-0", "-0.0"), -0.0),
}
_NUMBER_START = frozenset("+-.0123456789")
_INTEGER = re.compile(r"([-+]?)(?:0[bB]([01]+)|0[oO]([0-7]+)|0[xX]([0-9a-fA-F]+)|0([0-7]*)|([1-9][0-9]*))")
_BASES = (2, 8, 16, 8, 10)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_DOT_FLOAT = re.compile(r"\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+(_[0-9]+)*)?")
_DATE = r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
_CLOCK = r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]+))?"
_TIMESTAMP = re.compile(rf"{_DATE}(?:(?:[Tt]{_CLOCK}(?:Z|([-+])([0-9]{{2}}):([0-9]{{2}})))| +{_CLOCK})?")
_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?")
YES = frozenset(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"))
NO = frozenset(("n", "N", "no", "No", "NO", "off", "Off", "OFF"))
"""The booleans that YAML 1.1 had beside true and false."""
_MAX_DIGITS = 400
"""Longer ones overflow even a float, and so are strings."""


def resolve(text: str) -> Scalar:
    """Return the value that plain `text` stands for; the text itself where it is a string."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_START:
        return text
    if text[0] == ".":
        return _finite(text.replace("_", ""), text) if _DOT_FLOAT.fullmatch(text) else text
    if moment := _timestamp(text):
        return moment
    digits = text.replace("_", "")
    number = _integer(digits)
    if number is None and _FLOAT.fullmatch(digits):
        return _finite(digits, text)
    return text if number is None else number


def reads_as_yaml_1_1(text: str) -> bool:
    """Tell whether only YAML 1.1 reads `text` as something else than a string: `yes`, `1:30`, `<<`."""
    return text in YES or text in NO or text == "<<" or _BASE_60.fullmatch(text) is not None


def write(value: bool | int | float | Timestamp | None) -> str:
    """Return how go-yaml writes a value that is no string."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Timestamp):
        return value.text
    return str(int(value)) if isinstance(value, int) else _write_float(value)


def _integer(digits: str) -> int | None:
    found = _INTEGER.fullmatch(digits)
    if found is None or len(digits) > _MAX_DIGITS:
        return None
    sign, *groups = found.groups()
    number = next(int(group or "0", base) for group, base in zip(groups, _BASES, strict=True) if group is not None)
    if sign == "-":
        return -number if number <= 1 << 63 else None
    # Only the signed reading of Go takes a plus sign.
    return number if number < 1 << (63 if sign else 64) else None


def _finite(digits: str, text: str) -> float | str:
    number = float(digits)
    return text if isinf(number) else number


def _write_float(number: float) -> str:
    """Return the shortest digits that read back, with an exponent where Go's %g has one: below -4, from 6 on."""
    if isnan(number):
        return ".nan"
    if isinf(number):
        return ".inf" if number > 0 else "-.inf"
    exact = Decimal(repr(number)).normalize()
    sign, digits, _ = exact.as_tuple()
    exponent = exact.adjusted() if exact else 0
    if -4 <= exponent < 6:
        return f"{exact:f}"
    fraction = "".join(map(str, digits[1:]))
    return f"{'-' * sign}{digits[0]}{'.' * bool(fraction)}{fraction}e{exponent:+03d}"


def _timestamp(text: str) -> Timestamp | None:
    found = _TIMESTAMP.fullmatch(text)
    if found is None:
        return None
    year, month, day, *clock = found.groups()
    hour, minute, second, fraction, sign, zone_hour, zone_minute = clock[:7]
    if hour is None:
        hour, minute, second, fraction = clock[7:]
    if not _is_date(int(year), int(month), int(day)) or not _is_clock(hour, minute, second):
        return None
    if sign and (int(zone_hour) > 24 or int(zone_minute) > 60):
        return None
    nanoseconds = (fraction or "")[:9].rstrip("0")
    date = f"{year}-{int(month):02}-{int(day):02}"
    time = f"{int(hour or 0):02}:{int(minute or 0):02}:{int(second or 0):02}{'.' * bool(nanoseconds)}{nanoseconds}"
    return Timestamp(f"{date}T{time}{_zone(sign, zone_hour, zone_minute)}")


def _zone(sign: str | None, hour: str | None, minute: str | None) -> str:
    offset = 60 * int(hour or 0) + int(minute or 0)
    return f"{sign}{offset // 60:02}:{offset % 60:02}" if offset else "Z"


def _is_date(year: int, month: int, day: int) -> bool:
    # The calendar repeats every 400 years, and `calendar` knows no year 0.
    return 1 <= month <= 12 and 1 <= day <= monthrange(year + 400, month)[1]


def _is_clock(hour: str | None, minute: str | None, second: str | None) -> bool:
    return int(hour or 0) < 24 and int(minute or 0) < 60 and int(second or 0) < 60
