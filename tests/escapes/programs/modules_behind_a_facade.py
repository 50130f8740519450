# A facade that shows what its module imports would give away everything.
import random

print(random._os)
