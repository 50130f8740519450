# Expressions hide in texts.
print(f"{().__class__}")
