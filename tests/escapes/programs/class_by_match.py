# A pattern reads attributes, too.
match ():
    case object(__class__=kind):
        print(kind)
