# The same by the reference's import.
dy_import_module("helper.py").overwrite("diary.txt")
