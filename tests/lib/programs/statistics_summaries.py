import statistics
from decimal import Decimal
from fractions import Fraction
from statistics import NormalDist

data = [2.5, 3.25, 5.5, 11.25, 11.75, 3.25]
for name in (
    "mean fmean geometric_mean harmonic_mean median median_low median_high median_grouped mode multimode pstdev "
    "pvariance stdev variance"
).split():
    print(name, getattr(statistics, name)(data))
print(statistics.quantiles(data), statistics.quantiles(data, n=10, method="inclusive"))
print(statistics.mean([Fraction(1, 3), Fraction(1, 2)]), statistics.mean([Decimal("0.5"), Decimal("0.75")]))
print(
    statistics.fmean([1, 2, 3], weights=[3, 2, 1]),
    statistics.mode(["red", "blue", "red"]),
    statistics.multimode("aabbc"),
)
xs, ys = [1, 2, 3, 4, 5], [2.1, 3.9, 6.2, 8.1, 9.8]
print(statistics.correlation(xs, ys), statistics.covariance(xs, ys))
line = statistics.linear_regression(xs, ys)
print(line, line.slope, line.intercept)
heights = NormalDist(mu=170, sigma=10)
print(heights, heights.cdf(180), heights.pdf(170), heights.inv_cdf(0.9), heights.zscore(185), heights.quantiles(4))
print(
    heights + 5,
    heights * 2,
    heights - NormalDist(10, 5),
    heights.overlap(NormalDist(175, 10)),
    heights.samples(2, seed=1),
)
print(NormalDist.from_samples(data).stdev == statistics.stdev(data), heights == NormalDist(170, 10))
for attempt in (
    lambda: statistics.mean([]),
    lambda: statistics.stdev([1]),
    lambda: statistics.mode([]),
    lambda: statistics.geometric_mean([0, 1]) if False else statistics.harmonic_mean([-1]),
    lambda: NormalDist(0, -1),
):
    try:
        print(attempt())
    except statistics.StatisticsError as why:
        print(type(why).__name__, why)
