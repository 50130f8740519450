# A namespace inside a namespace.
code = """
inner = createvirtualnamespace("sendmessage('127.0.0.2', PORT, 'hello', '127.0.0.1', PORT)", "inner")
inner.evaluate(_context)
"""
createvirtualnamespace(code, "outer").evaluate(_context.copy())
