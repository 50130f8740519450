# Data without a beginning, and without an end, are dropped.
for data in ("xE", "S but no end"):
    file = ABopenfile("bad", True)
    file.writeat(data, 0)
    file.close()
    file = ABopenfile("bad", False)
    if file.readat(None, 0) != b"SE":
        log("data that are not valid were kept\n")
    file.close()
