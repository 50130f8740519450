# The list of everything, by way of the type itself.
print(object.__subclasses__())
