# From a frame to everybody's globals.
generator = (x for x in [1])
print(generator.gi_frame.f_builtins)
