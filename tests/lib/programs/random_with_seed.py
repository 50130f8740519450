import random

for seed in (0, 42, "text", b"bytes", 2.5, -7, None):
    random.seed(seed if seed is not None else 5, version=2)
    print(random.random(), random.randint(1, 6), random.getrandbits(70), random.randbytes(3).hex())

random.seed(1)
items = list(range(10))
random.shuffle(items)
print(items, random.choice(items), random.choices(items, weights=[10] * 5 + [1] * 5, k=5), random.sample(items, 4))
print(random.sample(["a", "b"], counts=[3, 2], k=4), random.choices("abc", cum_weights=[1, 2, 9], k=4))
print(random.randrange(10), random.randrange(5, 50, 5), random.uniform(1, 2), random.triangular(0, 1, 0.3))
for draw in (
    lambda: random.gauss(0, 1),
    lambda: random.normalvariate(mu=5, sigma=2),
    lambda: random.expovariate(0.5),
    lambda: random.betavariate(2, 3),
    lambda: random.gammavariate(2, 1),
    lambda: random.lognormvariate(0, 0.25),
    lambda: random.paretovariate(3),
    lambda: random.weibullvariate(1, 1.5),
    lambda: random.vonmisesvariate(0, 4),
):
    print(round(draw(), 12))

state = random.getstate()
first = [random.random() for _ in range(3)]
random.setstate(state)
print(first == [random.random() for _ in range(3)])
one, other = random.Random(9), random.Random(9)
print(one.random() == other.random(), one.randint(0, 99) == other.randint(0, 99), one.sample(range(10**9), 2))


class Dice(random.Random):
    def roll(self):
        return self.randint(1, 6)


print([Dice(3).roll() for _ in range(3)], 0 <= random.SystemRandom().random() < 1)
for attempt in (lambda: random.choice([]), lambda: random.randrange(0), lambda: random.sample([1], 2)):
    try:
        attempt()
    except (IndexError, ValueError) as why:
        print(type(why).__name__, why)
