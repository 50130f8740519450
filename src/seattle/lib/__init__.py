"""SeattleLib: the modules that Repy programs import, beside the facades of Python's own.

The files here are not Python's to run: they are Repy programs themselves, behind both walls like whoever imports
them, and have only the API calls that their importer has. So nothing in them is trusted, and a security layer that
interposes on a call interposes on it here, too. `repy/guest/library.py` loads them.

`NAME.py` is what `import NAME` gives, `PACKAGE/NAME.py` is `import PACKAGE.NAME`. Modules of the reference that go by
the name of one of Python's (`time`, `random`) are in `old/`: `dy_import_module("time.r2py")` gives those.
"""
