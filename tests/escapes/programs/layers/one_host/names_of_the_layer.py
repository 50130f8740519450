# What the layer uses for itself.
for name in ("CHILD_CONTEXT_DEF", "secure_dispatch_module", "HOST", "check"):
    assert name not in _context, "LEAKED"
for value in _context.values():
    if hasattr(value, "target") or hasattr(value, "contract"):
        print("LEAKED")
raise ResourceForbiddenError("there is nothing of the layer here")
