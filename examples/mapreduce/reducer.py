"""Word count, the second half: the counts of one word become one."""


def reduce_func(key, values):
    return {key: sum(values)}
