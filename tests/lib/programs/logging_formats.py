"""Formatters: the three styles, times, defaults, extras and exceptions."""

import logging
import sys
import time

stream = logging.StreamHandler(sys.stdout)
log = logging.getLogger("formats")
log.propagate = False
log.addHandler(stream)
log.setLevel(logging.DEBUG)

for style, text in (
    ("%", "%(levelname)-8s|%(name)s|%(threadName)s|%(message)s"),
    ("{", "{levelname:>8}|{name}|{levelno:03d}|{message}"),
    ("$", "$levelname|${name}|$message $$"),
):
    stream.setFormatter(logging.Formatter(text, style=style))
    log.warning("in style %s", style)
stream.setFormatter(None)
log.info("the message alone")

stream.setFormatter(logging.Formatter("%(peer)s %(message)s", defaults={"peer": "nobody"}))
log.info("said")
log.info("said", extra={"peer": "somebody"})

record = logging.makeLogRecord({"name": "made", "msg": "at %s", "args": ("noon",), "created": 0.0, "msecs": 7.0})
plain = logging.Formatter("%(asctime)s %(message)s")
plain.converter = time.gmtime
print(plain.format(record))
dated = logging.Formatter("%(asctime)s", "%Y/%m/%d")
dated.converter = time.gmtime
print(dated.format(record), record.getMessage(), record)
print(plain.usesTime(), logging.Formatter("%(message)s").usesTime())

stream.setFormatter(logging.Formatter("%(message)s"))


class Short(logging.Formatter):
    def formatException(self, ei):
        return f"because of {ei[0].__name__}: {ei[1]}"


stream.setFormatter(Short("%(levelname)s %(message)s"))
try:
    1 / 0
except ZeroDivisionError as why:
    log.exception("failed")
    log.error("failed again", exc_info=True)
    log.info("failed once more", exc_info=why)
log.info("nothing wrong")

for wrong in ({"fmt": "no field", "style": "%"}, {"style": "?"}):
    try:
        logging.Formatter(**wrong)
    except ValueError as why:
        print(why)


class Words:
    def __str__(self):
        return "made of words"


log.info(Words())
log.info("100%")
stream.terminator = "!\n"
log.info("ended")
