"""Benchmarks, chaos tests and kill tests: for development from a checkout, not part of the package.

`python -m bench VERB` runs one of the measurements that command_line.py lists. The modules beside it are run as
`python -m bench.NAME`. Nothing in `stoppress` imports this package.
"""
