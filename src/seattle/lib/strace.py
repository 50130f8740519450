"""Tells each call of the API that a program makes: when, with what, and what came of it.

As a security layer, beneath which any program runs (`repy --layer trace.py PROGRAM`, of which trace.py is):

    import strace
    secure_dispatch_module(strace.trace(CHILD_CONTEXT_DEF))

or within a program, for one that its arguments begin with:

    import strace
    strace.trace_context(CHILD_CONTEXT)
    dy_dispatch_module()

Missing: `log` and `print` are not told, for the log has what they write. Of the files that `open` gives, the calls of
the API are told that they make, not their own methods.
"""

_LONGEST = 200  # characters of the arguments, and of the result
_NOT_TOLD = {"log", "print", "open", "dy_import_module", "dy_import_module_symbols", "dy_dispatch_module"}

# What the objects that calls return can do.
_CONNECTION = ("close", "recv", "send")
_METHODS = {
    "openfile": ("close", "readat", "writeat"),
    "openconnection": _CONNECTION,
    "getconnection": _CONNECTION,
    "listenforconnection": ("close", "getconnection"),
    "listenformessage": ("close", "getmessage"),
    "createlock": ("acquire", "release"),
    "createvirtualnamespace": ("evaluate",),
}


class Traced:
    """Stands for an object of the API: each call of its methods is told."""

    def __enter__(self):
        self.acquire(True)

    def __exit__(self, kind, error, traceback):
        self.release()


def traced(function, name):
    """The function, telling each call under this name."""
    kind = name.rpartition(".")[2]

    def call(*args, **kwargs):
        began = getruntime()
        given = ", ".join([*map(repr, args), *(f"{key}={value!r}" for key, value in kwargs.items())])
        try:
            result = function(*args, **kwargs)
        except BaseException as why:
            _tell(began, name, given, f"raised {type(why).__name__}: {why}")
            raise
        _tell(began, name, given, f"= {result!r}")
        return _traced_result(result, kind)

    return call


def trace(definition):
    """The definition of a layer, such as CHILD_CONTEXT_DEF, with all of its functions traced; a new one."""
    return {name: _traced_entry(name, entry) for name, entry in definition.items()}


def trace_context(context):
    """Replace the functions of the API in a context by traced ones, and return it."""
    for name in list(context.keys()):
        if _is_told(name, context[name]) and name in _api():
            context[name] = traced(context[name], name)
    return context


def _traced_entry(name, entry):
    if entry.get("type") != "any" or not _is_told(name, entry["target"]):
        return entry
    return {**entry, "target": traced(entry["target"], name)}


def _traced_result(result, kind):
    if kind == "getconnection":
        return (*result[:2], _traced_object(result[2], kind))
    return _traced_object(result, kind) if kind in _METHODS else result


def _traced_object(handle, kind):
    standing = Traced()
    for name in _METHODS[kind]:
        setattr(standing, name, traced(getattr(handle, name), f"{kind}.{name}"))
    return standing


def _is_told(name, value):
    return callable(value) and not isinstance(value, type) and name not in _NOT_TOLD


def _api():
    return {
        *("openfile", "listfiles", "removefile", "gethostbyname", "getmyip", "sendmessage", "listenformessage"),
        *("openconnection", "listenforconnection", "waitready", "advertise_announce", "advertise_lookup"),
        *("createthread", "getthreadname", "createlock", "sleep", "getruntime", "randombytes", "getresources"),
        *("getlasterror", "exitall", "createvirtualnamespace"),
    }


def _tell(began, name, given, outcome):
    print(f"{began:.6f} {name}({_cut(given)}) {_cut(outcome)}")


def _cut(text):
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
