# The same with the name as a value.
print(getattr((), "__cla" + "ss__"))
