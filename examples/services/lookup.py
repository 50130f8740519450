"""Look names up from everywhere: what each vessel is told, which for large sites depends on where it is.

    seattle get 6
    seattle run --fold examples/services/lookup.py example.org www.example.com

Prints `NAME ADDRESS`, or `NAME nobody knows it`, for each name. With `--fold` what many vessels said is shown once.
"""

for name in callargs:
    try:
        print(name, gethostbyname(name))
    except NetworkAddressError:
        print(name, "nobody knows it")
