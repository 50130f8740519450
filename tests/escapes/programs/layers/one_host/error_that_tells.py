# An exception may carry what its raiser had.
import contextlib

found = []
try:
    sendmessage("127.0.0.2", PORT, "hello", "127.0.0.1", PORT)
except ResourceForbiddenError as error:
    for value in error.args:
        assert type(value) is str, "LEAKED"
    for name in ("obj", "target", "cause", "context", "traceback", "frame"):
        assert not hasattr(error, name), "LEAKED"
    raise
