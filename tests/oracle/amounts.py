"""Exact amounts: whole numbers of 10⁻¹⁰, and the one rounding that the definitions know.

Item MRR in its currency and an amount times a rate are rounded to ten digits; sums, differences and
minima of them are exact. What else rounds is told in the README: stacked percents and quotients.
"""

from __future__ import annotations

from fractions import Fraction

# An amount or a quotient as the number of its smallest digits: 12.5 is 125_000_000_000.
Digits = int
SCALE = 10**10


def rounded(value: Fraction) -> Digits:
    """The nearest ten-digit number, half away from zero."""
    return _nearest(value * SCALE)


def rounded_to(value: Fraction, places: int) -> Fraction:
    """A value to a number of places, half away from zero."""
    return Fraction(_nearest(value * 10**places), 10**places)


def converted(amount: Digits, rate: Fraction) -> Digits:
    """An amount in another currency."""
    return rounded(Fraction(amount, SCALE) * rate)


def _nearest(value: Fraction) -> int:
    whole = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return whole if value >= 0 else -whole


def quotient(numerator: int, denominator: int) -> Digits | None:
    """A rate or ratio as it is published; none where the denominator is 0."""
    return rounded(Fraction(numerator, denominator)) if denominator else None
