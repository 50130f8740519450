# So is the stack of what is written in C.
nested = []
for _ in range(100_000):
    nested = [nested]
print(nested)
