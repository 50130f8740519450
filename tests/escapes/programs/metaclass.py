# Whoever makes classes may look into them.
class Meta(type):
    pass
