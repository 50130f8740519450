# A keyword of a class pattern's kin: an attribute by keyword argument.
class A:
    pass


print(A(__class__=1))
