"""basicConfig: to a stream, to a file, once, and by force."""

import logging
import sys

logging.basicConfig(stream=sys.stdout, level="INFO")
logging.info("first %s", "line")
logging.debug("not seen")
logging.getLogger("mine").error("second")
logging.basicConfig(format="again", level=logging.DEBUG)
logging.info("unchanged")

logging.basicConfig(filename="a.log", filemode="w", format="%(levelname)s %(message)s", level=logging.DEBUG, force=True)
logging.debug("to a file")
logging.getLogger("mine").warning("to it, too: %s", "ü")
logging.shutdown()
with open("a.log", encoding="utf-8") as file:
    print(file.read(), end="")

handler = logging.FileHandler("a.log")
handler.setFormatter(logging.Formatter("{message}", style="{"))
logging.basicConfig(handlers=[handler, logging.NullHandler()], force=True)
logging.warning("appended")
handler.close()
with open("a.log", encoding="utf-8") as file:
    print(file.read().splitlines()[-1], len(logging.getLogger().handlers))

late = logging.FileHandler("late.log", mode="w", delay=True)
print(late.stream)
late.handle(logging.makeLogRecord({"msg": "late"}))
late.close()
with open("late.log") as file:
    print(file.read(), end="")

for wrong in ({"stream": sys.stdout, "filename": "x"}, {"colour": "red"}, {"style": "?"}):
    try:
        logging.basicConfig(**wrong, force=True)
    except ValueError as why:
        print(why)
