# The same by the reference's import, with all names copied here.
dy_import_module_symbols("helper.py")
send(PORT)
