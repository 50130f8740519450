"""Logging as in Python's `logging`: loggers by name, with levels, handlers, formatters and filters.

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("relay").info("a client from %s", address)

A StreamHandler without a stream writes to the vessel's log, a FileHandler to a file of the vessel.

Missing: the caller's place (`pathname`, `filename`, `lineno`, `funcName`), for no program sees frames: they say that it
is unknown, and `stacklevel`, `stack_info` change nothing; `process` is None; `captureWarnings`, for there is no
`warnings`; `logging.config`, which makes objects by name. Nobody is told of a program's end, so `shutdown` is not
called by itself: handlers write each record at once.
"""

import sys
import time
import traceback
from collections.abc import Mapping
from string import Template
from threading import RLock, current_thread

CRITICAL = FATAL = 50
ERROR = 40
WARNING = WARN = 30
INFO = 20
DEBUG = 10
NOTSET = 0
BASIC_FORMAT = "%(levelname)s:%(name)s:%(message)s"

raiseExceptions = True

_names = {50: "CRITICAL", 40: "ERROR", 30: "WARNING", 20: "INFO", 10: "DEBUG", 0: "NOTSET"}
_levels = {**{name: level for level, name in _names.items()}, "FATAL": FATAL, "WARN": WARN}
_started = time.time()
_changing = RLock()


def getLevelName(level):
    """The name of a level; of a name, its level."""
    return _names.get(level) or _levels.get(level, f"Level {level}")


def getLevelNamesMapping():
    """The levels, by their names."""
    return dict(_levels)


def addLevelName(level, levelName):
    """Give a level a name."""
    _names[level] = levelName
    _levels[levelName] = level


def _level(level):
    if isinstance(level, int):
        return level
    if not isinstance(level, str):
        raise TypeError(f"Level not an integer or a valid string: {level!r}")
    if level not in _levels:
        raise ValueError(f"Unknown level: {level!r}")
    return _levels[level]


class LogRecord:
    """One thing that was logged. Formats name its attributes: `%(name)s`."""

    def __init__(self, name, level, pathname, lineno, msg, args, exc_info, func=None, sinfo=None):
        now = time.time()
        thread = current_thread()
        if args and len(args) == 1 and isinstance(args[0], Mapping) and args[0]:
            args = args[0]
        self.name, self.levelno, self.levelname, self.msg, self.args = name, level, getLevelName(level), msg, args
        self.pathname = self.filename = pathname
        self.module, self.lineno, self.funcName = "Unknown module", lineno, func
        self.exc_info, self.exc_text, self.stack_info = exc_info, None, sinfo
        self.created, self.msecs = now, int(now % 1 * 1000) + 0.0
        self.relativeCreated = (now - _started) * 1000
        self.thread, self.threadName = thread.ident, thread.name
        self.process, self.processName, self.taskName = None, "MainProcess", None

    def getMessage(self):
        """The message, with its arguments in it."""
        text = str(self.msg)
        return text % self.args if self.args else text

    def __repr__(self):
        return f'<LogRecord: {self.name}, {self.levelno}, {self.pathname}, {self.lineno}, "{self.msg}">'


def makeLogRecord(dict):
    """A record with these attributes."""
    record = LogRecord(None, None, "", 0, "", (), None, None)
    for name, value in dict.items():
        setattr(record, name, value)
    return record


class _Values:
    """The attributes of a record, by name, over the defaults of a formatter."""

    def __init__(self, record, defaults):
        self._record, self._defaults = record, defaults or {}

    def __getitem__(self, name):
        if hasattr(self._record, name):
            return getattr(self._record, name)
        return self._defaults[name]


_STYLES = {
    "%": (BASIC_FORMAT, "%(message)s", "%(asctime)", lambda text, values: text % values),
    "{": ("{levelname}:{name}:{message}", "{message}", "{asctime", lambda text, values: text.format_map(values)),
    "$": (
        "${levelname}:${name}:${message}",
        "${message}",
        "asctime",
        lambda text, values: Template(text).substitute(values),
    ),
}


class Formatter:
    """Makes text of a record. `style` says how `fmt` names the attributes: `%`, `{` or `$`."""

    default_time_format = "%Y-%m-%d %H:%M:%S"
    default_msec_format = "%s,%03d"
    converter = staticmethod(time.localtime)

    def __init__(self, fmt=None, datefmt=None, style="%", validate=True, *, defaults=None):
        if style not in _STYLES:
            raise ValueError(f"Style must be one of: {','.join(_STYLES)}")
        _basic, plain, self._time_mark, self._fill_in = _STYLES[style]
        self._fmt = fmt or plain
        self.datefmt = datefmt
        self._defaults = defaults
        if validate and style == "%" and fmt and "%(" not in fmt:
            raise ValueError(f"Invalid format '{fmt}' for '%' style")

    def usesTime(self):
        """Whether the format has the time in it."""
        return self._time_mark in self._fmt

    def formatTime(self, record, datefmt=None):
        """The time of a record, as text."""
        when = self.converter(record.created)
        if datefmt:
            return time.strftime(datefmt, when)
        text = time.strftime(self.default_time_format, when)
        return self.default_msec_format % (text, record.msecs) if self.default_msec_format else text

    def formatException(self, ei):
        """The report on an exception, without a line end; `ei` is what `sys.exc_info()` gives."""
        return "".join(traceback.format_exception(*ei)).rstrip("\n")

    def formatStack(self, stack_info):
        """What stands for the stack: the text itself."""
        return stack_info

    def formatMessage(self, record):
        """The line, without what is told of an exception."""
        return self._fill_in(self._fmt, _Values(record, self._defaults))

    def format(self, record):
        """All of the text."""
        record.message = record.getMessage()
        if self.usesTime():
            record.asctime = self.formatTime(record, self.datefmt)
        text = self.formatMessage(record)
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        return "\n".join([text, *(more for more in (record.exc_text, record.stack_info) if more)])


class Filter:
    """Lets pass what was logged under a name, or one beneath it."""

    def __init__(self, name=""):
        self.name = name

    def filter(self, record):
        """Whether the record may pass."""
        return not self.name or record.name == self.name or record.name.startswith(f"{self.name}.")


class Filterer:
    """What has filters: loggers and handlers."""

    def __init__(self):
        self.filters = []

    def addFilter(self, filter):
        """Add a filter: an object with a `filter`, or a function."""
        if filter not in self.filters:
            self.filters.append(filter)

    def removeFilter(self, filter):
        """Take a filter away."""
        if filter in self.filters:
            self.filters.remove(filter)

    def filter(self, record):
        """The record, or another that a filter has put in its place; False if one of them does not let it pass."""
        for one in self.filters:
            verdict = one.filter(record) if hasattr(one, "filter") else one(record)
            if not verdict:
                return False
            if isinstance(verdict, LogRecord):
                record = verdict
        return record


class Handler(Filterer):
    """Does something with records. Derive from it, with an `emit` of your own."""

    def __init__(self, level=NOTSET):
        super().__init__()
        self.name = None
        self.level = _level(level)
        self.formatter = None
        self.createLock()

    def createLock(self):
        """Make the lock that keeps records apart."""
        self.lock = RLock()

    def acquire(self):
        """Take that lock."""
        self.lock.acquire()

    def release(self):
        """Let go of it."""
        self.lock.release()

    def get_name(self):
        """The name of this handler."""
        return self.name

    def set_name(self, name):
        """Give this handler a name."""
        self.name = name

    def setLevel(self, level):
        """Leave out records beneath this level."""
        self.level = _level(level)

    def setFormatter(self, fmt):
        """Set what makes text of records."""
        self.formatter = fmt

    def format(self, record):
        """The text of a record."""
        return (self.formatter or _default_formatter).format(record)

    def emit(self, record):
        """Do it."""
        raise NotImplementedError("emit must be implemented by Handler subclasses")

    def handle(self, record):
        """Emit a record, unless a filter is against it."""
        passed = self.filter(record)
        if passed:
            with self.lock:
                self.emit(record if passed is True else passed)
        return passed

    def flush(self):
        """Let nothing be kept back."""

    def close(self):
        """Be done."""

    def handleError(self, record):
        """Say that a record could not be emitted: called while the exception is handled."""
        if raiseExceptions:
            sys.stderr.write(f"--- Logging error ---\n{traceback.format_exc()}")
            sys.stderr.write(f"Message: {record.msg!r}\nArguments: {record.args}\n")

    def __repr__(self):
        return f"<{type(self).__name__} ({getLevelName(self.level)})>"


class StreamHandler(Handler):
    """Writes lines to a stream; to the vessel's log if none is named."""

    terminator = "\n"

    def __init__(self, stream=None):
        super().__init__()
        self.stream = stream or sys.stderr

    def flush(self):
        """Flush the stream."""
        with self.lock:
            if self.stream and hasattr(self.stream, "flush"):
                self.stream.flush()

    def emit(self, record):
        """Write a line."""
        try:
            self.stream.write(self.format(record) + self.terminator)
            self.flush()
        except RecursionError:
            raise
        except Exception:
            self.handleError(record)

    def setStream(self, stream):
        """Write to another stream from now on; returns the one before, None if it is the same."""
        if stream is self.stream:
            return None
        before = self.stream
        with self.lock:
            self.flush()
            self.stream = stream
        return before

    def __repr__(self):
        name = str(getattr(self.stream, "name", ""))
        return f"<{type(self).__name__} {name + ' ' if name else ''}({getLevelName(self.level)})>"


class FileHandler(StreamHandler):
    """Writes lines to a file of the vessel. With `delay` it is opened when there is something to write."""

    def __init__(self, filename, mode="a", encoding=None, delay=False, errors=None):
        Handler.__init__(self)
        self.baseFilename, self.mode, self.encoding, self.delay, self.errors = filename, mode, encoding, delay, errors
        self._is_closed = False
        self.stream = None if delay else self._open()

    def close(self):
        """Close the file."""
        with self.lock:
            self._is_closed = True
            stream, self.stream = self.stream, None
            if stream:
                stream.close()

    def emit(self, record):
        """Write a line, unless the file was closed."""
        if self.stream is None and (self.mode != "w" or not self._is_closed):
            self.stream = self._open()
        if self.stream:
            super().emit(record)

    def _open(self):
        return open(self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors)

    def __repr__(self):
        return f"<{type(self).__name__} {self.baseFilename} ({getLevelName(self.level)})>"


class NullHandler(Handler):
    """Does nothing; libraries put it at their logger."""

    def handle(self, record):
        """Do nothing."""

    def emit(self, record):
        """Do nothing."""

    def createLock(self):
        """There is nothing to keep apart."""
        self.lock = None


class _LastResort(StreamHandler):
    """What is used where nobody has added a handler: it writes to what `sys.stderr` is then."""

    def emit(self, record):
        self.stream = sys.stderr
        super().emit(record)


class Logger(Filterer):
    """Where programs log. `getLogger` makes them; what one logs goes to its handlers and to those of its parents."""

    def __init__(self, name, level=NOTSET):
        super().__init__()
        self.name = name
        self.level = _level(level)
        self.parent = None
        self.propagate = True
        self.handlers = []
        self.disabled = False

    def setLevel(self, level):
        """Leave out what is beneath this level. NOTSET: the parent decides."""
        self.level = _level(level)

    def getEffectiveLevel(self):
        """The level of this logger, or of the nearest parent that has one."""
        logger = self
        while logger:
            if logger.level:
                return logger.level
            logger = logger.parent
        return NOTSET

    def isEnabledFor(self, level):
        """Whether what is logged at this level goes anywhere."""
        return not self.disabled and level > _disabled and level >= self.getEffectiveLevel()

    def debug(self, msg, *args, **kwargs):
        """Log what helps to find mistakes."""
        if self.isEnabledFor(DEBUG):
            self._log(DEBUG, msg, args, **kwargs)

    def info(self, msg, *args, **kwargs):
        """Log what goes as it should."""
        if self.isEnabledFor(INFO):
            self._log(INFO, msg, args, **kwargs)

    def warning(self, msg, *args, **kwargs):
        """Log what is unexpected."""
        if self.isEnabledFor(WARNING):
            self._log(WARNING, msg, args, **kwargs)

    warn = warning

    def error(self, msg, *args, **kwargs):
        """Log what failed."""
        if self.isEnabledFor(ERROR):
            self._log(ERROR, msg, args, **kwargs)

    def exception(self, msg, *args, exc_info=True, **kwargs):
        """Log what failed, with the report on the exception that is being handled."""
        self.error(msg, *args, exc_info=exc_info, **kwargs)

    def critical(self, msg, *args, **kwargs):
        """Log what ends the program."""
        if self.isEnabledFor(CRITICAL):
            self._log(CRITICAL, msg, args, **kwargs)

    fatal = critical

    def log(self, level, msg, *args, **kwargs):
        """Log at any level, an `int`."""
        if not isinstance(level, int):
            raise TypeError("level must be an integer")
        if self.isEnabledFor(level):
            self._log(level, msg, args, **kwargs)

    def makeRecord(self, name, level, fn, lno, msg, args, exc_info, func=None, extra=None, sinfo=None):
        """A record; `extra` are more attributes of it."""
        record = _record_factory(name, level, fn, lno, msg, args, exc_info, func, sinfo)
        for key, value in (extra or {}).items():
            if key in ("message", "asctime") or hasattr(record, key):
                raise KeyError(f"Attempt to overwrite {key!r} in LogRecord")
            setattr(record, key, value)
        return record

    def handle(self, record):
        """Give a record to the handlers, unless a filter is against it."""
        if not self.disabled and (passed := self.filter(record)):
            self.callHandlers(record if passed is True else passed)

    def addHandler(self, hdlr):
        """Add a handler."""
        with _changing:
            if hdlr not in self.handlers:
                self.handlers.append(hdlr)

    def removeHandler(self, hdlr):
        """Take a handler away."""
        with _changing:
            if hdlr in self.handlers:
                self.handlers.remove(hdlr)

    def hasHandlers(self):
        """Whether anything would handle what is logged here."""
        return any(logger.handlers for logger in self._upwards())

    def callHandlers(self, record):
        """Give a record to the handlers of this logger and of its parents."""
        found = False
        for logger in self._upwards():
            for handler in logger.handlers:
                found = True
                if record.levelno >= handler.level:
                    handler.handle(record)
        if not found and lastResort and record.levelno >= lastResort.level:
            lastResort.handle(record)

    def getChild(self, suffix):
        """The logger of a name beneath this one's."""
        return getLogger(suffix if self is root else f"{self.name}.{suffix}")

    def getChildren(self):
        """The loggers directly beneath this one, a set."""
        return {logger for logger in _loggers.values() if logger.parent is self}

    def _upwards(self):
        logger = self
        while logger:
            yield logger
            logger = logger.parent if logger.propagate else None

    def _log(self, level, msg, args, exc_info=None, extra=None, stack_info=False, stacklevel=1):
        if isinstance(exc_info, BaseException):
            exc_info = (type(exc_info), exc_info, None)
        elif exc_info and not isinstance(exc_info, tuple):
            exc_info = sys.exc_info()
        place = ("(unknown file)", 0, msg, args, exc_info or None, "(unknown function)")
        self.handle(self.makeRecord(self.name, level, *place, extra))

    def __repr__(self):
        return f"<{type(self).__name__} {self.name} ({getLevelName(self.getEffectiveLevel())})>"


class RootLogger(Logger):
    """The logger at the top."""

    def __init__(self, level):
        super().__init__("root", level)


class LoggerAdapter:
    """A logger that adds to all that is logged: `extra`, or what a `process` of your own makes of it."""

    def __init__(self, logger, extra=None, merge_extra=False):
        self.logger, self.extra, self.merge_extra = logger, extra, merge_extra

    def process(self, msg, kwargs):
        """The message and the keywords that are logged in place of these."""
        more = kwargs.get("extra") or {}
        kwargs["extra"] = {**self.extra, **more} if self.merge_extra else self.extra
        return msg, kwargs

    def debug(self, msg, *args, **kwargs):
        """Log what helps to find mistakes."""
        self.log(DEBUG, msg, *args, **kwargs)

    def info(self, msg, *args, **kwargs):
        """Log what goes as it should."""
        self.log(INFO, msg, *args, **kwargs)

    def warning(self, msg, *args, **kwargs):
        """Log what is unexpected."""
        self.log(WARNING, msg, *args, **kwargs)

    warn = warning

    def error(self, msg, *args, **kwargs):
        """Log what failed."""
        self.log(ERROR, msg, *args, **kwargs)

    def exception(self, msg, *args, exc_info=True, **kwargs):
        """Log what failed, with the report on the exception that is being handled."""
        self.log(ERROR, msg, *args, exc_info=exc_info, **kwargs)

    def critical(self, msg, *args, **kwargs):
        """Log what ends the program."""
        self.log(CRITICAL, msg, *args, **kwargs)

    def log(self, level, msg, *args, **kwargs):
        """Log at any level."""
        if self.isEnabledFor(level):
            msg, kwargs = self.process(msg, kwargs)
            self.logger.log(level, msg, *args, **kwargs)

    def isEnabledFor(self, level):
        """Whether what is logged at this level goes anywhere."""
        return self.logger.isEnabledFor(level)

    def setLevel(self, level):
        """Set the level of the logger."""
        self.logger.setLevel(level)

    def getEffectiveLevel(self):
        """The level of the logger."""
        return self.logger.getEffectiveLevel()

    def hasHandlers(self):
        """Whether anything would handle what is logged here."""
        return self.logger.hasHandlers()

    @property
    def name(self):
        """The name of the logger."""
        return self.logger.name


def getLogger(name=None):
    """The logger of a name, always the same one; the one at the top if there is no name."""
    if not name or name == root.name:
        return root
    if not isinstance(name, str):
        raise TypeError("A logger name must be a string")
    with _changing:
        if name not in _loggers:
            _loggers[name] = logger = _logger_class(name)
            _put_into_place(logger)
        return _loggers[name]


def _put_into_place(new):
    above = new.name
    while "." in above and new.parent is None:
        above = above.rpartition(".")[0]
        new.parent = _loggers.get(above)
    new.parent = new.parent or root
    for name, logger in _loggers.items():
        if name.startswith(f"{new.name}.") and logger.parent is new.parent:
            logger.parent = new


def setLoggerClass(klass):
    """Let `getLogger` make loggers of this class, which is derived from Logger."""
    global _logger_class
    if not issubclass(klass, Logger):
        raise TypeError(f"logger not derived from logging.Logger: {klass.__name__}")
    _logger_class = klass


def getLoggerClass():
    """The class of the loggers that `getLogger` makes."""
    return _logger_class


def setLogRecordFactory(factory):
    """Let this function make the records."""
    global _record_factory
    _record_factory = factory


def getLogRecordFactory():
    """What makes the records."""
    return _record_factory


def basicConfig(**kwargs):
    """Give the logger at the top a handler, unless it has one, which `force` takes away.

    `stream`, `filename` (with `filemode`, `encoding`, `errors`) or `handlers` say where records go; `format`, `datefmt`
    and `style` what they look like; `level` is that of the logger.
    """
    with _changing:
        force, encoding = kwargs.pop("force", False), kwargs.pop("encoding", None)
        errors = kwargs.pop("errors", "backslashreplace")
        if force:
            for handler in list(root.handlers):
                root.removeHandler(handler)
                handler.close()
        if root.handlers:
            return
        handlers = kwargs.pop("handlers", None)
        if "stream" in kwargs and "filename" in kwargs:
            raise ValueError("'stream' and 'filename' should not be specified together")
        if handlers is not None and ("stream" in kwargs or "filename" in kwargs):
            raise ValueError("'stream' or 'filename' should not be specified together with 'handlers'")
        filename, mode, stream = kwargs.pop("filename", None), kwargs.pop("filemode", "a"), kwargs.pop("stream", None)
        if handlers is None:
            handlers = [FileHandler(filename, mode, encoding, errors=errors) if filename else StreamHandler(stream)]
        date, style = kwargs.pop("datefmt", None), kwargs.pop("style", "%")
        if style not in _STYLES:
            raise ValueError(f"Style must be one of: {','.join(_STYLES)}")
        formatter = Formatter(kwargs.pop("format", _STYLES[style][0]), date, style)
        for handler in handlers:
            if handler.formatter is None:
                handler.setFormatter(formatter)
            root.addHandler(handler)
        level = kwargs.pop("level", None)
        if level is not None:
            root.setLevel(level)
        if kwargs:
            raise ValueError(f"Unrecognised argument(s): {', '.join(kwargs)}")


def debug(msg, *args, **kwargs):
    """Log with the logger at the top what helps to find mistakes."""
    log(DEBUG, msg, *args, **kwargs)


def info(msg, *args, **kwargs):
    """Log with the logger at the top what goes as it should."""
    log(INFO, msg, *args, **kwargs)


def warning(msg, *args, **kwargs):
    """Log with the logger at the top what is unexpected."""
    log(WARNING, msg, *args, **kwargs)


def error(msg, *args, **kwargs):
    """Log with the logger at the top what failed."""
    log(ERROR, msg, *args, **kwargs)


def exception(msg, *args, exc_info=True, **kwargs):
    """Log with the logger at the top what failed, with the report on the exception that is being handled."""
    log(ERROR, msg, *args, exc_info=exc_info, **kwargs)


def critical(msg, *args, **kwargs):
    """Log with the logger at the top what ends the program."""
    log(CRITICAL, msg, *args, **kwargs)


def log(level, msg, *args, **kwargs):
    """Log with the logger at the top, at any level."""
    if not root.handlers:
        basicConfig()
    root.log(level, msg, *args, **kwargs)


def disable(level=CRITICAL):
    """Leave out all that is logged at this level or beneath it, by whichever logger."""
    global _disabled
    _disabled = _level(level)


def shutdown():
    """Flush and close the handlers of all loggers."""
    for handler in {handler for logger in (root, *_loggers.values()) for handler in logger.handlers}:
        handler.flush()
        handler.close()


_default_formatter = Formatter()
_logger_class = Logger
_record_factory = LogRecord
_disabled = NOTSET
_loggers = {}  # by name
lastResort = _LastResort()
lastResort.setLevel(WARNING)
root = RootLogger(WARNING)
Logger.root = root
warn = warning
fatal = critical
