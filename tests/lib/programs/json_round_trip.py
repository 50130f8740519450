import json

data = {"name": "café", "numbers": [1, 2.5, None, True], "inner": {"b": 1, "a": 2}}
text = json.dumps(data, sort_keys=True)
print(text)
print(json.loads(text) == data)
try:
    json.loads("{broken")
except json.JSONDecodeError as why:
    print(why)
