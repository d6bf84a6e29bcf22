"""Measurements: speed against peers, differences against the oracle, what real logs say.

Nothing here ships. Each module returns its figures as data and prints them when run by itself;
`python -m benchmarks.evidence AREA` puts them against the targets.
"""
