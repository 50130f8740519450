from decimal import (
    ROUND_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    localcontext,
)

prices = [Decimal("19.99"), Decimal("0.10"), Decimal("5")]
total = sum(prices)
tax = (total * Decimal("0.0825")).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
print(total, tax, total + tax, f"{total + tax:,.3f}", f"{Decimal('1234567.891'):>15,.1f}", repr(tax))
print(Decimal("0.1") + Decimal("0.2") == Decimal("0.3"), Decimal(0.1), Decimal((1, (3, 1, 4), -2)))
print(Decimal("1E+3").normalize(), Decimal("1000").to_eng_string(), Decimal("-0"), Decimal("NaN"), Decimal("-Infinity"))
print(Decimal(7) // 2, Decimal(-7) % 3, divmod(Decimal("7.5"), 2), Decimal(2) ** Decimal("0.5"), Decimal(2).sqrt())
print([Decimal("2.5").quantize(Decimal(1), rounding) for rounding in (ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP)])
with localcontext() as context:
    context.prec = 50
    print(Decimal(1) / 7, Decimal(2).ln(), Decimal(1).exp())
print(Decimal(1) / 7)
with localcontext() as context:
    context.traps[Inexact] = True
    try:
        Decimal(1) / 3
    except Inexact as why:
        print("inexact", type(why).__name__)
for attempt in (lambda: Decimal(1) / 0, lambda: Decimal("one"), lambda: Decimal(0) / 0, lambda: Decimal(-1).sqrt()):
    try:
        print(attempt())
    except (DivisionByZero, InvalidOperation) as why:
        print(type(why).__name__, why)
print(Decimal("1.10").as_tuple(), Decimal("12.5").as_integer_ratio(), int(Decimal("-3.9")), round(Decimal("2.675"), 2))
print(sorted([Decimal("2"), 1, Decimal("1.5"), 3]), max(Decimal("1.0"), Decimal("1")), hash(Decimal(5)) == hash(5))
print(
    Decimal("3.14").compare(Decimal("3.2")), Decimal(5).is_signed(), Decimal("1e5").adjusted(), Decimal("7").sqrt() ** 2
)
