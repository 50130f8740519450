# A name that comes into a context when those in it have been looked at, and before they are copied.
from fractions import Fraction

context = {f"name{number}": number for number in range(100000)}
space = createvirtualnamespace("super().__init__(lambda self: 'LEAKED')", "attack")


def change():
    sleep(0.005)
    context["super"] = lambda: Fraction.numerator


createthread(change)
try:
    space.evaluate(context)
except (ContextUnsafeError, RuntimeError):  # it came too early, or too late: then `super()` is what it says it is
    raise ValueError("refused") from None
print(Fraction(1).numerator)
