# So can their other entrance, taken from the type and not from a text.
print(str.format_map("{x.__class__}", {"x": ()}))
