# So is the stack of what is written in C.
nested = []
for _ in range(1_000_000):
    nested = [nested]
print(nested)
