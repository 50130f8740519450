from decimal import Decimal
from fractions import Fraction

half, third = Fraction(1, 2), Fraction("1/3")
print(half + third, half - third, half * third, half / third, half**3, third**-2, -half, abs(-third))
print(Fraction(0.75), Fraction("0.125"), Fraction("-2e-2"), Fraction(Decimal("1.1")), Fraction(6, -4), Fraction())
print(half + 1, half + 0.25, 2 // third, Fraction(7, 2) % 1, divmod(Fraction(7, 2), Fraction(2, 3)), half == 0.5)
print(Fraction(3.141592653589793).limit_denominator(1000), Fraction(22, 7).numerator, Fraction(22, 7).denominator)
print(round(Fraction(7, 2)), round(Fraction(22, 7), 2), int(Fraction(-7, 2)), float(third), Fraction(-7, 2) // 1)
print(sorted([half, third, Fraction(2, 5), 0.4, 1]), hash(Fraction(4, 2)) == hash(2), repr(third), bool(Fraction(0)))
print(
    sum((Fraction(1, n) for n in range(1, 11)), Fraction()),
    Fraction.from_float(0.5),
    Fraction.from_decimal(Decimal("0.2")),
)
print(half.as_integer_ratio(), isinstance(half, Fraction), {half: "half"}[Fraction(2, 4)], complex(1, 1) * half)
for attempt in (
    lambda: Fraction(1, 0),
    lambda: Fraction("x"),
    lambda: Fraction(0.5, 2),
    lambda: Fraction(float("nan")),
):
    try:
        attempt()
    except (ZeroDivisionError, ValueError, TypeError) as why:
        print(type(why).__name__, why)
