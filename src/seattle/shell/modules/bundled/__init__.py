"""The modules that come with the shell, a file for each, with its `MODULE`. Two of them are told `rules.py`."""
