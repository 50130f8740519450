"""The value of an expression that somebody else wrote: checked as all of Repy is, and with no names but those given.

It can't reach anything that its context does not lead to, but it can take time and memory.

Missing: nothing.
"""


def safe_eval(code, context=None):
    """The value of an expression, a `str`, with the names of `context`, a dict or a SafeDict; it is not changed.

    Raises CodeUnsafeError for what is no Repy, and whatever the expression raises.
    """
    names = SafeDict(context)
    return createvirtualnamespace(f"_result = (\n{code}\n)", "safe_eval").evaluate(names, False)["_result"]
