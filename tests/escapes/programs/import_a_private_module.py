# The C modules beneath the standard library have no facade.
import _io

print(_io.open("/etc/passwd").read())
