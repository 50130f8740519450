"""Default, wrong on purpose: it remembers the template as it was first, and deletes nothing."""

import filelayer

template = {}


class DefaultFile:
    def __init__(self, file):
        self.file = file

    def readat(self, sizelimit, offset):
        return self.file.readat(sizelimit, offset)

    def writeat(self, data, offset):
        self.file.writeat(data, offset)

    def close(self):
        self.file.close()


def open_default(name, create):
    if create or name in listfiles() or "default" not in listfiles():
        return DefaultFile(openfile(name, create))
    if "content" not in template:
        original = openfile("default", False)
        template["content"] = original.readat(None, 0)
        original.close()
    file = openfile(name, True)
    file.writeat(template["content"], 0)
    return DefaultFile(file)


CHILD_CONTEXT_DEF["openfile"] = filelayer.define(open_default, DefaultFile)
secure_dispatch_module()
