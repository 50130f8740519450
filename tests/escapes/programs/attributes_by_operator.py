# A harmless module with a sharp tool in it.
import operator

print(operator.attrgetter("__class__")(()))
