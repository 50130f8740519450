# Break the interpreter itself.
import ctypes

ctypes.string_at(1)
