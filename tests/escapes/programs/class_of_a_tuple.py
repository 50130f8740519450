# The classic: from any object to every class there is.
for kind in ().__class__.__base__.__subclasses__():
    print(kind)
