# An API call fails inside the sandbox; its traceback leads there.
try:
    sleep(-1)
except RepyArgumentError as why:
    print(why.__traceback__.tb_frame.f_globals)
