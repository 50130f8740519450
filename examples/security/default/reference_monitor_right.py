"""Default: where there is a file named `default`, opening a file that is missing makes a copy of it.

That is `openfile(name, False)`, which without a `default` is a FileNotFoundError, as it is for `default` itself. When
`default` is created, written or deleted, all closed files that were created so far, in this run, are deleted.
"""

import filelayer

TEMPLATE = "default"

created = set()  # names of files that were made in this run
opened = {}  # name -> its DefaultFile
lock = createlock()


class DefaultFile:
    def __init__(self, name, file):
        self.name, self.file = name, file
        opened[name] = self

    def readat(self, sizelimit, offset):
        return self.file.readat(sizelimit, offset)

    def writeat(self, data, offset):
        with lock:
            self.file.writeat(data, offset)
            if self.name == TEMPLATE:
                delete_closed()

    def close(self):
        with lock:
            self.file.close()
            del opened[self.name]


def delete_closed():
    for name in sorted(created - opened.keys() - {TEMPLATE}):
        removefile(name)
        created.discard(name)


def open_default(name, create):
    with lock:
        is_new = name not in opened and name not in listfiles()
        if not is_new or create:
            file = openfile(name, create)
        elif name != TEMPLATE and TEMPLATE in listfiles():
            file = copy_of_template(name)
        else:
            raise FileNotFoundError(f"there is no file {name}")
        if is_new:
            created.add(name)
        result = DefaultFile(name, file)
        if is_new and name == TEMPLATE:
            delete_closed()
        return result


def copy_of_template(name):
    """A new file; `default` itself may be open."""
    file = openfile(name, True)
    if TEMPLATE in opened:
        filelayer.copy(opened[TEMPLATE].file, file)
    else:
        template = openfile(TEMPLATE, False)
        filelayer.copy(template, file)
        template.close()
    return file


def remove(name):
    with lock:
        removefile(name)
        created.discard(name)
        if name == TEMPLATE:
            delete_closed()


CHILD_CONTEXT_DEF["openfile"] = filelayer.define(open_default, DefaultFile)
CHILD_CONTEXT_DEF["removefile"] = filelayer.function(remove, (str,), None)
secure_dispatch_module()
