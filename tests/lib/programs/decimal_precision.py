"""Two hundred digits of pi, as the manual of `decimal` computes them; and what the thread's context does meanwhile."""

import decimal
from decimal import Context, Decimal, getcontext, setcontext


def pi():
    getcontext().prec += 2
    three = Decimal(3)
    lasts, t, s, n, na, d, da = 0, three, 3, 1, 0, 0, 24
    while s != lasts:
        lasts = s
        n, na = n + na, na + 8
        d, da = d + da, da + 32
        t = (t * n) / d
        s += t
    getcontext().prec -= 2
    return +s


print(getcontext().prec, getcontext().rounding)
getcontext().prec = 200
print(pi())
getcontext().prec = 6
print(Decimal(1) / 7, getcontext().prec)
getcontext().rounding = decimal.ROUND_UP
print(Decimal(1) / 3, getcontext().flags[decimal.Inexact])
getcontext().clear_flags()
print(getcontext().flags[decimal.Inexact])
getcontext().traps[decimal.DivisionByZero] = False
print(Decimal(1) / 0, getcontext().flags[decimal.DivisionByZero])
setcontext(Context(prec=3))
print(Decimal(2) / 3, getcontext().prec)
with decimal.localcontext() as context:
    context.prec = 10
    print(Decimal(2) / 3, getcontext().prec)
print(Decimal(2) / 3)
first, second = getcontext(), getcontext()
first.prec, second.rounding = 8, decimal.ROUND_DOWN
print(Decimal(2) / 3, second.prec, first.rounding)
try:
    getcontext().prec = 0
except ValueError as why:
    print(why)
try:
    setcontext(5)
except TypeError:
    print("refused")
