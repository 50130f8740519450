"""Loggers: their tree, levels, filters, handlers, and what goes where."""

import logging
import sys


class Keeping(logging.Handler):
    def __init__(self, level=logging.NOTSET):
        super().__init__(level)
        self.kept = []

    def emit(self, record):
        self.kept.append(f"{record.levelname} {record.name} {record.getMessage()}")


top, inner = Keeping(), Keeping(logging.ERROR)
logging.getLogger().addHandler(top)
logging.getLogger().setLevel(logging.DEBUG)
deep = logging.getLogger("a.b.c")
middle = logging.getLogger("a.b")
print(deep.parent is middle, middle.parent is logging.getLogger(), deep is logging.getLogger("a.b.c"))
middle.addHandler(inner)
print(middle.getChild("c") is deep, logging.getLogger().getChild("x").name, logging.root.name)

deep.info("one %d", 1)
deep.error("two %s and %r", "x", "y")
middle.warning("%(who)s did it", {"who": "they"})
deep.log(15, "between")
middle.propagate = False
deep.critical("kept inside")
middle.propagate = True
print(top.kept, inner.kept, sep="\n")

middle.setLevel("WARNING")
print(deep.getEffectiveLevel(), deep.isEnabledFor(logging.INFO), deep.isEnabledFor(logging.ERROR), deep, middle)
deep.info("not seen")
logging.disable(logging.ERROR)
deep.error("not seen either")
logging.disable(logging.NOTSET)
print(len(top.kept))

inner.addFilter(lambda record: "secret" not in record.getMessage())
top.addFilter(logging.Filter("a.b"))
deep.error("a secret")
logging.getLogger("z").error("elsewhere")
logging.getLogger("a.bc").error("not beneath")
print(top.kept[-1], inner.kept[-1], len(top.kept))

print(logging.getLevelName(30), logging.getLevelName("ERROR"), logging.getLevelName(33))
logging.addLevelName(33, "ODD")
print(logging.getLevelName(33), logging.getLevelName("ODD"))
for wrong in ("LOUD", 1.5):
    try:
        middle.setLevel(wrong)
    except (TypeError, ValueError) as why:
        print(why)
try:
    deep.error("x", extra={"name": "y"})
except KeyError as why:
    print(why)
print(deep.hasHandlers(), logging.getLogger("q").handlers, inner)


class Adapter(logging.LoggerAdapter):
    def process(self, msg, kwargs):
        return f"[{self.extra['peer']}] {msg}", kwargs


Adapter(deep, {"peer": "10.0.0.1"}).warning("adapted %s", "well")
print(top.kept[-1])
try:
    logging.log("high", "x")
except TypeError as why:
    print(why)
sys.stdout.flush()
