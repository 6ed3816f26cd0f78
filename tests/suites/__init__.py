"""What `make test` and `make prove` run: suites of tests, in two lanes.

catalogue     the suites, and which of their proofs belong to which folders: data
selection     which proofs a change calls for, within the time that is left: pure
verdict       what a pytest process reports, and what else fails a run: skips, too many reruns
runner        lint, unit tests, then the lab: processes, lanes, the table at the end
"""
