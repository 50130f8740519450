"""`_threading_local` with the interpreter's own `local`: what each thread has for itself. `threading` shows it."""

import _thread as python

MEMBERS: dict[str, object] = {"local": python._local}
