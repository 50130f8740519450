# A program that is run with the context that there was before the layer.
callargs = ["overwrite.py"]
dy_dispatch_module(CHILD_CONTEXT.copy())
