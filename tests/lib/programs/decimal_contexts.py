import decimal
from decimal import Context, Decimal, localcontext

context = Context(prec=5, rounding=decimal.ROUND_UP)
print(context.divide(Decimal(1), Decimal(3)), context.create_decimal("1.234567"), context.sqrt(Decimal(2)))
print(context.flags[decimal.Inexact], context.flags[decimal.Overflow], context.prec, context.rounding, context.Emax)
context.clear_flags()
print(context.flags[decimal.Inexact], context.copy().prec)
with localcontext(context):
    print(Decimal(2) / 3, +Decimal("123456.7"))
with localcontext(prec=3) as small:
    print(Decimal(2) / 3, small.prec)
    with localcontext() as inner:
        inner.prec += 2
        print(Decimal(2) / 3)
    print(Decimal(2) / 3)
print(Decimal(2) / 3)
print(context.quantize(Decimal("1.5"), Decimal(1)), context.power(2, 10), context.to_sci_string(Decimal("1E10")))
print(issubclass(decimal.DivisionByZero, ZeroDivisionError), issubclass(decimal.Overflow, decimal.Inexact))
try:
    Context(prec=0)
except ValueError as why:
    print(why)
