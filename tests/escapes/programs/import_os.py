# The plain way out.
import os

print(os.listdir("/"))
