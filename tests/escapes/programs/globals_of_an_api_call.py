# API calls are functions of the sandbox's modules.
print(openfile.__globals__)
