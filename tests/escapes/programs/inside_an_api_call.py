# What does a wrapped function wrap?
print(getattr(openfile, "__wrapped__"))
