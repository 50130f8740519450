# What one program changes in a module must not wait for the next.
import math

math.sqrt = lambda x: 42
