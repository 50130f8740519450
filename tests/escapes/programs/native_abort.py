# Leave without a word.
import os
import posix  # Python's own: `os` alone is the library's, where the language wall stands

os._exit(3)
